#include "quarry/array/geometry.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry {
namespace {

// Modulo 2^64: a stride of an axis with fewer than two elements may be anything.
std::int64_t negated(std::int64_t stride) noexcept {
  return static_cast<std::int64_t>(-static_cast<std::uint64_t>(stride));
}

// The axes of a layout that is being put together.
class axis_list {
 public:
  void add(std::int64_t extent, std::int64_t stride) {
    if (count_ == static_cast<std::size_t>(max_rank)) {
      throw error(errc::limit_exceeded, concat("the result has more than ", max_rank, " axes"));
    }
    extents_[count_] = extent;
    strides_[count_++] = stride;
  }
  void add_from(const layout& from, int axis) { add(from.extent(axis), from.stride(axis)); }
  layout finish(std::int64_t item_bytes) const {
    return layout::strided({extents_.data(), count_}, {strides_.data(), count_}, item_bytes);
  }

 private:
  std::size_t count_ = 0;
  std::array<std::int64_t, max_rank> extents_{};
  std::array<std::int64_t, max_rank> strides_{};
};

// The axes that an index leaves to its ellipsis.
int axes_left(const layout& from, std::span<const index_entry> index) {
  const auto taken = std::ranges::count_if(index, [](const index_entry& entry) {
    return std::holds_alternative<std::int64_t>(entry) || std::holds_alternative<range>(entry);
  });
  const auto ellipses = std::ranges::count_if(
      index, [](const index_entry& entry) { return std::holds_alternative<ellipsis_t>(entry); });
  if (ellipses > 1) throw error(errc::invalid_argument, "an index with more than one ellipsis");
  if (taken > from.rank()) {
    throw error(errc::shape_mismatch, concat(taken, " indices for an array of ", from.rank(),
                                             " axes, shape ", tuple_text(from.shape())));
  }
  return from.rank() - static_cast<int>(taken);
}

std::int64_t checked_index(std::int64_t index, const layout& from, int axis) {
  const std::int64_t extent = from.extent(axis);
  if (index < -extent || index >= extent) {
    throw error(errc::out_of_bounds, concat("index ", index, " is out of bounds for axis ", axis,
                                            " with extent ", extent));
  }
  return index < 0 ? index + extent : index;
}

// A stride for `r.step` steps at once; with fewer than two elements its value has no meaning and
// must not overflow.
std::int64_t stepped_stride(std::int64_t stride, const resolved_range& r) noexcept {
  if (r.count >= 2) return stride * r.step;
  return checked::try_mul(stride, r.step).value_or(stride);
}

[[noreturn]] void throw_size_mismatch(const layout& from, std::span<const std::int64_t> shape) {
  throw error(errc::shape_mismatch, concat("cannot reshape shape ", tuple_text(from.shape()), " (",
                                           from.size(), " elements) into ", tuple_text(shape)));
}

// `shape` with its -1 computed and its size checked against `from`.
std::vector<std::int64_t> full_shape(const layout& from, std::span<const std::int64_t> shape) {
  std::vector<std::int64_t> out(shape.begin(), shape.end());
  const auto unknown = std::ranges::find(out, -1);
  if (unknown != out.end()) {
    *unknown = 1;
    const std::int64_t known = layout::contiguous(out, 1).size();
    if (known == 0 || from.size() % known != 0) throw_size_mismatch(from, shape);
    *unknown = from.size() / known;
  }
  if (layout::contiguous(out, 1).size() != from.size()) throw_size_mismatch(from, shape);
  return out;
}

// Old axes without those of extent 1, slowest first as `order` walks them.
struct walked_axes {
  std::vector<std::int64_t> extents;
  std::vector<std::int64_t> strides;
};

walked_axes walk(const layout& from, memory_order order) {
  walked_axes out;
  for (int step = 0; step < from.rank(); ++step) {
    const int axis = order == memory_order::c ? step : from.rank() - 1 - step;
    if (from.extent(axis) == 1) continue;
    out.extents.push_back(from.extent(axis));
    out.strides.push_back(from.stride(axis));
  }
  return out;
}

// Gives the axes new[begin, end) strides over the run old[begin, end) of axes with as many
// elements; false if the run cannot be walked with one stride. Slowest axis first.
bool spread_run(const walked_axes& old, std::size_t old_begin, std::size_t old_end,
                std::span<const std::int64_t> extents, std::span<std::int64_t> strides) {
  for (std::size_t k = old_begin; k + 1 < old_end; ++k) {
    if (old.strides[k] != checked::try_mul(old.extents[k + 1], old.strides[k + 1])) return false;
  }
  std::int64_t stride = old.strides[old_end - 1];
  for (std::size_t k = extents.size(); k-- > 0;) {
    strides[k] = stride;
    // Past the slowest axis the product has no meaning and may not fit.
    stride = checked::try_mul(stride, extents[k]).value_or(stride);
  }
  return true;
}

}  // namespace

