// decimal.hpp: floating-point numbers as decimal digits: the fewest that tell a
// number from its neighbours of the same type, or a given number of them,
// correctly rounded.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <type_traits>

#include "quarry.hpp"

namespace quarry::tools {

/// The type in which a T is compared and rounded: exact for every value of T.
template <class T>
using wide_t = std::conditional_t<std::is_same_v<T, long double>, long double, double>;

template <class T>
wide_t<T> wide(T value) noexcept {
  if constexpr (std::is_same_v<T, float16> || std::is_same_v<T, bfloat16>) {
    return static_cast<double>(static_cast<float>(value));
  } else {
    return static_cast<wide_t<T>>(value);
  }
}

/// digits[0] . digits[1] digits[2] ... * 10^exponent. Zero is one digit 0 with
/// exponent 0. The sign is kept elsewhere. Invariant: count >= 1.
struct decimal {
  static constexpr int max_digits = 64;
  std::array<char, max_digits> digits{};
  int count = 0;
  int exponent = 0;

  std::string_view text() const noexcept {
    return {digits.data(), static_cast<std::size_t>(count)};
  }
  /// Digits before and behind the point when written without an exponent; at
  /// least 1 before.
  int whole_digits() const noexcept { return exponent < 0 ? 1 : exponent + 1; }
  int fraction_digits() const noexcept { return count - 1 > exponent ? count - 1 - exponent : 0; }
};

/// The shortest digits that read back as `value`, of these the closest to it
/// (as Python's repr). T: float16, bfloat16, float, double, long double;
/// `value` is finite, its sign is ignored.
template <class T>
decimal shortest(T value);

/// Digits with an exponent: the shortest ones, but at least `least` and at most
/// `most` behind the point; where that differs from the shortest, `value`
/// itself rounded there, half to even.
template <class T>
decimal scientific_digits(T value, int least, int most);

/// Digits for writing without an exponent: the shortest ones, or `value` rounded to `most` digits
/// behind the point. Trailing zeros behind the point are dropped. `exact_whole`: where the shortest
/// digits end before the point, all of the whole part, rather than zeros. |value| < 1e16.
template <class T>
decimal positional_digits(T value, int most, bool exact_whole = false);

/// "12.5", "0.001", "3.": the whole part, a point, and the digits behind it.
void append_positional(std::string& out, const decimal& number);

/// "1.25e-07", "3.e+10": at least `exponent_digits` digits of exponent; zeros
/// up to `fraction_digits` digits behind the point.
void append_scientific(std::string& out, const decimal& number, int fraction_digits,
                       int exponent_digits);

}  // namespace quarry::tools
