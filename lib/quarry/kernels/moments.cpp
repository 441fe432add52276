#include "quarry/kernels/moments.hpp"

namespace quarry {
namespace {

__extension__ using wide = __int128;
using unit = time_unit::base;

bool is_months(unit u) { return u == unit::Y || u == unit::M; }

// How many of the next finer unit make one of `u`, for the fixed lengths.
std::int64_t steps_to_next(unit u) {
  switch (u) {
    case unit::W:
      return 7;
    case unit::D:
      return 24;
    case unit::h:
    case unit::m:
      return 60;
    default:
      return 1000;
  }
}

// How many `fine` make one `coarse`; both of the same family, coarse not finer than fine.
wide units_in(unit coarse, unit fine) {
  if (is_months(coarse)) return coarse == fine ? 1 : 12;
  wide factor = 1;
  for (unit u = coarse; u < fine; u = static_cast<unit>(static_cast<int>(u) + 1)) {
    factor *= steps_to_next(u);
  }
  return factor;
}

wide floor_divide(wide value, wide divisor) noexcept {
  const wide quotient = value / divisor;
  return value % divisor < 0 ? quotient - 1 : quotient;
}

wide greatest_common_divisor(wide a, wide b) {
  while (b != 0) {
    const wide rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

// Days from 1970-01-01 to the first day of a month counted from January 1970. The year starts in
// March, so that the leap day is its last, and repeats after 400 years of 146097 days.
wide days_from_months(wide months) noexcept {
  const wide from_march = months + 10;  // since March 1969
  const wide year = floor_divide(from_march, 12) + 1969;
  const wide month = from_march - (year - 1969) * 12;
  const wide era = floor_divide(year, 400);
  const wide year_of_era = year - era * 400;
  const wide day_of_year = (153 * month + 2) / 5;
  const wide day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

// The month, counted from January 1970, in which a day counted from 1970-01-01 lies.
wide months_from_days(wide days) noexcept {
  const wide shifted = days + 719468;  // since 0000-03-01
  const wide era = floor_divide(shifted, 146097);
  const wide day_of_era = shifted - era * 146097;
  const wide year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const wide day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const wide month = (5 * day_of_year + 2) / 153;
  return (era * 400 + year_of_era - 1969) * 12 + month - 10;
}

// NumPy's datetime_metadata_divides(): whether every count of `from` is a whole count of `to`,
// which is not coarser. As there, months to days count as whole for a datetime, and a ratio beyond
// 56 bits as not.
bool divides(time_unit from, time_unit to) {
  if (is_months(from.unit) != is_months(to.unit)) return true;
  const wide multiplier = from.count * units_in(from.unit, to.unit);
  return multiplier >> 56 == 0 && multiplier % to.count == 0;
}

}  // namespace

casting least_casting(time_unit from, time_unit to, type_kind kind) noexcept {
  if (from == to) return casting::no;
  if (from.unit == unit::generic) return casting::safe;
  if (to.unit == unit::generic) return casting::unsafe;
  const bool crosses = is_months(from.unit) != is_months(to.unit);
  if (crosses && kind == type_kind::timedelta) return casting::unsafe;
  return from.unit <= to.unit && divides(from, to) ? casting::safe : casting::same_kind;
}

moment_cast::ratio moment_cast::ratio::of(time_unit from, time_unit to) {
  wide multiplier = from.count;
  wide divisor = to.count;
  if (from.unit <= to.unit) {
    multiplier *= units_in(from.unit, to.unit);
  } else {
    divisor *= units_in(to.unit, from.unit);
  }
  const wide common = greatest_common_divisor(multiplier, divisor);
  return {multiplier / common, divisor / common};
}

bool moment_cast::ratio::apply(wide& count) const noexcept {
  if (__builtin_mul_overflow(count, multiplier, &count)) return false;
  if (divisor != 1) count = floor_divide(count, divisor);
  return true;
}

std::optional<moment_cast> moment_cast::make(time_unit from, time_unit to, type_kind kind) {
  moment_cast out;
  if (from.unit == unit::generic || from == to) return out;
  if (to.unit == unit::generic) return std::nullopt;
  if (is_months(from.unit) == is_months(to.unit)) {
    out.before_ = ratio::of(from, to);
    return out;
  }
  if (kind == type_kind::timedelta) return std::nullopt;
  const bool from_months = is_months(from.unit);
  out.crossing_ = from_months ? calendar::months_to_days : calendar::days_to_months;
  out.before_ = ratio::of(from, {from_months ? unit::M : unit::D, 1});
  out.after_ = ratio::of({from_months ? unit::D : unit::M, 1}, to);
  return out;
}

std::optional<std::int64_t> moment_cast::operator()(std::int64_t count) const noexcept {
  if (count == not_a_time) return not_a_time;
  wide value = count;
  if (!before_.apply(value)) return std::nullopt;
  if (crossing_ == calendar::months_to_days) value = days_from_months(value);
  if (crossing_ == calendar::days_to_months) value = months_from_days(value);
  if (!after_.apply(value)) return std::nullopt;
  const auto narrow = static_cast<std::int64_t>(value);
  if (narrow != value || narrow == not_a_time) return std::nullopt;
  return narrow;
}

}  // namespace quarry
