// Every cast of every number type on every target that this CPU supports: the same bits, the same
// misfits, and no byte stored beside the target. What the bits must be is NumPy's word in
// convert_test.cpp and, for the small floats, that of array/numbers.hpp here.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/array/dtype_text.hpp"
#include "quarry/kernels/cast_table.hpp"

#include "kernels/targets.hpp"

using quarry::bfloat16;
using quarry::dtype;
using quarry::float16;
using quarry::misfit;

namespace {

using bytes = std::vector<std::byte>;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr std::int64_t guard_bytes = 32;

std::vector<dtype> number_types() {
#define QUARRY_NUMBER_DTYPE(TYPE, KIND, NAME) \
  dtype(quarry::type_kind::KIND, std::int64_t{sizeof(TYPE)}),
  return {QUARRY_FOR_EACH_NUMBER(QUARRY_NUMBER_DTYPE)};
#undef QUARRY_NUMBER_DTYPE
}

template <class T>
bytes bytes_of(const std::vector<T>& values) {
  bytes out(values.size() * sizeof(T));
  std::memcpy(out.data(), values.data(), out.size());
  return out;
}

// The ends of all ranges, what lies just beside them, ties, and numbers that are none.
std::vector<double> edges() {
  std::vector<double> out{0.0,    -0.0,  inf,      -inf,  std::nan(""),
                          5e-324, 65504, 65519.99, 65520, 3.4e38};
  for (const int power : {-1074, -150, -149, -134, -133, -126, -25, -24, -14, 7,  8,   11, 15,
                          16,    23,   24,   31,   32,   52,   53,  62,  63,  64, 127, 128}) {
    for (const double sign : {1.0, -1.0}) {
      const double at = std::ldexp(sign, power);
      out.insert(out.end(), {at, std::nextafter(at, inf), std::nextafter(at, -inf), at + 0.5,
                             at - 0.5, at + 1, at - 1, at * 1.5, at * (1 + 0x1p-11)});
    }
  }
  return out;
}

// Numbers of a type: the edges as far as it has them, and random bits.
bytes numbers_of(const dtype& type) {
  const std::vector<double> wanted = edges();
  const auto item = static_cast<std::size_t>(type.item_bytes());
  bytes out(wanted.size() * item);
  const auto cast =
      quarry::cast_between(dtype(quarry::type_kind::floating, 8), type, misfit::saturate);
  cast(bytes_of(wanted).data(), out.data(), static_cast<std::int64_t>(wanted.size()));
  std::mt19937 random(7);
  for (std::size_t i = 0; i < 1000 * item; ++i) {
    out.push_back(static_cast<std::byte>(random() >> 24U));
  }
  return out;
}

struct outcome {
  bytes stored;
  std::int64_t fit = 0;
  bool operator==(const outcome&) const = default;
};

outcome cast_of(const dtype& from, const dtype& to, misfit rule, const bytes& values,
                std::int64_t first, std::int64_t count) {
  outcome out;
  out.stored.assign(static_cast<std::size_t>(count * to.item_bytes() + guard_bytes),
                    std::byte{0xee});
  out.fit = quarry::cast_between(from, to, rule)(values.data() + first * from.item_bytes(),
                                                 out.stored.data(), count);
  return out;
}

// What the portable loops and those of all targets make of numbers [first, first + count).
void check_part(const dtype& from, const dtype& to, misfit rule, const bytes& values,
                std::int64_t first, std::int64_t count) {
  const auto on = [&](std::int64_t target) {
    const sample::only_target here(target);
    return cast_of(from, to, rule, values, first, count);
  };
  const outcome expected = on(HWY_STATIC_TARGET);
  for (const std::int64_t target : sample::all_targets()) {
    if (on(target) == expected) continue;
    FAIL(hwy::TargetName(target) << ": " << to_string(from) << " to " << to_string(to) << ", rule "
                                 << static_cast<int>(rule) << ", numbers " << first << " to "
                                 << first + count);
  }
}

// Doubles and floats about a small float: itself, the ties beside it, and what lies beside those.
template <class Wide>
std::vector<Wide> about(Wide value, Wide next) {
  const Wide tie = value + (next - value) / 2;
  constexpr Wide most = std::numeric_limits<Wide>::infinity();
  return {value, std::nextafter(value, most), std::nextafter(value, -most),
          tie,   std::nextafter(tie, most),   std::nextafter(tie, -most)};
}

// Every finite positive number of the small type, and both signs of what lies about it.
template <class Small, class Wide>
std::vector<Wide> about_all() {
  std::vector<Wide> out;
  const std::uint32_t infinity = std::is_same_v<Small, float16> ? 0x7c00 : 0x7f80;
  for (std::uint32_t bits = 0; bits < infinity; ++bits) {
    const auto value =
        static_cast<Wide>(static_cast<float>(Small{static_cast<std::uint16_t>(bits)}));
    const auto next =
        static_cast<Wide>(static_cast<float>(Small{static_cast<std::uint16_t>(bits + 1)}));
    for (const Wide each : about(value, std::isinf(next) ? value * 1.001F : next)) {
      out.insert(out.end(), {each, -each});
    }
  }
  return out;
}

template <class Small, class Wide>
void check_rounding(const dtype& small) {
  const std::vector<Wide> wide = about_all<Small, Wide>();
  std::vector<Small> expected;
  for (const Wide each : wide) expected.push_back(Small::nearest(static_cast<double>(each)));
  const dtype type(quarry::type_kind::floating, std::int64_t{sizeof(Wide)});
  const auto count = static_cast<std::int64_t>(wide.size());
  for (const std::int64_t target : sample::all_targets()) {
    INFO(hwy::TargetName(target) << ": " << to_string(type) << " to " << to_string(small));
    const sample::only_target here(target);
    std::vector<Small> found(expected.size());
    quarry::cast_between(type, small, misfit::fail)(reinterpret_cast<const std::byte*>(wide.data()),
                                                    reinterpret_cast<std::byte*>(found.data()),
                                                    count);
    const auto [wrong, right] = std::mismatch(found.begin(), found.end(), expected.begin());
    if (wrong == found.end()) continue;
    FAIL(wide[static_cast<std::size_t>(wrong - found.begin())] << " became " << wrong->bits
                                                               << ", not " << right->bits);
  }
}

const dtype half(quarry::type_kind::floating, 2);
const dtype brain(quarry::type_kind::brain_floating, 2);

}  // namespace

