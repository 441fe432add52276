#include "tools/scalar_text.hpp"

#include <cmath>

#include "quarry.hpp"

#include "tools/decimal.hpp"
#include "tools/load.hpp"
#include "tools/moment_text.hpp"

namespace quarry::tools {
namespace {

constexpr std::string_view upper_hex = "0123456789ABCDEF";

// One character inside quotes, as repr() shows it. What is printable beyond
// ASCII is for python_text() to know.
void append_quoted(std::string& out, char32_t code, char quote) {
  if (code == static_cast<char32_t>(quote) || code == U'\\') {
    out += '\\';
    out += static_cast<char>(code);
  } else if (code >= 0x20 && code < 0x7f) {
    out += static_cast<char>(code);
  } else if (code == U'\n') {
    out += "\\n";
  } else if (code == U'\r') {
    out += "\\r";
  } else if (code == U'\t') {
    out += "\\t";
  } else if (code < 0x80) {
    out += "\\x" + hex(code, 2);
  } else if (utf8::is_scalar_value(code)) {
    literal character;
    utf8::append(character.value.emplace<std::string>(), code);
    const std::string shown = python_text(character);
    out.append(shown, 1, shown.size() - 2);
  } else if (code < 0x10000) {
    out += "\\u" + hex(code, 4);
  } else {
    out += "\\U" + hex(code, 8);
  }
}

template <class Characters>
char quote_for(const Characters& text) {
  using character = typename Characters::value_type;
  const bool single = text.find(character{'\''}) != Characters::npos;
  const bool twofold = text.find(character{'"'}) != Characters::npos;
  return single && !twofold ? '"' : '\'';
}

template <class Part>
void append_complex(std::string& out, const std::complex<Part>& value) {
  const bool imaginary_only = value.real() == 0 && !std::signbit(value.real());
  if (!imaginary_only) {
    out += '(';
    append_real(out, value.real(), false);
    if (std::isnan(value.imag()) || !std::signbit(value.imag())) out += '+';
  }
  append_real(out, value.imag(), false);
  out += imaginary_only ? "j" : "j)";
}

template <class T>
void append_number(std::string& out, T value) {
  if constexpr (std::is_same_v<T, boolean>) {
    out += value ? "True" : "False";
  } else if constexpr (is_integer_type<T>) {
    out += std::to_string(widened(value));
  } else if constexpr (is_complex<T>::value) {
    append_complex(out, value);
  } else {
    append_real(out, value);
  }
}

void append_moment(std::string& out, const dtype& type, const std::byte* item) {
  const auto count = load<std::int64_t>(item, type.order());
  if (count == not_a_time) {
    out += "NaT";
  } else if (type.kind() == type_kind::datetime) {
    out += datetime_text(count, type.unit());
  } else {
    out += timedelta_text(count, type.unit());
  }
}

}  // namespace

template <class T>
void append_real(std::string& out, T value, bool whole_point) {
  const auto number = wide(value);
  if (std::isnan(number)) {
    out += "nan";
    return;
  }
  if (std::signbit(number)) out += '-';
  if (std::isinf(number)) {
    out += "inf";
    return;
  }
  using wide_type = wide_t<T>;
  const wide_type size = std::abs(number);
  const bool plain = size == 0 || (size >= static_cast<wide_type>(1e-4L) && size < wide_type{1e16});
  const decimal digits = shortest(value);
  if (plain) {
    append_positional(out, digits);
    if (out.back() == '.') {
      if (whole_point) {
        out += '0';
      } else {
        out.pop_back();
      }
    }
    return;
  }
  std::string text;
  append_scientific(text, digits, 0, 2);
  if (digits.count == 1) text.erase(1, 1);  // "1.e+16"
  out += text;
}

template void append_real(std::string& out, float16 value, bool whole_point);
template void append_real(std::string& out, bfloat16 value, bool whole_point);
template void append_real(std::string& out, float value, bool whole_point);
template void append_real(std::string& out, double value, bool whole_point);
template void append_real(std::string& out, long double value, bool whole_point);

std::string_view string_bytes(const dtype& type, const std::byte* item) noexcept {
  const std::string_view all(reinterpret_cast<const char*>(item),
                             static_cast<std::size_t>(type.item_bytes()));
  return all.substr(0, all.find_last_not_of('\0') + 1);
}

std::u32string text_codes(const dtype& type, const std::byte* item) {
  std::u32string codes;
  const std::int64_t bytes = type.item_bytes();
  for (std::int64_t at = 0; at + 4 <= bytes; at += 4) {
    codes += char32_t{load<std::uint32_t>(item + at, type.order())};
  }
  codes.resize(codes.find_last_not_of(U'\0') + 1);
  return codes;
}

void append_bytes_repr(std::string& out, const dtype& type, const std::byte* item) {
  const std::string_view text = string_bytes(type, item);
  const char quote = quote_for(text);
  out += 'b';
  out += quote;
  for (const char c : text) {
    const char32_t code = static_cast<unsigned char>(c);
    if (code < 0x80) {
      append_quoted(out, code, quote);
    } else {
      out += "\\x" + hex(code, 2);
    }
  }
  out += quote;
}

void append_text_repr(std::string& out, const dtype& type, const std::byte* item) {
  const std::u32string text = text_codes(type, item);
  const char quote = quote_for(text);
  out += quote;
  for (const char32_t code : text) append_quoted(out, code, quote);
  out += quote;
}

void append_raw_repr(std::string& out, const dtype& type, const std::byte* item) {
  out += "b'";
  for (std::int64_t at = 0; at < type.item_bytes(); ++at) {
    const auto value = std::to_integer<unsigned>(item[at]);
    out += "\\x";
    out += upper_hex[value >> 4U];
    out += upper_hex[value & 15U];
  }
  out += '\'';
}

void append_scalar(std::string& out, const dtype& type, const std::byte* item) {
  switch (type.kind()) {
    case type_kind::bytes:
      append_bytes_repr(out, type, item);
      return;
    case type_kind::text:
      for (const char32_t code : text_codes(type, item)) {
        utf8::append(out, utf8::is_scalar_value(code) ? code : U'\ufffd');
      }
      return;
    case type_kind::raw:
      append_raw_repr(out, type, item);
      return;
    case type_kind::datetime:
    case type_kind::timedelta:
      append_moment(out, type, item);
      return;
    default:
      visit_number(type, [&]<class T>(std::type_identity<T>) {
        append_number(out, load<T>(item, type.order()));
      });
  }
}

}  // namespace quarry::tools
