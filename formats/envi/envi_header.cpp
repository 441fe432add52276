#include "formats/envi/envi_header.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "quarry/array/warnings.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry::formats {
namespace {

constexpr std::string_view magic = "ENVI";
constexpr std::size_t shown_bytes = 80;

// Fields that say where and how elements lie, or what they mean; the others become attributes.
constexpr std::array<std::string_view, 13> layout_fields{"samples",
                                                         "lines",
                                                         "bands",
                                                         "data type",
                                                         "interleave",
                                                         "byte order",
                                                         "header offset",
                                                         "file compression",
                                                         "data ignore value",
                                                         "data gain values",
                                                         "data offset values",
                                                         "major frame offsets",
                                                         "minor frame offsets"};

// Lists with an entry per band.
constexpr std::array<std::string_view, 3> numbers_per_band{"wavelength", "fwhm", "bbl"};
constexpr std::string_view names_per_band = "band names";

bool is_among(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// "Data  Type " as "data type".
std::string field_name(std::string_view text) {
  std::string out;
  for (const std::string_view word : words_of(text)) {
    out += concat(out.empty() ? "" : " ", lower_case(word));
  }
  return out;
}

// The rest of a value that starts with a brace, to the line in which it ends.
std::string braced_value(std::string_view start, std::size_t line_number, line_reader& lines) {
  std::string value(start);
  std::size_t end = value.find('}');
  while (end == std::string::npos) {
    const auto line = lines.next();
    if (!line) {
      throw error(errc::corrupt_header,
                  concat("line ", line_number, ": the brace does not end before the header does"));
    }
    const std::size_t there = value.size() + 1;
    value += concat("\n", line->text);
    end = value.find('}', there);
  }
  const std::string_view rest = trimmed(std::string_view(value).substr(end + 1));
  if (!rest.empty() && rest[0] != ';') {
    throw error(errc::corrupt_header,
                concat("line ", line_number, ": '", escaped(rest, shown_bytes),
                       "' stands behind the closing brace"));
  }
  value.resize(end + 1);
  return value;
}

void add_attribute(attributes& to, const header_field& field, std::int64_t bands) {
  const std::string name = as_utf8(field.name);
  if (is_among(numbers_per_band, name)) {
    to.push_back({name, list_of(envi_numbers(field, bands))});
  } else if (!field.value.starts_with('{')) {
    add_text(to, name, field.value);
  } else if (name == "description") {
    add_text(to, name, trimmed(std::string_view(field.value).substr(1, field.value.size() - 2)));
  } else {
    const auto parts = envi_list(field);
    if (name == names_per_band && std::ssize(parts) != bands) {
      field.fail(concat("has ", parts.size(), " entries for ", bands, " bands"));
    }
    add_texts(to, name, parts);
  }
}

bool fits(std::string_view text, std::string_view forbidden) {
  return text.find_first_of(forbidden) == std::string_view::npos;
}

// The numbers of a list of `bands` of them; nothing if it is another.
std::vector<double> numbers_of(const attribute_value& value, std::int64_t bands) {
  const auto* const list = std::get_if<std::vector<attribute_value>>(&value.value);
  if (list == nullptr || std::ssize(*list) != bands) return {};
  std::vector<double> out;
  for (const attribute_value& each : *list) {
    const auto* const real = std::get_if<double>(&each.value);
    const auto* const integer = std::get_if<std::int64_t>(&each.value);
    if (real == nullptr && integer == nullptr) return {};
    out.push_back(real != nullptr ? *real : static_cast<double>(*integer));
  }
  return out;
}

// "band names = { a, b }"; nothing if it is no list of `bands` texts that can be told apart.
std::string band_names_line(const attributes& attrs, std::int64_t bands) {
  const attribute_value* const value = find_attribute(attrs, names_per_band);
  if (value == nullptr) return {};
  const auto* const list = std::get_if<std::vector<attribute_value>>(&value->value);
  if (list == nullptr || std::ssize(*list) != bands) return {};
  std::string out;
  for (const attribute_value& each : *list) {
    const auto* const text = std::get_if<std::string>(&each.value);
    if (text == nullptr || !fits(*text, "{},\r\n")) return {};
    out += concat(out.empty() ? "" : ", ", *text);
  }
  return concat(names_per_band, " = { ", out, " }\n");
}

}  // namespace

bool is_envi(std::string_view text) noexcept {
  if (!text.starts_with(magic)) return false;
  const std::string_view rest = text.substr(magic.size(), 80);
  return trimmed(rest.substr(0, rest.find('\n'))).empty() && !rest.empty();
}

header_fields parse_envi_header(std::string_view text, std::vector<std::string>& warnings) {
  if (!is_envi(text)) {
    throw error(errc::corrupt_header,
                concat("starts with '", escaped(text.substr(0, 8)), "', expected a line 'ENVI'"));
  }
  header_fields out;
  line_reader lines(text);
  lines.next();
  while (const auto line = lines.next()) {
    const std::string_view content = trimmed(line->text);
    if (content.empty() || content[0] == ';') continue;
    const std::size_t equals = content.find('=');
    if (equals == std::string_view::npos) {
      add_warning(warnings, concat("line ", line->number, ": '", escaped(content, shown_bytes),
                                   "' is no field"));
      continue;
    }
    const std::string_view value = trimmed(content.substr(equals + 1));
    out.add(field_name(content.substr(0, equals)),
            value.starts_with('{') ? braced_value(value, line->number, lines) : std::string(value),
            line->number);
  }
  return out;
}

std::vector<std::string_view> envi_list(const header_field& field) {
  std::string_view text = field.value;
  if (text.starts_with('{')) text = text.substr(1, text.size() - 2);
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at <= text.size();) {
    if (out.size() == max_header_words)
      field.fail(concat("has more than ", max_header_words, " entries"));
    const std::size_t comma = std::min(text.find(',', at), text.size());
    out.push_back(trimmed(text.substr(at, comma - at)));
    at = comma + 1;
  }
  return out;
}

