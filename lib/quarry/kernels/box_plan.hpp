// box_plan.hpp: how two arrays of one shape are cut into boxes that fit a budget and whose runs of
// neighbouring bytes are as long as they can be on either side: for arrays larger than memory, and
// for those larger than a cache. Known from the two layouts alone; no data.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "quarry/array/layout.hpp"

namespace quarry {

/// A part of an array: its first index and its extents, one number per axis.
struct box {
  std::vector<std::int64_t> first;
  std::vector<std::int64_t> extents;
  friend bool operator==(const box&, const box&) = default;
};

/// Two layouts of one shape, and where their elements [0, ..., 0] are.
struct pair_piece {
  layout from;
  layout to;
  std::int64_t from_offset = 0;
  std::int64_t to_offset = 0;
};

/// The part of `whole` that a box covers.
pair_piece part_of(const pair_piece& whole, const box& taken);

/// A grid of boxes over the shape that `from` and `to` share, numbered in the order in which `to`
/// lies. A box grows where its run of neighbouring bytes is shorter, in the source or in the
/// target, until it holds what the budget allows: of a transpose both sides get runs of some pages,
/// so that each page is read and written once, however large the file is (the blocking of Aggarwal
/// and Vitter, "The input/output complexity of sorting and related problems", 1988, section 4).
class box_plan {
 public:
  /// Boxes of at most `most_bytes` bytes of `to` (or one element). `to_offset` is where the
  /// target's element [0, ..., 0] lies in its file: where strides allow it, all runs but the first
  /// begin on a grain there, so that no two boxes share one. Grains are what is read and written at
  /// once: pages of files, lines of caches. Precondition: from.shape() equals to.shape().
  box_plan(const layout& from, const layout& to, std::int64_t most_bytes, std::int64_t to_offset,
           std::int64_t grain_bytes);

  /// How many boxes there are; 0 for arrays without elements.
  std::int64_t count() const noexcept { return count_; }
  /// The largest box: all but those at the far ends are so.
  std::span<const std::int64_t> extents() const noexcept { return extents_; }
  /// Box `i`. Precondition: 0 <= i < count().
  box operator[](std::int64_t i) const;

  /// As given.
  std::int64_t grain_bytes() const noexcept { return grain_bytes_; }
  /// Bytes of the target in a whole box.
  std::int64_t largest_bytes() const noexcept;

  /// Bytes of neighbouring elements in a whole box: what is read at a time, and written.
  std::int64_t from_run_bytes() const noexcept { return from_run_; }
  std::int64_t to_run_bytes() const noexcept { return to_run_; }
  /// True if no two boxes share a grain of the target.
  bool keeps_grains_apart() const noexcept { return keeps_grains_apart_; }

 private:
  void grow(const layout& from, const layout& to, std::int64_t most);
  void align(const layout& to, std::int64_t to_offset);
  std::int64_t boxes_along(std::size_t axis) const noexcept;

  std::int64_t grain_bytes_;
  std::int64_t item_bytes_;  // of the target
  std::vector<std::int64_t> shape_;
  std::vector<std::int64_t> extents_;
  std::vector<std::int64_t> lead_;  // of the first box along an axis; the others are whole
  std::vector<int> order_;          // axes, that of the target's largest stride first
  std::int64_t count_ = 0;
  std::int64_t from_run_ = 0;
  std::int64_t to_run_ = 0;
  bool keeps_grains_apart_ = false;
};

/// The plan in words: the boxes, the runs and passes on either side, the way through the caches.
std::string plan_text(const layout& from, const layout& to, const box_plan& boxes);

}  // namespace quarry
