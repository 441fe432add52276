#include "formats/shape_text.hpp"

#include "quarry/base/text.hpp"

namespace quarry::formats {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr auto nowhere = std::string_view::npos;

// Behind the string that starts with the quote at `quote`.
std::size_t end_of_string(std::string_view text, std::size_t quote) noexcept {
  std::size_t at = quote + 1;
  while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
  return at + 1;
}

// A key "shape" and its list: characters [key, end).
struct shape_entry {
  std::size_t key = nowhere;
  std::size_t list = nowhere;
  std::size_t end = nowhere;
};

// As a string that is no key can be called so too, what follows it decides.
shape_entry find_shape(std::string_view text) noexcept {
  std::size_t quote = text.find('"');
  while (quote != nowhere) {
    const std::size_t end = end_of_string(text, quote);
    const std::size_t colon = text.find_first_not_of(blanks, end);
    if (text.substr(quote, end - quote) == "\"shape\"" && colon != nowhere && text[colon] == ':') {
      const std::size_t list = text.find_first_not_of(blanks, colon + 1);
      if (list != nowhere && text[list] == '[') return {quote, list, text.find(']', list) + 1};
    }
    quote = text.find('"', end);
  }
  return {};
}

}  // namespace

std::optional<std::size_t> extent_place(std::string_view text, int axis) {
  const shape_entry shape = find_shape(text);
  std::size_t at = shape.list;
  for (int i = 0; i < axis && at != nowhere; ++i) at = text.find(',', at + 1);
  if (at == nowhere) return std::nullopt;
  const std::size_t number = text.find_first_not_of(blanks, at + 1);
  return number < shape.end - 1 ? std::optional(number) : std::nullopt;
}

std::string with_shape_first(std::string_view text) {
  constexpr std::string_view start = "{\"arrays\":[{";
  const shape_entry shape = find_shape(text);
  const std::string_view entry = text.substr(shape.key, shape.end - shape.key);
  return concat(start, entry, ",", text.substr(start.size(), shape.key - 1 - start.size()),
                text.substr(shape.end));
}

}  // namespace quarry::formats
