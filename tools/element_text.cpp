#include "tools/element_text.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "quarry.hpp"

#include "tools/load.hpp"
#include "tools/moment_text.hpp"
#include "tools/real_text.hpp"
#include "tools/scalar_text.hpp"

namespace quarry::tools {
namespace {

void append_right(std::string& out, const std::string& text, std::size_t width) {
  if (text.size() < width) out.append(width - text.size(), ' ');
  out += text;
}

// "True" lines up with "False" where there are several.
class boolean_text final : public element_text {
 public:
  explicit boolean_text(bool alone) noexcept : alone_(alone) {}
  void measure(const std::byte*) override {}
  void write(std::string& out, const std::byte* item) const override {
    out += *item == std::byte{0} ? "False" : alone_ ? "True" : " True";
  }

 private:
  bool alone_;
};

// As wide as the smallest or the largest number.
template <class T>
class integer_text final : public element_text {
  using wide_integer = decltype(widened(T{}));

 public:
  explicit integer_text(byte_order order) noexcept : order_(order) {}

  void measure(const std::byte* item) override {
    const wide_integer value = widened(load<T>(item, order_));
    if (!smallest_ || value < *smallest_) smallest_ = value;
    if (!largest_ || value > *largest_) largest_ = value;
  }
  void settle() override {
    if (!smallest_) return;
    width_ = std::max(std::to_string(*smallest_).size(), std::to_string(*largest_).size());
  }
  void write(std::string& out, const std::byte* item) const override {
    append_right(out, std::to_string(widened(load<T>(item, order_))), width_);
  }

 private:
  byte_order order_;
  std::optional<wide_integer> smallest_;
  std::optional<wide_integer> largest_;
  std::size_t width_ = 0;
};

template <class T>
class floating_text final : public element_text {
 public:
  floating_text(byte_order order, int precision) noexcept : order_(order), text_(precision) {}
  void measure(const std::byte* item) override { text_.measure(load<T>(item, order_)); }
  void settle() override { text_.settle(); }
  void write(std::string& out, const std::byte* item) const override {
    text_.write(out, load<T>(item, order_));
  }

 private:
  byte_order order_;
  real_text<T> text_;
};

template <class Complex>
class complex_text final : public element_text {
  using part = typename Complex::value_type;

 public:
  complex_text(byte_order order, int precision) noexcept
      : order_(order), real_(precision), imaginary_(precision, true) {}
  void measure(const std::byte* item) override {
    const auto value = load<Complex>(item, order_);
    real_.measure(value.real());
    imaginary_.measure(value.imag());
  }
  void settle() override {
    real_.settle();
    imaginary_.settle();
  }
  void write(std::string& out, const std::byte* item) const override {
    const auto value = load<Complex>(item, order_);
    real_.write(out, value.real());
    imaginary_.write(out, value.imag());
    out.insert(out.find_last_not_of(' ') + 1, 1, 'j');  // before the padding
  }

 private:
  byte_order order_;
  real_text<part> real_;
  real_text<part> imaginary_;
};

// Dates in quotes, durations as counts; as wide as the earliest or the latest.
class moment_text final : public element_text {
 public:
  explicit moment_text(const dtype& type) noexcept : type_(type) {}

  void measure(const std::byte* item) override {
    const auto count = load<std::int64_t>(item, type_.order());
    if (count == not_a_time) {
      any_missing_ = true;
      return;
    }
    if (!earliest_ || count < *earliest_) earliest_ = count;
    if (!latest_ || count > *latest_) latest_ = count;
  }
  void settle() override {
    if (earliest_) width_ = std::max(text_of(*earliest_).size(), text_of(*latest_).size());
    if (any_missing_) width_ = std::max(width_, missing.size());
  }
  void write(std::string& out, const std::byte* item) const override {
    const auto count = load<std::int64_t>(item, type_.order());
    append_right(out, count == not_a_time ? std::string(missing) : text_of(count), width_);
  }

