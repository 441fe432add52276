// physical_test.cpp: the values that stored numbers mean: scaled, per index of an axis, blanks.
#include <cmath>
#include <complex>
#include <cstdint>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"

#include "kernels/sample.hpp"

using quarry::array;
using quarry::casting;
using quarry::convert_options;
using quarry::errc;
using quarry::scaling;
using sample::converted;
using sample::failure_of;
using sample::of;
using sample::of_bytes;
using sample::values_of;

namespace {

array physical(const array& raw, std::string_view type, const scaling& meaning,
               convert_options options = {}) {
  options.physical = &meaning;
  return converted(raw, type, options);
}

// Equal, or both NaN.
bool same(const std::vector<double>& a, const std::vector<double>& b) {
  return std::ranges::equal(
      a, b, [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

// 2 x 3 int16: 1 2 3, 4 5 6.
array two_by_three() {
  const std::vector<std::int16_t> numbers{1, 2, 3, 4, 5, 6};
  return of<std::int16_t>("<i2", numbers).reshape(std::vector<std::int64_t>{2, 3});
}

}  // namespace

TEST_CASE("physical: raw values are scaled and blanks are no values", "[kernels][physical]") {
  const scaling meaning{.scale = {0.5}, .offset = {-1.0}, .blank = -32768.0};
  const array raw = of<std::int16_t>("<i2", {0, 7, -32768, 32767});
  CHECK(same(values_of<double>(physical(raw, "<f8", meaning)), {-1.0, 2.5, NAN, 16382.5}));
  // Compared before they are scaled: 2 * 7 is no blank.
  CHECK(same(values_of<double>(physical(raw, "<f8", {.scale = {2.0}, .blank = 14.0})),
             {0.0, 14.0, -65536.0, 65534.0}));
  CHECK(
      same(values_of<double>(physical(raw, "<f8", {.blank = 7.0})), {0.0, NAN, -32768.0, 32767.0}));
  CHECK(same(values_of<double>(physical(raw, "<f8", {})), {0.0, 7.0, -32768.0, 32767.0}));
}

TEST_CASE("physical: small floating-point numbers become float32, all others float64",
          "[kernels][physical]") {
  const auto name_of = [](std::string_view type) {
    return quarry::to_string(quarry::physical_type(quarry::parse_dtype(type)));
  };
  for (const char* const type : {"<f2", ">f4", "bf16"}) CHECK(name_of(type) == "<f4");
  for (const char* const type : {"|b1", "|u1", ">i3", "<i8", ">f8"}) CHECK(name_of(type) == "<f8");
  CHECK(name_of(">c8") == "<c8");
  CHECK(failure_of([&] { name_of("|S3"); }).message == "only numbers can be scaled, not |S3");
  // 2049 is no float16, so float16 is not on the way.
  const auto half = physical(of<std::uint16_t>("<f2", {0x6800}), "<f4", {.offset = {1.0}});
  CHECK(values_of<float>(half) == std::vector<float>{2049.0F});
}

TEST_CASE("physical: the cast obeys its rule from the physical type on", "[kernels][physical]") {
  const array raw = of<std::int16_t>("<i2", {10, 20});
  const auto refused = failure_of([&] { physical(raw, "<i4", {.scale = {0.5}}); });
  CHECK(refused.code == errc::type_mismatch);
  CHECK(refused.message == "casting <f8 to <i4 needs the rule unsafe, not same_kind");
  CHECK(failure_of([&] { physical(raw, "<i4", {}); }).code == errc::type_mismatch);
  const auto cast = physical(raw, "<i4", {.scale = {0.5}}, {.rule = casting::unsafe});
  CHECK(values_of<std::int32_t>(cast) == std::vector<std::int32_t>{5, 10});
  const auto blank =
      failure_of([&] { physical(raw, "<i4", {.blank = 20.0}, {.rule = casting::unsafe}); });
  CHECK(blank.code == errc::out_of_bounds);
  CHECK(blank.message == "value nan at index (1,) does not fit int32");
}

TEST_CASE("physical: long integers are blank only where they are equal", "[kernels][physical]") {
  const std::vector<std::int64_t> numbers{INT64_MIN, INT64_MIN + 1, 9007199254740993, 0};
  const array raw = of<std::int64_t>("<i8", numbers);
  CHECK(same(values_of<double>(physical(raw, "<f8", {.blank = -0x1p63})),
             {NAN, -0x1p63, 0x1p53, 0.0}));
  CHECK(same(values_of<double>(physical(raw, "<f8", {.scale = {2.0}, .blank = 0x1p53})),
             {-0x1p64, -0x1p64, 0x1p54, 0.0}));
  for (const double none : {0.5, 1e300, static_cast<double>(NAN), 0x1p63}) {
    CHECK(same(values_of<double>(physical(raw, "<f8", {.blank = none})),
               {-0x1p63, -0x1p63, 0x1p53, 0.0}));
  }
  const array large = of<std::uint64_t>(">u8", {UINT64_MAX, 0x0000000000000080U});
  CHECK(same(values_of<double>(physical(large, "<f8", {.blank = 0x1p63})), {0x1p64, NAN}));
}

TEST_CASE("physical: a blank has the digits that the stored numbers have", "[kernels][physical]") {
  const array raw = of<float>("<f4", {-9999.9F, 1e20F, 0.5F, INFINITY});
  CHECK(same(values_of<double>(physical(raw, "<f8", {.blank = -9999.9})),
             {NAN, 1e20F, 0.5, INFINITY}));
  CHECK(same(values_of<double>(physical(raw, "<f8", {.blank = 1e20})),
             {-9999.9F, NAN, 0.5, INFINITY}));
  // Rounded it would be infinite, and no number of the file is meant by it.
  CHECK(same(values_of<double>(physical(raw, "<f8", {.blank = 1e300})),
             {-9999.9F, 1e20F, 0.5, INFINITY}));
  const array half = of<std::uint16_t>(">f2", {0x662e});  // 0.1 in float16: 0x2e66
  CHECK(same(values_of<double>(physical(half, "<f8", {.blank = 0.1})), {NAN}));
}

TEST_CASE("physical: complex numbers are blank where they equal it", "[kernels][physical]") {
  using complex = std::complex<double>;
  const array raw = of<complex>("<c16", {{1, 2}, {1, 0}});
  const auto found =
      values_of<complex>(physical(raw, "<c16", {.scale = {2.0}, .offset = {1.0}, .blank = 1.0}));
  CHECK(found[0] == complex(3, 4));
  CHECK(std::isnan(found[1].real()));
}

TEST_CASE("physical: entries belong to the indices of their axis", "[kernels][physical]") {
  const array raw = two_by_three();
  const scaling rows{.scale = {1, 10}, .offset = {0, 0.5}, .axis = 0};
  CHECK(values_of<double>(physical(raw, "<f8", rows)) ==
        std::vector<double>{1, 2, 3, 40.5, 50.5, 60.5});
  const scaling columns{.scale = {1, 1, 100}, .offset = {7}, .axis = 1, .blank = 2.0};
  CHECK(same(values_of<double>(physical(raw, "<f8", columns)), {8, NAN, 307, 11, 12, 607}));
  const scaling offsets{.offset = {1, 2, 3}, .axis = 1};
  CHECK(values_of<double>(physical(raw.flip(1), "<f8", offsets)) ==
        std::vector<double>{4, 4, 4, 7, 7, 7});
}

TEST_CASE("physical: pieces of a larger array have the entries of their place",
          "[kernels][physical]") {
  const std::vector<std::int64_t> first{10, 1};
  const scaling columns{.scale = {9, 1, 2, 3}, .axis = 1};
  CHECK(values_of<double>(physical(two_by_three(), "<f8", columns, {.first_index = first})) ==
        std::vector<double>{1, 4, 9, 4, 10, 18});
  const auto misfit = failure_of([&] {
    physical(two_by_three(), "<i1", {.scale = {1, 1, 1, 100}, .axis = 1},
             {.rule = casting::unsafe, .first_index = first});
  });
  CHECK(misfit.code == errc::out_of_bounds);
  CHECK(misfit.message == "value 300 at index (10, 3) does not fit int8");
}

TEST_CASE("physical: entries that do not reach over their axis are refused",
          "[kernels][physical]") {
  const auto refused = [](const scaling& meaning) {
    return failure_of([&] { physical(two_by_three(), "<f8", meaning); });
  };
  CHECK(refused({.scale = {1, 2}, .axis = 1}).message ==
        "2 entries of the scaling for 3 indices of axis 1");
  CHECK(refused({.scale = {1, 2}, .axis = 1}).code == errc::shape_mismatch);
  CHECK(refused({.offset = {1, 2, 3}, .axis = 2}).message ==
        "the scaling is of axis 2, there are 2");
  const array none = of_bytes("<i2", "", {0, 3});
  CHECK(physical(none, "<f8", {.scale = {1, 2, 3}, .axis = 1}).size() == 0);
  const scaling rows{.scale = {1, 2}, .axis = 0};
  CHECK(failure_of([&] { physical(none, "<i8", rows); }).code == errc::type_mismatch);
}

TEST_CASE("physical: threads change nothing", "[kernels][physical]") {
  const std::int64_t rows = 40000;
  std::vector<std::int32_t> numbers(static_cast<std::size_t>(rows) * 8);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<std::int32_t>(i);
  const array raw = of<std::int32_t>("<i4", numbers).reshape(std::vector<std::int64_t>{rows, 8});
  const scaling columns{.scale = {1, 2, 3, 4, 5, 6, 7, 8}, .axis = 1, .blank = 12345.0};
  const auto one = physical(raw, ">f4", columns, {.threads = 1});
  CHECK(sample::bytes_of(physical(raw, ">f4", columns)) == sample::bytes_of(one));
  const auto native = values_of<float>(converted(one, "<f4"));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const double expected = static_cast<double>(i) * static_cast<double>(i % 8 + 1);
    if (i == 12345 ? !std::isnan(native[i]) : native[i] != static_cast<float>(expected)) {
      FAIL(i);
    }
  }
}
