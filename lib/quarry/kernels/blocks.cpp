#include "quarry/kernels/blocks.hpp"

#include <algorithm>
#include <cstdlib>

#include "quarry/base/assert.hpp"

namespace quarry {
namespace {

// Edge of a tile in elements: a row of 8-byte elements fills eight cache lines, and the rows of a
// tile on both sides fit the first-level cache together.
constexpr std::int64_t tile_edge = 64;

}  // namespace

pair_walk::pair_walk(const layout& from, const layout& to) noexcept {
  QUARRY_ASSERT(std::ranges::equal(from.shape(), to.shape()));
  done_ = from.size() == 0;
  if (done_) {
    depth_ = 1;
    return;
  }
  add_axes(from, to);
  sort_axes();
  merge_axes();
  if (depth_ == 0) depth_ = 1;  // a scalar: one run of one element
  tile_axes();
  here_.count = loops_[inner()].extent;
}

// The axes that have more than one element, all in the direction in which `to` grows.
void pair_walk::add_axes(const layout& from, const layout& to) noexcept {
  for (int axis = 0; axis < from.rank(); ++axis) {
    loop l{from.extent(axis), from.stride(axis), to.stride(axis)};
    if (l.extent == 1) continue;
    if (l.to_stride < 0 || (l.to_stride == 0 && l.from_stride < 0)) {
      here_.from_offset += l.from_stride * (l.extent - 1);
      here_.to_offset += l.to_stride * (l.extent - 1);
      l.from_stride = -l.from_stride;
      l.to_stride = -l.to_stride;
    }
    loops_[depth_++] = l;
  }
}

void pair_walk::sort_axes() noexcept {
  std::sort(loops_.begin(), loops_.begin() + static_cast<std::ptrdiff_t>(depth_),
            [](const loop& a, const loop& b) {
              if (a.to_stride != b.to_stride) return a.to_stride > b.to_stride;
              return std::abs(a.from_stride) > std::abs(b.from_stride);
            });
}

void pair_walk::merge_axes() noexcept {
  std::size_t kept = 0;
  for (std::size_t i = 1; i < depth_; ++i) {
    loop& outer = loops_[kept];
    const loop& fast = loops_[i];
    // The extents were multiplied when the layouts were made: these products fit.
    const bool continues = outer.from_stride == fast.from_stride * fast.extent &&
                           outer.to_stride == fast.to_stride * fast.extent;
    if (continues) {
      outer = {outer.extent * fast.extent, fast.from_stride, fast.to_stride};
    } else {
      loops_[++kept] = fast;
    }
  }
  if (depth_ > 0) depth_ = kept + 1;
}

// Where the source's fastest axis is not the target's, cuts both in tiles: the last four loops are
// then tiles of one, tiles of the other, rows of a tile, and a row.
void pair_walk::tile_axes() noexcept {
  // Standing still (a broadcast) costs nothing in any order.
  const auto nearer = [](const loop& a, const loop& b) {
    if (a.from_stride == 0 || b.from_stride == 0) return a.from_stride != 0;
    return std::abs(a.from_stride) < std::abs(b.from_stride);
  };
  const auto end = loops_.begin() + static_cast<std::ptrdiff_t>(depth_);
  const auto fastest = std::min_element(loops_.begin(), end, nearer);
  const loop row = loops_[inner()];
  const bool agree = row.from_stride == 0 || !nearer(*fastest, row);
  if (agree || fastest->extent < tile_edge || row.extent < tile_edge) return;
  std::rotate(fastest, fastest + 1, end - 1);  // to the place before the row
  const std::size_t first = depth_ - 2;
  const loop rows = loops_[first];
  for (std::size_t i = 0; i < 2; ++i) {
    const loop& cut = i == 0 ? rows : row;
    loops_[first + i] = {(cut.extent + tile_edge - 1) / tile_edge,
                         cut.from_stride * tile_edge,
                         cut.to_stride * tile_edge,
                         0,
                         cut.extent,
                         first + 2 + i};
    loops_[first + 2 + i] = {tile_edge, cut.from_stride, cut.to_stride};
  }
  depth_ += 2;
}

void pair_walk::move(std::size_t at, std::int64_t steps) noexcept {
  loop& l = loops_[at];
  l.index += steps;
  here_.from_offset += l.from_stride * steps;
  here_.to_offset += l.to_stride * steps;
  if (l.length > 0) {
    loops_[l.within].extent = std::min(tile_edge, l.length - l.index * tile_edge);
  }
}

bool pair_walk::advance() noexcept {
  for (std::size_t at = inner(); at-- > 0;) {
    if (loops_[at].index + 1 < loops_[at].extent) {
      move(at, 1);
      here_.count = loops_[inner()].extent;
      return true;
    }
    move(at, -loops_[at].index);
  }
  return false;
}

bool pair_walk::next(pair_run& run) noexcept {
  if (done_) return false;
  run = here_;
  done_ = !advance();
  return true;
}

}  // namespace quarry
