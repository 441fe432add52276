#include "formats/data_block.hpp"

#include <string_view>

#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry::formats {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// `text` is one character, which becomes the next digit of `count`.
std::uint64_t with_digit(std::uint64_t count, std::string_view text, std::size_t at) {
  if (!is_digit(text[0])) {
    throw error(errc::corrupt_header,
                concat("byte ", at, ": expected a digit of the block's length, found '",
                       escaped(text), "'"));
  }
  constexpr std::string_view what = "the block's length";
  return checked::add(checked::mul<std::uint64_t>(count, 10, what),
                      static_cast<std::uint64_t>(text[0] - '0'), what);
}

// Digits up to the closing parenthesis.
std::uint64_t read_long_count(byte_reader& in) {
  std::uint64_t count = 0;
  for (int digits = 0;; ++digits) {
    const std::size_t at = in.position();
    const std::string_view next = in.text(1, "the block's length");
    if (next == ")" && digits > 0) return count;
    count = with_digit(count, next, at);
  }
}

}  // namespace

std::optional<std::uint64_t> read_block_head(byte_reader& in) {
  const std::size_t start = in.position();
  const std::string_view head = in.text(2, "the head of a data block");
  if (head[0] != '#' || (!is_digit(head[1]) && head[1] != '(')) {
    throw error(errc::corrupt_header,
                concat("byte ", start, ": expected a data block, '#' and a digit, found '",
                       escaped(head), "'"));
  }
  if (head[1] == '0') return std::nullopt;
  if (head[1] == '(') return read_long_count(in);
  std::uint64_t count = 0;
  for (int digit = head[1] - '0'; digit > 0; --digit) {
    const std::size_t at = in.position();
    count = with_digit(count, in.text(1, "the block's length"), at);
  }
  return count;
}

}  // namespace quarry::formats
