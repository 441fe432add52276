#include "quarry/kernels/convert.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <complex>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "kernels/sample.hpp"

using quarry::casting;
using quarry::convert_options;
using sample::converted;
using sample::of;
using sample::values_of;

namespace {

struct cast_row {
  std::string_view from;
  std::string_view to;
  std::string_view values;
  std::string_view results;
};
constexpr std::array numpy_rows = std::to_array<cast_row>({
#include "data/cast_values.inc"
});

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

std::vector<int> small_range(const quarry::array& a) {
  std::vector<int> out;
  for (const std::int64_t v : values_of<std::int64_t>(converted(a, "i8", sample::unsafe))) {
    out.push_back(static_cast<int>(v));
  }
  return out;
}

}  // namespace

TEST_CASE("convert: NumPy casts the edge values of every type to the same bits",
          "[kernels][convert]") {
  for (const cast_row& row : numpy_rows) {
    INFO(row.from << " to " << row.to);
    const std::string values = sample::unhex(row.values);
    const std::int64_t item = quarry::parse_dtype(row.from).item_bytes();
    const auto from =
        sample::of_bytes(row.from, values, {static_cast<std::int64_t>(values.size()) / item});
    CHECK(sample::bytes_of(converted(from, row.to, sample::unsafe)) == sample::unhex(row.results));
    // Through the other byte order on both sides.
    const auto big =
        quarry::array::zeros(from.type().with_byte_order(quarry::byte_order::big), from.shape());
    quarry::convert(from, big);
    const auto result = quarry::array::zeros(
        quarry::parse_dtype(row.to).with_byte_order(quarry::byte_order::big), from.shape());
    quarry::convert(big, result, sample::unsafe);
    CHECK(sample::bytes_of(converted(result, row.to)) == sample::unhex(row.results));
  }
}

// The nearest bfloat16 keeps 8 bits: 2^62 + 2^54 lies between two of them, and what is more or less
// by 1 has no room in a double.
TEST_CASE("convert: large integers are rounded to bfloat16 once", "[kernels][convert]") {
  constexpr std::int64_t tie = (std::int64_t{1} << 62) + (std::int64_t{1} << 54);
  constexpr std::int64_t step = std::int64_t{1} << 55;
  const auto rounded = values_of<std::uint16_t>(
      converted(of<std::int64_t>("<i8", {tie, tie + 1, tie - 1, tie + step, tie + step - 1,
                                         -tie - 1, INT64_MIN, INT64_MAX, 0, -1}),
                "bf16", sample::unsafe));
  CHECK(rounded == std::vector<std::uint16_t>{0x5e80, 0x5e81, 0x5e80, 0x5e82, 0x5e81, 0xde81,
                                              0xdf00, 0x5f00, 0, 0xbf80});
  CHECK(values_of<std::uint16_t>(
            converted(of<std::uint64_t>("<u8", {std::uint64_t{tie} * 2 + 1, UINT64_MAX}), "bf16",
                      sample::unsafe)) == std::vector<std::uint16_t>{0x5f01, 0x5f80});
}

TEST_CASE("convert: 24-bit integers keep their values and wrap under unsafe",
          "[kernels][convert]") {
  const std::vector<std::int32_t> values{0, 1, -1, 8388607, -8388608};
  const auto three = converted(of<std::int32_t>("<i4", values), "<i3");
  CHECK(sample::bytes_of(three) == std::string("\0\0\0\1\0\0\xff\xff\xff\xff\xff\x7f\0\0\x80", 15));
  CHECK(values_of<std::int32_t>(converted(three, "<i4")) == values);
  CHECK(values_of<double>(converted(three, "<f8")) ==
        std::vector<double>{0, 1, -1, 8388607, -8388608});
  const auto big = converted(three, ">i3");
  CHECK(sample::bytes_of(big) == std::string("\0\0\0\0\0\1\xff\xff\xff\x7f\xff\xff\x80\0\0", 15));
  CHECK(small_range(big) == std::vector<int>{0, 1, -1, 8388607, -8388608});
  const auto wrapped =
      converted(of<std::int32_t>("<i4", {8388608, -8388609, 16777217}), "<i3", sample::unsafe);
  CHECK(small_range(wrapped) == std::vector<int>{-8388608, 8388607, 1});
  const auto positive = converted(of<std::int32_t>("<i4", {-1, 16777215}), "<u3", sample::unsafe);
  CHECK(small_range(positive) == std::vector<int>{16777215, 16777215});
}

