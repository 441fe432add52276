#include "quarry/kernels/simd/cast.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <complex>
#include <concepts>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "quarry/array/numbers.hpp"

// This file is compiled once per target: Highway includes it again for each. The loops are plain
// ones, the vectors are the compiler's. Some targets would add nothing to their neighbours.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "quarry/kernels/simd/cast.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace quarry::simd::HWY_NAMESPACE {
namespace {

// How a stored number takes part in arithmetic. `stored` is what lies in memory, `value` what
// computes; `low` and `high` bound the integers that can be stored.
template <class T>
struct number {
  using stored = T;
  using value = T;
  static value load(stored s) noexcept { return s; }
  static stored store(value v) noexcept { return v; }
  static constexpr value low = std::numeric_limits<T>::lowest();
  static constexpr value high = std::numeric_limits<T>::max();
};

template <>
struct number<boolean> {
  using stored = boolean;
  using value = bool;
  static value load(stored s) noexcept { return s; }
  static stored store(value v) noexcept { return v; }
};

template <>
struct number<int24> {
  using stored = int24;
  using value = std::int32_t;
  static value load(stored s) noexcept { return static_cast<value>(s); }
  static stored store(value v) noexcept { return int24::wrapped(v); }
  static constexpr value low = -0x800000;
  static constexpr value high = 0x7fffff;
};

template <>
struct number<uint24> {
  using stored = uint24;
  using value = std::uint32_t;
  static value load(stored s) noexcept { return static_cast<value>(s); }
  static stored store(value v) noexcept { return uint24::wrapped(v); }
  static constexpr value low = 0;
  static constexpr value high = 0xffffff;
};

// `yes ? a : b`, which the compiler would make a branch of where `a` or `b` take their time.
template <class Integer>
constexpr Integer either(bool yes, Integer a, Integer b) noexcept {
  return b ^ ((a ^ b) & -static_cast<Integer>(yes));
}

// `v` rounded once to as many fraction bits as a small float keeps, which has its least normal
// number at 2^lowest: a number that needs no more rounding. NaNs stay.
template <int fraction_bits, int lowest>
double rounded(double v) noexcept {
  constexpr std::int64_t infinity = std::int64_t{0x7ff} << 52U;
  constexpr std::int64_t least_normal = std::int64_t{1023 + lowest} << 52U;
  constexpr std::int64_t half = std::int64_t{1} << (51 - fraction_bits);
  // The last place of this number is the last one of the subnormal numbers.
  constexpr auto coarse =
      std::bit_cast<double>(std::int64_t{1023 + lowest - fraction_bits + 52} << 52U);
  const auto bits = std::bit_cast<std::int64_t>(v);
  const std::int64_t magnitude = bits & std::numeric_limits<std::int64_t>::max();
  const std::int64_t is_odd = (magnitude >> (52 - fraction_bits)) & 1;
  const std::int64_t normal = (magnitude + (half - 1) + is_odd) & -(2 * half);
  const double sum = std::bit_cast<double>(magnitude) + coarse;
  const auto subnormal = std::bit_cast<std::int64_t>(sum - coarse);
  const std::int64_t finite = either(magnitude < least_normal, subnormal, normal);
  const std::int64_t out = either(magnitude < infinity, finite, magnitude);
  return std::bit_cast<double>(out | (bits & std::numeric_limits<std::int64_t>::min()));
}

// The small floats again, as numbers.cpp has them but without branches.
template <>
struct number<float16> {
  using stored = float16;
  using value = float;
  static value load(stored s) noexcept {
    const std::uint32_t sign = static_cast<std::uint32_t>(s.bits & 0x8000U) << 16U;
    const std::uint32_t magnitude = s.bits & 0x7fffU;
    // The exponent counts from another place: 112 further, which a product moves it, also out of
    // the subnormal numbers.
    const float moved = std::bit_cast<float>(magnitude << 13U) * 0x1p112F;
    const std::uint32_t not_finite = magnitude >= 0x7c00U ? 0x7f800000U : 0U;
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(moved) | not_finite | sign);
  }
  static constexpr stored store(float v) noexcept {
    const auto bits = std::bit_cast<std::int32_t>(v);
    const std::int32_t sign = (bits >> 16) & 0x8000;
    const std::int32_t magnitude = bits & 0x7fffffff;
    // Half of the last place that is kept, a little less where that is even already.
    const std::int32_t normal = (magnitude - 0x38000000 + 0xfff + ((bits >> 13) & 1)) >> 13;
    // The last place of 0.5 is the last one of the subnormal numbers: the sum is rounded there.
    const float sum = std::bit_cast<float>(magnitude) + 0.5F;
    const std::int32_t subnormal = std::bit_cast<std::int32_t>(sum) - 0x3f000000;
    const std::int32_t nan = 0x7e00 | ((magnitude >> 13) & 0x3ff);
    const std::int32_t finite = either(magnitude < 0x38800000, subnormal, normal);
    const std::int32_t not_finite = either(magnitude > 0x7f800000, nan, 0x7c00);
    const std::int32_t out = either(magnitude < 0x47800000, finite, not_finite);
    return {static_cast<std::uint16_t>(sign | out)};
  }
  static double nearest(double v) noexcept { return rounded<10, -14>(v); }
};

