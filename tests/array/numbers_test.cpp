#include "quarry/array/numbers.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>

#include <catch2/catch.hpp>

using quarry::bfloat16;
using quarry::float16;
using quarry::int24;
using quarry::uint24;

namespace {

struct rounding {
  double from;
  std::uint16_t to;
};

constexpr double infinity = std::numeric_limits<double>::infinity();

bool is_nan(float16 value) { return (value.bits & 0x7fffU) > 0x7c00U; }
bool is_nan(bfloat16 value) { return (value.bits & 0x7fffU) > 0x7f80U; }

// The value of a 16-bit float by the definition of IEEE 754.
double by_definition(std::uint16_t bits, int exponent_bits) {
  const int fraction_bits = 15 - exponent_bits;
  const int exponent = (bits & 0x7fff) >> fraction_bits;
  const int fraction = bits & ((1 << fraction_bits) - 1);
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - bias - fraction_bits);
  return sign * std::ldexp((1 << fraction_bits) + fraction, exponent - bias - fraction_bits);
}

// Every tie between neighbours goes to the even one, everything beside it to the nearer one.
template <class Format>
void check_all_ties(std::uint16_t infinity_bits, int exponent_bits) {
  int wrong = 0;
  for (std::uint16_t low = 0; low + 1 < infinity_bits; ++low) {
    const auto high = static_cast<std::uint16_t>(low + 1);
    // exact: a double holds one bit more than either format
    const double tie = (by_definition(low, exponent_bits) + by_definition(high, exponent_bits)) / 2;
    const std::uint16_t even = low % 2 == 0 ? low : high;
    if (Format::nearest(tie).bits != even) ++wrong;
    if (Format::nearest(-tie).bits != (even | 0x8000)) ++wrong;
    if (Format::nearest(std::nextafter(tie, 0)).bits != low) ++wrong;
    if (Format::nearest(std::nextafter(tie, infinity)).bits != high) ++wrong;
  }
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("float16: every value is the one that the standard defines", "[array][numbers]") {
  int wrong = 0;
  for (int i = 0; i < 0x10000; ++i) {
    const float16 half{static_cast<std::uint16_t>(i)};
    if ((half.bits & 0x7c00U) == 0x7c00U) continue;
    const double expected = by_definition(half.bits, 5);
    const auto value = static_cast<double>(static_cast<float>(half));
    if (value != expected || std::signbit(value) != std::signbit(expected)) ++wrong;
    if (float16::nearest(value) != half) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("float16: infinities and NaN payloads are kept", "[array][numbers]") {
  CHECK(std::bit_cast<std::uint32_t>(static_cast<float>(float16{0x7c00})) == 0x7f800000);
  CHECK(std::bit_cast<std::uint32_t>(static_cast<float>(float16{0xfc00})) == 0xff800000);
  CHECK(std::bit_cast<std::uint32_t>(static_cast<float>(float16{0x7e01})) == 0x7fc02000);
  CHECK(std::bit_cast<std::uint32_t>(static_cast<float>(float16{0xfc01})) == 0xff802000);
  for (std::uint32_t bits = 0x7e00; bits < 0x8000; ++bits) {  // quiet NaN come back
    const float16 half{static_cast<std::uint16_t>(bits)};
    REQUIRE(float16::nearest(static_cast<double>(static_cast<float>(half))) == half);
  }
}

TEST_CASE("float16: rounding from double is that of NumPy", "[array][numbers]") {
  // np.array(v).astype('<f2').view('<u2')
  const rounding cases[] = {
      {0x1.ffep15, 0x7c00},
      {65519.999, 0x7bff},
      {65520.0, 0x7c00},
      {65520.001, 0x7c00},
      {-65520.0, 0xfc00},
      {65504.0, 0x7bff},
      {0x1p-24, 0x0001},
      {0x1p-25, 0x0000},
      {0x1.0000000000001p-25, 0x0001},
      {0x1.8p-24, 0x0002},
      {0x1.8000000000001p-24, 0x0002},
      {0x1.8p-23, 0x0003},
      {6.1e-5, 0x03ff},
      {0x1.ff8p-15, 0x03ff},
      {0x1.ffcp-15, 0x0400},
      {1.00048828125, 0x3c00},
      {1.00146484375, 0x3c02},
      {0x1.0020000000001p0, 0x3c01},  // through float this would be a tie
      {0x1.001ffffffffffp0, 0x3c00},
      {0.1, 0x2e66},
      {3.141592653589793, 0x4248},
      {-2.5e-7, 0x8004},
      {1e300, 0x7c00},
      {5e-324, 0x0000},
      {infinity, 0x7c00},
      {-infinity, 0xfc00},
      {-0.0, 0x8000},
      {0.3333333333333333, 0x3555},
      {1234.5678, 0x64d3},
  };
  for (const rounding& each : cases) {
    INFO(each.from);
    CHECK(float16::nearest(each.from).bits == each.to);
  }
  CHECK(is_nan(float16::nearest(std::numeric_limits<double>::quiet_NaN())));
  CHECK(is_nan(float16::nearest(std::bit_cast<double>(0x7ff0000000000001U))));
}

TEST_CASE("float16: every tie goes to the even neighbour", "[array][numbers]") {
  check_all_ties<float16>(0x7c00, 5);
}

TEST_CASE("bfloat16: every value is the upper half of a float", "[array][numbers]") {
  int wrong = 0;
  for (int i = 0; i < 0x10000; ++i) {
    const bfloat16 brain{static_cast<std::uint16_t>(i)};
    if (is_nan(brain)) continue;
    const auto value = static_cast<double>(static_cast<float>(brain));
    if ((brain.bits & 0x7f80U) != 0x7f80U && value != by_definition(brain.bits, 8)) ++wrong;
    if (bfloat16::nearest(value) != brain) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("bfloat16: rounding from double is the exact one", "[array][numbers]") {
  // computed with exact fractions
  const rounding cases[] = {
      {1.0, 0x3f80},
      {0.1, 0x3dcd},
      {3.141592653589793, 0x4049},
      {0x1.01p0, 0x3f80},
      {0x1.03p0, 0x3f82},
      {0x1.0100000000001p0, 0x3f81},  // through float this would be a tie
      {0x1.00ffffffffffep0, 0x3f80},
      {3.3895e38, 0x7f7f},
      {3.4e38, 0x7f80},
      {0x1.fep127, 0x7f7f},
      {0x1.fefffffffffffp127, 0x7f7f},
      {0x1.ffp127, 0x7f80},
      {-0x1.ffp127, 0xff80},
      {0x1p-133, 0x0001},
      {0x1p-134, 0x0000},
      {0x1.0000000000001p-134, 0x0001},
      {0x1.8p-133, 0x0002},
      {-1e-40, 0x8001},
      {65520.0, 0x4780},
      {1e300, 0x7f80},
      {5e-324, 0x0000},
      {-infinity, 0xff80},
  };
  for (const rounding& each : cases) {
    INFO(each.from);
    CHECK(bfloat16::nearest(each.from).bits == each.to);
  }
  CHECK(is_nan(bfloat16::nearest(std::bit_cast<double>(0xfff0000000000001U))));
}

TEST_CASE("bfloat16: every tie goes to the even neighbour", "[array][numbers]") {
  check_all_ties<bfloat16>(0x7f80, 8);
}

TEST_CASE("int24: the sign is extended and the rest wraps", "[array][numbers]") {
  for (const std::int32_t value : {0, 1, -1, 8388607, -8388608, 0x123456}) {
    CHECK(static_cast<std::int32_t>(int24::wrapped(value)) == value);
  }
  CHECK(static_cast<std::int32_t>(int24::wrapped(8388608)) == -8388608);
  CHECK(static_cast<std::int32_t>(int24::wrapped(std::numeric_limits<std::int32_t>::min())) == 0);
  CHECK(static_cast<std::uint32_t>(uint24::wrapped(0xff000001U)) == 1);
  CHECK(static_cast<std::uint32_t>(uint24::wrapped(0xffffffU)) == 0xffffffU);
}

TEST_CASE("int24: the bytes lie in native order without padding", "[array][numbers]") {
  static_assert(sizeof(int24) == 3 && alignof(int24) == 1 && sizeof(uint24) == 3);
  const auto raw = uint24::wrapped(0x010203U).raw;
  const bool little = std::endian::native == std::endian::little;
  CHECK(raw ==
        (little ? std::array<std::uint8_t, 3>{3, 2, 1} : std::array<std::uint8_t, 3>{1, 2, 3}));
}
