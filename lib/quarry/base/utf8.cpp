#include "quarry/base/utf8.hpp"

#include "quarry/base/assert.hpp"

namespace quarry::utf8 {

decoded decode(std::string_view text, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() - at < bytes) return {};
  char32_t code = lead & (0x7fU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) return {};
    code = (code << 6U) | (byte(i) & 0x3fU);
  }
  const char32_t least = bytes == 4 ? 0x10000 : bytes == 3 ? 0x800 : 0x80;
  if (code < least || !is_scalar_value(code)) return {};
  return {code, bytes};
}

bool is_valid(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t bytes = decode(text, at).bytes;
    if (bytes == 0) return false;
    at += bytes;
  }
  return true;
}

void append(std::string& to, char32_t code) {
  QUARRY_ASSERT(is_scalar_value(code));
  const auto put = [&](char32_t byte) {
    to += static_cast<char>(static_cast<unsigned char>(byte));
  };
  const auto follow = [&](unsigned shift) { put(0x80U | ((code >> shift) & 0x3fU)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0U | (code >> 6U));
    follow(0);
  } else if (code < 0x10000) {
    put(0xe0U | (code >> 12U));
    follow(6);
    follow(0);
  } else {
    put(0xf0U | (code >> 18U));
    follow(12);
    follow(6);
    follow(0);
  }
}

}  // namespace quarry::utf8
