// dtype_text.hpp: dtypes as people write them: '<i2', 'float32', '{t:>f8, v:<f4[3]}'.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "quarry/array/dtype.hpp"

namespace quarry {

/// A dtype from text: a NumPy type string ("<i2", "|S5", "<M8[ns]", "<i3"), a name ("float32",
/// "bf16"; native order), or a record "{name:TYPE[dims], ...}", packed, nesting allowed.
/// Throws error(invalid_argument) naming the character and what was expected.
dtype parse_dtype(std::string_view text);

/// One type string of a file's descr: as parse_dtype() but without the record form, and with
/// NumPy's wider habits: "f8", "=f8", "|f8", one-letter codes and names are native order, and
/// each is reported in `warnings`. Throws error(invalid_argument).
dtype parse_type_string(std::string_view text, std::vector<std::string>& warnings);

/// The canonical text: "<f4", "|u1", "<M8[25s]", "{t:>f8, v:<f4[3]}". Reads back equal, except
/// for a record with gaps or overlaps, which shows its offsets as "name@8:TYPE".
std::string to_string(const dtype& type);

}  // namespace quarry
