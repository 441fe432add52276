#include "quarry/array/layout.hpp"

#include <algorithm>

#include "quarry/base/assert.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry {
namespace {

void check_shape(std::span<const std::int64_t> extents) {
  if (extents.size() > static_cast<std::size_t>(max_rank)) {
    throw error(errc::limit_exceeded, concat("a shape of ", extents.size(), " axes; at most ",
                                             max_rank, " are possible"));
  }
  for (const std::int64_t extent : extents) {
    if (extent < 0) {
      throw error(errc::shape_mismatch,
                  concat("negative extent ", extent, " in shape ", tuple_text(extents)));
    }
  }
}

// The distances from element [0, ..., 0] to the lowest and the highest one, checked: every offset
// that is computed later lies between them. Axes of extent 0 are left out, and do not hide the
// others: an index of another axis is multiplied by its stride all the same.
void check_reach(const layout& where) {
  std::int64_t low = 0;
  std::int64_t high = where.item_bytes();
  for (int axis = 0; axis < where.rank(); ++axis) {
    if (where.extent(axis) == 0) continue;
    const std::int64_t reach =
        checked::mul(where.extent(axis) - 1, where.stride(axis), "the reach of an axis");
    std::int64_t& end = reach < 0 ? low : high;
    end = checked::add(end, reach, "the reach of a layout");
  }
  // Their difference is what extent_bytes() spans.
  if (low < 0 && low < high - std::numeric_limits<std::int64_t>::max()) {
    checked::throw_overflow("the reach of a layout");
  }
}

}  // namespace

layout layout::contiguous(std::span<const std::int64_t> extents, std::int64_t item_bytes,
                          memory_order order) {
  check_shape(extents);
  checked::array_bytes(extents, item_bytes);
  layout out;
  out.rank_ = static_cast<int>(extents.size());
  out.item_bytes_ = item_bytes;
  std::copy(extents.begin(), extents.end(), out.extents_.begin());
  std::int64_t stride = item_bytes;
  for (int step = 0; step < out.rank_; ++step) {
    const auto axis =
        static_cast<std::size_t>(order == memory_order::f ? step : out.rank_ - 1 - step);
    out.strides_[axis] = stride;
    stride *= std::max<std::int64_t>(out.extents_[axis], 1);
  }
  return out;
}

layout layout::strided(std::span<const std::int64_t> extents, std::span<const std::int64_t> strides,
                       std::int64_t item_bytes) {
  check_shape(extents);
  if (extents.size() != strides.size()) {
    throw error(errc::shape_mismatch, concat(strides.size(), " strides for ", extents.size(),
                                             " axes of shape ", tuple_text(extents)));
  }
  checked::array_bytes(extents, item_bytes);
  layout out;
  out.rank_ = static_cast<int>(extents.size());
  out.item_bytes_ = item_bytes;
  std::copy(extents.begin(), extents.end(), out.extents_.begin());
  std::copy(strides.begin(), strides.end(), out.strides_.begin());
  check_reach(out);
  return out;
}

std::int64_t layout::size() const noexcept {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape()) {
    if (extent == 0) return 0;
    count *= extent;
  }
  return count;
}

std::int64_t layout::offset_of(std::span<const std::int64_t> index) const noexcept {
  QUARRY_ASSERT(index.size() == axes());
  std::int64_t offset = 0;
  for (std::size_t axis = 0; axis < axes(); ++axis) offset += index[axis] * strides_[axis];
  return offset;
}

byte_range layout::extent_bytes() const noexcept {
  if (size() == 0) return {};
  byte_range out{0, item_bytes_};
  for (std::size_t axis = 0; axis < axes(); ++axis) {
    const std::int64_t reach = (extents_[axis] - 1) * strides_[axis];
    (reach < 0 ? out.begin : out.end) += reach;
  }
  return out;
}

bool layout::steps_are_multiples_of(std::int64_t bytes) const noexcept {
  for (int axis = 0; axis < rank_; ++axis) {
    if (extent(axis) > 1 && stride(axis) % bytes != 0) return false;
  }
  return true;
}

bool layout::is_contiguous(memory_order order) const noexcept {
  if (size() == 0) return true;
  std::int64_t expected = item_bytes_;
  for (int step = 0; step < rank_; ++step) {
    const int axis = order == memory_order::f ? step : rank_ - 1 - step;
    if (extent(axis) == 1) continue;
    if (stride(axis) != expected) return false;
    expected *= extent(axis);
  }
  return true;
}

void layout::copy_from(const layout& other) noexcept {
  rank_ = other.rank_;
  item_bytes_ = other.item_bytes_;
  std::copy_n(other.extents_.begin(), rank_, extents_.begin());
  std::copy_n(other.strides_.begin(), rank_, strides_.begin());
}

bool operator==(const layout& a, const layout& b) noexcept {
  return a.item_bytes_ == b.item_bytes_ && std::ranges::equal(a.shape(), b.shape()) &&
         std::ranges::equal(a.strides(), b.strides());
}

}  // namespace quarry
