#include <cmath>
#include <complex>
#include <filesystem>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/array/view.hpp"
#include "quarry/kernels/convert.hpp"

#include "kernels/sample.hpp"

using quarry::casting;
using quarry::errc;
using sample::converted;
using sample::failure;
using sample::failure_of;
using sample::of;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

template <class T>
failure cast_failure(std::string_view from, const std::vector<T>& values, std::string_view to,
                     const quarry::convert_options& options = sample::unsafe) {
  return failure_of([&] { converted(of<T>(from, values), to, options); });
}

void check_misfit(const failure& found, std::string_view message) {
  CHECK(found.code == errc::out_of_bounds);
  CHECK(found.message == message);
}

}  // namespace

TEST_CASE("convert: a float that no integer can hold is named with its index",
          "[kernels][convert]") {
  check_misfit(cast_failure<double>("<f8", {1, 2, not_a_number}, "<i2"),
               "value nan at index (2,) does not fit int16");
  check_misfit(cast_failure<double>("<f8", {-inf}, "<u8"),
               "value -inf at index (0,) does not fit uint64");
  check_misfit(cast_failure<float>("<f4", {1, 1e10F}, "<i4"),
               "value 1e+10 at index (1,) does not fit int32");
  check_misfit(cast_failure<double>("<f8", {-1.0}, "|u1"),
               "value -1 at index (0,) does not fit uint8");
  check_misfit(cast_failure<std::complex<float>>("<c8", {{1, 9}, {300.5F, 0}}, "|u1"),
               "value (300.5+0j) at index (1,) does not fit uint8");
  check_misfit(cast_failure<std::uint16_t>("<f2", {0x7c00}, "<i3"),
               "value inf at index (0,) does not fit int24");
}

TEST_CASE("convert: integers fit exactly up to the ends of their range", "[kernels][convert]") {
  const auto fits = [](double value, std::string_view type) {
    return !cast_failure<double>("<f8", {value}, type).code;
  };
  CHECK(fits(-0.999, "|u1"));
  CHECK_FALSE(fits(-1.0, "|u1"));
  CHECK(fits(255.999, "|u1"));
  CHECK_FALSE(fits(256.0, "|u1"));
  CHECK(fits(-128.999, "|i1"));
  CHECK_FALSE(fits(-129.0, "|i1"));
  CHECK(fits(-8388608.5, "<i3"));
  CHECK_FALSE(fits(-8388609.0, "<i3"));
  CHECK(fits(16777215.5, "<u3"));
  CHECK_FALSE(fits(16777216.0, "<u3"));
  CHECK(fits(-2147483648.9, "<i4"));
  CHECK_FALSE(fits(-2147483649.0, "<i4"));
  CHECK(fits(-0x1p63, "<i8"));
  CHECK_FALSE(fits(-0x1.0000000000001p63, "<i8"));
  CHECK(fits(0x1.fffffffffffffp62, "<i8"));
  CHECK_FALSE(fits(0x1p63, "<i8"));
  CHECK(fits(0x1p63, "<u8"));
  CHECK_FALSE(fits(0x1p64, "<u8"));
  const auto float_fits = [](float value, std::string_view type) {
    return !cast_failure<float>("<f4", {value}, type).code;
  };
  CHECK(float_fits(-0x1p31F, "<i4"));
  CHECK_FALSE(float_fits(-0x1.000002p31F, "<i4"));
  CHECK(float_fits(0x1.fffffep30F, "<i4"));
  CHECK_FALSE(float_fits(0x1p31F, "<i4"));
  CHECK(float_fits(-8388608.0F, "<i3"));
  CHECK_FALSE(float_fits(-8388609.0F, "<i3"));
  CHECK(float_fits(-0x1p63F, "<i8"));
  CHECK_FALSE(float_fits(0x1p63F, "<i8"));
}

TEST_CASE("convert: narrowed integers out of range fail unless the rule is unsafe",
          "[kernels][convert]") {
  const quarry::convert_options same_kind{};
  check_misfit(cast_failure<std::int32_t>("<i4", {5, 32767, -32769}, "<i2", same_kind),
               "value -32769 at index (2,) does not fit int16");
  check_misfit(cast_failure<std::uint64_t>("<u8", {~0ULL}, "<i8", same_kind),
               "value 18446744073709551615 at index (0,) does not fit int64");
  check_misfit(cast_failure<std::uint32_t>("<u4", {1U << 24U}, "<u3", same_kind),
               "value 16777216 at index (0,) does not fit uint24");
  CHECK_FALSE(cast_failure<std::int32_t>("<i4", {-32769}, "<i2", sample::unsafe).code);
}

