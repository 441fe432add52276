// load.hpp: numbers out of an element's bytes, in whatever byte order they lie.
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "quarry.hpp"

namespace quarry::tools {

template <class T>
struct is_complex : std::false_type {};
template <class T>
struct is_complex<std::complex<T>> : std::true_type {};

/// The T at `from`, whose bytes lie in `order`, at any alignment.
template <class T>
T load(const std::byte* from, byte_order order) noexcept {
  if constexpr (is_complex<T>::value) {
    using part = typename T::value_type;
    return {load<part>(from, order), load<part>(from + sizeof(part), order)};
  } else {
    std::array<std::byte, sizeof(T)> bytes{};
    std::memcpy(bytes.data(), from, bytes.size());
    if (order == swapped(native_order)) std::reverse(bytes.begin(), bytes.end());
    T value;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
}

/// An integer of any width as the 64-bit one of its sign.
template <class T>
auto widened(T value) noexcept {
  if constexpr (std::is_same_v<T, int24>) {
    return std::int64_t{static_cast<std::int32_t>(value)};
  } else if constexpr (std::is_same_v<T, uint24>) {
    return std::uint64_t{static_cast<std::uint32_t>(value)};
  } else if constexpr (std::is_signed_v<T>) {
    return std::int64_t{value};
  } else {
    return std::uint64_t{value};
  }
}

template <class T>
inline constexpr bool is_integer_type =
    std::is_integral_v<T> || std::is_same_v<T, int24> || std::is_same_v<T, uint24>;

/// Calls visit(std::type_identity<T>{}) with the C++ type of a number, long
/// double among them. Returns false, and calls nothing, if `type` is none.
template <class Visit>
// NOLINTNEXTLINE(readability-function-cognitive-complexity): a table, a row per type
bool visit_number(const dtype& type, Visit&& visit) {
#define QUARRY_VISIT(T, KIND, NAME)                                                     \
  if (type.kind() == type_kind::KIND && type.item_bytes() == std::int64_t{sizeof(T)}) { \
    visit(std::type_identity<T>{});                                                     \
    return true;                                                                        \
  }
  QUARRY_FOR_EACH_NUMBER(QUARRY_VISIT)
  QUARRY_VISIT(long double, floating, "float128")
  QUARRY_VISIT(std::complex<long double>, complex_floating, "complex256")
#undef QUARRY_VISIT
  return false;
}

/// Number of items of a field: 1, or the product of the extents of its
/// subarray. Throws error(limit_exceeded) if that overflows, as only items
/// without bytes can make it.
inline std::int64_t items_of(const field& part) { return checked::array_bytes(part.shape, 1); }

}  // namespace quarry::tools
