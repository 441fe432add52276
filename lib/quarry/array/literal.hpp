// literal.hpp: the value tree in which descriptions of arrays are written: Python literals in
// .npy headers, JSON in typed .bin files. Descr text in and out of dtypes goes through it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
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
  struct dict {
    std::vector<std::pair<literal, literal>> items;
  };

  std::variant<std::monostate, bool, std::int64_t, double, std::string, tuple, list, dict> value;
  std::size_t position = 0;  ///< byte of the text where it starts
};

/// What parse_literal() lets pass.
struct literal_options {
  bool python2_integers = true;  ///< `2L` is 2
  std::size_t max_depth = 32;    ///< of nested brackets
};

/// Reads one Python literal as ast.literal_eval does, without recursion and in linear time.
/// Understood: single, double and triple quotes, prefixes u and r, escapes, adjacent strings,
/// integers in bases 2, 8, 10 and 16 with underscores, comments. What is legal but unusual is
/// added to `warnings`, with its byte. Throws error(corrupt_header) naming the byte, what was
/// found and what was expected; error(limit_exceeded) for an integer beyond int64 and for too
/// deep a nesting.
literal parse_literal(std::string_view text, std::vector<std::string>& warnings,
                      const literal_options& options = {});

/// `value` as Python's repr() writes it: single quotes, ", " between items, "(1,)".
std::string python_text(const literal& value);

/// A dtype from a descr: a type string, a list of fields (lists serve as tuples), or the dict
/// form {"names", "formats", "offsets", "itemsize"[, "titles"]}. Unusual spellings are added to
/// `warnings`. A top-level subarray ("<f8", (2,)) comes back through `subarray`, which must be
/// empty before. Throws error(corrupt_header) naming the byte.
dtype dtype_from_descr(const literal& descr, std::vector<std::int64_t>& subarray,
                       std::vector<std::string>& warnings);

/// The descr that NumPy 1.24 writes for `type` (numpy.lib.format.dtype_to_descr): a type string,
/// or a list of fields with padding as ('', '|V4'). For records that such a list cannot tell
/// (overlapping fields or fields out of order) the dict form. bfloat16 is "<bf16" here: what a
/// format without that type writes instead is the format's choice.
literal descr_of(const dtype& type);

}  // namespace quarry
