#include "quarry/array/slice.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <span>

#include "quarry/array/layout.hpp"
#include "quarry/array/text_cursor.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry {
namespace {

constexpr auto int64_min = std::numeric_limits<std::int64_t>::min();
constexpr auto int64_max = std::numeric_limits<std::int64_t>::max();

// Every axis indexed and as many new ones, and an ellipsis: more cannot be meant.
constexpr std::size_t max_entries = 2 * max_rank + 1;

constexpr std::string_view any_entry = "an index, a range, None or ...";

bool take_word(text_cursor& at, std::string_view word) {
  at.peek();
  if (!at.text().substr(at.position()).starts_with(word)) return false;
  at.move_to(at.position() + word.size());
  return true;
}

// A decimal integer, saturated at the ends of int64; nothing where none stands.
std::optional<std::int64_t> number(text_cursor& at) {
  const char sign = at.peek();
  const bool is_signed = sign == '-' || sign == '+';
  const std::size_t digits = at.position() + (is_signed ? 1 : 0);
  const std::size_t end =
      std::min(at.text().find_first_not_of("0123456789", digits), at.text().size());
  if (end == digits) {
    at.move_to(digits);
    if (is_signed) at.fail("a digit");
    return std::nullopt;
  }
  const char* const first = at.text().data() + (sign == '-' ? at.position() : digits);
  std::int64_t value = sign == '-' ? int64_min : int64_max;  // what stays where none fits
  std::from_chars(first, at.text().data() + end, value);
  at.move_to(end);
  return value;
}

index_entry entry(text_cursor& at) {
  if (take_word(at, "...")) return ellipsis;
  if (take_word(at, "None") || take_word(at, "newaxis")) return newaxis;
  const auto first = number(at);
  if (!at.take(':')) {
    if (!first) at.fail(any_entry);
    return *first;
  }
  range out{first, number(at), 1};
  if (at.take(':')) {
    at.peek();
    const std::size_t step_at = at.position();
    out.step = number(at).value_or(1);
    if (out.step == 0) {
      at.move_to(step_at);
      at.fail("a step other than 0");
    }
  }
  return out;
}

bool has_ellipsis(std::span<const index_entry> entries) {
  return std::ranges::any_of(
      entries, [](const index_entry& each) { return std::holds_alternative<ellipsis_t>(each); });
}

// `closing` is NUL where the text itself ends the list.
std::vector<index_entry> entries(text_cursor& at, char closing) {
  std::vector<index_entry> out;
  while (!at.at_end() && (closing == '\0' || at.peek() != closing)) {
    if (out.size() == max_entries) at.fail(concat("at most ", max_entries, " entries"));
    if (at.peek() == '.' && has_ellipsis(out)) at.fail("one ellipsis");
    out.push_back(entry(at));
    if (!at.take(',')) break;
  }
  if (out.empty() && closing != ')') at.fail(any_entry);
  return out;
}

std::vector<index_entry> read_slice(std::string_view text) {
  text_cursor at(text);
  const char closing = at.take('[') ? ']' : at.take('(') ? ')' : '\0';
  std::vector<index_entry> out = entries(at, closing);
  if (closing != '\0') at.expect(closing);
  if (!at.at_end()) at.fail("the end");
  return out;
}

// `bound` as a position in [low, high], negative ones counted from the end.
std::int64_t clamp_bound(std::int64_t bound, std::int64_t extent, std::int64_t low,
                         std::int64_t high) noexcept {
  if (bound < 0) bound += extent;  // cannot overflow: extent >= 0
  return std::clamp(bound, low, high);
}

}  // namespace

std::vector<index_entry> parse_slice(std::string_view text) {
  try {
    return read_slice(text);
  } catch (const error& failure) {
    throw at_place(failure, "slice", errc::invalid_argument);
  }
}

resolved_range resolve(const range& r, std::int64_t extent) noexcept {
  // Distances are taken in unsigned arithmetic, where even a step of INT64_MIN has a magnitude.
  const bool forward = r.step > 0;
  const std::int64_t low = forward ? 0 : -1;
  const std::int64_t high = forward ? extent : extent - 1;
  const std::int64_t first =
      r.start ? clamp_bound(*r.start, extent, low, high) : (forward ? low : high);
  const std::int64_t stop =
      r.stop ? clamp_bound(*r.stop, extent, low, high) : (forward ? high : low);
  const std::int64_t distance = forward ? stop - first : first - stop;
  if (distance <= 0) return {first, r.step, 0};
  const std::uint64_t magnitude =
      forward ? static_cast<std::uint64_t>(r.step) : -static_cast<std::uint64_t>(r.step);
  const auto count = (static_cast<std::uint64_t>(distance) - 1) / magnitude + 1;
  return {first, r.step, static_cast<std::int64_t>(count)};
}

}  // namespace quarry
