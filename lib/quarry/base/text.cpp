#include "quarry/base/text.hpp"

#include <algorithm>

#include "quarry/base/utf8.hpp"

namespace quarry {

namespace {

// Separators of lines, marks and overrides of the direction of writing (Unicode, UAX 9).
bool changes_lines(char32_t code) noexcept {
  return (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

std::string escaped_byte(unsigned char byte) { return "\\x" + hex(byte, 2); }

std::string shown(std::string_view character, char32_t code) {
  if (code == U'\n') return "\\n";
  if (code == U'\t') return "\\t";
  if (code == U'\r') return "\\r";
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
    return escaped_byte(static_cast<unsigned char>(code));
  }
  return changes_lines(code) ? "\\u" + hex(code, 4) : std::string(character);
}

}  // namespace

std::string escaped(std::string_view text, std::size_t max_bytes) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto [code, bytes] = utf8::decode(text, at);
    const std::size_t taken = std::max<std::size_t>(bytes, 1);
    if (at + taken > max_bytes) return out + "...";
    out += bytes == 0 ? escaped_byte(static_cast<unsigned char>(text[at]))
                      : shown(text.substr(at, bytes), code);
    at += taken;
  }
  return out;
}

std::string hex(std::uint64_t value, int digits) {
  std::string out;
  while (digits-- > 0)
    out += "0123456789abcdef"[(value >> (4U * static_cast<unsigned>(digits))) & 15U];
  return out;
}

std::string tuple_text(std::span<const std::int64_t> values) {
  std::string out = "(";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ", ";
    out += std::to_string(values[i]);
  }
  if (values.size() == 1) out += ',';
  return out + ')';
}

}  // namespace quarry