TEST_CASE("convert: bfloat16 rounds once to the nearest even", "[kernels][convert]") {
  const std::vector<double> values{1.0,  -2.5, 1.00390625, 1.01171875, 1.00390625 + 0x1p-40,
                                   3e38, 1e39, -inf,       0x1p-133,   256.0};
  const auto out = values_of<std::uint16_t>(converted(of<double>("<f8", values), "bf16"));
  CHECK(out == std::vector<std::uint16_t>{0x3f80, 0xc020, 0x3f80, 0x3f82, 0x3f81, 0x7f62, 0x7f80,
                                          0xff80, 0x0001, 0x4380});
  const auto integers = converted(of<std::int32_t>("<i4", {257, 259, -255}), "bf16");
  CHECK(values_of<float>(converted(integers, "<f4")) == std::vector<float>{256, 260, -255});
}

TEST_CASE("convert: any bits but zero are true", "[kernels][convert]") {
  const auto bits = of<std::uint8_t>("|b1", {0, 1, 2, 255});
  CHECK(values_of<std::int32_t>(converted(bits, "<i4")) == std::vector<std::int32_t>{0, 1, 1, 1});
  CHECK(values_of<float>(converted(bits, "<f4")) == std::vector<float>{0, 1, 1, 1});
  CHECK(sample::bytes_of(converted(bits, "|b1")) == std::string("\0\1\2\xff", 4));
  const auto truth =
      converted(of<double>("<f8", {0.0, -0.0, not_a_number, 1e-310}), "|b1", sample::unsafe);
  CHECK(sample::bytes_of(truth) == std::string("\0\0\1\1", 4));
}

TEST_CASE("convert: clip saturates integers and makes NaN zero", "[kernels][convert]") {
  const auto floats =
      of<double>("<f8", {not_a_number, inf, -inf, 1e300, -1e300, 127.9, -128.9, 128.0});
  CHECK(values_of<std::int8_t>(converted(floats, "|i1", sample::clipped)) ==
        std::vector<std::int8_t>{0, 127, -128, 127, -128, 127, -128, 127});
  CHECK(values_of<std::uint64_t>(converted(floats, "<u8", sample::clipped)) ==
        std::vector<std::uint64_t>{0, ~0ULL, 0, ~0ULL, 0, 127, 0, 128});
  constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
  constexpr auto highest = std::numeric_limits<std::int64_t>::max();
  CHECK(values_of<std::int64_t>(converted(floats, "<i8", sample::clipped)) ==
        std::vector<std::int64_t>{0, highest, lowest, highest, lowest, 127, -128, 128});
  CHECK(small_range(converted(floats, "<u3", sample::clipped)) ==
        std::vector<int>{0, 16777215, 0, 16777215, 0, 127, 0, 128});
  const auto integers = of<std::int64_t>("<i8", {300, -300, 5, highest, lowest});
  const convert_options same_kind{.clip = true};
  CHECK(values_of<std::int8_t>(converted(integers, "|i1", same_kind)) ==
        std::vector<std::int8_t>{127, -128, 5, 127, -128});
  CHECK(values_of<std::uint8_t>(converted(integers, "|u1", sample::clipped)) ==
        std::vector<std::uint8_t>{255, 0, 5, 255, 0});
  // Not an integer: nothing to saturate.
  CHECK(values_of<float>(converted(of<double>("<f8", {1e300}), "<f4", sample::clipped)) ==
        std::vector<float>{std::numeric_limits<float>::infinity()});
}

TEST_CASE("convert: integers wrap under unsafe", "[kernels][convert]") {
  const auto values = of<std::int32_t>("<i4", {300, -1, 65536 + 7});
  CHECK(values_of<std::uint8_t>(converted(values, "|u1", sample::unsafe)) ==
        std::vector<std::uint8_t>{44, 255, 7});
  CHECK(values_of<std::int16_t>(converted(values, "<i2", sample::unsafe)) ==
        std::vector<std::int16_t>{300, -1, 7});
}

TEST_CASE("convert: scale and offset are applied in float64 before the cast",
          "[kernels][convert]") {
  const auto raw = of<std::int16_t>("<i2", {0, 1, -2, 32767});
  const convert_options scaling{.scale = 1.5, .offset = 2.5};
  CHECK(values_of<double>(converted(raw, "<f8", scaling)) ==
        std::vector<double>{2.5, 4.0, -0.5, 49153.0});
  CHECK(values_of<float>(converted(raw, "<f4", scaling)) ==
        std::vector<float>{2.5F, 4.0F, -0.5F, 49153.0F});
  // float32 of the float64 result, not float32 arithmetic: 0.1F * 3 is 0.3F + an ulp there.
  const auto tenth = converted(of<float>("<f4", {0.1F}), "<f4", {.scale = 3.0});
  CHECK(values_of<float>(tenth) ==
        std::vector<float>{static_cast<float>(static_cast<double>(0.1F) * 3.0)});
  const convert_options to_integer{.rule = casting::unsafe, .scale = 2.0, .offset = 0.75};
  CHECK(values_of<std::int32_t>(converted(of<std::uint8_t>("|u1", {0, 3, 255}), "<i4",
                                          to_integer)) == std::vector<std::int32_t>{0, 6, 510});
  using complex = std::complex<double>;
  CHECK(values_of<complex>(converted(of<complex>("<c16", {{1, 2}}), "<c16", scaling)) ==
        std::vector<complex>{{4.0, 3.0}});
  const auto half = converted(of<std::uint16_t>("<f2", {0x3c00}), "<f4", scaling);
  CHECK(values_of<float>(half) == std::vector<float>{4.0F});
}

