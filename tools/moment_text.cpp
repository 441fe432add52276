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

// The civil date of a day counted from 1970-01-01, after Howard Hinnant's
// days-to-civil algorithm
// (https://howardhinnant.github.io/date_algorithms.html), split so that no day
// overflows: years start in March, and 400 of them are one era.
void append_date(std::string& out, std::int64_t days) {
  constexpr std::int64_t era_days = 146097;
  constexpr divided epoch{4, 135080};  // 1970-01-01 in eras and days since 0000-03-01
  const divided since = floor_divide(days, era_days);
  const divided carried = floor_divide(since.rest + epoch.rest, era_days);
  const std::int64_t era = since.quotient + carried.quotient + epoch.quotient;
  const std::int64_t day = carried.rest;
  const std::int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
  const std::int64_t day_of_year = day - (365 * year + year / 4 - year / 100);
  const std::int64_t month = (5 * day_of_year + 2) / 153;  // 0: March
  append_month(out, era * 400 + year + (month >= 10 ? 1 : 0), month < 10 ? month + 3 : month - 9);
  out += '-';
  append_padded(out, day_of_year - (153 * month + 2) / 5 + 1, 2);
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
