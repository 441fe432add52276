// offsets.hpp: where every element of a layout lies, by counting: the slow oracle of this room.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "quarry/array/layout.hpp"

/// Shapes, strides and offsets, as values that compare and print.
using numbers = std::vector<std::int64_t>;

inline numbers list(std::span<const std::int64_t> values) { return {values.begin(), values.end()}; }

/// The byte offsets of all elements, as loops over `shape` meet them, the last axis innermost.
inline numbers offsets_of(const numbers& shape, const numbers& strides) {
  numbers out{0};
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    numbers longer;
    for (const std::int64_t before : out) {
      for (std::int64_t i = 0; i < shape[axis]; ++i) longer.push_back(before + i * strides[axis]);
    }
    out = std::move(longer);
  }
  return out;
}

inline numbers offsets_of(const quarry::layout& where) {
  return offsets_of(list(where.shape()), list(where.strides()));
}
