// text_cursor.hpp: reads the short texts that people type: types, layouts, slices.
#pragma once
#include <charconv>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry {

/// A position in a text, moved forward by what is read. Blanks before a character are skipped.
/// Borrows the text.
class text_cursor {
 public:
  explicit text_cursor(std::string_view text) noexcept : text_(text) {}

  /// The whole text.
  std::string_view text() const noexcept { return text_; }
  /// Characters before the next one.
  std::size_t position() const noexcept { return at_; }
  /// Precondition: at <= text().size().
  void move_to(std::size_t at) noexcept { at_ = at; }

  /// True if nothing but blanks is left.
  bool at_end() noexcept { return peek() == '\0' && at_ == text_.size(); }

  /// The next character that is no blank, without taking it; NUL at the end.
  char peek() noexcept {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  /// Takes the next character if it is `wanted`.
  bool take(char wanted) noexcept {
    if (at_end() || peek() != wanted) return false;
    ++at_;
    return true;
  }

  /// Takes `wanted`. Throws error(invalid_argument) if something else comes.
  void expect(char wanted) {
    if (!take(wanted)) fail(concat("'", std::string_view(&wanted, 1), "'"));
  }

  /// Takes a decimal number. Throws error(invalid_argument) if there is none and
  /// error(limit_exceeded) if Integer cannot hold it.
  template <std::integral Integer>
  Integer integer(std::string_view what) {
    peek();
    Integer out{};
    const char* const first = text_.data() + at_;
    const auto [end, code] = std::from_chars(first, text_.data() + text_.size(), out);
    if (code == std::errc::invalid_argument) fail(what);
    if (code == std::errc::result_out_of_range) {
      throw error(errc::limit_exceeded,
                  concat("character ", at_, ": ", what, " does not fit in 64 bits"));
    }
    at_ += static_cast<std::size_t>(end - first);
    return out;
  }

  /// Throws error(invalid_argument): "character N: expected EXPECTED, found ...".
  [[noreturn]] void fail(std::string_view expected) {
    const std::string found = at_end() ? "the end" : concat("'", text_.substr(at_, 1), "'");
    throw error(errc::invalid_argument, concat("character ", at_, " of '", escaped(text_, 80),
                                               "': expected ", expected, ", found ", found));
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace quarry
