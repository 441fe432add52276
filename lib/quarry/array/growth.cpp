#include "quarry/array/growth.hpp"

#include <vector>

namespace quarry {

// Strides are compared too, also those of axes of extent 1: they tell which axis the steps of a
// longer array would be along.
std::optional<growth> growth_of(const layout& where) noexcept {
  if (where.rank() == 0) return std::nullopt;
  for (const memory_order order : {memory_order::c, memory_order::f}) {
    if (where == layout::contiguous(where.shape(), where.item_bytes(), order)) {
      return growth{order == memory_order::c ? 0 : where.rank() - 1, order};
    }
  }
  return std::nullopt;
}

layout with_rows(const layout& where, const growth& along, std::int64_t rows) {
  std::vector<std::int64_t> shape(where.shape().begin(), where.shape().end());
  shape[static_cast<std::size_t>(along.axis)] = rows;
  return layout::contiguous(shape, where.item_bytes(), along.order);
}

}  // namespace quarry
