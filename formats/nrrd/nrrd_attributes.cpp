#include "formats/nrrd/nrrd_attributes.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "quarry/array/warnings.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry::formats {
namespace {

// How the value of a field is written.
enum class value_form { text, number, words, numbers, vectors, quoted };

// A field, the attribute that it becomes, and its form. All but texts and numbers have an entry
// per axis.
struct meaning {
  std::string_view field;
  std::string_view attribute;
  value_form form;
};

constexpr std::array<meaning, 18> meanings{
    {{"content", "description", value_form::text},
     {"sample units", "units", value_form::text},
     {"labels", "axis_names", value_form::quoted},
     {"units", "axis_units", value_form::quoted},
     {"kinds", "kinds", value_form::words},
     {"centers", "centers", value_form::words},
     {"spacings", "spacings", value_form::numbers},
     {"thicknesses", "thicknesses", value_form::numbers},
     {"axis mins", "axis mins", value_form::numbers},
     {"axis maxs", "axis maxs", value_form::numbers},
     {"space directions", "space directions", value_form::vectors},
     {"space", "space", value_form::text},
     {"space dimension", "space dimension", value_form::number},
     {"space units", "space units", value_form::text},
     {"space origin", "space origin", value_form::text},
     {"measurement frame", "measurement frame", value_form::text},
     {"old min", "old min", value_form::number},
     {"old max", "old max", value_form::number}}};

// Texts between double quotes, in which \" is a quote.
std::vector<std::string> quoted_texts(const header_field& field) {
  std::vector<std::string> out;
  std::string_view text = field.value;
  for (; !text.empty(); text = trimmed(text)) {
    if (text[0] != '"') field.fail("is not what was expected: texts in double quotes");
    std::string part;
    std::size_t at = 1;
    for (; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] == '"') ++at;
      part += text[at];
    }
    if (at == text.size()) field.fail("ends inside a text in double quotes");
    out.push_back(as_utf8(part));
    text.remove_prefix(at + 1);
  }
  return out;
}

// Vectors "(1,0,0)", blanks allowed inside, and words such as "none".
std::vector<std::string> vectors(const header_field& field) {
  std::vector<std::string> out;
  std::string_view text = field.value;
  for (; !text.empty(); text = trimmed(text)) {
    const bool is_vector = text[0] == '(';
    const std::size_t end = is_vector ? text.find(')') : text.find_first_of(" \t(");
    if (is_vector && end == std::string_view::npos) field.fail("ends inside a vector");
    const std::size_t bytes = std::min(text.size(), is_vector ? end + 1 : end);
    out.push_back(as_utf8(text.substr(0, bytes)));
    text.remove_prefix(bytes);
  }
  return out;
}

// One entry per axis, in the order of the file.
std::vector<attribute_value> entries_of(const header_field& field, value_form form) {
  std::vector<attribute_value> out;
  if (form == value_form::numbers) {
    for (const std::string_view word : words_of(field.value)) out.push_back({field.real(word)});
  } else if (form == value_form::words) {
    for (const std::string_view word : words_of(field.value)) out.push_back({as_utf8(word)});
  } else {
    auto texts = form == value_form::quoted ? quoted_texts(field) : vectors(field);
    for (std::string& text : texts) out.push_back({std::move(text)});
  }
  return out;
}

attribute_value value_of(const header_field& field, value_form form, std::size_t rank) {
  if (form == value_form::text) return {as_utf8(field.value)};
  if (form == value_form::number) return {field.real()};
  std::vector<attribute_value> entries = entries_of(field, form);
  if (entries.size() != rank) {
    field.fail(concat("has ", entries.size(), " entries for ", rank, " axes"));
  }
  std::ranges::reverse(entries);  // the file begins with the fastest axis
  return {std::move(entries)};
}

// The text of the attribute called `name`; null if there is none or it cannot stand in a line.
const std::string* line_text(const attributes& attrs, std::string_view name) {
  const attribute_value* const found = find_attribute(attrs, name);
  if (found == nullptr) return nullptr;
  const auto* const text = std::get_if<std::string>(&found->value);
  return text != nullptr && text->find_first_of("\r\n") == std::string::npos ? text : nullptr;
}

// A list of `rank` texts as a line of quoted texts, the last axis first.
std::string quoted_line(const attributes& attrs, std::string_view name, std::string_view field,
                        std::size_t rank) {
  const attribute_value* const found = find_attribute(attrs, name);
  if (found == nullptr) return {};
  const auto* const entries = std::get_if<std::vector<attribute_value>>(&found->value);
  if (entries == nullptr || entries->size() != rank) return {};
  std::string line = concat(field, ":");
  for (std::size_t axis = rank; axis-- > 0;) {
    const auto* const text = std::get_if<std::string>(&(*entries)[axis].value);
    if (text == nullptr || text->find_first_of("\r\n\"\\") != std::string::npos) return {};
    line += concat(" \"", *text, "\"");
  }
  return line + "\n";
}

std::string escaped_value(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

std::string key_value_lines(const attributes& attrs) {
  const attribute_value* const found = find_attribute(attrs, "key_values");
  if (found == nullptr) return {};
  const auto* const pairs = std::get_if<attributes>(&found->value);
  std::string out;
  if (pairs == nullptr) return out;
  for (const attribute& pair : *pairs) {
    const auto* const text = std::get_if<std::string>(&pair.value.value);
    const bool fits = text != nullptr && text->find('\r') == std::string::npos &&
                      !pair.name.empty() && pair.name[0] != '#' &&
                      pair.name.find_first_of(":\r") == std::string::npos;
    if (fits) out += concat(escaped_value(pair.name), ":=", escaped_value(*text), "\n");
  }
  return out;
}

}  // namespace

attributes nrrd_attributes(const nrrd_header& header, std::size_t rank,
                           std::vector<std::string>& warnings) {
  attributes out;
  for (const meaning& each : meanings) {
    const header_field* const field = header.fields.find(each.field);
    if (field == nullptr) continue;
    try {
      out.push_back({std::string(each.attribute), value_of(*field, each.form, rank)});
    } catch (const error& failure) {
      add_warning(warnings, failure.message());  // the elements can be read all the same
    }
  }
  attributes pairs;
  for (const header_field& pair : header.key_values.all()) {
    pairs.push_back({as_utf8(pair.name), {as_utf8(pair.value)}});
  }
  if (!pairs.empty()) out.push_back({"key_values", {std::move(pairs)}});
  return out;
}

std::string nrrd_attribute_lines(const attributes& attrs, std::size_t rank) {
  std::string out;
  if (const std::string* const text = line_text(attrs, "description")) {
    out += concat("content: ", *text, "\n");
  }
  if (const std::string* const text = line_text(attrs, "units")) {
    out += concat("sample units: ", *text, "\n");
  }
  out += quoted_line(attrs, "axis_names", "labels", rank);
  out += quoted_line(attrs, "axis_units", "units", rank);
  return out + key_value_lines(attrs);
}

}  // namespace quarry::formats
