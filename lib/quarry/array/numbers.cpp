#include "quarry/array/numbers.hpp"

#include <algorithm>

#include "quarry/base/byte_order.hpp"

namespace quarry {
namespace {

constexpr std::uint64_t double_fraction = (std::uint64_t{1} << 52U) - 1;
constexpr std::uint64_t double_infinity = std::uint64_t{0x7ff} << 52U;

// Rounds to the 16-bit binary format with that many exponent bits (IEEE 754-2008, 3.4 and 4.3.1).
// One rounding from double: through float the value would be rounded twice, and wrong near ties.
std::uint16_t round_to_16_bits(double value, unsigned exponent_bits) noexcept {
  const unsigned fraction_bits = 15 - exponent_bits;
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const std::uint64_t infinity = ((std::uint64_t{1} << exponent_bits) - 1) << fraction_bits;

  const auto bits = std::bit_cast<std::uint64_t>(value);
  const std::uint64_t sign = (bits >> 48U) & 0x8000U;
  const std::uint64_t magnitude = bits & ~(std::uint64_t{1} << 63U);
  if (magnitude > double_infinity) {
    const std::uint64_t quiet = std::uint64_t{1} << (fraction_bits - 1);
    const std::uint64_t payload = (magnitude & double_fraction) >> (52 - fraction_bits);
    return static_cast<std::uint16_t>(sign | infinity | quiet | payload);
  }

  const int exponent = static_cast<int>(magnitude >> 52U) - 1023;
  const int lowest = 1 - bias;  // below it the target is subnormal and keeps fewer bits
  const unsigned drop = 52 - fraction_bits + static_cast<unsigned>(std::max(0, lowest - exponent));
  if (drop > 53) return static_cast<std::uint16_t>(sign);  // below half of the least subnormal
  // Subnormal doubles have no leading one, but they are gone by now.
  const std::uint64_t significand = (magnitude & double_fraction) | (std::uint64_t{1} << 52U);
  const std::uint64_t half = std::uint64_t{1} << (drop - 1);
  const std::uint64_t rest = significand & (2 * half - 1);
  std::uint64_t kept = significand >> drop;
  if (rest > half || (rest == half && (kept & 1U) != 0)) ++kept;
  // `kept` of a normal number contains the leading one, which counts as 1 in the exponent; a
  // carry out of the fraction moves the exponent on by itself.
  const auto steps = static_cast<std::uint64_t>(std::max(0, exponent - lowest));
  return static_cast<std::uint16_t>(sign | std::min((steps << fraction_bits) + kept, infinity));
}

constexpr unsigned shift_of(std::size_t byte) noexcept {
  const std::size_t place = native_order == byte_order::little ? byte : 2 - byte;
  return static_cast<unsigned>(8 * place);
}

std::uint32_t joined(const std::array<std::uint8_t, 3>& raw) noexcept {
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < 3; ++i) out |= static_cast<std::uint32_t>(raw[i]) << shift_of(i);
  return out;
}

std::array<std::uint8_t, 3> split(std::uint32_t value) noexcept {
  std::array<std::uint8_t, 3> raw{};
  for (std::size_t i = 0; i < 3; ++i) {
    raw[i] = static_cast<std::uint8_t>((value >> shift_of(i)) & 0xffU);
  }
  return raw;
}

}  // namespace

float16::operator float() const noexcept {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16U;
  const std::uint32_t exponent = (bits >> 10U) & 0x1fU;
  const std::uint32_t fraction = bits & 0x3ffU;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(magnitude) | sign);
  }
  const std::uint32_t widened = exponent == 0x1f ? 0xffU : exponent + (127 - 15);
  return std::bit_cast<float>(sign | (widened << 23U) | (fraction << 13U));
}

float16 float16::nearest(double value) noexcept { return {round_to_16_bits(value, 5)}; }

bfloat16 bfloat16::nearest(double value) noexcept { return {round_to_16_bits(value, 8)}; }

int24::operator std::int32_t() const noexcept {
  // Shifted up so that the arithmetic shift down copies the sign bit.
  return static_cast<std::int32_t>(joined(raw) << 8U) >> 8;
}

int24 int24::wrapped(std::int32_t value) noexcept {
  return {split(static_cast<std::uint32_t>(value))};
}

uint24::operator std::uint32_t() const noexcept { return joined(raw); }

uint24 uint24::wrapped(std::uint32_t value) noexcept { return {split(value)}; }

}  // namespace quarry
