// preamble.hpp: the text before the samples of an .isf: statements of the scope's remote commands.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "quarry/base/byte_reader.hpp"

namespace quarry::formats {

/// `KEY VALUE` between two semicolons. `key` is the last word of a command path, as written;
/// `value` is trimmed and keeps its quotes.
struct isf_statement {
  std::string_view key;
  std::string_view value;
};

/// A command word: its short form is as good as its long one and all between (`NR_P`, `NR_PT`).
struct isf_word {
  std::string_view shortest;
  std::string_view longest;

  /// True if `key` is the word, in any case.
  bool is(std::string_view key) const noexcept;
};

/// The statements before the curve.
class isf_preamble {
 public:
  /// Reads up to the statement CURVe, without its value, where `in` is left. Semicolons in quotes
  /// do not end a statement. Throws error(truncated) if there is no curve,
  /// error(limit_exceeded) beyond 64 KiB or 1024 statements. Borrows the bytes of `in`.
  static isf_preamble read(byte_reader& in);

  /// All statements in the order of the file.
  const std::vector<isf_statement>& statements() const noexcept { return statements_; }

  /// The value of `word`; nothing if there is none. Throws error(corrupt_header) if it has two
  /// different ones.
  std::optional<std::string_view> find(isf_word word) const;
  /// The same for a number. Throws also if it is none.
  std::optional<double> real(isf_word word) const;
  /// The same for an integer that must be there. Throws also if it is not.
  std::int64_t whole(isf_word word) const;
  /// The value of `word`, which must be there. Throws also if it is not.
  std::string_view required(isf_word word) const;

 private:
  std::vector<isf_statement> statements_;
};

/// `value` without the quotes around it.
std::string_view unquoted(std::string_view value) noexcept;

}  // namespace quarry::formats
