// utf8.hpp: code points in and out of UTF-8 (RFC 3629).
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace quarry::utf8 {

/// A code point and the bytes it takes; 0 bytes if there is no valid one.
struct decoded {
  char32_t code = 0;
  std::size_t bytes = 0;
};

/// The code point that starts at text[at]. Overlong forms, surrogates and code points beyond
/// U+10FFFF are not valid. Precondition: at < text.size().
decoded decode(std::string_view text, std::size_t at) noexcept;

/// True if all of `text` can be decoded.
bool is_valid(std::string_view text) noexcept;

/// True if `code` can be encoded: at most U+10FFFF and no surrogate.
constexpr bool is_scalar_value(char32_t code) noexcept {
  return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

/// Appends `code`. Precondition: is_scalar_value(code).
void append(std::string& to, char32_t code);

}  // namespace quarry::utf8
