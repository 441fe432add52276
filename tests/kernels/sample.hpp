// sample.hpp: small arrays made of text and bytes, for the tests of this room.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quarry/array/array.hpp"
#include "quarry/array/dtype_text.hpp"
#include "quarry/base/error.hpp"
#include "quarry/kernels/convert.hpp"

namespace sample {

/// Bytes from hexadecimal digits.
inline std::string unhex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

/// A new C-ordered array of `shape` with these bytes as its elements.
inline quarry::array of_bytes(std::string_view type, std::string_view bytes,
                              std::vector<std::int64_t> shape) {
  const quarry::array out = quarry::array::zeros(quarry::parse_dtype(type), shape);
  std::memcpy(out.mutable_data(), bytes.data(),
              std::min(bytes.size(), static_cast<std::size_t>(out.size_bytes())));
  return out;
}

/// A new array of one axis over the bytes of `values`.
template <class T>
quarry::array of(std::string_view type, const std::vector<T>& values) {
  const std::string_view bytes(reinterpret_cast<const char*>(values.data()),
                               values.size() * sizeof(T));
  const std::int64_t item_bytes = quarry::parse_dtype(type).item_bytes();
  return of_bytes(type, bytes, {static_cast<std::int64_t>(bytes.size()) / item_bytes});
}

/// The bytes of an array that is contiguous in C order.
inline std::string bytes_of(const quarry::array& a) {
  return {reinterpret_cast<const char*>(a.data()), static_cast<std::size_t>(a.size_bytes())};
}

/// The elements of a contiguous array.
template <class T>
std::vector<T> values_of(const quarry::array& a) {
  std::vector<T> out(static_cast<std::size_t>(a.size_bytes()) / sizeof(T));
  std::memcpy(out.data(), a.data(), out.size() * sizeof(T));
  return out;
}

/// `from` converted to a new array of that type.
inline quarry::array converted(const quarry::array& from, std::string_view type,
                               const quarry::convert_options& options = {}) {
  const quarry::array to = quarry::array::zeros(quarry::parse_dtype(type), from.shape());
  quarry::convert(from, to, options);
  return to;
}

inline constexpr quarry::convert_options unsafe{.rule = quarry::casting::unsafe};
inline constexpr quarry::convert_options clipped{.rule = quarry::casting::unsafe, .clip = true};

/// The error that `action` throws: its code and message; errc{} if it throws none.
struct failure {
  std::error_code code{};
  std::string message{};
};
template <class Action>
failure failure_of(Action action) {
  try {
    action();
  } catch (const quarry::error& e) {
    return {e.code(), e.message()};
  }
  return {};
}

}  // namespace sample
