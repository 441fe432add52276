// scalar_text.hpp: one value as text, alone: what Python's str() and repr() say
// of a NumPy scalar.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "quarry.hpp"

namespace quarry::tools {

/// Appends str(x) of the scalar that `item` is: "True", "-5", "0.1", "1e+16",
/// "(1+2j)", "2020-02-29", "125 seconds", "NaT"; byte strings and raw bytes as
/// b'...', text as it is, in UTF-8 (what is no Unicode character becomes
/// U+FFFD). Numbers have the fewest digits that read back equal. Precondition:
/// `type` is no record.
void append_scalar(std::string& out, const dtype& type, const std::byte* item);

/// A floating-point number as append_scalar() writes it; `whole_point`: "1.0"
/// and not "1". T: see decimal.hpp.
template <class T>
void append_real(std::string& out, T value, bool whole_point = true);

/// Appends the repr() of a byte string: b'...', without the NUL bytes that pad
/// it.
void append_bytes_repr(std::string& out, const dtype& type, const std::byte* item);
/// Appends the repr() of a text, in UTF-8, without the NUL characters that pad
/// it.
void append_text_repr(std::string& out, const dtype& type, const std::byte* item);
/// Appends raw bytes as NumPy prints them: b'\x00\xFF'.
void append_raw_repr(std::string& out, const dtype& type, const std::byte* item);

/// The bytes of a byte string without its padding; valid while `item` is.
std::string_view string_bytes(const dtype& type, const std::byte* item) noexcept;
/// The code points of a text without its padding.
std::u32string text_codes(const dtype& type, const std::byte* item);

}  // namespace quarry::tools