template <>
struct number<bfloat16> {
  using stored = bfloat16;
  using value = float;
  static value load(stored s) noexcept { return static_cast<value>(s); }
  static constexpr stored store(float v) noexcept {
    const auto bits = std::bit_cast<std::uint32_t>(v);
    const std::uint32_t near = (bits + 0x7fffU + ((bits >> 16U) & 1U)) >> 16U;
    const std::uint32_t nan = (bits >> 16U) | 0x40U;
    return {static_cast<std::uint16_t>((bits & 0x7fffffffU) > 0x7f800000U ? nan : near)};
  }
  static double nearest(double v) noexcept { return rounded<7, -126>(v); }
};

template <class T>
constexpr bool is_complex = false;
template <class T>
constexpr bool is_complex<std::complex<T>> = true;

template <class T>
constexpr bool is_small_float = std::same_as<T, float16> || std::same_as<T, bfloat16>;

// Integers but not bool, whose value is never out of range.
template <class T>
constexpr bool is_bounded =
    std::integral<typename number<T>::value> && !std::same_as<typename number<T>::value, bool>;

// 2 to the number of value bits: the least float above all integers of the type; exact.
template <class Float, class To>
constexpr Float beyond_high() {
  return static_cast<Float>((number<To>::high >> 1) + 1) * 2;
}

// The ends of the range of both integers, as the one.
template <class To, class Value>
constexpr Value lowest_of_both() {
  constexpr Value low = number<Value>::low;
  return std::cmp_greater(number<To>::low, low) ? static_cast<Value>(number<To>::low) : low;
}
template <class To, class Value>
constexpr Value highest_of_both() {
  constexpr Value high = number<Value>::high;
  return std::cmp_less(number<To>::high, high) ? static_cast<Value>(number<To>::high) : high;
}

template <class To, class Value>
bool fits(Value v) noexcept {
  if constexpr (std::floating_point<Value>) {
    // Truncation moves towards zero, so what lies less than 1 below `low` fits too. A float type
    // that cannot hold low - 1 has no values between the two. False for NaN.
    constexpr auto low = static_cast<Value>(number<To>::low);
    constexpr bool has_fractions_below =
        number<To>::low == 0 || (std::numeric_limits<Value>::digits >
                                 std::numeric_limits<typename number<To>::value>::digits);
    const bool above = has_fractions_below ? v > low - 1 : v >= low;
    const bool below = v < beyond_high<Value, To>();
    return above & below;  // not &&: both are computed, which leaves no branch
  } else if constexpr (std::same_as<Value, bool>) {
    return true;
  } else {
    const bool above = v >= lowest_of_both<To, Value>();
    const bool below = v <= highest_of_both<To, Value>();
    return above & below;
  }
}

