// segment_state.hpp: an attached segment, as its readers and writers share it; internal to this
// room. The promises: segment.hpp; the bytes and the locks: share.md.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "quarry/array/array.hpp"
#include "quarry/base/error.hpp"
#include "quarry/map/fault_guard.hpp"
#include "quarry/map/shared_file.hpp"
#include "quarry/share/segment_header.hpp"

namespace quarry::share::detail {

/// Bytes of the file whose locks mean something.
inline constexpr std::uint64_t lease_lock = 0;       ///< owned by the writer
inline constexpr std::uint64_t attachment_lock = 1;  ///< shared by all who are attached
inline constexpr std::uint64_t unlink_lock = 2;      ///< owned by who takes the name away
inline constexpr std::uint64_t first_pin_lock = 16;  ///< of slot 0: shared by readers, or writer's

/// What changes while the segment lives, at segment_header::control_offset. Zero in a new one.
struct control_block {
  /// Slots: version * 256 + slot of the version published last. Append: rows committed.
  std::atomic<std::uint64_t> latest;
  std::atomic<std::uint32_t> wake;    ///< changed, and its sleepers woken, behind each change
  std::atomic<std::uint32_t> keep;    ///< not 0: stays although nobody holds it
  std::atomic<std::uint32_t> writer;  ///< process id of the last one that took the lease
};

/// The start of a slot. Stored into by the one who owns the slot's pin lock.
struct slot_head {
  std::atomic<std::uint64_t> version;  ///< 0: being written
  std::int64_t shape[max_rank];        ///< the first extents of it count
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free && sizeof(control_block) == 24 &&
              sizeof(slot_head) == 520);

/// What the control block of a file says at one moment, for those who do not attach.
struct control_copy {
  std::uint64_t latest;
  bool keep;
  std::uint32_t writer;
};
control_copy read_control(const shared_file& file, const segment_header& header);

/// Reads the header of a segment with a name into a private copy. Throws as parse_segment_header()
/// does, about the file.
segment_header read_any_header(const shared_file& file);
/// The same, and error(unsupported) for a segment from before the machine was started anew: what it
/// holds was never written to a disk in an order.
segment_header read_header(const shared_file& file);

/// Throws error(corrupt_header) unless the segment has a slot of that number.
std::uint32_t checked_slot(std::uint64_t number, const shared_file& file,
                           const segment_header& header);
/// The layout of a version. Throws error(corrupt_header) if its shape does not fit the segment.
layout checked_layout(std::span<const std::int64_t> shape, const shared_file& file,
                      const segment_header& header);

/// Throws error(changed) if no name leads to the segment any more, error(invalid_argument) in a
/// forked child.
void require_name(const shared_file& file);

/// True if the machine was started anew since the segment was made.
bool is_stale(const segment_header& header);

/// Takes the name of the segment away unless somebody holds it or asked to keep it; that of a stale
/// one in any case. True if it is gone.
bool reap(const shared_file& file, const segment_header& header);

/// Mapped, and attached: the lock that says so is held until destruction, which reaps the segment
/// if it was the last one to hold it and may. Thread-safe.
class segment_state {
 public:
  /// `file` has the attachment lock. Throws error(truncated) if the file shrank meanwhile.
  segment_state(shared_file file, segment_header header);
  segment_state(const segment_state&) = delete;
  segment_state& operator=(const segment_state&) = delete;
  ~segment_state();

  const shared_file& file() const noexcept { return file_; }
  const segment_header& header() const noexcept { return header_; }
  const std::shared_ptr<const region>& memory() const noexcept { return memory_; }
  /// Stores into them need a file that was opened read_write.
  control_block& control() const noexcept;
  slot_head& head(std::uint32_t slot) const noexcept;

  /// Tells everybody who waits that something changed. To be called under guarded().
  void wake() const noexcept;

  /// Holds a slot for reading; as often as it succeeds, unpin() must be called. False if the writer
  /// owns it.
  bool pin(std::uint32_t slot);
  void unpin(std::uint32_t slot) noexcept;

 private:
  template <class Block>
  Block& at(std::uint64_t offset) const noexcept;

  shared_file file_;
  segment_header header_;
  std::shared_ptr<const region> memory_;
  std::mutex mutex_;
  std::vector<int> pins_;  // per slot: a file's locks do not count
};

/// What `act` returns. Errors name the segment's file; if bytes of it were lost, that is what went
/// wrong.
template <class Act>
auto guarded(const segment_state& state, Act&& act) {
  return about(state.file().path(), [&] {
    const fault_guard guard(*state.memory());
    try {
      auto out = act();
      guard.check();
      return out;
    } catch (...) {
      guard.check();
      throw;
    }
  });
}

}  // namespace quarry::share::detail
