#include "formats/field_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <system_error>
#include <utility>
#include <vector>

#include "quarry/base/utf8.hpp"

namespace quarry::formats {
namespace {

constexpr std::string_view padding(" \t\r\n\0", 5);

// The number that all of `text` is, a plus sign left out; std::from_chars knows none.
template <class Number>
std::optional<Number> number_of(std::string_view text) noexcept {
  text = trimmed(text);
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  Number out{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

constexpr char small_letter(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(padding);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(padding) - first + 1);
}

std::string_view until_nul(std::string_view text) noexcept {
  return trimmed(text.substr(0, text.find('\0')));
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), small_letter);
  return out;
}

bool same_word(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, small_letter, small_letter);
}

std::optional<std::int64_t> whole_number(std::string_view text) noexcept {
  return number_of<std::int64_t>(text);
}

std::optional<double> real_number(std::string_view text) noexcept {
  const auto out = number_of<double>(text);
  return out && std::isfinite(*out) ? out : std::nullopt;
}

std::string as_utf8(std::string_view text) {
  if (utf8::is_valid(text)) return std::string(text);
  std::string out;
  for (const char c : text) utf8::append(out, static_cast<unsigned char>(c));
  return out;
}

void add_text(attributes& to, std::string_view name, std::string_view text) {
  if (!text.empty()) to.push_back({std::string(name), {std::string(text)}});
}

void add_texts(attributes& to, std::string_view name, std::span<const std::string_view> texts) {
  std::vector<attribute_value> list;
  for (const std::string_view each : texts) list.push_back({std::string(each)});
  to.push_back({std::string(name), {std::move(list)}});
}

}  // namespace quarry::formats
