#include "formats/trc/wavedesc.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "quarry/base/byte_reader.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/field_text.hpp"

namespace quarry::formats {
namespace {

constexpr std::string_view magic = "WAVEDESC";
constexpr std::string_view known_template = "LECROY_2_3";
constexpr std::size_t searched_bytes = 64;
constexpr std::uint64_t least_bytes = 346;  // of the descriptor itself

// The descriptor's variables at the offsets that the template tells: "< 36> WAVE_DESCRIPTOR: long".
class variables {
 public:
  variables(std::span<const std::byte> file, std::size_t start) noexcept
      : in_(file), start_(start) {}

  void set_order(byte_order order) noexcept { order_ = order; }

  template <class Number>
  Number number(std::uint64_t offset, std::string_view name) {
    in_.seek(start_ + offset, name);
    return in_.number<Number>(order_, name);
  }

  // Of 0 to `most`.
  std::uint16_t choice(std::uint64_t offset, std::string_view name, std::uint16_t most) {
    const auto found = number<std::uint16_t>(offset, name);
    if (found > most) fail(offset, name, concat("is ", found, ", not 0 to ", most));
    return found;
  }

  // A length or a count, which the template makes signed.
  std::uint64_t size(std::uint64_t offset, std::string_view name) {
    const auto found = number<std::int32_t>(offset, name);
    if (found < 0) fail(offset, name, concat("is ", found));
    return static_cast<std::uint64_t>(found);
  }

  double real(std::uint64_t offset, std::string_view name) {
    const auto found = number<float>(offset, name);
    if (!std::isfinite(found)) fail(offset, name, "is not finite");
    return found;
  }

  std::string text(std::uint64_t offset, std::uint64_t bytes, std::string_view name) {
    in_.seek(start_ + offset, name);
    return as_utf8(until_nul(in_.text(bytes, name)));
  }

  [[noreturn]] void fail(std::uint64_t offset, std::string_view name, std::string_view why,
                         errc code = errc::corrupt_header) const {
    throw error(code, concat("byte ", start_ + offset, ": ", name, " ", why));
  }

 private:
  byte_reader in_;
  std::size_t start_;
  byte_order order_ = byte_order::little;
};

// COMM_ORDER is 1, low byte first, or 0, in the order that it tells.
byte_order read_order(variables& in) {
  return in.choice(34, "COMM_ORDER", 1) == 1 ? byte_order::little : byte_order::big;
}

void require_absent(variables& in, std::uint64_t offset, std::string_view name) {
  if (in.size(offset, name) != 0) in.fail(offset, name, "is not 0", errc::unsupported);
}

void read_sizes(variables& in, wavedesc& out) {
  out.sample_bytes = in.choice(32, "COMM_TYPE", 1) + 1;
  out.descriptor = in.size(36, "WAVE_DESCRIPTOR");
  if (out.descriptor < least_bytes) {
    in.fail(36, "WAVE_DESCRIPTOR",
            concat("is ", out.descriptor, ", not ", least_bytes, " or more"));
  }
  out.user_text = in.size(40, "USER_TEXT");
  require_absent(in, 44, "RES_DESC1");
  out.trigtime_array = in.size(48, "TRIGTIME_ARRAY");
  out.ris_time_array = in.size(52, "RIS_TIME_ARRAY");
  require_absent(in, 56, "RES_ARRAY1");
  out.wave_array_1 = in.size(60, "WAVE_ARRAY_1");
  out.wave_array_2 = in.size(64, "WAVE_ARRAY_2");
  require_absent(in, 68, "RES_ARRAY2");
  require_absent(in, 72, "RES_ARRAY3");
  out.points = static_cast<std::int64_t>(in.size(116, "WAVE_ARRAY_COUNT"));
  const std::uint64_t segments = in.size(144, "SUBARRAY_COUNT");
  out.segments = static_cast<std::int64_t>(std::max<std::uint64_t>(segments, 1));
}

std::string padded(std::int64_t number, std::size_t digits) {
  const std::string text = std::to_string(number);
  return std::string(digits - std::min(digits, text.size()), '0') + text;
}

// TRIGGER_TIME: seconds, minutes, hours, days, months, years.
std::string read_time(variables& in) {
  constexpr std::string_view name = "TRIGGER_TIME";
  const auto seconds = in.number<double>(296, name);
  const int minutes = in.number<std::uint8_t>(304, name);
  const int hours = in.number<std::uint8_t>(305, name);
  const int day = in.number<std::uint8_t>(306, name);
  const int month = in.number<std::uint8_t>(307, name);
  const int year = in.number<std::int16_t>(308, name);
  const bool is_date = year > 0 && month > 0 && month <= 12 && day > 0 && day <= 31;
  const bool is_time = hours < 24 && minutes < 60;
  if (!is_date || !is_time || !(seconds >= 0 && seconds < 60)) return {};
  const auto whole = static_cast<std::int64_t>(seconds);
  const auto nanoseconds = static_cast<std::int64_t>((seconds - static_cast<double>(whole)) * 1e9);
  return concat(padded(year, 4), "-", padded(month, 2), "-", padded(day, 2), "T", padded(hours, 2),
                ":", padded(minutes, 2), ":", padded(whole, 2), ".", padded(nanoseconds, 9));
}

void read_meaning(variables& in, wavedesc& out) {
  out.instrument_name = in.text(76, 16, "INSTRUMENT_NAME");
  out.trace_label = in.text(96, 16, "TRACE_LABEL");
  out.vertical_gain = in.real(156, "VERTICAL_GAIN");
  out.vertical_offset = in.real(160, "VERTICAL_OFFSET");
  out.nominal_bits = in.number<std::int16_t>(172, "NOMINAL_BITS");
  out.horizontal_interval = in.real(176, "HORIZ_INTERVAL");
  out.horizontal_offset = in.number<double>(180, "HORIZ_OFFSET");
  out.vertical_unit = in.text(196, 48, "VERTUNIT");
  out.horizontal_unit = in.text(244, 48, "HORUNIT");
  out.trigger_time = read_time(in);
  out.record_type = in.number<std::uint16_t>(316, "RECORD_TYPE");
  out.wave_source = in.number<std::uint16_t>(344, "WAVE_SOURCE");
}

}  // namespace

std::optional<std::size_t> find_wavedesc(std::span<const std::byte> file) noexcept {
  const std::string_view start =
      as_text(file.first(std::min(file.size(), searched_bytes + magic.size())));
  const std::size_t at = start.find(magic);
  return at == std::string_view::npos ? std::nullopt : std::optional(at);
}

wavedesc read_wavedesc(std::span<const std::byte> file) {
  const auto start = find_wavedesc(file);
  if (!start) {
    throw error(errc::corrupt_header,
                concat("no WAVEDESC starts in the first ", searched_bytes, " bytes"));
  }
  wavedesc out;
  out.start = *start;
  variables in(file, out.start);
  if (const std::string found = in.text(16, 16, "TEMPLATE_NAME"); found != known_template) {
    in.fail(16, "TEMPLATE_NAME", concat("is '", escaped(found), "', not ", known_template),
            errc::unsupported);
  }
  out.order = read_order(in);
  in.set_order(out.order);
  read_sizes(in, out);
  read_meaning(in, out);
  return out;
}

}  // namespace quarry::formats
