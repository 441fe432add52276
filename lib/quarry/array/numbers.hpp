// numbers.hpp: the number formats of array files that C++20 has no type for, or none for all bits.
// Storage types: they hold the bits as they lie in the file (in native order) and convert exactly
// to a type that can compute.
#pragma once
#include <array>
#include <bit>
#include <cstdint>

namespace quarry {

/// A truth value in one byte. The byte may come from any file: 0 is false, anything else true,
/// which a C++ bool must not be asked.
struct boolean {
  std::uint8_t byte = 0;

  boolean() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): a bool, stored
  constexpr boolean(bool value) noexcept : byte(value ? 1 : 0) {}
  // NOLINTNEXTLINE(google-explicit-constructor): a bool, loaded
  constexpr operator bool() const noexcept { return byte != 0; }
};

/// IEEE 754 binary16: 1 sign bit, 5 exponent bits, 10 fraction bits.
struct float16 {
  std::uint16_t bits = 0;

  /// The same value; exact, NaN payloads included.
  explicit operator float() const noexcept;
  /// The nearest binary16, ties to even, rounded once; beyond the range an infinity.
  static float16 nearest(double value) noexcept;
  friend bool operator==(float16, float16) = default;  ///< bitwise: NaN equals itself, -0 is not 0
};

/// bfloat16: the upper half of an IEEE 754 binary32.
struct bfloat16 {
  std::uint16_t bits = 0;

  /// The same value; exact.
  explicit operator float() const noexcept {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U);
  }
  /// The nearest bfloat16, ties to even, rounded once; NaN stays a (quiet) NaN.
  static bfloat16 nearest(double value) noexcept;
  friend bool operator==(bfloat16, bfloat16) = default;  ///< bitwise
};

/// 24-bit two's complement integer in three bytes of native order, alignment 1.
struct int24 {
  std::array<std::uint8_t, 3> raw{};

  /// The same value.
  explicit operator std::int32_t() const noexcept;
  /// The low 24 bits of `value`.
  static int24 wrapped(std::int32_t value) noexcept;
  friend bool operator==(int24, int24) = default;
};

/// 24-bit unsigned integer in three bytes of native order, alignment 1.
struct uint24 {
  std::array<std::uint8_t, 3> raw{};

  /// The same value.
  explicit operator std::uint32_t() const noexcept;
  /// The low 24 bits of `value`.
  static uint24 wrapped(std::uint32_t value) noexcept;
  friend bool operator==(uint24, uint24) = default;
};

}  // namespace quarry
