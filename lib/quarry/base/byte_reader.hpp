// byte_reader.hpp: a cursor over untrusted bytes that cannot leave them.
#pragma once
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "quarry/base/byte_order.hpp"

namespace quarry {

/// Reads numbers and runs of bytes, front to back. Everything is checked against the end:
/// reading past it throws error(truncated) that names what was wanted, where and how much is left.
/// Borrows the bytes: valid while they are.
class byte_reader {
 public:
  explicit byte_reader(std::span<const std::byte> bytes) noexcept : bytes_(bytes) {}

  /// Byte offset of the next read, from the start.
  std::size_t position() const noexcept { return position_; }
  /// Bytes between the position and the end.
  std::size_t remaining() const noexcept { return bytes_.size() - position_; }

  /// Moves to byte `offset`. Throws error(truncated) past the end.
  void seek(std::uint64_t offset, std::string_view what);

  /// The next `count` bytes; `what` names them in the error.
  std::span<const std::byte> bytes(std::uint64_t count, std::string_view what);

  /// The next `count` bytes as characters.
  std::string_view text(std::uint64_t count, std::string_view what);

  /// The next number of type Number in byte order `order` (none reads as native).
  template <class Number>
  requires(std::integral<Number> || std::floating_point<Number>) Number
      number(byte_order order, std::string_view what) {
    std::array<std::byte, sizeof(Number)> raw{};
    std::memcpy(raw.data(), bytes(sizeof(Number), what).data(), sizeof(Number));
    if (order == swapped(native_order)) {
      for (std::size_t i = 0; i < sizeof(Number) / 2; ++i) {
        std::swap(raw[i], raw[sizeof(Number) - 1 - i]);
      }
    }
    return std::bit_cast<Number>(raw);
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
};

}  // namespace quarry
