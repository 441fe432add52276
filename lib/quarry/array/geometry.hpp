// geometry.hpp: the zero-copy operations as arithmetic on layouts, after NumPy's functions of the
// same names. Each returns where the elements of the result lie: a layout, and how far its element
// [0, ..., 0] is from the old one's. The result always touches a subset of the old bytes
// (as_strided apart, which array checks), so nothing needs a second bounds check.
// Axes may be negative: they count from the last one. Every function throws error(shape_mismatch)
// for an axis that does not exist, and every one whose result can have more axes than it was given
// throws error(limit_exceeded) beyond max_rank.
#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "quarry/array/layout.hpp"
#include "quarry/array/slice.hpp"

namespace quarry {

/// A layout and the byte distance of its first element from that of the layout it was made from.
struct placement {
  layout where;
  std::int64_t offset_bytes = 0;
};

/// The axis in 0..rank-1 that `axis` in -rank..rank-1 means.
int checked_axis(int axis, int rank);

/// Basic indexing. Throws error(out_of_bounds) for an integer outside its axis, naming axis and
/// extent, and error(shape_mismatch) for more entries than axes.
placement slice(const layout& from, std::span<const index_entry> index);

/// Axes in the order `axes`, a permutation of all of them.
layout transpose(const layout& from, std::span<const int> axes);
/// Axes in reverse order.
layout transpose(const layout& from);

/// The axis `axis` runs backwards.
placement flip(const layout& from, int axis);

/// Without the axes of extent 1.
layout squeeze(const layout& from);
/// Without `axis`, whose extent must be 1 (else error(shape_mismatch)).
layout squeeze(const layout& from, int axis);

/// The same elements in the same `order` under another shape, where strides can tell it; nothing
/// where only a copy can. One extent may be -1: it is computed.
/// Throws error(shape_mismatch) if the number of elements differs or an extent is negative,
/// error(limit_exceeded) if their product overflows.
std::optional<layout> reshape(const layout& from, std::span<const std::int64_t> shape,
                              memory_order order = memory_order::c);

/// NumPy's broadcasting: new axes in front, extents of 1 stretched with stride 0.
/// Throws error(shape_mismatch) if the shapes do not go together.
layout broadcast_to(const layout& from, std::span<const std::int64_t> shape);

/// Windows of `window` elements along `axes`, as new last axes; the windowed axes shrink to the
/// number of positions. Throws error(shape_mismatch) if a window is empty or larger than its axis.
layout sliding_window(const layout& from, std::span<const std::int64_t> window,
                      std::span<const int> axes);

/// The elements [i, i + offset] of two axes, as a new last axis in place of both.
placement diagonal(const layout& from, std::int64_t offset = 0, int axis1 = 0, int axis2 = 1);

/// True if some byte belongs to an element of both layouts, `b` lying `distance_bytes` behind `a`.
/// Solves the bounded linear Diophantine equation: exact for all layouts that real arrays have. A
/// search that takes too long, as strides made for that can demand, ends with true as well.
bool overlap(const layout& a, const layout& b, std::int64_t distance_bytes);

/// True if two different indices can reach the same byte, or the search for them takes too long.
bool overlaps_itself(const layout& a);

}  // namespace quarry
