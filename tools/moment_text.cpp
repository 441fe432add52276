#include "tools/moment_text.hpp"

#include <array>

#include "quarry.hpp"

namespace quarry::tools {
namespace {

using base = time_unit::base;

struct divided {
  std::int64_t quotient;
  std::int64_t rest;  // 0 <= rest < divisor
};

divided floor_divide(std::int64_t value, std::int64_t divisor) noexcept {
  divided out{value / divisor, value % divisor};
  if (out.rest < 0) {
    --out.quotient;
    out.rest += divisor;
  }
  return out;
}

std::int64_t wrapping_multiply(std::int64_t a, std::int64_t b) noexcept {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}

std::int64_t wrapping_add(std::int64_t a, std::int64_t b) noexcept {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

// At least `width` characters, the sign among them, as printf("%0*d") pads.
void append_padded(std::string& out, std::int64_t value, std::size_t width) {
  std::string digits = std::to_string(value);
  const std::size_t sign = value < 0 ? 1 : 0;
  if (digits.size() < width) digits.insert(sign, width - digits.size(), '0');
  out += digits;
}

void append_month(std::string& out, std::int64_t year, std::int64_t month) {
  append_padded(out, year, 4);
  out += '-';
  append_padded(out, month, 2);
}

// The civil date of a day counted from 1970-01-01.
void append_date(std::string& out, std::int64_t days) {
  constexpr time_unit by_day{base::D, 1};
  constexpr time_unit by_month{base::M, 1};
  static const auto month_of = *moment_cast::make(by_day, by_month, type_kind::datetime);
  static const auto first_day_of = *moment_cast::make(by_month, by_day, type_kind::datetime);
  // The calendar repeats after 400 years. Thus the first of the month lies in int64 as well.
  constexpr std::int64_t cycle_days = 146097;
  constexpr std::int64_t cycle_months = 4800;
  const std::int64_t cycles = days < 0 ? 1 : 0;
  const std::int64_t day = days + cycles * cycle_days;
  const std::int64_t month = *month_of(day);
  const divided year = floor_divide(month - cycles * cycle_months, 12);
  append_month(out, year.quotient + 1970, year.rest + 1);
  out += '-';
  append_padded(out, day - *first_day_of(month) + 1, 2);
}

// Digits behind the seconds, and 10 to that power.
struct subsecond {
  std::size_t digits;
  std::int64_t per_second;
};

subsecond subsecond_of(base unit) noexcept {
  switch (unit) {
    case base::ms:
      return {3, 1'000};
    case base::us:
      return {6, 1'000'000};
    case base::ns:
      return {9, 1'000'000'000};
    case base::ps:
      return {12, 1'000'000'000'000};
    case base::fs:
      return {15, 1'000'000'000'000'000};
    case base::as:
      return {18, 1'000'000'000'000'000'000};
    default:
      return {0, 1};
  }
}

std::string hours_text(std::int64_t hours) {
  const divided day = floor_divide(hours, 24);
  std::string out;
  append_date(out, day.quotient);
  out += 'T';
  append_padded(out, day.rest, 2);
  return out;
}

std::string minutes_text(std::int64_t minutes) {
  const divided hour = floor_divide(minutes, 60);
  std::string out = hours_text(hour.quotient);
  out += ':';
  append_padded(out, hour.rest, 2);
  return out;
}

std::string seconds_text(std::int64_t ticks, base unit) {
  const subsecond part = subsecond_of(unit);
  const divided second = floor_divide(ticks, part.per_second);
  const divided minute = floor_divide(second.quotient, 60);
  std::string out = minutes_text(minute.quotient);
  out += ':';
  append_padded(out, minute.rest, 2);
  if (part.digits == 0) return out;
  out += '.';
  append_padded(out, second.rest, part.digits);
  return out;
}

}  // namespace

std::string datetime_text(std::int64_t count, const time_unit& unit) {
  const std::int64_t ticks = wrapping_multiply(count, unit.count);
  std::string out;
  switch (unit.unit) {
    case base::generic:
      return std::to_string(count);
    case base::Y:
      append_padded(out, wrapping_add(ticks, 1970), 4);
      return out;
    case base::M: {
      const divided year = floor_divide(ticks, 12);
      append_month(out, year.quotient + 1970, year.rest + 1);
      return out;
    }
    case base::W:
      append_date(out, wrapping_multiply(ticks, 7));
      return out;
    case base::D:
      append_date(out, ticks);
      return out;
    case base::h:
      return hours_text(ticks);
    case base::m:
      return minutes_text(ticks);
    default:
      return seconds_text(ticks, unit.unit);
  }
}

std::string timedelta_text(std::int64_t count, const time_unit& unit) {
  static constexpr std::array<std::string_view, 14> names = {"generic time units",
                                                             "years",
                                                             "months",
                                                             "weeks",
                                                             "days",
                                                             "hours",
                                                             "minutes",
                                                             "seconds",
                                                             "milliseconds",
                                                             "microseconds",
                                                             "nanoseconds",
                                                             "picoseconds",
                                                             "femtoseconds",
                                                             "attoseconds"};
  return concat(wrapping_multiply(count, unit.count), " ",
                names[static_cast<std::size_t>(unit.unit)]);
}

}  // namespace quarry::tools
