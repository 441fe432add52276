#include "quarry/kernels/runs.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <span>

#include "quarry/base/assert.hpp"

namespace quarry {
namespace {

// An axis of one or two layouts, walked in the direction in which the first one grows.
struct stepped_axis {
  std::int64_t extent;
  std::int64_t step;   // bytes, 0 or more
  std::int64_t other;  // bytes in the second layout
};

struct offset_pair {
  std::int64_t first = 0;
  std::int64_t second = 0;
};

// The axes of `first`, the nearest first, and where its lowest element lies on either side.
struct ascending_axes {
  std::vector<stepped_axis> axes;
  offset_pair start;

  ascending_axes(const layout& first, const layout& second) {
    for (const int axis : axes_by_stride(first)) {
      stepped_axis next{first.extent(axis), first.stride(axis), second.stride(axis)};
      if (next.extent == 1) continue;
      if (next.step < 0) {
        start.first += next.step * (next.extent - 1);
        start.second += next.other * (next.extent - 1);
        next.step = -next.step;
        next.other = -next.other;
      }
      axes.push_back(next);
    }
  }
};

// How many of the nearest axes make up a run, and its bytes.
struct run_axes {
  std::size_t count = 0;
  std::int64_t bytes;
};

run_axes axes_of_run(std::span<const stepped_axis> axes, std::int64_t item_bytes,
                     std::int64_t grain_bytes) {
  run_axes run{0, item_bytes};
  for (const stepped_axis& axis : axes) {
    if (axis.step > std::max(run.bytes, grain_bytes)) break;
    run.bytes = std::max(run.bytes, (axis.extent - 1) * axis.step + run.bytes);
    ++run.count;
  }
  return run;
}

run_axes axes_of_shared_run(std::span<const stepped_axis> axes, std::int64_t item_bytes) {
  run_axes run{0, item_bytes};
  for (const stepped_axis& axis : axes) {
    if (axis.step != run.bytes || axis.other != run.bytes) break;
    run.bytes *= axis.extent;
    ++run.count;
  }
  return run;
}

// Calls use(offsets) once for each index along `axes`, the first of which is the fastest.
template <class Use>
void for_each_place(std::span<const stepped_axis> axes, offset_pair at, const Use& use) {
  std::vector<std::int64_t> index(axes.size());
  while (true) {
    use(at);
    std::size_t place = 0;
    for (; place < axes.size(); ++place) {
      const stepped_axis& axis = axes[place];
      at.first += axis.step;
      at.second += axis.other;
      if (++index[place] < axis.extent) break;
      at.first -= axis.step * axis.extent;
      at.second -= axis.other * axis.extent;
      index[place] = 0;
    }
    if (place == axes.size()) return;
  }
}

}  // namespace

std::vector<int> axes_by_stride(const layout& of) {
  std::vector<int> axes(static_cast<std::size_t>(of.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  const auto reach = [&](int axis) { return of.extent(axis) == 1 ? 0 : std::abs(of.stride(axis)); };
  // Of equal strides the last axis is the nearest, as in C order.
  std::ranges::stable_sort(
      axes, [&](int a, int b) { return reach(a) != reach(b) ? reach(a) < reach(b) : a > b; });
  return axes;
}

layout packed_as(const layout& of) {
  std::vector<std::int64_t> strides(static_cast<std::size_t>(of.rank()));
  std::int64_t stride = of.item_bytes();
  for (const int axis : axes_by_stride(of)) {
    strides[static_cast<std::size_t>(axis)] = stride;
    stride *= of.extent(axis);
  }
  return layout::strided(of.shape(), strides, of.item_bytes());
}

void for_each_run(const layout& of, std::int64_t grain_bytes,
                  const std::function<void(std::int64_t, std::int64_t)>& use) {
  if (of.size() == 0) return;
  const ascending_axes all(of, of);
  const run_axes run = axes_of_run(all.axes, of.item_bytes(), grain_bytes);
  for_each_place(std::span(all.axes).subspan(run.count), all.start,
                 [&](const offset_pair& at) { use(at.first, run.bytes); });
}

// Runs of small strides fill their grains, larger strides reach a grain (or a run) each.
std::int64_t touched_bytes(const layout& of, std::int64_t grain_bytes) {
  constexpr double most = 0x1p62;
  if (of.size() == 0) return 0;
  const auto grain = static_cast<double>(grain_bytes);
  double run = static_cast<double>(of.item_bytes());
  double runs = 1;
  for (int axis = 0; axis < of.rank(); ++axis) {
    if (of.extent(axis) == 1 || of.stride(axis) == 0) continue;
    const auto step = std::abs(static_cast<double>(of.stride(axis)));
    if (step < grain) {
      run += static_cast<double>(of.extent(axis) - 1) * step;
    } else {
      runs *= static_cast<double>(of.extent(axis));
    }
  }
  const byte_range all = of.extent_bytes();
  const double whole = static_cast<double>(all.end - all.begin) + 2 * grain;
  return static_cast<std::int64_t>(std::min({whole, runs * (run + grain), most}));
}

gathered_runs gathered_as(const layout& of, std::int64_t grain_bytes) {
  std::vector<std::int64_t> strides(of.strides().begin(), of.strides().end());
  std::int64_t run = of.item_bytes();
  std::int64_t all = 0;  // once the first axis apart is found
  std::int64_t start = 0;
  for (const int axis : axes_by_stride(of)) {
    const std::int64_t steps = of.extent(axis) - 1;
    std::int64_t& stride = strides[static_cast<std::size_t>(axis)];
    if (steps == 0) continue;
    const bool is_apart = all > 0 || std::abs(stride) > std::max(run, grain_bytes);
    if (is_apart) {
      if (all == 0) all = run;
      stride = stride < 0 ? -all : all;
      all *= steps + 1;
    } else {
      run = std::max(run, steps * std::abs(stride) + run);
    }
    if (stride < 0) start -= stride * steps;
  }
  return {layout::strided(of.shape(), strides, of.item_bytes()), start, all > 0 ? all : run};
}

std::int64_t shared_run_bytes(const layout& to, const layout& from) {
  QUARRY_ASSERT(std::ranges::equal(to.shape(), from.shape()));
  return axes_of_shared_run(ascending_axes(to, from).axes, to.item_bytes()).bytes;
}

void for_each_shared_run(const layout& to, const layout& from,
                         const std::function<void(std::int64_t, std::int64_t, std::int64_t)>& use) {
  QUARRY_ASSERT(std::ranges::equal(to.shape(), from.shape()));
  if (to.size() == 0) return;
  const ascending_axes all(to, from);
  const run_axes run = axes_of_shared_run(all.axes, to.item_bytes());
  for_each_place(std::span(all.axes).subspan(run.count), all.start,
                 [&](const offset_pair& at) { use(at.first, at.second, run.bytes); });
}

}  // namespace quarry
