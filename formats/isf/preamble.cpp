#include "formats/isf/preamble.hpp"

#include <algorithm>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/field_text.hpp"

namespace quarry::formats {
namespace {

constexpr std::size_t max_bytes = std::size_t{64} << 10U;
constexpr std::size_t max_statements = 1024;
constexpr std::size_t shown_bytes = 80;  // of a value in a message
constexpr isf_word curve{"CURV", "CURVE"};

// The semicolon that ends a value, or the end of the text; those in quotes end nothing.
std::size_t end_of_value(std::string_view text, std::size_t at) noexcept {
  for (bool in_quotes = false; at < text.size(); ++at) {
    if (text[at] == '"') in_quotes = !in_quotes;
    if (text[at] == ';' && !in_quotes) break;
  }
  return at;
}

[[noreturn]] void fail_without_curve(std::size_t bytes) {
  if (bytes >= max_bytes) {
    throw error(errc::limit_exceeded, concat("no CURVE in the first ", max_bytes, " bytes"));
  }
  throw error(errc::truncated, concat("the file ends at byte ", bytes, ", before its CURVE"));
}

}  // namespace

bool isf_word::is(std::string_view key) const noexcept {
  return key.size() >= shortest.size() && key.size() <= longest.size() &&
         same_word(key, longest.substr(0, key.size()));
}

isf_preamble isf_preamble::read(byte_reader& in) {
  const std::string_view text = as_text(in.bytes(std::min(in.remaining(), max_bytes), "the text"));
  isf_preamble out;
  for (std::size_t at = 0;;) {
    at = text.find_first_not_of(" \t\r\n;", at);
    if (at == std::string_view::npos) fail_without_curve(text.size());
    const std::size_t path_end = std::min(text.find_first_of(" \t\r\n;#\"", at), text.size());
    const std::string_view path = text.substr(at, path_end - at);
    const std::string_view key = path.substr(path.rfind(':') + 1);
    if (curve.is(key)) {
      const std::size_t value = text.find_first_not_of(" \t\r\n", path_end);
      if (value == std::string_view::npos) fail_without_curve(text.size());
      in.seek(value, "the curve");
      return out;
    }
    at = end_of_value(text, path_end);
    if (out.statements_.size() == max_statements) {
      throw error(errc::limit_exceeded,
                  concat("more than ", max_statements, " statements before the CURVE"));
    }
    out.statements_.push_back({key, trimmed(text.substr(path_end, at - path_end))});
  }
}

std::optional<std::string_view> isf_preamble::find(isf_word word) const {
  std::optional<std::string_view> out;
  for (const isf_statement& each : statements_) {
    if (!word.is(each.key)) continue;
    if (out && *out != each.value) {
      throw error(errc::corrupt_header, concat(word.longest, " is '", escaped(*out, shown_bytes),
                                               "' and '", escaped(each.value, shown_bytes), "'"));
    }
    out = each.value;
  }
  return out;
}

std::string_view isf_preamble::required(isf_word word) const {
  const auto found = find(word);
  if (!found) throw error(errc::corrupt_header, concat("there is no ", word.longest));
  return *found;
}

std::optional<double> isf_preamble::real(isf_word word) const {
  const auto found = find(word);
  if (!found) return std::nullopt;
  const auto number = real_number(*found);
  if (!number) {
    throw error(errc::corrupt_header,
                concat(word.longest, " is '", escaped(*found, shown_bytes), "', no number"));
  }
  return number;
}

std::int64_t isf_preamble::whole(isf_word word) const {
  const std::string_view found = required(word);
  const auto number = whole_number(found);
  if (!number) {
    throw error(errc::corrupt_header,
                concat(word.longest, " is '", escaped(found, shown_bytes), "', no integer"));
  }
  return *number;
}

std::string_view unquoted(std::string_view value) noexcept {
  if (value.size() < 2 || !value.starts_with('"') || !value.ends_with('"')) return value;
  return value.substr(1, value.size() - 2);
}

}  // namespace quarry::formats