// Every value, if only in form, becomes one that may be cast.
template <class To, class Value>
typename number<To>::value truncated(Value v, bool fit) noexcept {
  if constexpr (std::floating_point<Value>) v = fit ? v : Value{};
  return static_cast<typename number<To>::value>(v);
}

template <class To, class Value>
typename number<To>::value nearest_integer(Value v) noexcept {
  using target = typename number<To>::value;
  const bool fit = fits<To>(v);
  const target end = v > Value{} ? number<To>::high : number<To>::low;
  const target other = v == v ? end : target{};  // NaN has no nearest
  const target inside = truncated<To>(v, fit);
  return fit ? inside : other;
}

// To the nearest double; of 64-bit integers the bits that it has no room for leave a trace in the
// last one that it has, so that rounding once more gives what rounding once would.
template <class Value>
double as_double(Value v) noexcept {
  if constexpr (std::integral<Value> && sizeof v == 8) {
    constexpr int digits = std::numeric_limits<double>::digits;
    constexpr std::uint64_t lost = (std::uint64_t{1} << (64 - digits)) - 1;
    const bool is_negative = std::cmp_less(v, 0);
    const auto bits = static_cast<std::uint64_t>(v);
    const std::uint64_t magnitude = is_negative ? 0 - bits : bits;
    const std::uint64_t traced = (magnitude & ~lost) | ((magnitude & lost) != 0 ? lost + 1 : 0);
    const bool is_exact = magnitude <= std::uint64_t{1} << digits;
    const auto rounded = static_cast<double>(is_exact ? magnitude : traced);
    return is_negative ? -rounded : rounded;
  } else {
    return static_cast<double>(v);
  }
}

// A value that fits, in the stored type. Complex to real keeps the real part.
template <class To, class Value>
typename number<To>::stored converted(Value v) noexcept {
  if constexpr (is_complex<Value>) {
    if constexpr (std::same_as<To, boolean>) {
      return number<boolean>::store(v != Value{});
    } else if constexpr (is_complex<To>) {
      return To(static_cast<typename To::value_type>(v.real()),
                static_cast<typename To::value_type>(v.imag()));
    } else {
      return converted<To>(v.real());
    }
  } else if constexpr (std::same_as<To, boolean>) {
    return number<boolean>::store(v != Value{});
  } else if constexpr (is_complex<To>) {
    return To(static_cast<typename To::value_type>(v));
  } else if constexpr (is_small_float<To>) {
    if constexpr (std::same_as<Value, bool>) {
      // In the width of the result: through a float the compiler finds no vectors.
      constexpr std::uint16_t one = number<To>::store(1.0F).bits;
      return {static_cast<std::uint16_t>(v ? one : 0)};
    } else if constexpr (std::same_as<Value, float> || sizeof(Value) < 4) {
      return number<To>::store(static_cast<float>(v));
    } else {
      return number<To>::store(static_cast<float>(number<To>::nearest(as_double(v))));
    }
  } else {
    return number<To>::store(static_cast<typename number<To>::value>(v));
  }
}

template <class Value>
auto real_part(Value v) noexcept {
  if constexpr (is_complex<Value>) {
    return v.real();
  } else {
    return v;
  }
}

template <class T>
typename number<T>::value load(const std::byte* from, std::int64_t i) noexcept {
  typename number<T>::stored s;
  std::memcpy(&s, from + i * std::int64_t{sizeof s}, sizeof s);
  return number<T>::load(s);
}

template <class T>
void store(std::byte* to, std::int64_t i, typename number<T>::stored s) noexcept {
  std::memcpy(to + i * std::int64_t{sizeof s}, &s, sizeof s);
}

template <class From, class To>
std::int64_t cast_all(const std::byte* from, std::byte* to, std::int64_t count) noexcept {
  for (std::int64_t i = 0; i < count; ++i) store<To>(to, i, converted<To>(load<From>(from, i)));
  return count;
}

