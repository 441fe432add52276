// part_files.hpp: the files that the parts of a stack lie in, opened when they are read; internal
// to this room.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "quarry/array/array.hpp"
#include "quarry/array/stacked.hpp"
#include "quarry/kernels/cast.hpp"
#include "quarry/map/file_state.hpp"
#include "quarry/store/file.hpp"
#include "quarry/store/format.hpp"

namespace quarry::detail {

/// Opens the parts of one stack, as often as they are wanted, and keeps the last ones open: up to
/// 256, and of those that are inflated 8, or as many as leave as much room again in
/// open_options::scratch.
/// Thread-safe.
class part_files {
 public:
  /// Where the file of a part lies that the stack calls by that name. May throw.
  using locator = std::function<std::filesystem::path(const std::filesystem::path& name)>;

  /// The parts of info.stack, opened with `how` through `table`. Throws error(corrupt_header) if
  /// the parts together do not have the stack's shape, error(type_mismatch) if `rule` forbids to
  /// cast one of them to its dtype, and what casting the fill to it throws.
  part_files(const array_info& info, casting rule, std::span<const format> table, open_options how,
             locator locate);

  /// The part at `position`; one whose file is not there is made of the stack's fill. Throws what
  /// file::open() and file::load() throw, error(changed) if the array has another dtype or shape
  /// than the stack says, or the file is not the one that was opened before.
  array open(std::size_t position);
  /// Throws error(changed) unless the files that are open are what they were.
  void verify_unchanged();
  /// Has what was stored into the parts reach the disk. Throws as file::flush() does, and
  /// error(changed) if the name of a part leads to another file by now.
  void flush(durability level);
  /// Throws error(busy) if arrays still hold a part that is open.
  void require_unshared();

 private:
  // Of the file that the part is found by, and of the one that it maps.
  struct identity {
    file_state named{};
    file_state mapped{};
    friend bool operator==(const identity&, const identity&) = default;
  };

  struct open_part {
    std::size_t position;
    array elements;
    bool is_inflated;  // into a file of its own
  };

  array load(const part_info& part, const std::filesystem::path& path) const;
  array load_with_room(const part_info& part, const std::filesystem::path& path);
  file_state state_now(const std::filesystem::path& path) const;
  bool has_room_for_inflated() const;
  void close_oldest(std::size_t kept, bool only_inflated);
  void check_identity(std::size_t position, const identity& found,
                      const std::filesystem::path& path);

  const stack_info stack_;
  const array fill_;  // one element
  const std::span<const format> table_;
  const open_options how_;
  const locator locate_;
  std::mutex mutex_;
  std::deque<open_part> open_;  // the oldest first
  std::vector<std::optional<identity>> seen_;
  std::optional<error> lost_;  // by a flush
};

/// The parts as one array of info's dtype and shape.
stacked stack_of(const std::shared_ptr<part_files>& files, const array_info& info);

}  // namespace quarry::detail
