#include "quarry/kernels/box_plan.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <string_view>

#include "quarry/base/assert.hpp"
#include "quarry/base/text.hpp"
#include "quarry/kernels/blocks.hpp"
#include "quarry/kernels/runs.hpp"

namespace quarry {
namespace {

// Runs of this length on both sides: longer ones gain nothing, smaller boxes stay in the caches.
constexpr std::int64_t long_run_bytes = std::int64_t{1} << 20U;

std::int64_t step_of(const layout& of, int axis) noexcept { return std::abs(of.stride(axis)); }

// A side of the box: its axes from the nearest on, and how far the box reaches along them.
class side {
 public:
  side(const layout& of, std::int64_t grain_bytes)
      : of_(of), axes_(axes_by_stride(of)), grain_bytes_(grain_bytes) {}

  /// Bytes of the run of neighbours in a box of these extents. Gaps below a grain count as
  /// neighbours: their grains are touched anyway.
  std::int64_t run_bytes(std::span<const std::int64_t> extents) const noexcept {
    std::int64_t run = of_.item_bytes();
    for (const int axis : axes_) {
      const std::int64_t taken = extents[static_cast<std::size_t>(axis)];
      if (of_.extent(axis) == 1 || of_.stride(axis) == 0) continue;
      if (step_of(of_, axis) > std::max(run, grain_bytes_)) break;
      run = std::max(run, (taken - 1) * step_of(of_, axis) + run);
      if (taken < of_.extent(axis)) break;
    }
    return run;
  }

  /// The nearest axis along which the box can grow; -1 if it is the whole array.
  int next_axis(std::span<const std::int64_t> extents) const noexcept {
    for (const int axis : axes_) {
      if (extents[static_cast<std::size_t>(axis)] < of_.extent(axis)) return axis;
    }
    return -1;
  }