template <class From, class To>
std::int64_t cast_saturated(const std::byte* from, std::byte* to, std::int64_t count) noexcept {
  for (std::int64_t i = 0; i < count; ++i) {
    store<To>(to, i, number<To>::store(nearest_integer<To>(real_part(load<From>(from, i)))));
  }
  return count;
}

template <std::size_t Bytes>
struct word;
template <>
struct word<1> : std::type_identity<std::uint8_t> {};
template <>
struct word<2> : std::type_identity<std::uint16_t> {};
template <>
struct word<4> : std::type_identity<std::uint32_t> {};
template <>
struct word<8> : std::type_identity<std::uint64_t> {};

// The loop has no early way out, so that it stays simple for the compiler; a misfit is rare and
// looked for afterwards. Misfits are noted in words as wide as the values: vectors of one width.
template <class From, class To>
std::int64_t cast_checked(const std::byte* from, std::byte* to, std::int64_t count) noexcept {
  using value = decltype(real_part(load<From>(from, 0)));
  typename word<sizeof(value)>::type misfits = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const value v = real_part(load<From>(from, i));
    const bool fit = fits<To>(v);
    misfits |= static_cast<decltype(misfits)>(!fit);
    store<To>(to, i, number<To>::store(truncated<To>(v, fit)));
  }
  if (misfits == 0) return count;
  std::int64_t first = 0;
  // Mapped memory may have changed since: then the last element is as good as any.
  while (first + 1 < count && fits<To>(real_part(load<From>(from, first)))) ++first;
  return first;
}

// True if some value of From lies outside the integers To.
template <class From, class To>
constexpr bool can_misfit() {
  using value = typename number<From>::value;
  if constexpr (!is_bounded<To> || std::same_as<value, bool>) {
    return false;
  } else if constexpr (is_bounded<From>) {
    return std::cmp_less(number<From>::low, number<To>::low) ||
           std::cmp_greater(number<From>::high, number<To>::high);
  } else {
    return true;
  }
}

template <class From, class To>
constexpr number_cast choose(misfit rule) {
  if constexpr (can_misfit<From, To>()) {
    if (rule == misfit::saturate) return &cast_saturated<From, To>;
    if (rule == misfit::fail || !is_bounded<From>) return &cast_checked<From, To>;
  }
  // Without a misfit, or integers that wrap. Instantiated only where it is defined.
  if constexpr (!can_misfit<From, To>() || is_bounded<From>) {
    return &cast_all<From, To>;
  } else {
    return nullptr;
  }
}

using table_row = std::array<std::array<number_cast, 3>, number_types>;

template <class From>
constexpr table_row casts_from() {
#define QUARRY_NUMBER_CASTS(TYPE, KIND, NAME)                                    \
  std::array{choose<From, TYPE>(misfit::fail), choose<From, TYPE>(misfit::wrap), \
             choose<From, TYPE>(misfit::saturate)},
  return {{QUARRY_FOR_EACH_NUMBER(QUARRY_NUMBER_CASTS)}};
#undef QUARRY_NUMBER_CASTS
}

number_cast cast_between(std::size_t from, std::size_t to, misfit rule) {
#define QUARRY_CASTS_FROM(TYPE, KIND, NAME) casts_from<TYPE>(),
  static constexpr std::array table{QUARRY_FOR_EACH_NUMBER(QUARRY_CASTS_FROM)};
#undef QUARRY_CASTS_FROM
  return table[from][to][static_cast<std::size_t>(rule)];
}

}  // namespace
}  // namespace quarry::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quarry::simd {

HWY_EXPORT(cast_between);

number_cast cast_between(std::size_t from, std::size_t to, misfit rule) noexcept {
  return HWY_DYNAMIC_DISPATCH(cast_between)(from, to, rule);
}

}  // namespace quarry::simd
#endif
