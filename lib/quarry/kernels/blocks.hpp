// blocks.hpp: the way through two arrays of one shape, as runs of elements along one axis.
// The order of the elements does not matter to who copies or casts them, so it is chosen for the
// caches: axes that continue each other on both sides are merged, the target is walked along its
// smallest stride, and where the source disagrees (a transpose) both are walked in tiles.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "quarry/array/layout.hpp"

namespace quarry {

/// Elements one after another along the inner axis: byte offsets of the first from element
/// [0, ..., 0] of either array, and how many there are.
struct pair_run {
  std::int64_t from_offset = 0;
  std::int64_t to_offset = 0;
  std::int64_t count = 0;
};

/// Visits every pair of elements with the same index in two layouts of the same shape, once, in
/// runs. A cursor over values: holds no data and allocates nothing.
class pair_walk {
 public:
  /// Precondition: from.shape() equals to.shape().
  pair_walk(const layout& from, const layout& to) noexcept;

  /// Bytes between neighbours of a run, the same for all runs.
  std::int64_t from_stride() const noexcept { return loops_[inner()].from_stride; }
  std::int64_t to_stride() const noexcept { return loops_[inner()].to_stride; }

  /// The next run; false when all have been visited.
  bool next(pair_run& run) noexcept;

 private:
  struct loop {
    std::int64_t extent = 1;       // iterations
    std::int64_t from_stride = 0;  // bytes
    std::int64_t to_stride = 0;
    std::int64_t index = 0;
    std::int64_t length = 0;  // over tiles: elements of the axis that the tiles cut
    std::size_t within = 0;   // over tiles: the loop inside one tile
  };

  std::size_t inner() const noexcept { return depth_ - 1; }
  void add_axes(const layout& from, const layout& to) noexcept;
  void sort_axes() noexcept;
  void merge_axes() noexcept;
  void tile_axes() noexcept;
  void move(std::size_t at, std::int64_t steps) noexcept;
  bool advance() noexcept;

  // One loop per axis, slowest first, and two more where two axes are tiled.
  std::array<loop, max_rank + 2> loops_;
  std::size_t depth_ = 0;
  pair_run here_;
  bool done_ = false;
};

}  // namespace quarry