TEST_CASE("convert: the first misfit in C order is reported whatever the strides",
          "[kernels][convert]") {
  std::vector<std::int32_t> values(200 * 300);
  values[3 * 300 + 250] = 70000;  // index (3, 250)
  values[150 * 300 + 2] = -70000;
  const auto native = of<std::int32_t>("<i4", values).reshape({200, 300});
  const auto fails = [](const quarry::array& from, const quarry::array& to) {
    return failure_of([&] { quarry::convert(from, to); }).message;
  };
  const auto c = quarry::array::zeros(quarry::parse_dtype("<i2"), native.shape());
  const auto f =
      quarry::array::zeros(quarry::parse_dtype("<i2"), native.shape(), quarry::memory_order::f);
  const std::string expected = "value 70000 at index (3, 250) does not fit int16";
  CHECK(fails(native, c) == expected);
  CHECK(fails(native, f) == expected);
  CHECK(fails(native.flip(0), c) == "value -70000 at index (49, 2) does not fit int16");
  CHECK(fails(native.transpose(), c.transpose()) ==
        "value -70000 at index (2, 150) does not fit int16");
  CHECK(fails(native.slice("3, 250"), c.slice("0, 0")) ==
        "value 70000 at index () does not fit int16");
}

TEST_CASE("convert: any number of threads reports the same misfit", "[kernels][convert]") {
  constexpr std::int64_t edge = 2048;
  const quarry::array from = quarry::array::zeros(quarry::parse_dtype("<f4"), {{edge, edge}});
  const auto values = from.as<float, 2>();
  for (const std::int64_t row : {5, 700, 1024, 2047}) values(row, 2000 - row / 2) = 1e6F + 1.0F;
  values(5, 1999) = -1e6F;
  const quarry::array to = quarry::array::zeros(quarry::parse_dtype("<i2"), {{edge, edge}});
  for (const int threads : {1, 2, 3, 7, 100000, 0}) {
    INFO(threads << " threads");
    const quarry::convert_options options{.rule = casting::unsafe, .threads = threads};
    for (int repeat = 0; repeat < 5; ++repeat) {
      check_misfit(failure_of([&] { quarry::convert(from, to, options); }),
                   "value 1000001 at index (5, 1998) does not fit int16");
      check_misfit(failure_of([&] { quarry::convert(from.transpose(), to, options); }),
                   "value 1000001 at index (977, 2047) does not fit int16");
    }
  }
}

TEST_CASE("convert: one thread is the caller's own", "[kernels][convert]") {
  const auto running = [] {
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    return std::distance(begin(tasks), end(tasks));
  };
  const auto before = running();
  const quarry::array from = quarry::array::zeros(quarry::parse_dtype(">f4"), {{8 << 20}});
  const quarry::array to = quarry::array::zeros(quarry::parse_dtype("<f8"), from.shape());
  quarry::convert(from, to, {.threads = 1});
  quarry::copy(from, quarry::array::zeros(from.type(), from.shape()), 1);
  quarry::fill(to, quarry::array::zeros(to.type(), {}), {.threads = 1});
  CHECK(running() == before);
}

TEST_CASE("convert: a negative number of threads is refused", "[kernels][convert]") {
  const quarry::array one = of<float>("<f4", {1});
  const quarry::array to = of<float>("<f4", {0});
  const auto found = failure_of([&] { quarry::convert(one, to, {.threads = -1}); });
  CHECK(found.code == errc::invalid_argument);
  CHECK(found.message == "-1 threads, not 0 or more");
  CHECK(failure_of([&] { quarry::copy(one, to, -2); }).code == errc::invalid_argument);
}

TEST_CASE("convert: scaled values that do not fit are shown scaled", "[kernels][convert]") {
  const quarry::convert_options scaling{.rule = casting::unsafe, .scale = 100.0};
  check_misfit(cast_failure<std::uint8_t>("|u1", {1, 3}, "|u1", scaling),
               "value 300 at index (1,) does not fit uint8");
}

