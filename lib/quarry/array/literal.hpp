// literal.hpp: the value tree in which descriptions of arrays are written: Python literals in
// .npy headers, JSON in typed .bin files. Descr text in and out of dtypes goes through it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "quarry/array/dtype.hpp"

namespace quarry {

/// A Python literal: None, bool, int, float, str, tuple, list or dict (in order of the text).
struct literal {
  struct tuple {
    std::vector<literal> items;
  };
  struct list {
    std::vector<literal> items;
  };
  struct entry;  // key and value
  struct dict {
    std::vector<entry> items;
  };

  std::variant<std::monostate, bool, std::int64_t, double, std::string, tuple, list, dict> value;
  std::size_t position = 0;  ///< byte of the text where it starts
};

/// One item of a dict.
struct literal::entry {
  literal key;
  literal value;
};

/// What parse_literal() lets pass.
struct literal_options {
  bool python2_integers = true;                    ///< `2L` is 2
  std::size_t max_depth = 32;                      ///< of nested brackets
  std::size_t max_values = std::size_t{1} << 21U;  ///< each takes some 50 bytes of memory
};

/// Reads one Python literal as ast.literal_eval does, without recursion and in linear time.
/// Understood: single, double and triple quotes, prefixes u and r, escapes, adjacent strings,
/// integers in bases 2, 8, 10 and 16 with underscores, comments. Not understood, although Python
/// does: +1, sets, bytes, complex numbers, control characters in strings, \N{name}. The text is
/// UTF-8 and so are the strings. What is legal but unusual is added to `warnings`, with its byte.
/// Throws error(corrupt_header) naming the byte, what was found and what was expected;
/// error(limit_exceeded) for a number out of range, too deep a nesting and too many values;
/// error(unsupported) for a character by name.
literal parse_literal(std::string_view text, std::vector<std::string>& warnings,
                      const literal_options& options = {});

/// `value` as Python's repr() writes it: quotes as needed, ", " between items, "(1,)", characters
/// that do not print as escapes. Calls itself as deep as `value` nests.
std::string python_text(const literal& value);

/// A dtype from a descr: a type string, a list of fields (lists serve as tuples), or the dict
/// form {"names", "formats", "offsets", "itemsize"[, "titles"]}. Unusual spellings are added to
/// `warnings`. A top-level subarray ("<f8", (2,)) comes back through `subarray`; otherwise that is
/// made empty. Offsets of a list are the running sum of its sizes; ('', '|V4') is padding, and a
/// field without a name is called f0, f1, ... by its position. A format that has no dict form
/// refuses it before, by the literal's alternative.
/// Throws error(corrupt_header) naming the byte, error(limit_exceeded) for sizes beyond
/// dtype::max_item_bytes and types that nest too deep, error(unsupported) for float8 and metadata.
dtype dtype_from_descr(const literal& descr, std::vector<std::int64_t>& subarray,
                       std::vector<std::string>& warnings);

/// The descr that NumPy 1.24 writes for `type` (numpy.lib.format.dtype_to_descr): a type string,
/// or a list of fields with padding as ('', '|V4'). For records that such a list cannot tell
/// (overlapping fields or fields out of order) the dict form; also where such a record is a field
/// of another. bfloat16 is "<bf16" here: what a
/// format without that type writes instead is the format's choice.
literal descr_of(const dtype& type);

}  // namespace quarry