TEST_CASE("simd: a cast gives the same bits on every target", "[kernels][simd]") {
  for (const dtype& from : number_types()) {
    const bytes values = numbers_of(from);
    const std::int64_t all = static_cast<std::int64_t>(values.size()) / from.item_bytes();
    for (const dtype& to : number_types()) {
      for (const misfit rule : {misfit::fail, misfit::wrap, misfit::saturate}) {
        check_part(from, to, rule, values, 0, all);
        for (std::int64_t count = 0; count <= 70; count += count < 34 ? 1 : 9) {
          check_part(from, to, rule, values, count, count);
        }
      }
    }
  }
}

TEST_CASE("simd: a misfit is found at any place on every target", "[kernels][simd]") {
  const dtype to(quarry::type_kind::signed_integer, 2);
  for (const std::int64_t target : sample::all_targets()) {
    const sample::only_target here(target);
    for (std::size_t place = 0; place < 300; ++place) {
      std::vector<double> values(300, -32768.5);
      values[place] = 32768;
      values.back() = std::nan("");
      CHECK(cast_of({quarry::type_kind::floating, 8}, to, misfit::fail, bytes_of(values), 0, 300)
                .fit == static_cast<std::int64_t>(place));
      std::vector<std::int32_t> whole(300, -32768);
      whole[place] = -32769;
      CHECK(
          cast_of({quarry::type_kind::signed_integer, 4}, to, misfit::fail, bytes_of(whole), 0, 300)
              .fit == static_cast<std::int64_t>(place));
    }
  }
}

TEST_CASE("simd: small floats are rounded once, to nearest even, on every target",
          "[kernels][simd]") {
  check_rounding<float16, float>(half);
  check_rounding<float16, double>(half);
  check_rounding<bfloat16, float>(brain);
  check_rounding<bfloat16, double>(brain);
}

TEST_CASE("simd: small floats widen exactly on every target, NaNs with their bits",
          "[kernels][simd]") {
  std::vector<std::uint16_t> all(65536);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint16_t>(i);
  const dtype single(quarry::type_kind::floating, 4);
  for (const std::int64_t target : sample::all_targets()) {
    INFO(hwy::TargetName(target));
    const sample::only_target here(target);
    const bytes halves = cast_of(half, single, misfit::fail, bytes_of(all), 0, 65536).stored;
    const bytes brains = cast_of(brain, single, misfit::fail, bytes_of(all), 0, 65536).stored;
    for (const std::uint16_t bits : all) {
      std::array<std::uint32_t, 2> found{};
      std::memcpy(&found[0], halves.data() + 4 * std::size_t{bits}, 4);
      std::memcpy(&found[1], brains.data() + 4 * std::size_t{bits}, 4);
      const std::array expected{std::bit_cast<std::uint32_t>(static_cast<float>(float16{bits})),
                                std::bit_cast<std::uint32_t>(static_cast<float>(bfloat16{bits}))};
      if (found != expected) FAIL("bits " << bits);
    }
  }
}
