#include "quarry/array/slice.hpp"

#include <algorithm>
#include <limits>

#include "quarry/array/layout.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry {
namespace {

constexpr auto int64_min = std::numeric_limits<std::int64_t>::min();
constexpr auto int64_max = std::numeric_limits<std::int64_t>::max();

// Every axis indexed and as many new ones, and an ellipsis: more cannot be meant.
constexpr std::size_t max_entries = 2 * max_rank + 1;

class slice_parser {
 public:
  explicit slice_parser(std::string_view text) noexcept : text_(text) {}

  std::vector<index_entry> parse() {
    skip_space();
    const char closing = take('[') ? ']' : take('(') ? ')' : '\0';
    std::vector<index_entry> out = entries(closing);
    if (closing != '\0' && !take(closing)) fail(closing == ']' ? "expected ]" : "expected )");
    skip_space();
    if (at_ < text_.size()) fail("expected the end");
    return out;
  }

 private:
  std::vector<index_entry> entries(char closing) {
    std::vector<index_entry> out;
    bool has_ellipsis = false;
    while (!at_closing(closing)) {
      out.push_back(entry());
      if (std::holds_alternative<ellipsis_t>(out.back())) {
        if (has_ellipsis) fail("a second ellipsis");
        has_ellipsis = true;
      }
      if (out.size() > max_entries) fail("too many entries");
      skip_space();
      if (!take(',')) break;
      skip_space();
    }
    if (out.empty() && closing != ')') fail("expected an index, a range, None or ...");
    return out;
  }

  bool at_closing(char closing) {
    skip_space();
    return at_ == text_.size() || (closing != '\0' && text_[at_] == closing);
  }

  index_entry entry() {
    if (take_word("...")) return ellipsis;
    if (take_word("None") || take_word("newaxis")) return newaxis;
    const auto first = number();
    if (!take(':')) {
      if (!first) fail("expected an index, a range, None or ...");
      return *first;
    }
    range out{first, number(), 1};
    if (take(':')) {
      const std::size_t step_at = at_;
      out.step = number().value_or(1);
      if (out.step == 0) {
        at_ = step_at;
        fail("the step is 0");
      }
    }
    return out;
  }

  // A decimal integer, saturated at the ends of int64; nothing where none stands.
  std::optional<std::int64_t> number() {
    skip_space();
    const std::size_t start = at_;
    const bool negative = take('-');
    if (!negative) take('+');
    const std::size_t digits = at_;
    std::int64_t value = 0;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
      const std::int64_t digit = text_[at_] - '0';
      if (__builtin_mul_overflow(value, 10, &value) ||
          __builtin_sub_overflow(value, digit, &value)) {
        value = int64_min;
        while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
        break;
      }
      ++at_;
    }
    if (at_ == digits) {
      if (at_ != start) fail("expected a digit");
      return std::nullopt;
    }
    skip_space();
    if (negative) return value;
    return value == int64_min ? int64_max : -value;
  }

  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool take_word(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  [[noreturn]] void fail(std::string_view why) const {
    throw error(errc::invalid_argument,
                concat("slice '", escaped(text_, 80), "': ", why, " at character ", at_ + 1));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// `bound` as a position in [low, high], negative ones counted from the end.
std::int64_t clamp_bound(std::int64_t bound, std::int64_t extent, std::int64_t low,
                         std::int64_t high) noexcept {
  if (bound < 0) bound += extent;  // cannot overflow: extent >= 0
  return std::clamp(bound, low, high);
}

}  // namespace

std::vector<index_entry> parse_slice(std::string_view text) { return slice_parser(text).parse(); }

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
