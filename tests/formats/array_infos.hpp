// array_infos.hpp: arrays as plans get them.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quarry/array/dtype_text.hpp"
#include "quarry/array/layout.hpp"
#include "quarry/store/format.hpp"

namespace golden {

/// An array of `type` and `shape` without gaps.
inline quarry::array_info info(const quarry::dtype& type, const std::vector<std::int64_t>& shape,
                               quarry::memory_order order = quarry::memory_order::c,
                               std::string name = {}) {
  const auto where = quarry::layout::contiguous(shape, type.item_bytes(), order);
  return {.name = std::move(name), .type = type, .where = where};
}

/// The same of a type as parse_dtype() reads it.
inline quarry::array_info info(std::string_view type, const std::vector<std::int64_t>& shape,
                               quarry::memory_order order = quarry::memory_order::c) {
  return info(quarry::parse_dtype(type), shape, order);
}

}  // namespace golden
