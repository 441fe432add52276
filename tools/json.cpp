#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include "quarry.hpp"

#include "tools/decimal.hpp"
#include "tools/delimited.hpp"
#include "tools/element_reader.hpp"
#include "tools/load.hpp"
#include "tools/plain_value.hpp"
#include "tools/scalar_text.hpp"
#include "tools/text_output.hpp"

namespace quarry::tools {
namespace {

// Lone surrogates are escaped: JSON can say them, UTF-8 cannot.
void append_character(std::string& out, char32_t code) {
  if (code == U'"' || code == U'\\') {
    out += '\\';
    out += static_cast<char>(code);
  } else if (code < 0x20 || code == 0x7f || (code >= 0xd800 && code < 0xe000)) {
    out += "\\u" + hex(code, 4);
  } else {
    utf8::append(out, utf8::is_scalar_value(code) ? code : U'\ufffd');
  }
}

void append_name(std::string& out, std::string_view utf8_text) {
  out += '"';
  for (std::size_t at = 0; at < utf8_text.size();) {
    const utf8::decoded next = utf8::decode(utf8_text, at);
    append_character(out, next.bytes == 0 ? U'\ufffd' : next.code);
    at += std::max<std::size_t>(1, next.bytes);
  }
  out += '"';
}

void append_string(std::string& out, const dtype& type, const std::byte* item) {
  out += '"';
  if (type.kind() == type_kind::text) {
    for (const char32_t code : text_codes(type, item)) append_character(out, code);
  } else if (type.kind() == type_kind::bytes) {
    for (const char c : string_bytes(type, item)) {
      append_character(out, static_cast<unsigned char>(c));
    }
  } else {
    out += plain_string(type, item);
  }
  out += '"';
}

template <class T>
void append_number(std::string& out, T value) {
  if constexpr (std::is_same_v<T, boolean>) {
    out += value ? "true" : "false";
  } else if constexpr (is_integer_type<T>) {
    out += std::to_string(widened(value));
  } else if constexpr (is_complex<T>::value) {
    out += '[';
    append_number(out, value.real());
    out += ", ";
    append_number(out, value.imag());
    out += ']';
  } else if (std::isfinite(wide(value))) {
    append_real(out, value);
  } else {
    out += "null";
  }
}

void append_moment(std::string& out, const dtype& type, const std::byte* item) {
  if (is_not_a_time(type, item)) {
    out += "null";
    return;
  }
  const std::string_view quote = type.kind() == type_kind::datetime ? "\"" : "";
  out += quote;
  append_plain_number(out, type, item);
  out += quote;
}

void append_value(std::string& out, const dtype& type, const std::byte* item);

// Moves `at` behind what it writes.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the subarray has axes
void append_subarray(std::string& out, const field& part, std::size_t axis, const std::byte*& at) {
  if (axis == part.shape.size()) {
    append_value(out, part.type, at);
    at += part.type.item_bytes();
    return;
  }
  out += '[';
  for (std::int64_t i = 0; i < part.shape[axis]; ++i) {
    if (i > 0) out += ", ";
    append_subarray(out, part, axis + 1, at);
  }
  out += ']';
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as records nest
void append_record(std::string& out, const dtype& type, const std::byte* item) {
  out += '{';
  bool first = true;
  for (const field& part : type.fields()) {
    if (!first) out += ", ";
    first = false;
    append_name(out, part.name);
    out += ": ";
    const std::byte* at = item + part.offset_bytes;
    append_subarray(out, part, 0, at);
  }
  out += '}';
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as records nest
void append_value(std::string& out, const dtype& type, const std::byte* item) {
  switch (type.kind()) {
    case type_kind::record:
      append_record(out, type, item);
      return;
    case type_kind::bytes:
    case type_kind::text:
    case type_kind::raw:
      append_string(out, type, item);
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

class list_writer {
 public:
  list_writer(std::ostream& to, const stacked& from) : out_(to), from_(from), elements_(from) {}

  void run() {
    write_axis(0);
    out_.text() += '\n';
    out_.flush();
  }

 private:
  // Rows and records on lines of their own, so that lines stay short and can be
  // compared. NOLINTNEXTLINE(misc-no-recursion): as deep as the array has axes
  void write_axis(int axis) {
    if (axis == from_.rank()) {
      append_value(out_.text(), from_.type(), elements_.next());
      out_.end_of_piece();
      return;
    }
    const bool one_line = axis + 1 == from_.rank() && !from_.type().is_record();
    out_.text() += '[';
    const std::int64_t extent = from_.shape()[static_cast<std::size_t>(axis)];
    for (std::int64_t i = 0; i < extent; ++i) {
      if (i > 0) {
        out_.text() += one_line ? ", " : ",\n";
        if (!one_line) out_.text().append(static_cast<std::size_t>(axis) + 1, ' ');
      }
      write_axis(axis + 1);
    }
    out_.text() += ']';
    out_.end_of_piece();
  }

  text_output out_;
  const stacked& from_;
  element_reader elements_;
};

}  // namespace

void write_json(std::ostream& to, const stacked& from) { list_writer(to, from).run(); }

}  // namespace quarry::tools
