#include "quarry/kernels/text_cast.hpp"

#include <algorithm>
#include <cstring>

namespace quarry {

text_cast::string_form::string_form(const dtype& type) noexcept
    : wide(type.kind() == type_kind::text),
      swapped(wide && type.order() != native_order),
      length(wide ? type.item_bytes() / 4 : type.item_bytes()) {}

std::uint32_t text_cast::string_form::load(const std::byte* string,
                                           std::int64_t at) const noexcept {
  if (!wide) return std::to_integer<std::uint32_t>(string[at]);
  std::uint32_t character = 0;
  std::memcpy(&character, string + at * 4, sizeof character);
  return swapped ? __builtin_bswap32(character) : character;
}

void text_cast::string_form::store(std::byte* string, std::int64_t at,
                                   std::uint32_t character) const noexcept {
  if (!wide) {
    string[at] = static_cast<std::byte>(character);
    return;
  }
  if (swapped) character = __builtin_bswap32(character);
  std::memcpy(string + at * 4, &character, sizeof character);
}

text_cast::text_cast(const dtype& from, const dtype& to) noexcept : from_(from), to_(to) {}

bool text_cast::fits(std::uint32_t character) const noexcept {
  return character < 0x80 || from_.wide == to_.wide;
}

bool text_cast::run_one(const std::byte* from, std::byte* to) const noexcept {
  const std::int64_t common = std::min(from_.length, to_.length);
  for (std::int64_t at = 0; at < common; ++at) {
    const std::uint32_t character = from_.load(from, at);
    if (!fits(character)) return false;
    if (to != nullptr) to_.store(to, at, character);
  }
  for (std::int64_t at = common; to != nullptr && at < to_.length; ++at) to_.store(to, at, 0);
  return true;
}

std::int64_t text_cast::run(const std::byte* from, std::int64_t from_stride, std::byte* to,
                            std::int64_t to_stride, std::int64_t count) const noexcept {
  for (std::int64_t i = 0; i < count; ++i) {
    std::byte* const target = to == nullptr ? nullptr : to + i * to_stride;
    if (!run_one(from + i * from_stride, target)) return i;
  }
  return count;
}

std::uint32_t text_cast::misfit(const std::byte* from) const noexcept {
  // Mapped memory may have changed since: then the last character is as good as any.
  const std::int64_t last = std::min(from_.length, to_.length) - 1;
  std::int64_t at = 0;
  while (at < last && fits(from_.load(from, at))) ++at;
  return from_.load(from, at);
}

}  // namespace quarry
