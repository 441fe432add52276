// pass_pages.hpp: what a pass tells the system of the pages that it needs next and of those that it
// has done with; internal to this room.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <span>

#include "quarry/array/array.hpp"
#include "quarry/kernels/box_plan.hpp"
#include "quarry/map/page_cache.hpp"

namespace quarry::detail {

/// The part of an array that a box covers; shares its memory.
array part_of(const array& whole, const box& taken);

/// The pages of both files along a pass. While they fit the budget together nothing is let go.
/// Thread-safe.
class pass_pages {
 public:
  /// Borrows `from` and `boxes`; `to_pages` are those of the file of `to`.
  pass_pages(const array& from, const array& to, const box_plan& boxes, std::int64_t budget_bytes,
             page_cache to_pages);

  /// True if both files together are larger than the budget.
  bool is_bounded() const noexcept { return is_bounded_; }
  /// Reads bytes of the source's file past its mapping. False if that cannot be done.
  bool read(std::uint64_t offset, std::span<std::byte> into) const noexcept {
    return from_pages_.read(offset, into);
  }
  /// Has the source of box `i` read, if there is one, while others are at work.
  void announce(std::int64_t i) const;
  /// Lets go what a box has read; what it has written starts on its way to the disk.
  void leave(const array& from, const array& to);
  /// Lets go all that was written.
  void leave_all();

 private:
  template <class Use>
  void for_each_target_run(const array& part, const Use& use) const;
  void let_targets_go(std::size_t kept);

  const array& from_;
  const box_plan& boxes_;
  std::int64_t budget_bytes_;
  page_cache from_pages_;
  page_cache to_pages_;
  bool is_bounded_;
  std::mutex mutex_;
  std::deque<array> written_;  // boxes that may still be on their way to the disk
};

}  // namespace quarry::detail
