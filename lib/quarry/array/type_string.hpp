// type_string.hpp: one NumPy type string, in and out; the word of which dtype_text and descr
// make sentences.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "quarry/array/dtype.hpp"

namespace quarry::detail {

/// One type of NumPy's type strings, names and one-letter codes, or one of quarry's own ("<i3",
/// "<bf16"). A spelling that NumPy does not write is added to `warnings`. Throws
/// error(invalid_argument), error(limit_exceeded) for an item beyond dtype::max_item_bytes,
/// error(unsupported) for float8.
dtype parse_one_type(std::string_view text, std::vector<std::string>& warnings);

/// "<f4", "|u1", "<M8[25s]", "<bf16". Precondition: not a record.
std::string type_string(const dtype& type);

}  // namespace quarry::detail
