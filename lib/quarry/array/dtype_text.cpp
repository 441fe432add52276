#include "quarry/array/dtype_text.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "quarry/array/layout.hpp"
#include "quarry/array/text_cursor.hpp"
#include "quarry/array/type_string.hpp"
#include "quarry/array/warnings.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry {
namespace {

bool is_plain_name_character(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         c == '-' || c == '.';
}

// --- reading

// The length of the type string at the front of `text`. A bracket with a letter in it is a unit
// of time and belongs to the type; one with numbers is a shape.
std::size_t type_string_length(std::string_view text) noexcept {
  std::size_t end = text.find_first_of("[]{}(),:@ \t");
  if (end == std::string_view::npos) return text.size();
  if (text[end] == '[') {
    const std::size_t close = text.find(']', end);
    const std::string_view inside = text.substr(end + 1, close - end - 1);
    if (close != std::string_view::npos &&
        inside.find_first_not_of("0123456789,- \t") != std::string_view::npos) {
      end = close + 1;
    }
  }
  return end;
}

class type_reader {
 public:
  explicit type_reader(text_cursor& at) noexcept : at_(at) {}

  // Nesting is bounded here, before it costs stack.
  dtype type(int depth) {
    if (at_.peek() != '{') return scalar();
    const std::size_t start = at_.position();
    if (depth >= dtype::max_depth) {
      throw error(errc::limit_exceeded, concat("character ", start, ": records nest deeper than ",
                                               dtype::max_depth, " levels"));
    }
    at_.expect('{');
    std::vector<field> fields;
    std::int64_t end = 0;   // of the last field: where the next one starts
    std::int64_t size = 0;  // the largest end so far
    std::optional<std::int64_t> given_size;
    while (!at_.take('}')) {
      if (!fields.empty()) at_.expect(',');
      if (at_.take('@')) {
        given_size = at_.integer<std::int64_t>("the size of the record");
        at_.expect('}');
        break;
      }
      fields.push_back(one_field(end, depth));
      end = checked::add(fields.back().offset_bytes, fields.back().bytes(), "the end of a field");
      size = std::max(size, end);
    }
    return at_position(start,
                       [&] { return dtype::record(std::move(fields), given_size.value_or(size)); });
  }

 private:
  dtype scalar() {
    const std::size_t start = at_.position();
    const std::string_view token =
        at_.text().substr(start, type_string_length(at_.text().substr(start)));
    if (token.empty()) at_.fail("a type");
    at_.move_to(start + token.size());
    std::vector<std::string> ignored;
    return at_position(start, [&] { return detail::parse_one_type(token, ignored); });
  }

  field one_field(std::int64_t offset_bytes, int depth) {
    field out;
    out.name = name();
    out.offset_bytes =
        at_.take('@') ? at_.integer<std::int64_t>("the offset of the field") : offset_bytes;
    at_.expect(':');
    out.type = type(depth + 1);
    if (at_.take('[')) out.shape = extents();
    return out;
  }

  std::string name() {
    const char quote = at_.peek();
    const std::size_t start = at_.position();
    const std::string_view text = at_.text();
    std::size_t end = start;
    std::string out;
    if (quote == '\'' || quote == '"') {
      for (++end; end < text.size() && text[end] != quote; ++end) {
        if (text[end] == '\\' && end + 1 < text.size()) ++end;
        out += text[end];
      }
      at_.move_to(end);
      at_.expect(quote);
      return out;
    }
    while (end < text.size() && is_plain_name_character(text[end])) ++end;
    if (end == start) at_.fail("the name of a field");
    at_.move_to(end);
    return std::string(text.substr(start, end - start));
  }

  // Behind the '['.
  std::vector<std::int64_t> extents() {
    std::vector<std::int64_t> out;
    do {
      const std::size_t start = at_.position();
      out.push_back(at_.integer<std::int64_t>("an extent"));
      if (out.back() < 0) {
        at_.move_to(start);
        at_.fail("an extent that is not negative");
      }
    } while (at_.take(','));
    at_.expect(']');
    return out;
  }

  // What `make` returns; its errors are told the character.
  template <class Make>
  dtype at_position(std::size_t position, const Make& make) {
    try {
      return make();
    } catch (const error& failure) {
      throw at_place(failure, concat("character ", position), errc::invalid_argument);
    }
  }

