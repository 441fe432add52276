// elements.hpp: small arrays over borrowed bytes, and their elements one by one.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <vector>

#include "quarry/array/array.hpp"
#include "quarry/array/dtype_text.hpp"

#include "array/offsets.hpp"

/// 16 KiB whose first byte lies at a multiple of 4096: byte k holds k modulo 251.
struct borrowed {
  borrowed() {
    for (std::size_t k = 0; k < bytes.size(); ++k) bytes[k] = static_cast<std::byte>(k % 251);
  }

  /// A writable array over these bytes.
  quarry::array over(std::string_view type, const numbers& shape, std::int64_t offset_bytes = 0) {
    const quarry::dtype element = quarry::parse_dtype(type);
    const auto where = quarry::layout::contiguous(shape, element.item_bytes());
    return quarry::array::over(std::span<std::byte>(bytes), element, where, offset_bytes);
  }

  /// The same, with `values` as its elements.
  template <class T>
  quarry::array holding(std::string_view type, const numbers& shape, const std::vector<T>& values) {
    std::memcpy(bytes.data(), values.data(), values.size() * sizeof(T));
    return over(type, shape);
  }

  alignas(4096) std::array<std::byte, 16384> bytes;
};

/// The bytes of every element taken as a native T, in C order.
template <class T>
std::vector<T> elements(const quarry::array& from) {
  std::vector<T> out;
  for (const std::int64_t offset : offsets_of(from.where())) {
    std::memcpy(&out.emplace_back(), from.data() + offset, sizeof(T));
  }
  return out;
}

/// The values 0, 1, ..., count - 1.
inline std::vector<std::int32_t> count_to(std::int32_t count) {
  std::vector<std::int32_t> out;
  for (std::int32_t value = 0; value < count; ++value) out.push_back(value);
  return out;
}
