#include "tools/real_text.hpp"

namespace quarry::tools {
namespace {

// From here on, and for numbers smaller than the other limit, NumPy prints
// exponents.
constexpr double too_large = 1e8;
constexpr double too_small = 1e-4;
constexpr double too_far_apart = 1000;

// a / b as the type itself divides: what decides between the forms must round
// as NumPy's does.
template <class T>
wide_t<T> quotient(wide_t<T> a, wide_t<T> b) noexcept {
  if constexpr (std::is_same_v<T, float16> || std::is_same_v<T, bfloat16>) {
    return wide(T::nearest(a / b));
  } else {
    return static_cast<T>(a) / static_cast<T>(b);
  }
}

template <class T>
decimal trimmed_scientific(T value, int precision) {
  decimal number = scientific_digits(value, 0, precision);
  while (number.count > 1 && number.text().back() == '0') --number.count;
  return number;
}

int exponent_width(const decimal& number) noexcept {
  return number.exponent > -100 && number.exponent < 100     ? 2
         : number.exponent > -1000 && number.exponent < 1000 ? 3
                                                             : 4;
}

}  // namespace

template <class T>
void real_text<T>::measure(T value) {
  const wide_type number = wide(value);
  if (!std::isfinite(number)) {
    any_special_ = true;
    if (std::isinf(number) && number < 0) negative_infinity_ = true;
    return;
  }
  any_finite_ = true;
  const wide_type size = std::abs(number);
  if (size != 0) {
    largest_ = std::max(largest_, size);
    smallest_ = std::min(smallest_, size);
  }
  const decimal scientific = trimmed_scientific(value, precision_);
  scientific_.whole = std::max(scientific_.whole, 1 + sign_width(number));
  scientific_.fraction = std::max(scientific_.fraction, scientific.count - 1);
  scientific_.exponent = std::max(scientific_.exponent, exponent_width(scientific));
  if (size >= wide_type{too_large} || (size != 0 && size < wide_type{too_small})) return;
  const decimal plain = positional_digits(value, precision_);
  plain_.whole = std::max(plain_.whole, plain.whole_digits() + sign_width(number));
  plain_.fraction = std::max(plain_.fraction, plain.fraction_digits());
}

template <class T>
void real_text<T>::settle() noexcept {
  exponents_ =
      largest_ != 0 && (largest_ >= wide_type{too_large} || smallest_ < wide_type{too_small} ||
                        quotient<T>(largest_, smallest_) > wide_type{too_far_apart});
  if (!any_finite_) {
    pad_left_ = 0;
    pad_right_ = 0;
  } else if (exponents_) {
    pad_left_ = scientific_.whole;
    pad_right_ = scientific_.fraction + 2 + scientific_.exponent;
  } else {
    pad_left_ = plain_.whole;
    pad_right_ = plain_.fraction;
  }
  if (any_special_) {
    const int nan_width = 3;
    const int infinity_width = negative_infinity_ ? 4 : 3;
    pad_left_ =
        std::max({pad_left_, nan_width - (pad_right_ + 1), infinity_width - (pad_right_ + 1)});
  }
}

template <class T>
void real_text<T>::write_special(std::string& out, wide_type value) const {
  std::string text = plus_ ? "+" : "";
  if (std::isnan(value)) {
    text += "nan";
  } else {
    text = value < 0 ? "-inf" : text + "inf";
  }
  const int padding = pad_left_ + 1 + pad_right_ - static_cast<int>(text.size());
  if (padding > 0) out.append(static_cast<std::size_t>(padding), ' ');
  out += text;
}

template <class T>
void real_text<T>::write(std::string& out, T value) const {
  const wide_type number = wide(value);
  if (!std::isfinite(number)) {
    write_special(out, number);
    return;
  }
  // The file may have changed since it was measured: a number too long for the columns is not what
  // was seen then.
  constexpr double longest = 1e16;
  if (!exponents_ && !(std::abs(static_cast<double>(number)) < longest)) {
    append_scientific(out, scientific_digits(value, precision_, precision_), precision_, 2);
    return;
  }
  const decimal digits = exponents_
                             ? scientific_digits(value, scientific_.fraction, scientific_.fraction)
                             : positional_digits(value, precision_, true);
  const int whole = (exponents_ ? 1 : digits.whole_digits()) + sign_width(number);
  if (whole < pad_left_) out.append(static_cast<std::size_t>(pad_left_ - whole), ' ');
  if (std::signbit(number)) {
    out += '-';
  } else if (plus_) {
    out += '+';
  }
  if (exponents_) {
    append_scientific(out, digits, scientific_.fraction, scientific_.exponent);
    return;
  }
  append_positional(out, digits);
  const int fraction = digits.fraction_digits();
  if (fraction < pad_right_) out.append(static_cast<std::size_t>(pad_right_ - fraction), ' ');
}

template class real_text<float16>;
template class real_text<bfloat16>;
template class real_text<float>;
template class real_text<double>;
template class real_text<long double>;

}  // namespace quarry::tools