TEST_CASE("convert: a refused cast names the rule that allows it", "[kernels][convert]") {
  const auto found = cast_failure<double>("<f8", {1}, "<i2", {});
  CHECK(found.code == errc::type_mismatch);
  CHECK(found.message == "casting <f8 to <i2 needs the rule unsafe, not same_kind");
  const auto narrow = cast_failure<double>("<f8", {1}, "<f4", {.rule = casting::safe});
  CHECK(narrow.message == "casting <f8 to <f4 needs the rule same_kind, not safe");
  const auto order = cast_failure<double>("<f8", {1}, ">f8", {.rule = casting::no});
  CHECK(order.message == "casting <f8 to >f8 needs the rule equiv, not no");
  // The rule looks at the type after scaling: int16 has become float64.
  const auto scaled = cast_failure<std::int16_t>("<i2", {1}, "<i2", {.scale = 2.0});
  CHECK(scaled.message == "casting <f8 to <i2 needs the rule unsafe, not same_kind");
}

TEST_CASE("convert: casts without a meaning are unsupported", "[kernels][convert]") {
  const auto unsupported = [](std::string_view from, std::string_view to) {
    return failure_of([&] {
             converted(sample::of_bytes(from, "", {1}), to, sample::unsafe);
           }).code == errc::unsupported;
  };
  CHECK(unsupported("|S5", "<f8"));
  CHECK(unsupported("<f8", "|S32"));
  CHECK(unsupported("<U5", "<i4"));
  CHECK(unsupported("<f16", "<f8"));
  CHECK(unsupported("<f8", "<f16"));
  CHECK(unsupported("<f16", "<c32"));
  CHECK(unsupported("|V4", "|V8"));
  CHECK(unsupported("|V4", "<i4"));
  CHECK(unsupported("<i4", "|V4"));
  CHECK(unsupported("<M8[s]", "<m8[s]"));
  CHECK(unsupported("<M8[s]", "<f8"));
  CHECK(unsupported("<f8", "<m8[s]"));
  CHECK(unsupported("{a:<i4}", "<i4"));
  CHECK(unsupported("<i4", "{a:<i4}"));
}

TEST_CASE("convert: shapes must agree and the target must be writable", "[kernels][convert]") {
  const auto three = of<std::int32_t>("<i4", {1, 2, 3});
  const auto four = of<std::int32_t>("<i4", {1, 2, 3, 4});
  const auto wrong_shape = failure_of([&] { quarry::convert(three, four); });
  CHECK(wrong_shape.code == errc::shape_mismatch);
  CHECK(wrong_shape.message == "elements of shape (3,) do not go into shape (4,)");
  CHECK(failure_of([&] { quarry::copy(three, four); }).code == errc::shape_mismatch);
  CHECK(failure_of([&] { quarry::convert(three, three.as_read_only()); }).code == errc::read_only);
  CHECK(failure_of([&] { quarry::copy(three, three.as_read_only()); }).code == errc::read_only);
  CHECK(failure_of([&] { quarry::fill(three.as_read_only(), four.slice("0")); }).code ==
        errc::read_only);
}

TEST_CASE("copy: only equal types are copied", "[kernels][convert]") {
  const auto little = of<std::int32_t>("<i4", {1});
  const auto big = of<std::int32_t>(">i4", {1});
  CHECK(failure_of([&] { quarry::copy(little, big); }).code == errc::type_mismatch);
}

TEST_CASE("fill: needs one value that fits", "[kernels][convert]") {
  const auto to = of<std::int8_t>("|i1", {0, 0});
  const auto values = of<std::int32_t>("<i4", {1000, 1});
  CHECK(failure_of([&] { quarry::fill(to, values); }).code == errc::shape_mismatch);
  check_misfit(failure_of([&] { quarry::fill(to, values.slice("0")); }),
               "value 1000 at index () does not fit int8");
}

TEST_CASE("convert: only numbers can be scaled", "[kernels][convert]") {
  for (const std::string_view type : {"|S3", "<M8[s]", "<f16", "{a:<i4}", "|V2"}) {
    const auto found =
        failure_of([&] { converted(sample::of_bytes(type, "", {1}), type, {.scale = 2.0}); });
    CHECK(found.code == errc::type_mismatch);
    CHECK(found.message == "only numbers can be scaled, not " + std::string(type));
  }
}