int checked_axis(int axis, int rank) {
  if (axis < -rank || axis >= rank) {
    throw error(errc::shape_mismatch,
                concat("axis ", axis, " does not exist in an array of ", rank, " axes"));
  }
  return axis < 0 ? axis + rank : axis;
}

placement slice(const layout& from, std::span<const index_entry> index) {
  const int left = axes_left(from, index);
  axis_list axes;
  std::int64_t offset = 0;
  int axis = 0;
  for (const index_entry& entry : index) {
    if (const auto* at = std::get_if<std::int64_t>(&entry)) {
      offset += checked_index(*at, from, axis) * from.stride(axis);
      ++axis;
    } else if (const auto* r = std::get_if<range>(&entry)) {
      if (r->step == 0) throw error(errc::invalid_argument, "a range with a step of 0");
      const resolved_range taken = resolve(*r, from.extent(axis));
      if (taken.count > 0) offset += taken.first * from.stride(axis);
      axes.add(taken.count, stepped_stride(from.stride(axis), taken));
      ++axis;
    } else if (std::holds_alternative<newaxis_t>(entry)) {
      axes.add(1, 0);
    } else {
      for (int k = 0; k < left; ++k, ++axis) axes.add_from(from, axis);
    }
  }
  for (; axis < from.rank(); ++axis) axes.add_from(from, axis);
  const layout where = axes.finish(from.item_bytes());
  return {where, where.size() == 0 ? 0 : offset};
}

layout transpose(const layout& from, std::span<const int> axes) {
  std::array<bool, max_rank> seen{};
  axis_list out;
  for (const int axis : axes) {
    const int at = checked_axis(axis, from.rank());
    if (std::exchange(seen[static_cast<std::size_t>(at)], true)) {
      throw error(errc::shape_mismatch, concat("axis ", axis, " occurs twice in a transposition"));
    }
    out.add_from(from, at);
  }
  if (axes.size() != static_cast<std::size_t>(from.rank())) {
    throw error(errc::shape_mismatch,
                concat(axes.size(), " axes to transpose an array of ", from.rank()));
  }
  return out.finish(from.item_bytes());
}

layout transpose(const layout& from) {
  axis_list out;
  for (int axis = from.rank(); axis-- > 0;) out.add_from(from, axis);
  return out.finish(from.item_bytes());
}

placement flip(const layout& from, int axis) {
  const int at = checked_axis(axis, from.rank());
  axis_list out;
  for (int k = 0; k < from.rank(); ++k) {
    out.add(from.extent(k), k == at ? negated(from.stride(k)) : from.stride(k));
  }
  if (from.size() == 0) return {out.finish(from.item_bytes()), 0};
  return {out.finish(from.item_bytes()), (from.extent(at) - 1) * from.stride(at)};
}

layout squeeze(const layout& from) {
  axis_list out;
  for (int axis = 0; axis < from.rank(); ++axis) {
    if (from.extent(axis) != 1) out.add_from(from, axis);
  }
  return out.finish(from.item_bytes());
}

layout squeeze(const layout& from, int axis) {
  const int at = checked_axis(axis, from.rank());
  if (from.extent(at) != 1) {
    throw error(errc::shape_mismatch,
                concat("cannot squeeze axis ", axis, " with extent ", from.extent(at)));
  }
  axis_list out;
  for (int k = 0; k < from.rank(); ++k) {
    if (k != at) out.add_from(from, k);
  }
  return out.finish(from.item_bytes());
}

