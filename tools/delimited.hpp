// delimited.hpp: an array as CSV or JSON: every value in full, for other
// programs to read.
#pragma once
#include <ostream>

#include "quarry.hpp"

namespace quarry::tools {

/// Writes the array as CSV (RFC 4180, lines end with \n). One axis: a value per
/// line; more: a line per row of the last axis, in C order, without marks
/// between planes. Records: first a line of column names ("t", "position.x",
/// "v[0]"), then a line per record. Numbers have the fewest digits that read
/// back equal ("nan", "inf", "1.5-2j"); bool is True or False; dates are ISO
/// 8601, durations the count of their unit, NaT either way; byte strings are
/// their bytes, text is UTF-8, raw bytes are hexadecimal. Reads each element
/// once, in bounded memory. Without `has_names` the line of names is left out:
/// for rows that follow others. Throws what copy() throws.
void write_csv(std::ostream& to, const stacked& from, bool has_names = true);

/// Writes the array as JSON: a list per axis, records as objects, complex
/// numbers as [real, imaginary]. NaN, infinities and NaT, which JSON has no
/// words for, are null. Durations are the count of their unit, dates ISO 8601,
/// byte strings text of the same Latin-1 characters, raw bytes hexadecimal
/// text. Reads each element once, in bounded memory. Throws what copy() throws.
void write_json(std::ostream& to, const stacked& from);

}  // namespace quarry::tools