std::vector<double> envi_numbers(const header_field& field, std::int64_t bands) {
  std::vector<double> out;
  for (const std::string_view part : envi_list(field)) out.push_back(field.real(part));
  if (std::ssize(out) != bands) {
    field.fail(concat("has ", out.size(), " entries for ", bands, " bands"));
  }
  return out;
}

attributes envi_attributes(const header_fields& fields, std::int64_t bands,
                           std::vector<std::string>& warnings) {
  attributes out;
  constexpr std::array<std::string_view, 3> axes{"band", "line", "sample"};
  add_texts(out, "axis_names", axes);
  for (const header_field& field : fields.all()) {
    if (is_among(layout_fields, field.name)) continue;
    try {
      add_attribute(out, field, bands);
    } catch (const error& failure) {
      add_warning(warnings, failure.message());  // the elements can be read all the same
    }
  }
  return out;
}

std::string envi_attribute_lines(const attributes& attrs, std::int64_t bands) {
  std::string out;
  for (const std::string_view name : {"description", "wavelength units"}) {
    const attribute_value* const value = find_attribute(attrs, name);
    const auto* const text = value == nullptr ? nullptr : std::get_if<std::string>(&value->value);
    if (text == nullptr || text->empty() || !fits(*text, "{}\r\n")) continue;
    out += name == "description" ? concat(name, " = {", *text, "}\n")
                                 : concat(name, " = ", *text, "\n");
  }
  out += band_names_line(attrs, bands);
  for (const std::string_view name : numbers_per_band) {
    const attribute_value* const value = find_attribute(attrs, name);
    if (value == nullptr) continue;
    const std::vector<double> numbers = numbers_of(*value, bands);
    if (!numbers.empty()) out += envi_number_line(name, numbers);
  }
  return out;
}

std::string envi_number(double number) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}

std::string envi_number_line(std::string_view name, std::span<const double> numbers) {
  std::string out;
  for (const double number : numbers) out += concat(out.empty() ? "" : ", ", envi_number(number));
  return concat(name, " = { ", out, " }\n");
}

}  // namespace quarry::formats