 private:
  static constexpr std::string_view missing = "'NaT'";

  std::string text_of(std::int64_t count) const {
    if (type_.kind() == type_kind::timedelta) return std::to_string(count);
    return concat("'", datetime_text(count, type_.unit()), "'");
  }

  dtype type_;
  std::optional<std::int64_t> earliest_;
  std::optional<std::int64_t> latest_;
  bool any_missing_ = false;
  std::size_t width_ = 0;
};

// Strings and raw bytes: each as long as it is.
class string_text final : public element_text {
 public:
  explicit string_text(const dtype& type) noexcept : type_(type) {}
  void measure(const std::byte*) override {}
  void write(std::string& out, const std::byte* item) const override {
    if (type_.kind() == type_kind::bytes) {
      append_bytes_repr(out, type_, item);
    } else if (type_.kind() == type_kind::text) {
      append_text_repr(out, type_, item);
    } else {
      append_raw_repr(out, type_, item);
    }
  }

 private:
  dtype type_;
};

// "(1, 2.5, [3, 4])": each field has its own form.
class record_text final : public element_text {
 public:
  record_text(const dtype& type, int precision, bool alone) : type_(type) {
    for (const field& part : type_.fields()) {
      parts_.push_back(make_element_text(part.type, precision, alone && part.shape.empty()));
    }
  }

  void measure(const std::byte* item) override {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const field& part = type_.fields()[i];
      const std::int64_t count = items_of(part);
      for (std::int64_t k = 0; k < count; ++k) {
        parts_[i]->measure(item + part.offset_bytes + k * part.type.item_bytes());
      }
    }
  }
  void settle() override {
    for (const auto& part : parts_) part->settle();
  }
  void write(std::string& out, const std::byte* item) const override {
    out += '(';
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (i > 0) out += ", ";
      const field& part = type_.fields()[i];
      const std::byte* at = item + part.offset_bytes;
      write_subarray(out, *parts_[i], part, 0, at);
    }
    out += parts_.size() == 1 ? ",)" : ")";
  }

 private:
  // Moves `at` behind what it writes.
  // NOLINTNEXTLINE(misc-no-recursion): as deep as the subarray has axes
  static void write_subarray(std::string& out, const element_text& text, const field& part,
                             std::size_t axis, const std::byte*& at) {
    if (axis == part.shape.size()) {
      text.write(out, at);
      at += part.type.item_bytes();
      return;
    }
    out += '[';
    for (std::int64_t i = 0; i < part.shape[axis]; ++i) {
      if (i > 0) out += ", ";
      write_subarray(out, text, part, axis + 1, at);
    }
    out += ']';
  }

  dtype type_;
  std::vector<std::unique_ptr<element_text>> parts_;
};

template <class T>
std::unique_ptr<element_text> make_number_text(byte_order order, int precision, bool alone) {
  if constexpr (std::is_same_v<T, boolean>) {
    return std::make_unique<boolean_text>(alone);
  } else if constexpr (is_integer_type<T>) {
    return std::make_unique<integer_text<T>>(order);
  } else if constexpr (is_complex<T>::value) {
    return std::make_unique<complex_text<T>>(order, precision);
  } else {
    return std::make_unique<floating_text<T>>(order, precision);
  }
}

}  // namespace

std::unique_ptr<element_text> make_element_text(const dtype& type, int precision, bool alone) {
  std::unique_ptr<element_text> text;
  const bool is_number = visit_number(type, [&]<class T>(std::type_identity<T>) {
    text = make_number_text<T>(type.order(), precision, alone);
  });
  if (is_number) return text;
  switch (type.kind()) {
    case type_kind::timedelta:
    case type_kind::datetime:
      return std::make_unique<moment_text>(type);
    case type_kind::record:
      return std::make_unique<record_text>(type, precision, alone);
    default:
      return std::make_unique<string_text>(type);
  }
}

}  // namespace quarry::tools
