// real_text.hpp: floating-point numbers in columns, as NumPy prints them in an
// array (numpy.core.arrayprint.FloatingFormat with its default options).
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "tools/decimal.hpp"

namespace quarry::tools {

/// The common form of many numbers: each is measured first, then settle() fixes
/// the form, then each can be written. T: see decimal.hpp.
template <class T>
class real_text {
 public:
  /// At most `precision` digits behind the point; `plus`: positive numbers get
  /// a sign too, as imaginary parts do.
  explicit real_text(int precision, bool plus = false) noexcept
      : precision_(precision), plus_(plus), negative_infinity_(plus) {}

  void measure(T value);
  void settle() noexcept;
  /// Appends `value`, padded on both sides to the common width.
  void write(std::string& out, T value) const;

 private:
  using wide_type = wide_t<T>;

  /// Largest lengths of the parts of the text, over all numbers.
  struct widths {
    int whole = 0;  // with the sign
    int fraction = 0;
    int exponent = 0;
  };

  int sign_width(wide_type value) const noexcept { return plus_ || std::signbit(value) ? 1 : 0; }
  void write_special(std::string& out, wide_type value) const;

  int precision_;
  bool plus_;
  bool any_finite_ = false;
  bool any_special_ = false;  // a NaN or an infinity
  bool negative_infinity_;
  wide_type largest_ = 0;                                            // absolute value
  wide_type smallest_ = std::numeric_limits<wide_type>::infinity();  // other than 0
  widths plain_;
  widths scientific_;

  bool exponents_ = false;  // the form chosen
  int pad_left_ = 0;        // characters before the point
  int pad_right_ = 0;       // characters behind it
};

extern template class real_text<float16>;
extern template class real_text<bfloat16>;
extern template class real_text<float>;
extern template class real_text<double>;
extern template class real_text<long double>;

}  // namespace quarry::tools
