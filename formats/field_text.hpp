// field_text.hpp: words and numbers in the text headers of instruments, whatever the locale; and
// texts as attributes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "quarry/store/format.hpp"

namespace quarry::formats {

/// `bytes` as characters.
inline std::string_view as_text(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// `text` without the blanks, tabs, line ends and NULs on both sides: fields of fixed width are
/// padded with either.
std::string_view trimmed(std::string_view text) noexcept;

/// `text` up to its first NUL, trimmed.
std::string_view until_nul(std::string_view text) noexcept;

/// `text` with the letters A to Z made small.
std::string lower_case(std::string_view text);

/// True if both are the same but for the case of ASCII letters.
bool same_word(std::string_view a, std::string_view b) noexcept;

/// The decimal integer that the trimmed text is, a plus sign allowed; nothing if it is no integer
/// or does not fit.
std::optional<std::int64_t> whole_number(std::string_view text) noexcept;

/// The finite decimal number that the trimmed text is ("-1.5E-3"), a plus sign allowed; nothing if
/// it is none.
std::optional<double> real_number(std::string_view text) noexcept;

/// `text` as it is if it is UTF-8, else read as Latin-1: instruments write units such as the
/// micro sign either way.
std::string as_utf8(std::string_view text);

/// Appends an attribute, unless `text` is empty: what an instrument has nothing to say about.
void add_text(attributes& to, std::string_view name, std::string_view text);

/// Appends an attribute that is a list of texts.
void add_texts(attributes& to, std::string_view name, std::span<const std::string_view> texts);

}  // namespace quarry::formats
