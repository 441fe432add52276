#include "formats/row_field.hpp"

#include <algorithm>

namespace quarry::formats {
namespace {

constexpr std::string_view blanks = " \t";
constexpr std::size_t least_width = 20;  // the mark, and 2^63 - 1
constexpr std::size_t width = 21;        // as NumPy leaves room for

bool is_of_number(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

}  // namespace

row_field field_around(std::string_view text, std::size_t number) noexcept {
  row_field out{number, number};
  while (out.end < text.size() && is_of_number(text[out.end])) ++out.end;
  while (out.begin > 0 && blanks.find(text[out.begin - 1]) != std::string_view::npos) --out.begin;
  out.is_open = out.size() >= least_width && text[out.begin] == '\t';
  return out;
}

bool is_in_one_sector(const row_field& field) noexcept {
  return field.begin / sector_bytes == (field.end - 1) / sector_bytes;
}

std::optional<std::string> text_with_rows(std::string_view text, const row_field& field,
                                          const row_count& count, std::size_t room) {
  const std::size_t wanted = field.size() >= least_width ? field.size() : width;
  const std::size_t there = std::min(wanted, field.size() + room);
  if (there < least_width) return std::nullopt;
  const std::string digits = std::to_string(count.rows);
  std::string number(there - digits.size(), ' ');
  if (count.is_open) number.front() = '\t';
  return concat(text.substr(0, field.begin), number, digits, text.substr(field.end));
}

std::optional<patch> change_in_sector(std::span<const std::byte> before,
                                      std::span<const std::byte> after) {
  const auto [first, unused] = std::ranges::mismatch(before, after);
  auto last = before.size();
  const auto start = static_cast<std::size_t>(first - before.begin());
  while (last > start && before[last - 1] == after[last - 1]) --last;
  if (last > start && start / sector_bytes != (last - 1) / sector_bytes) return std::nullopt;
  const auto bytes = after.subspan(start, last - start);
  return patch{start, {bytes.begin(), bytes.end()}};
}

}  // namespace quarry::formats
