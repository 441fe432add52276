#include <string>
#include <string_view>
#include <vector>

#include "quarry.hpp"

#include "tools/delimited.hpp"
#include "tools/element_reader.hpp"
#include "tools/load.hpp"
#include "tools/plain_value.hpp"
#include "tools/text_output.hpp"

namespace quarry::tools {
namespace {

// RFC 4180: a field with a comma, a quote or a line break stands in quotes,
// quotes inside are doubled. An empty text too, for a line of one empty field
// would be no line to many readers.
void append_quoted(std::string& out, std::string_view text) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

// Of nested records and subarrays, the single values in the order of their
// columns.
template <class Visit>
// NOLINTNEXTLINE(misc-no-recursion): as deep as records nest
void visit_values(const dtype& type, const std::byte* item, const Visit& visit) {
  if (!type.is_record()) {
    visit(type, item);
    return;
  }
  for (const field& part : type.fields()) {
    const std::int64_t count = items_of(part);
    for (std::int64_t k = 0; k < count; ++k) {
      visit_values(part.type, item + part.offset_bytes + k * part.type.item_bytes(), visit);
    }
  }
}

// "[1][0]" for the item at `position` of a subarray; nothing for a single one.
std::string index_text(const std::vector<std::int64_t>& shape, std::int64_t position) {
  std::string text;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    text.insert(0, concat("[", position % shape[axis], "]"));
    position /= shape[axis];
  }
  return text;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as records nest
void append_names(std::string& out, const dtype& type, const std::string& path) {
  if (!type.is_record()) {
    if (!out.empty()) out += ',';
    append_quoted(out, path);
    return;
  }
  for (const field& part : type.fields()) {
    const std::string name = path.empty() ? part.name : concat(path, ".", part.name);
    const std::int64_t count = items_of(part);
    for (std::int64_t k = 0; k < count; ++k) {
      append_names(out, part.type, name + index_text(part.shape, k));
    }
  }
}

void append_value(std::string& out, const dtype& type, const std::byte* item) {
  if (type.kind() == type_kind::bytes || type.kind() == type_kind::text ||
      type.kind() == type_kind::raw) {
    append_quoted(out, plain_string(type, item));
  } else {
    append_plain_number(out, type, item);
  }
}

}  // namespace

void write_csv(std::ostream& to, const stacked& from, bool has_names) {
  text_output out(to);
  const dtype& type = from.type();
  if (type.is_record() && has_names) {
    append_names(out.text(), type, {});
    out.text() += '\n';
  }
  const std::int64_t row = type.is_record() || from.rank() < 2 ? 1 : from.shape().back();
  for (element_reader elements(from); !elements.at_end();) {
    for (std::int64_t i = 0; i < row; ++i) {
      if (i > 0) out.text() += ',';
      bool first = true;
      visit_values(type, elements.next(), [&](const dtype& of, const std::byte* item) {
        if (!first) out.text() += ',';
        first = false;
        append_value(out.text(), of, item);
      });
      out.end_of_piece();
    }
    out.text() += '\n';
  }
  out.flush();
}

}  // namespace quarry::tools
