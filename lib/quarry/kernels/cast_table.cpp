#include "quarry/kernels/cast_table.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <complex>
#include <concepts>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "quarry/base/assert.hpp"
#include "quarry/base/text.hpp"

namespace quarry {
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

// The small floats take a double, so that a value is rounded once on its way in.
template <class Small>
struct small_float {
  using stored = Small;
  using value = float;
  static value load(stored s) noexcept { return static_cast<value>(s); }
  static stored store(double v) noexcept { return Small::nearest(v); }
};
template <>
struct number<float16> : small_float<float16> {};
template <>
struct number<bfloat16> : small_float<bfloat16> {};

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
    return above && v < beyond_high<Value, To>();
  } else if constexpr (std::same_as<Value, bool>) {
    return true;
  } else {
    return std::cmp_greater_equal(v, number<To>::low) && std::cmp_less_equal(v, number<To>::high);
  }
}

template <class To, class Value>
typename number<To>::value nearest_integer(Value v) noexcept {
  using target = typename number<To>::value;
  if (fits<To>(v)) return static_cast<target>(v);
  if (v > Value{}) return number<To>::high;
  return v < Value{} ? number<To>::low : target{};
}

// To the nearest double; of 64-bit integers the bits that it has no room for leave a trace in the
// last one that it has, so that rounding once more gives what rounding once would.
template <class Value>
double as_double(Value v) noexcept {
  if constexpr (std::integral<Value> && sizeof v == 8) {
    constexpr int lost_bits = 64 - std::numeric_limits<double>::digits;
    constexpr std::uint64_t lost = (std::uint64_t{1} << lost_bits) - 1;
    const bool is_negative = std::cmp_less(v, 0);
    auto magnitude = static_cast<std::uint64_t>(v);
    if (is_negative) magnitude = 0 - magnitude;
    if (magnitude > (std::uint64_t{1} << std::numeric_limits<double>::digits)) {
      magnitude = (magnitude & ~lost) | ((magnitude & lost) != 0 ? lost + 1 : 0);
    }
    const auto rounded = static_cast<double>(magnitude);
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
    return number<To>::store(as_double(v));
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

// The loop has no early way out, so that it stays simple for the compiler; a misfit is rare and
// looked for afterwards.
template <class From, class To>
std::int64_t cast_checked(const std::byte* from, std::byte* to, std::int64_t count) noexcept {
  bool all_fit = true;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto v = real_part(load<From>(from, i));
    const bool fit = fits<To>(v);
    all_fit &= fit;
    store<To>(to, i, converted<To>(fit ? v : decltype(v){}));
  }
  if (all_fit) return count;
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

struct row {
  type_kind kind;
  std::int64_t item_bytes;
  std::string_view name;
};

#define QUARRY_NUMBER_ROW(TYPE, KIND, NAME) row{type_kind::KIND, std::int64_t{sizeof(TYPE)}, NAME},
constexpr std::array rows{QUARRY_FOR_EACH_NUMBER(QUARRY_NUMBER_ROW)};
#undef QUARRY_NUMBER_ROW

using table_row = std::array<std::array<number_cast, 3>, rows.size()>;

template <class From>
constexpr table_row casts_from() {
#define QUARRY_NUMBER_CASTS(TYPE, KIND, NAME)                                    \
  std::array{choose<From, TYPE>(misfit::fail), choose<From, TYPE>(misfit::wrap), \
             choose<From, TYPE>(misfit::saturate)},
  return {{QUARRY_FOR_EACH_NUMBER(QUARRY_NUMBER_CASTS)}};
#undef QUARRY_NUMBER_CASTS
}

#define QUARRY_CASTS_FROM(TYPE, KIND, NAME) casts_from<TYPE>(),
constexpr std::array table{QUARRY_FOR_EACH_NUMBER(QUARRY_CASTS_FROM)};
#undef QUARRY_CASTS_FROM

std::size_t row_of(const dtype& type) noexcept {
  QUARRY_ASSERT(is_computable(type));
  std::size_t i = 0;
  while (rows[i].kind != type.kind() || rows[i].item_bytes != type.item_bytes()) ++i;
  return i;
}

template <class Float>
std::string shortest(Float v) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), v).ptr;
  return {text.data(), end};
}

template <class T>
std::string text_at(const std::byte* at) {
  const auto v = load<T>(at, 0);
  if constexpr (is_complex<T>) {
    return concat("(", shortest(v.real()), std::signbit(v.imag()) ? "" : "+", shortest(v.imag()),
                  "j)");
  } else if constexpr (std::floating_point<decltype(v)>) {
    return shortest(v);
  } else {
    return std::to_string(v);
  }
}

}  // namespace

number_cast cast_between(const dtype& from, const dtype& to, misfit rule) noexcept {
  return table[row_of(from)][row_of(to)][static_cast<std::size_t>(rule)];
}

std::string_view number_name(const dtype& type) noexcept { return rows[row_of(type)].name; }

std::string number_text(const dtype& type, const std::byte* at) {
#define QUARRY_NUMBER_TEXT(TYPE, KIND, NAME) &text_at<TYPE>,
  static constexpr std::array texts{QUARRY_FOR_EACH_NUMBER(QUARRY_NUMBER_TEXT)};
#undef QUARRY_NUMBER_TEXT
  return texts[row_of(type)](at);
}

}  // namespace quarry
