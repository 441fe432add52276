#include "tools/part_scaling.hpp"

#include <cstring>
#include <numeric>
#include <span>
#include <vector>

namespace quarry::tools {
namespace {

const dtype index_type{type_kind::signed_integer, 8};

// Where `axis` of the array that numbers were made for is by now; -1 if it has gone.
int axis_left(const array& numbers) {
  int axis = numbers.rank() - 1;
  while (axis >= 0 && (numbers.where().stride(axis) == 0 || numbers.where().extent(axis) < 2)) {
    --axis;
  }
  return axis;
}

std::int64_t number_at(const array& numbers, std::int64_t offset) {
  std::int64_t out = 0;
  std::memcpy(&out, numbers.data() + offset, sizeof out);
  return out;
}

}  // namespace

scaling part_scaling(const scaling& of, std::span<const std::int64_t> whole,
                     const std::function<array(const array& whole)>& cut) {
  if (!of.is_per_index()) return of;
  // An array of the same shape whose elements are their own index along the axis tells, once it is
  // cut, which indices are left.
  std::vector<std::int64_t> indices(
      static_cast<std::size_t>(whole[static_cast<std::size_t>(of.axis)]));
  std::iota(indices.begin(), indices.end(), 0);
  std::vector<std::int64_t> strides(whole.size(), 0);
  strides[static_cast<std::size_t>(of.axis)] = index_type.item_bytes();
  const array numbers = cut(array::over(std::as_bytes(std::span(indices)), index_type,
                                        layout::strided(whole, strides, index_type.item_bytes())));
  if (numbers.size() == 0) return {.blank = of.blank};
  const int axis = axis_left(numbers);
  if (axis < 0) return scaling_at(of, number_at(numbers, 0));
  scaling out{.scale = {}, .offset = {}, .axis = axis, .blank = of.blank};
  for (std::int64_t i = 0; i < numbers.where().extent(axis); ++i) {
    const scaling entry = scaling_at(of, number_at(numbers, i * numbers.where().stride(axis)));
    out.scale.insert(out.scale.end(), entry.scale.begin(), entry.scale.end());
    out.offset.insert(out.offset.end(), entry.offset.begin(), entry.offset.end());
  }
  return out;
}

}  // namespace quarry::tools
