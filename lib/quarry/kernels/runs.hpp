// runs.hpp: the elements of a layout as runs of neighbouring bytes: what files, caches and copies
// want to be asked for. Known from layouts alone; no data.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "quarry/array/layout.hpp"

namespace quarry {

/// The axes of `of`, that of the smallest stride first; axes of one index count as smallest.
std::vector<int> axes_by_stride(const layout& of);

/// The same elements without gaps, in the order in which they lie in `of`.
layout packed_as(const layout& of);

/// Calls use(offset, bytes) for each run of neighbouring bytes that the elements of `of` touch,
/// gaps below a grain included, from the lowest on. Offsets count from element [0, ..., 0].
void for_each_run(const layout& of, std::int64_t grain_bytes,
                  const std::function<void(std::int64_t offset, std::int64_t bytes)>& use);

/// Bytes of the grains that the elements of a layout touch, rounded up; at most 2^62.
std::int64_t touched_bytes(const layout& of, std::int64_t grain_bytes);

/// The elements of a layout in a buffer into which its runs were read, one behind the other.
struct gathered_runs {
  layout where;               ///< strides within a run are those of the layout itself
  std::int64_t offset_bytes;  ///< of element [0, ..., 0] in the buffer
  std::int64_t size_bytes;    ///< of all runs
};
/// Of the runs that for_each_run() has, in its order.
gathered_runs gathered_as(const layout& of, std::int64_t grain_bytes);

/// Bytes of the runs that lie without gaps and in one order in both layouts. At least an item; all
/// bytes if the layouts are the same but for where they start.
/// Precondition: to.shape() equals from.shape(), and their items are as large.
std::int64_t shared_run_bytes(const layout& to, const layout& from);

/// Calls use(to_offset, from_offset, bytes) for each of those runs, from the lowest in `to` on.
void for_each_shared_run(const layout& to, const layout& from,
                         const std::function<void(std::int64_t to_offset, std::int64_t from_offset,
                                                  std::int64_t bytes)>& use);

}  // namespace quarry
