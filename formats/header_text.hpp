// header_text.hpp: what headers made of text lines share: lines, named fields, words, numbers.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quarry/store/format.hpp"

#include "formats/field_text.hpp"

namespace quarry::formats {

/// Bytes that a text header may have before it counts as none.
inline constexpr std::size_t max_header_text_bytes = std::size_t{16} << 20U;

/// Words that a field of a header may have.
inline constexpr std::size_t max_header_words = std::size_t{1} << 20U;

/// One line of a header, without its end; `number` counts from 1.
struct header_line {
  std::string_view text;
  std::size_t number = 0;
};

/// Hands out the lines of a text that may go on with binary data. "\n" ends a line, a "\r" before
/// it is dropped, and the end of the text ends the last one. Borrows the text.
class line_reader {
 public:
  explicit line_reader(std::string_view text) noexcept : text_(text) {}

  /// The next line; nothing at the end of the text. Throws error(limit_exceeded) for a line that
  /// does not end within the first max_header_text_bytes.
  std::optional<header_line> next();
  /// The byte behind the line that next() handed out, and behind its end.
  std::size_t position() const noexcept { return at_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t number_ = 0;
};

/// The parts of `text` between blanks, tabs and line ends. Throws error(limit_exceeded) if there
/// are more than max_header_words.
std::vector<std::string_view> words_of(std::string_view text);

/// Numbers as a list for attributes.
attribute_value list_of(std::span<const double> numbers);

/// What a header says under one name.
struct header_field {
  std::string name;
  std::string value;  ///< trimmed
  std::size_t line = 0;

  /// Throws error(corrupt_header): "line 3: NAME 'VALUE' WHY".
  [[noreturn]] void fail(std::string_view why) const;
  /// A part of the value as a decimal integer of 64 bits, which all of it must be. Throws
  /// error(corrupt_header).
  std::int64_t integer(std::string_view part) const;
  /// The value as a decimal integer.
  std::int64_t integer() const { return integer(value); }
  /// A part of the value as a decimal number, also nan and inf. Throws error(corrupt_header).
  double real(std::string_view part) const;
  /// The value as a decimal number.
  double real() const { return real(value); }
  /// The words of the value as integers.
  std::vector<std::int64_t> integers() const;
};

/// The fields of a header in its order. A name occurs once: readers differ in which of two they
/// take.
class header_fields {
 public:
  /// Each is compared with all before it when it is added.
  static constexpr std::size_t max_fields = 4096;

  /// Throws error(corrupt_header) if there is one of that name, error(limit_exceeded) if there
  /// are max_fields.
  void add(std::string name, std::string_view value, std::size_t line);
  /// The field of that name; null if there is none. Valid until the next add().
  const header_field* find(std::string_view name) const& noexcept;
  const header_field* find(std::string_view name) const&& = delete;
  /// The same. Throws error(corrupt_header) if there is none.
  const header_field& required(std::string_view name) const&;
  const header_field& required(std::string_view name) const&& = delete;
  /// All of them. Valid until the next add().
  std::span<const header_field> all() const noexcept { return fields_; }

 private:
  std::vector<header_field> fields_;
};

}  // namespace quarry::formats
