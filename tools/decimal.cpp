#include "tools/decimal.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>

namespace quarry::tools {
namespace {

// Enough for 16 digits, a point and as many behind it as positional_digits()
// ever asks for.
using text_buffer = std::array<char, 96>;

void drop_trailing_zeros(decimal& number) {
  while (number.count > 1 && number.digits[static_cast<std::size_t>(number.count) - 1] == '0') {
    --number.count;
  }
}

void push(decimal& number, char digit) {
  number.digits[static_cast<std::size_t>(number.count++)] = digit;
}

// What to_chars() writes in scientific form: "d.ddde-05".
decimal parse_scientific(std::string_view text) {
  decimal out;
  const std::size_t mark = text.find('e');
  for (const char c : text.substr(0, mark)) {
    if (c != '.') push(out, c);
  }
  const std::size_t sign_bytes = text[mark + 1] == '+' ? 1 : 0;
  std::from_chars(text.data() + mark + 1 + sign_bytes, text.data() + text.size(), out.exponent);
  return out;
}

// What to_chars() writes in fixed form: "ddd.ddd" or "ddd".
decimal parse_fixed(std::string_view text) {
  decimal out;
  const std::size_t whole = std::min(text.find('.'), text.size());
  out.exponent = static_cast<int>(whole) - 1;
  for (const char c : text) {
    if (c == '.') continue;
    if (c == '0' && out.count == 0) {
      --out.exponent;  // a leading zero
    } else {
      push(out, c);
    }
  }
  if (out.count == 0) {
    push(out, '0');
    out.exponent = 0;
  }
  drop_trailing_zeros(out);
  return out;
}

template <class Wide>
decimal rounded_scientific(Wide value, int fraction_digits) {
  text_buffer text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), std::abs(value),
                                 std::chars_format::scientific, fraction_digits);
  return parse_scientific({text.data(), static_cast<std::size_t>(end.ptr - text.data())});
}

template <class Wide>
decimal rounded_fixed(Wide value, int fraction_digits) {
  text_buffer text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), std::abs(value),
                                 std::chars_format::fixed, fraction_digits);
  return parse_fixed({text.data(), static_cast<std::size_t>(end.ptr - text.data())});
}

double value_of(const decimal& number) {
  std::string text(number.text());
  text += 'e';
  text += std::to_string(number.exponent - (number.count - 1));
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// One more in the last digit.
void increment(decimal& number) {
  int at = number.count - 1;
  for (; at >= 0; --at) {
    char& digit = number.digits[static_cast<std::size_t>(at)];
    if (digit != '9') {
      ++digit;
      return;
    }
    digit = '0';
  }
  number.digits[0] = '1';
  ++number.exponent;
}

// The 16-bit types have no to_chars(): more digits are tried until one number
// reads back. Beside the closest one its upper neighbour is tried: above a
// power of two numbers lie further apart than below it, so the closest may miss
// where the one above still hits.
template <class Half>
decimal shortest_half(Half value) {
  const double exact = std::abs(wide(value));
  const Half positive = Half::nearest(exact);
  constexpr int always_enough = 4;  // 5 digits tell 11 bits apart
  for (int fraction_digits = 0; fraction_digits < always_enough; ++fraction_digits) {
    decimal tried = rounded_scientific(exact, fraction_digits);
    for (int step = 0; step < 2; ++step, increment(tried)) {
      if (Half::nearest(value_of(tried)) != positive) continue;
      drop_trailing_zeros(tried);
      return tried;
    }
  }
  return rounded_scientific(exact, always_enough);
}

}  // namespace

template <class T>
decimal shortest(T value) {
  if constexpr (std::is_same_v<T, float16> || std::is_same_v<T, bfloat16>) {
    return shortest_half(value);
  } else {
    text_buffer text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), std::abs(value),
                                   std::chars_format::scientific);
    return parse_scientific({text.data(), static_cast<std::size_t>(end.ptr - text.data())});
  }
}

template <class T>
decimal scientific_digits(T value, int least, int most) {
  const decimal digits = shortest(value);
  if (digits.count - 1 > most) return rounded_scientific(wide(value), most);
  if (digits.count - 1 < least) return rounded_scientific(wide(value), least);
  return digits;
}

template <class T>
decimal positional_digits(T value, int most, bool exact_whole) {
  const decimal digits = shortest(value);
  if (digits.fraction_digits() > most) return rounded_fixed(wide(value), most);
  if (exact_whole && digits.count <= digits.exponent) return rounded_fixed(wide(value), 0);
  return digits;
}

#define QUARRY_INSTANTIATE(T)                            \
  template decimal shortest(T value);                    \
  template decimal scientific_digits(T value, int, int); \
  template decimal positional_digits(T value, int, bool);
QUARRY_INSTANTIATE(float16)
QUARRY_INSTANTIATE(bfloat16)
QUARRY_INSTANTIATE(float)
QUARRY_INSTANTIATE(double)
QUARRY_INSTANTIATE(long double)
#undef QUARRY_INSTANTIATE

void append_positional(std::string& out, const decimal& number) {
  const std::string_view digits = number.text();
  if (number.exponent < 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-number.exponent - 1), '0');
    out += digits;
    return;
  }
  const auto whole = static_cast<std::size_t>(number.exponent) + 1;
  out += digits.substr(0, whole);
  if (digits.size() < whole) out.append(whole - digits.size(), '0');
  out += '.';
  if (digits.size() > whole) out += digits.substr(whole);
}

void append_scientific(std::string& out, const decimal& number, int fraction_digits,
                       int exponent_digits) {
  const std::string_view digits = number.text();
  out += digits[0];
  out += '.';
  out += digits.substr(1);
  if (number.count - 1 < fraction_digits) {
    out.append(static_cast<std::size_t>(fraction_digits - (number.count - 1)), '0');
  }
  out += number.exponent < 0 ? "e-" : "e+";
  const std::string exponent = std::to_string(std::abs(number.exponent));
  for (auto i = static_cast<int>(exponent.size()); i < exponent_digits; ++i) out += '0';
  out += exponent;
}

}  // namespace quarry::tools
