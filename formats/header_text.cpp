#include "formats/header_text.hpp"

#include <algorithm>
#include <limits>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry::formats {
namespace {

constexpr std::size_t shown_bytes = 80;  // of text from the file in a message
constexpr std::string_view blanks = " \t\r\n";

}  // namespace

std::optional<header_line> line_reader::next() {
  if (at_ >= text_.size()) return std::nullopt;
  const std::string_view head = text_.substr(0, max_header_text_bytes);
  const std::size_t end = head.find('\n', at_);
  if (end == std::string_view::npos && head.size() < text_.size()) {
    throw error(errc::limit_exceeded,
                concat("line ", number_ + 1, " of the header does not end in ",
                       max_header_text_bytes, " bytes"));
  }
  std::string_view line = head.substr(std::min(at_, head.size()));
  line = line.substr(0, end == std::string_view::npos ? line.size() : end - at_);
  at_ += line.size() + (end == std::string_view::npos ? 0 : 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return header_line{line, ++number_};
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t at = text.find_first_not_of(blanks); at != std::string_view::npos;) {
    if (out.size() == max_header_words) {
      throw error(errc::limit_exceeded,
                  concat("a field of the header has more than ", max_header_words, " words"));
    }
    const std::size_t end = std::min(text.find_first_of(blanks, at), text.size());
    out.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(blanks, end);
  }
  return out;
}

attribute_value list_of(std::span<const double> numbers) {
  std::vector<attribute_value> out;
  for (const double number : numbers) out.push_back({number});
  return {std::move(out)};
}

void header_field::fail(std::string_view why) const {
  throw error(errc::corrupt_header, concat("line ", line, ": ", escaped(name, shown_bytes), " '",
                                           escaped(value, shown_bytes), "' ", why));
}

std::int64_t header_field::integer(std::string_view part) const {
  const auto number = whole_number(part);
  if (!number) fail("is not what was expected: integers of 64 bits");
  return *number;
}

double header_field::real(std::string_view part) const {
  if (const auto number = real_number(part)) return *number;
  const bool is_negative = part.starts_with('-');
  const std::string_view word = is_negative || part.starts_with('+') ? part.substr(1) : part;
  if (same_word(word, "nan")) return std::numeric_limits<double>::quiet_NaN();
  if (!same_word(word, "inf")) fail("is not what was expected: numbers");
  return is_negative ? -std::numeric_limits<double>::infinity()
                     : std::numeric_limits<double>::infinity();
}

std::vector<std::int64_t> header_field::integers() const {
  std::vector<std::int64_t> out;
  for (const std::string_view word : words_of(value)) out.push_back(integer(word));
  return out;
}

void header_fields::add(std::string name, std::string_view value, std::size_t line) {
  if (const header_field* const there = find(name)) {
    throw error(errc::corrupt_header, concat("line ", line, ": '", escaped(name, shown_bytes),
                                             "' occurs twice, first in line ", there->line));
  }
  if (fields_.size() == max_fields) {
    throw error(errc::limit_exceeded, concat("line ", line, ": more than ", max_fields, " fields"));
  }
  fields_.push_back({std::move(name), std::string(trimmed(value)), line});
}

const header_field* header_fields::find(std::string_view name) const& noexcept {
  const auto found = std::ranges::find(fields_, name, &header_field::name);
  return found == fields_.end() ? nullptr : &*found;
}

const header_field& header_fields::required(std::string_view name) const& {
  if (const header_field* const found = find(name)) return *found;
  throw error(errc::corrupt_header, concat("the header has no '", name, "'"));
}

}  // namespace quarry::formats
