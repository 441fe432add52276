// segment.hpp: arrays in memory that processes share, by name.
// A segment is a file in /dev/shm (or a directory given) that is mapped by all who are attached:
// one writer, any number of readers. It appears complete or not at all. Who writes, who is attached
// and which versions are in use is said by locks that the kernel takes back when a process dies, so
// that nothing has to be repaired then. Bytes and locks: share.md.
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "quarry/array/array.hpp"
#include "quarry/map/mapping.hpp"
#include "quarry/share/segment_header.hpp"

namespace quarry::share {

namespace detail {
class segment_state;
}
class row_writer;
class slot_writer;

/// Where segments lie and whose they are: the file of NAME is DIRECTORY/quarry.UID.NAME.
struct place {
  std::filesystem::path directory = "/dev/shm";
  /// User id of the owner; none: the effective one of this process. Files of others than that are
  /// refused.
  std::optional<std::uint32_t> owner{};
  /// Also segments that others than the owner may write to. Those can do to this process what
  /// they like: change versions that it holds, or cut them off.
  bool trust_other_writers = false;
};

/// What a new segment is for.
struct segment_spec {
  dtype type{};
  std::vector<std::int64_t> max_shape{};  ///< of the largest version; append: of all rows ever
  segment_kind kind = segment_kind::slots;
  std::uint32_t slots = least_slots;  ///< least_slots to most_slots; ignored by other kinds
  bool keep = false;   ///< stays until remove(); else until nobody is attached any more
  bool group = false;  ///< the owner's group may attach read-only (mode 0640, else 0600)
};

/// One version of the array: complete, and not changed as long as somebody holds its elements or
/// anything made of them.
struct snapshot {
  array elements{};           ///< read-only, in place; keeps the version from being overwritten
  std::uint64_t version = 0;  ///< from 1 on; append: number of rows
};

/// An attached segment. Move-only; thread-safe when const. One that was moved from throws
/// error(invalid_argument). Stays attached until it, all snapshots
/// and all writers made from it are gone. Whoever is the last to leave, and attached read_write,
/// removes the segment unless it is to be kept; what a killed process left behind is removed by
/// collect().
///
/// A forked child must attach anew: what was attached before throws error(invalid_argument) there.
/// Snapshots of the parent stay readable in the child as long as the parent holds them.
///
/// All functions throw what fault_guard::check() throws if a peer truncates the file.
class segment {
 public:
  /// A new segment, attached read_write. Throws error(invalid_argument) for a name that is not 1 to
  /// 64 letters, digits, '.', '_', '-' without a dot in front, and for an owner that is somebody
  /// else; EEXIST if the name is taken, ENOSPC if there is no room for it, ENOENT if there is no
  /// such directory; what plan_segment() throws.
  static segment create(std::string_view name, const segment_spec& what, const place& where = {});
  /// The segment of that name, which must exist. `mode` is read_only or read_write. Throws
  /// error(invalid_argument) for names that cannot be, ENOENT, EACCES if the file is not the
  /// owner's alone (see place), errc::unsupported for what is no regular file,
  /// error(busy) if the segment is being removed again and again, error(unsupported) if it is from
  /// before the machine was started anew, and what parse_segment_header() throws.
  static segment attach(std::string_view name, access mode = access::read_only,
                        const place& where = {});
  /// The segment of that name if it exists, else a new one; read_write. For writers that may have
  /// died before. One that exists keeps its number of slots, its permissions and whether it stays;
  /// one from before the machine was started anew is made anew. Throws as both, and error(type_mismatch) or error(shape_mismatch) if the one that
  /// exists is of another kind or dtype, or too small.
  static segment attach_or_create(std::string_view name, const segment_spec& what,
                                  const place& where = {});

  segment(segment&&) noexcept;
  segment& operator=(segment&&) noexcept;
  segment(const segment&) = delete;
  segment& operator=(const segment&) = delete;
  ~segment();

  /// Of its file.
  const std::filesystem::path& path() const;
  const segment_header& header() const;

  /// The version published last if it is newer than `newer_than`, which may be waited for; nothing
  /// if there is none in that time. Versions never go back. Costs two system calls to hold a
  /// version and one to let go of it, whatever its size; waiting costs no time of the processor.
  /// Throws error(changed) if the name was removed (versions that are held stay good),
  /// error(corrupt_header) if what a version says of itself does not fit the segment.
  std::optional<snapshot> latest(std::uint64_t newer_than = 0,
                                 std::chrono::nanoseconds wait = {}) const;

  /// The right to publish versions, waited for as long as somebody else has it. Throws error(busy)
  /// naming that process, error(read_only) unless attached read_write, error(unsupported) for a
  /// segment of another kind.
  slot_writer write(std::chrono::nanoseconds wait = {}) const;
  /// The same for rows of an append segment.
  row_writer extend(std::chrono::nanoseconds wait = {}) const;

  /// Whether the segment stays when nobody is attached. Throws error(read_only) unless attached
  /// read_write.
  void keep(bool stays) const;

 private:
  explicit segment(std::shared_ptr<detail::segment_state> state) noexcept;
  detail::segment_state& attached() const;
  std::shared_ptr<detail::segment_state> state_;
};

}  // namespace quarry::share