std::optional<layout> reshape(const layout& from, std::span<const std::int64_t> shape,
                              memory_order order) {
  const std::vector<std::int64_t> target = full_shape(from, shape);
  if (from.size() == 0) return layout::contiguous(target, from.item_bytes(), order);

  // Both shapes are walked slowest axis first; runs of axes with equal products go together.
  std::vector<std::int64_t> extents = target;
  if (order == memory_order::f) std::ranges::reverse(extents);
  std::vector<std::int64_t> strides(extents.size(), from.item_bytes());
  const walked_axes old = walk(from, order);
  std::size_t old_begin = 0;
  std::size_t new_begin = 0;
  while (old_begin < old.extents.size() && new_begin < extents.size()) {
    std::size_t old_end = old_begin + 1;
    std::size_t new_end = new_begin + 1;
    std::int64_t old_count = old.extents[old_begin];
    std::int64_t new_count = extents[new_begin];
    while (old_count != new_count) {
      if (old_count < new_count) {
        old_count *= old.extents[old_end++];
      } else {
        new_count *= extents[new_end++];
      }
    }
    const std::size_t run = new_end - new_begin;
    if (!spread_run(old, old_begin, old_end, std::span(extents).subspan(new_begin, run),
                    std::span(strides).subspan(new_begin, run))) {
      return std::nullopt;
    }
    old_begin = old_end;
    new_begin = new_end;
  }
  // What is left has extent 1, where any stride will do; NumPy repeats the last one.
  for (; new_begin > 0 && new_begin < strides.size(); ++new_begin) {
    strides[new_begin] = strides[new_begin - 1];
  }
  if (order == memory_order::f) std::ranges::reverse(strides);
  return layout::strided(target, strides, from.item_bytes());
}

layout broadcast_to(const layout& from, std::span<const std::int64_t> shape) {
  const auto fail = [&] {
    throw error(errc::shape_mismatch, concat("shape ", tuple_text(from.shape()),
                                             " does not broadcast to ", tuple_text(shape)));
  };
  if (shape.size() < from.shape().size()) fail();
  const std::size_t fresh = shape.size() - from.shape().size();
  axis_list out;
  for (std::size_t k = 0; k < shape.size(); ++k) {
    if (k < fresh) {
      out.add(shape[k], 0);
      continue;
    }
    const int axis = static_cast<int>(k - fresh);
    if (from.extent(axis) == shape[k]) {
      out.add_from(from, axis);
    } else if (from.extent(axis) == 1) {
      out.add(shape[k], 0);
    } else {
      fail();
    }
  }
  return out.finish(from.item_bytes());
}

layout sliding_window(const layout& from, std::span<const std::int64_t> window,
                      std::span<const int> axes) {
  if (window.size() != axes.size()) {
    throw error(errc::shape_mismatch,
                concat("a window of ", window.size(), " extents for ", axes.size(), " axes"));
  }
  std::vector<std::int64_t> extents(from.shape().begin(), from.shape().end());
  std::vector<std::int64_t> strides(from.strides().begin(), from.strides().end());
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const int at = checked_axis(axes[k], from.rank());
    std::int64_t& positions = extents[static_cast<std::size_t>(at)];
    if (window[k] < 1 || window[k] > positions) {
      throw error(errc::shape_mismatch, concat("a window of ", window[k], " does not fit axis ", at,
                                               " with ", positions, " positions"));
    }
    positions -= window[k] - 1;
    extents.push_back(window[k]);
    strides.push_back(from.stride(at));
  }
  return layout::strided(extents, strides, from.item_bytes());
}

placement diagonal(const layout& from, std::int64_t offset, int axis1, int axis2) {
  const int first = checked_axis(axis1, from.rank());
  const int second = checked_axis(axis2, from.rank());
  if (first == second) {
    throw error(errc::shape_mismatch, concat("a diagonal of axis ", axis1, " with itself"));
  }
  axis_list out;
  for (int axis = 0; axis < from.rank(); ++axis) {
    if (axis != first && axis != second) out.add_from(from, axis);
  }
  const std::int64_t row = -std::clamp<std::int64_t>(offset, -from.extent(first), 0);
  const std::int64_t column = std::clamp<std::int64_t>(offset, 0, from.extent(second));
  const std::int64_t count =
      std::max<std::int64_t>(0, std::min(from.extent(first) - row, from.extent(second) - column));
  const std::int64_t stride =
      count >= 2 ? from.stride(first) + from.stride(second)
                 : checked::try_add(from.stride(first), from.stride(second)).value_or(0);
  out.add(count, stride);
  const layout where = out.finish(from.item_bytes());
  if (where.size() == 0) return {where, 0};
  return {where, row * from.stride(first) + column * from.stride(second)};
}

}  // namespace quarry
