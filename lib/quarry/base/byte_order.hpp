// byte_order.hpp: the order in which a multi-byte number lies in memory.
#pragma once
#include <bit>
#include <cstdint>

namespace quarry {

/// `none` is for items without an order: single bytes, byte strings, opaque data.
enum class byte_order : std::uint8_t { none, little, big };

/// The order of the machine that runs this.
inline constexpr byte_order native_order =
    std::endian::native == std::endian::little ? byte_order::little : byte_order::big;

/// The other order; `none` stays `none`.
constexpr byte_order swapped(byte_order order) noexcept {
  if (order == byte_order::none) return order;
  return order == byte_order::little ? byte_order::big : byte_order::little;
}

}  // namespace quarry
