// blocks.hpp: the way through two arrays of one shape, as blocks of rows of elements.
// The order of the elements does not matter to who copies or casts them, so it is chosen for the
// caches: axes that continue each other on both sides are merged, the target is walked along its
// smallest stride, and where the source disagrees (a transpose) both are walked in tiles.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "quarry/array/layout.hpp"

namespace quarry {

/// Rows of elements along the two inner axes: byte offsets of the first element from element
/// [0, ..., 0] of either array, how many rows there are and how many elements in each.
struct pair_block {
  std::int64_t from_offset = 0;
  std::int64_t to_offset = 0;
  std::int64_t rows = 1;
  std::int64_t count = 0;
};

/// Bytes from one element to the next on either side.
struct pair_step {
  std::int64_t from = 0;
  std::int64_t to = 0;
};

/// Visits every pair of elements with the same index in two layouts of the same shape, once, in
/// blocks. A cursor over values: holds no data and allocates nothing.
class pair_walk {
 public:
  /// Precondition: from.shape() equals to.shape().
  pair_walk(const layout& from, const layout& to) noexcept;

  /// From element to element of a row, the same for all blocks.
  pair_step in_row() const noexcept { return step_of(inner()); }
  /// From row to row.
  pair_step to_row() const noexcept { return depth_ > 1 ? step_of(inner() - 1) : pair_step{}; }
  /// True if the blocks are tiles: neighbours in the source lie in neighbouring rows.
  bool is_tiled() const noexcept { return tiled_; }

  /// The next block; false when all have been visited.
  bool next(pair_block& block) noexcept;

 private:
  struct loop {
    std::int64_t extent = 1;       // iterations
    std::int64_t from_stride = 0;  // bytes
    std::int64_t to_stride = 0;
    std::int64_t index = 0;
    std::int64_t length = 0;  // over tiles: elements of the axis that the tiles cut
    std::int64_t edge = 0;    // over tiles: elements of it in one
    std::size_t within = 0;   // over tiles: the loop inside one tile
  };

  std::size_t inner() const noexcept { return depth_ - 1; }
  pair_step step_of(std::size_t at) const noexcept {
    return {loops_[at].from_stride, loops_[at].to_stride};
  }
  void measure_block() noexcept;
  void add_axes(const layout& from, const layout& to) noexcept;
  void sort_axes() noexcept;
  void merge_axes() noexcept;
  void tile_axes(std::int64_t edge) noexcept;
  void cut_axis(const loop& cut, std::int64_t edge, std::size_t over, std::size_t within) noexcept;
  void move(std::size_t at, std::int64_t steps) noexcept;
  bool advance() noexcept;

  // One loop per axis, slowest first, and two more where two axes are tiled.
  std::array<loop, max_rank + 2> loops_;
  std::size_t depth_ = 0;
  pair_block here_;
  bool tiled_ = false;
  bool done_ = false;
};

}  // namespace quarry
