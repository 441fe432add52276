// plain_value.hpp: values as other programs read them: no quotes, no units,
// full precision.
#pragma once
#include <cstddef>
#include <string>

#include "quarry.hpp"

namespace quarry::tools {

/// Appends a number, a date or a duration: "True", "-5", "1.5", "nan",
/// "1.5-2j", "2020-02-29", "125" (of a duration the count of its unit), "NaT".
void append_plain_number(std::string& out, const dtype& type, const std::byte* item);

/// A byte string's bytes, a text in UTF-8, raw bytes in hexadecimal.
std::string plain_string(const dtype& type, const std::byte* item);

/// True if the date or duration is NaT.
bool is_not_a_time(const dtype& type, const std::byte* item) noexcept;

}  // namespace quarry::tools
