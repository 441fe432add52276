// moments.hpp: counts of one time unit as counts of another, for datetimes and timedeltas.
// Units are of two families: months (Y, M) and fixed lengths of time (W to as). Only a datetime
// crosses between them, through the proleptic Gregorian calendar, as in NumPy.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "quarry/array/dtype.hpp"
#include "quarry/kernels/cast.hpp"

namespace quarry {

/// The count that means "not a time".
inline constexpr std::int64_t not_a_time = std::numeric_limits<std::int64_t>::min();

/// What NumPy 1.24 answers for two moments of the same `kind` whose units differ.
casting least_casting(time_unit from, time_unit to, type_kind kind) noexcept;

/// Turns counts of one unit into counts of another: exactly to a finer one, rounded down to a
/// coarser one. NaT stays NaT; a count without a unit (generic) keeps its number.
class moment_cast {
 public:
  /// How to get from `from` to `to` (both datetime or both timedelta), or nothing where no fixed
  /// relation exists: a unit to generic, and months to days in a timedelta.
  static std::optional<moment_cast> make(time_unit from, time_unit to, type_kind kind);

  /// The count of the new unit, or nothing if int64 cannot hold it.
  std::optional<std::int64_t> operator()(std::int64_t count) const noexcept;

 private:
  __extension__ using wide = __int128;  // holds every ratio of two units
  enum class calendar : std::uint8_t { none, months_to_days, days_to_months };

  // count * multiplier / divisor: steps before and after the calendar, or the only one.
  struct ratio {
    wide multiplier = 1;
    wide divisor = 1;
    static ratio of(time_unit from, time_unit to);
    bool apply(wide& count) const noexcept;
  };

  ratio before_;
  calendar crossing_ = calendar::none;
  ratio after_;
};

}  // namespace quarry