TEST_CASE("convert: only the offset or only the scale is scaling too", "[kernels][convert]") {
  const auto raw = of<std::int32_t>("<i4", {4});
  CHECK(values_of<double>(converted(raw, "<f8", {.offset = -1.0})) == std::vector<double>{3.0});
  CHECK(values_of<double>(converted(raw, "<f8", {.scale = 0.0})) == std::vector<double>{0.0});
}

TEST_CASE("convert: scaled values have the type that NumPy gives them", "[kernels][convert]") {
  const auto scaled = [](std::string_view type) {
    return to_string(quarry::scaled_type(quarry::parse_dtype(type)));
  };
  CHECK(scaled("|b1") == "<f8");
  CHECK(scaled(">i2") == "<f8");
  CHECK(scaled("<u3") == "<f8");
  CHECK(scaled("<f2") == "<f2");
  CHECK(scaled(">f4") == "<f4");
  CHECK(scaled("bf16") == to_string(quarry::parse_dtype("bf16")));
  CHECK(scaled(">c8") == "<c8");
}

TEST_CASE("convert: long double keeps its bytes and only turns them round", "[kernels][convert]") {
  const std::string bytes = "0123456789abcdefFEDCBA9876543210";
  const auto wide = sample::of_bytes("<f16", bytes, {2});
  CHECK(sample::bytes_of(converted(wide, "<f16")) == bytes);
  CHECK(sample::bytes_of(converted(wide, ">f16")) == "fedcba98765432100123456789ABCDEF");
  const auto pair = sample::of_bytes("<c32", bytes, {1});
  CHECK(sample::bytes_of(converted(pair, ">c32")) == "fedcba98765432100123456789ABCDEF");
}

TEST_CASE("convert: blocks join without a seam", "[kernels][convert]") {
  std::vector<std::int32_t> values(5000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int32_t>(i * 7);
  const auto from = of<std::int32_t>("<i4", values);
  const auto doubles = values_of<double>(converted(from, "<f8"));
  const auto swapped = converted(converted(from, ">f8"), "<i4", sample::unsafe);
  CHECK(std::equal(doubles.begin(), doubles.end(), values.begin(), values.end()));
  CHECK(values_of<std::int32_t>(swapped) == values);
}

TEST_CASE("convert: arrays without elements and scalars are converted", "[kernels][convert]") {
  const auto none =
      quarry::array::zeros(quarry::parse_dtype("<i4"), std::array<std::int64_t, 2>{0, 3});
  CHECK(converted(none, "<f8").size() == 0);
  const auto one = sample::of_bytes("<i2", std::string("\5\0", 2), {});
  CHECK(values_of<float>(converted(one, "<f4")) == std::vector<float>{5.0F});
  CHECK(converted(sample::of_bytes("|S0", "", {4}), "|S0").size() == 4);
}

TEST_CASE("copy: bits are kept whatever they mean", "[kernels][convert]") {
  const auto from = of<std::uint32_t>("<f4", {0x7fa00001, 0x80000000, 0xffffffff});
  const auto to = quarry::array::zeros(from.type(), from.shape());
  quarry::copy(from, to.flip(0));
  CHECK(values_of<std::uint32_t>(to) ==
        std::vector<std::uint32_t>{0xffffffff, 0x80000000, 0x7fa00001});
}

TEST_CASE("fill: every element becomes the value, cast to the type", "[kernels][convert]") {
  const auto to =
      quarry::array::zeros(quarry::parse_dtype(">i2"), std::array<std::int64_t, 2>{3, 4});
  const double value = 258.9;
  const auto scalar =
      sample::of_bytes("<f8", {reinterpret_cast<const char*>(&value), sizeof value}, {});
  quarry::fill(to.slice("1:, ::2"), scalar, sample::unsafe);
  const std::string z(2, '\0');
  const std::string v("\1\2");
  CHECK(sample::bytes_of(to) == z + z + z + z + v + z + v + z + v + z + v + z);
}