 private:
  const layout& of_;
  std::vector<int> axes_;
  std::int64_t grain_bytes_;
};

std::int64_t product(std::span<const std::int64_t> extents) noexcept {
  return std::accumulate(extents.begin(), extents.end(), std::int64_t{1}, std::multiplies<>());
}

}  // namespace

pair_piece part_of(const pair_piece& whole, const box& taken) {
  return {layout::strided(taken.extents, whole.from.strides(), whole.from.item_bytes()),
          layout::strided(taken.extents, whole.to.strides(), whole.to.item_bytes()),
          whole.from_offset + whole.from.offset_of(taken.first),
          whole.to_offset + whole.to.offset_of(taken.first)};
}

box_plan::box_plan(const layout& from, const layout& to, std::int64_t most_bytes,
                   std::int64_t to_offset, std::int64_t grain_bytes)
    : grain_bytes_(grain_bytes),
      item_bytes_(to.item_bytes()),
      shape_(to.shape().begin(), to.shape().end()),
      extents_(shape_.size(), 1) {
  QUARRY_ASSERT(std::ranges::equal(from.shape(), to.shape()));
  order_ = axes_by_stride(to);
  std::ranges::reverse(order_);
  if (to.size() == 0) return;
  grow(from, to,
       std::max<std::int64_t>(most_bytes / std::max<std::int64_t>(to.item_bytes(), 1), 1));
  lead_ = extents_;
  align(to, to_offset);
  count_ = 1;
  for (std::size_t axis = 0; axis < shape_.size(); ++axis) count_ *= boxes_along(axis);
}

void box_plan::grow(const layout& from, const layout& to, std::int64_t most) {
  const side source(from, grain_bytes_);
  const side target(to, grain_bytes_);
  while (true) {
    from_run_ = source.run_bytes(extents_);
    to_run_ = target.run_bytes(extents_);
    if (std::min(from_run_, to_run_) >= long_run_bytes) return;
    const int axis = (from_run_ < to_run_ ? source : target).next_axis(extents_);
    if (axis < 0 || product(extents_) > most / 2) return;
    std::int64_t& extent = extents_[static_cast<std::size_t>(axis)];
    extent = std::min(2 * extent, shape_[static_cast<std::size_t>(axis)]);
  }
}

// Only the axis along which a run of the target ends needs a shorter first box.
void box_plan::align(const layout& to, std::int64_t to_offset) {
  auto place = order_.rbegin();
  const auto is_whole = [this](int axis) {
    const auto at = static_cast<std::size_t>(axis);
    return extents_[at] == shape_[at];
  };
  place = std::find_if_not(place, order_.rend(), is_whole);
  if (place == order_.rend()) return;
  const std::int64_t step = to.stride(*place);
  const auto axis = static_cast<std::size_t>(*place);
  const bool others_keep_it = std::all_of(place + 1, order_.rend(), [&](int other) {
    return to.extent(other) == 1 || to.stride(other) % grain_bytes_ == 0;
  });
  const std::int64_t before_grain = (grain_bytes_ - to_offset % grain_bytes_) % grain_bytes_;
  if (step <= 0 || !others_keep_it || extents_[axis] * step % grain_bytes_ != 0 ||
      before_grain % step != 0) {
    return;
  }
  keeps_grains_apart_ = true;
  if (before_grain > 0) lead_[axis] = before_grain / step % extents_[axis];
  if (lead_[axis] == 0) lead_[axis] = extents_[axis];
}

std::int64_t box_plan::largest_bytes() const noexcept { return product(extents_) * item_bytes_; }

std::int64_t box_plan::boxes_along(std::size_t axis) const noexcept {
  const std::int64_t behind = shape_[axis] - std::min(shape_[axis], lead_[axis]);
  return 1 + (behind + extents_[axis] - 1) / extents_[axis];
}

box box_plan::operator[](std::int64_t i) const {
  QUARRY_ASSERT(i >= 0 && i < count_);
  box out{std::vector<std::int64_t>(shape_.size()), std::vector<std::int64_t>(shape_.size())};
  for (std::size_t place = order_.size(); place-- > 0;) {
    const auto axis = static_cast<std::size_t>(order_[place]);
    const std::int64_t along = boxes_along(axis);
    const std::int64_t at = i % along;
    out.first[axis] = at == 0 ? 0 : lead_[axis] + (at - 1) * extents_[axis];
    const std::int64_t whole = at == 0 ? lead_[axis] : extents_[axis];
    out.extents[axis] = std::min(whole, shape_[axis] - out.first[axis]);
    i /= along;
  }
  return out;
}

std::string plan_text(const layout& from, const layout& to, const box_plan& boxes) {
  const pair_walk walk(from, to);
  const auto side_text = [&](std::string_view name, const layout& of, std::int64_t run) {
    // Of a run below a grain the rest is read, or written, again with another box.
    const std::int64_t grain = boxes.grain_bytes();
    const std::int64_t passes =
        run == 0 ? 1 : std::clamp<std::int64_t>(grain / run, 1, boxes.count());
    const std::int64_t touched = touched_bytes(of, grain);
    const bool is_sparse = touched / 2 > of.size_bytes();
    return concat(name, ": ", of.size_bytes(), " bytes",
                  is_sparse ? concat(" on pages of ", touched) : "", " in runs of ", run, ", ",
                  passes, passes == 1 ? " pass\n" : " passes\n");
  };
  return concat("boxes: ", boxes.count(), " of ", tuple_text(boxes.extents()), " elements\n",
                side_text("source", from, boxes.from_run_bytes()),
                side_text("target", to, boxes.to_run_bytes()), "pages: ",
                boxes.keeps_grains_apart() ? "no two boxes share one of the target\n"
                                           : "neighbouring boxes may share one of the target\n",
                "in the caches: ", walk.is_tiled() ? "tiles" : "rows", ", steps of ",
                walk.in_row().from, " bytes in the source and ", walk.in_row().to,
                " in the target\n");
}

}  // namespace quarry
