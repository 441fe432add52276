// dtype_text.hpp: dtypes as people write them: '<i2', 'float32', '{t:>f8, v:<f4[3]}'.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "quarry/array/dtype.hpp"

namespace quarry {

/// A dtype from text: a NumPy type string ("<i2", "|S5", "<M8[ns]"), one of quarry's own ("<i3",
/// "bf16"), a name ("float32"; native order), or a record "{name:TYPE[dims], ...}", packed,
/// nesting allowed. A record's fields may give their offsets instead ("name@8:TYPE"; one without
/// continues behind the one before), and a last entry "@24" gives the record's size. A name that
/// is not letters, digits and "_-." stands in quotes: 'a b', with \' and \\ inside.
/// Throws error(invalid_argument) naming the character and what was expected, and what
/// dtype::record() throws.
dtype parse_dtype(std::string_view text);

/// As parse_dtype(), for a type that is only the beginning of `text`, from character `position`
/// on; moves `position` behind it.
dtype parse_dtype_at(std::string_view text, std::size_t& position);

/// One type string of a file's descr: as parse_dtype() but without the record form, and with
/// NumPy's wider habits: "f8", "=f8", "|f8", one-letter codes and names are native order, and
/// "i8,3f4" is a record of the fields f0 and f1; each is reported in `warnings`.
/// Throws error(invalid_argument), error(limit_exceeded) for an item beyond
/// dtype::max_item_bytes, error(unsupported) for float8.
dtype parse_type_string(std::string_view text, std::vector<std::string>& warnings);

/// The canonical text: "<f4", "|u1", "<M8[25s]", "{t:>f8, v:<f4[3]}". Reads back equal by
/// parse_dtype(), but for titles, which are left out. A record with gaps or overlaps shows its
/// offsets ("name@8:TYPE") and, if its end is not that of the last field, its size ("@24").
std::string to_string(const dtype& type);

}  // namespace quarry