  text_cursor& at_;
};

// One piece of NumPy's comma strings: "f4", "3f4", ">3f4", "3>f4", "(2,3)f4".
field comma_piece(std::string_view piece, std::string name, std::vector<std::string>& warnings) {
  text_cursor at(piece);
  const auto order_mark = [&] {
    const bool is_mark = std::string_view("<>=|").find(at.peek()) != std::string_view::npos;
    return is_mark ? std::string(1, at.text()[at.position()]) : std::string();
  };
  field out;
  out.name = std::move(name);
  std::string order = order_mark();
  at.move_to(at.position() + order.size());
  if (at.take('(')) {
    while (!at.take(')')) {
      if (!out.shape.empty()) at.expect(',');
      out.shape.push_back(at.integer<std::int64_t>("an extent"));
    }
  } else if (at.peek() >= '0' && at.peek() <= '9') {
    const auto repeats = at.integer<std::int64_t>("a number of repetitions");
    if (repeats != 1) out.shape.push_back(repeats);
  }
  if (order.empty()) {
    order = order_mark();
    at.move_to(at.position() + order.size());
  }
  at.peek();
  std::string_view code = piece.substr(at.position());
  while (code.ends_with(' ')) code.remove_suffix(1);
  out.type = detail::parse_one_type(concat(order, code), warnings);
  return out;
}

// The first comma of `text` outside round brackets, or its end.
std::size_t find_comma(std::string_view text) noexcept {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')') --depth;
    if (text[i] == ',' && depth == 0) return i;
  }
  return text.size();
}

dtype comma_record(std::string_view text, std::vector<std::string>& warnings) {
  add_warning(warnings, concat("type '", escaped(text, 80), "' is a list in one string"));
  std::vector<field> fields;
  std::string_view rest = text;
  bool ends_with_comma = false;
  while (!rest.empty()) {
    if (fields.size() == dtype::max_fields) {
      throw error(errc::limit_exceeded,
                  concat("a list of more than ", dtype::max_fields, " types in one string"));
    }
    const std::size_t comma = find_comma(rest);
    fields.push_back(comma_piece(rest.substr(0, comma), concat("f", fields.size()), warnings));
    ends_with_comma = comma < rest.size();
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  if (fields.size() > 1) return dtype::packed_record(std::move(fields));
  if (!fields[0].shape.empty()) {
    throw error(errc::invalid_argument, concat("type '", escaped(text, 80),
                                               "': a subarray cannot be the type of an array"));
  }
  if (!ends_with_comma) throw error(errc::invalid_argument, "expected a type");
  return fields[0].type;
}

// --- writing

std::string name_text(const std::string& name) {
  if (!name.empty() && std::all_of(name.begin(), name.end(), is_plain_name_character)) return name;
  std::string out = "'";
  for (const char c : name) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string out = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) out += concat(i > 0 ? "," : "", shape[i]);
  return out + "]";
}

void append_type(std::string& out, const dtype& type) {
  if (!type.is_record()) {
    out += detail::type_string(type);
    return;
  }
  std::int64_t end = 0;
  bool packed = true;
  for (const field& part : type.fields()) {
    packed = packed && part.offset_bytes == end;
    end = part.offset_bytes + part.bytes();
  }
  out += '{';
  std::int64_t size = 0;
  for (const field& part : type.fields()) {
    if (&part != type.fields().data()) out += ", ";
    out += name_text(part.name);
    if (!packed) out += concat("@", part.offset_bytes);
    out += ':';
    append_type(out, part.type);
    if (!part.shape.empty()) out += shape_text(part.shape);
    size = std::max(size, part.offset_bytes + part.bytes());
  }
  if (size != type.item_bytes())
    out += concat(type.fields().empty() ? "@" : ", @", type.item_bytes());
  out += '}';
}

}  // namespace

dtype parse_dtype_at(std::string_view text, std::size_t& position) {
  text_cursor at(text);
  at.move_to(position);
  dtype out = type_reader(at).type(0);
  position = at.position();
  return out;
}

dtype parse_dtype(std::string_view text) {
  std::size_t position = 0;
  dtype out = parse_dtype_at(text, position);
  text_cursor rest(text);
  rest.move_to(position);
  if (!rest.at_end()) rest.fail("the end of the type");
  return out;
}

dtype parse_type_string(std::string_view text, std::vector<std::string>& warnings) {
  if (text.find(',') != std::string_view::npos) return comma_record(text, warnings);
  return detail::parse_one_type(text, warnings);
}

std::string to_string(const dtype& type) {
  std::string out;
  append_type(out, type);
  return out;
}

}  // namespace quarry
