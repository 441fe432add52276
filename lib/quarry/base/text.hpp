// text.hpp: messages put together from pieces, and made safe to show on one line.
#pragma once
#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace quarry {

/// `text` on one line that a terminal shows as it is: control characters as \n, \t or \x1b, bytes
/// that are no UTF-8 as \x9b, what changes the direction of writing as \u202e. Cut before the
/// character that ends behind `max_bytes`, with "...".
std::string escaped(std::string_view text, std::size_t max_bytes = 4096);

/// The last `digits` hexadecimal digits of `value`, in small letters.
std::string hex(std::uint64_t value, int digits);

/// "(3, 4)", "(3,)", "()": a shape or strides as Python writes a tuple.
std::string tuple_text(std::span<const std::int64_t> values);

namespace detail {
inline std::string_view piece(std::string_view text) noexcept { return text; }
template <std::integral Integer>
std::string piece(Integer value) {
  return std::to_string(value);
}
}  // namespace detail

/// The pieces one after another; integers in decimal.
template <class... Pieces>
std::string concat(const Pieces&... pieces) {
  std::string out;
  (out.append(detail::piece(pieces)), ...);
  return out;
}

}  // namespace quarry
