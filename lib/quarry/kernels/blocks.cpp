#include "quarry/kernels/blocks.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "quarry/base/assert.hpp"

namespace quarry {
namespace {

// Edge of a tile in elements: a row fills four cache lines, and a tile fits half of the first-level
// cache.
std::int64_t tile_edge(std::int64_t item_bytes) noexcept {
  constexpr std::int64_t row_bytes = 256;
  return std::clamp<std::int64_t>(row_bytes / std::max<std::int64_t>(item_bytes, 1), 16, 128);
}

// The buffers of block_cast hold a tile of that many items of 8 bytes in 4 columns.
constexpr std::int64_t longest_edge = 512;

// Shorter edges are not worth a tile.
constexpr std::int64_t smallest_edge = 4;

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
  tile_axes(tile_edge(to.item_bytes()));
  measure_block();
}

void pair_walk::measure_block() noexcept {
  here_.count = loops_[inner()].extent;
  here_.rows = depth_ > 1 ? loops_[inner() - 1].extent : 1;
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
void pair_walk::tile_axes(std::int64_t edge) noexcept {
  // Standing still (a broadcast) costs nothing in any order.
  const auto nearer = [](const loop& a, const loop& b) {
    if (a.from_stride == 0 || b.from_stride == 0) return a.from_stride != 0;
    return std::abs(a.from_stride) < std::abs(b.from_stride);
  };
  const auto end = loops_.begin() + static_cast<std::ptrdiff_t>(depth_);
  const auto fastest = std::min_element(loops_.begin(), end, nearer);
  const loop row = loops_[inner()];
  const bool agree = row.from_stride == 0 || !nearer(*fastest, row);
  if (agree || fastest->extent < smallest_edge || row.extent < smallest_edge) return;
  tiled_ = true;
  std::rotate(fastest, fastest + 1, end - 1);  // to the place before the row
  const std::size_t first = depth_ - 2;
  const loop rows = loops_[first];
  // Where the target's runs are short, the source's are longer.
  const std::int64_t row_edge = std::min(edge, row.extent);
  const std::int64_t rows_edge = std::min(edge * edge / row_edge, longest_edge);
  depth_ += 2;
  cut_axis(row, row_edge, first, depth_ - 1);
  cut_axis(rows, rows_edge, first + 1, depth_ - 2);
}

// Loop `over` becomes one over the tiles of an axis, loop `within` one inside a tile.
void pair_walk::cut_axis(const loop& cut, std::int64_t edge, std::size_t over,
                         std::size_t within) noexcept {
  loops_[over] = {(cut.extent + edge - 1) / edge,
                  cut.from_stride * edge,
                  cut.to_stride * edge,
                  0,
                  cut.extent,
                  edge,
                  within};
  loops_[within] = {std::min(edge, cut.extent), cut.from_stride, cut.to_stride};
}

void pair_walk::move(std::size_t at, std::int64_t steps) noexcept {
  loop& l = loops_[at];
  l.index += steps;
  here_.from_offset += l.from_stride * steps;
  here_.to_offset += l.to_stride * steps;
  if (l.length > 0) {
    loops_[l.within].extent = std::min(l.edge, l.length - l.index * l.edge);
  }
}

bool pair_walk::advance() noexcept {
  for (std::size_t at = inner() > 0 ? inner() - 1 : 0; at-- > 0;) {
    if (loops_[at].index + 1 < loops_[at].extent) {
      move(at, 1);
      measure_block();
      return true;
    }
    move(at, -loops_[at].index);
  }
  return false;
}

bool pair_walk::next(pair_block& block) noexcept {
  if (done_) return false;
  block = here_;
  done_ = !advance();
  return true;
}

}  // namespace quarry
