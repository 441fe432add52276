// moment_text.hpp: dates and durations as text.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "quarry.hpp"

namespace quarry::tools {

/// ISO 8601 as numpy.datetime_as_string() writes it, no finer than the unit:
/// "2020-02", "2020-02-29", "2020-02-29T13", "2020-02-29T13:05:59.250". The
/// calendar is the Gregorian one at all times. Counts so large that they
/// overflow int64 in the base unit wrap, as NumPy's do. A generic unit, to
/// which NumPy gives no text, is the bare count. Precondition: count is not
/// not_a_time.
std::string datetime_text(std::int64_t count, const time_unit& unit);

/// The duration as NumPy prints a scalar: "125 seconds". Precondition as above.
std::string timedelta_text(std::int64_t count, const time_unit& unit);

}  // namespace quarry::tools
