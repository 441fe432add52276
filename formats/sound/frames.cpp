#include "formats/sound/frames.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "quarry/array/warnings.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/text.hpp"

#include "formats/field_text.hpp"

namespace quarry::formats {
namespace {

constexpr std::size_t max_remark_bytes = 65536;

// A rate is a whole number nearly always, and then shown as one.
attribute_value number_value(double number) {
  constexpr double exact_integers = 9007199254740992.0;  // 2^53
  if (number == std::floor(number) && std::abs(number) < exact_integers) {
    return {static_cast<std::int64_t>(number)};
  }
  return {number};
}

// Integers are fractions of full scale, which the lowest of them is the negative of; unsigned ones
// have silence in their middle.
scaling full_scale_of(const dtype& type) {
  scaling out;
  const bool is_unsigned = type.kind() == type_kind::unsigned_integer;
  if (!is_unsigned && type.kind() != type_kind::signed_integer) return out;
  out.scale = {std::ldexp(1.0, 1 - 8 * static_cast<int>(type.item_bytes()))};
  if (is_unsigned) out.offset = {-1.0};
  return out;
}

}  // namespace

array_info frames_of(const sound& of, std::uint64_t offset, std::uint64_t bytes,
                     std::vector<std::string>& warnings) {
  const std::int64_t frame_bytes =
      checked::mul(of.channels, of.type.item_bytes(), "the size of a frame");
  const auto all = checked::narrow<std::int64_t>(bytes, "the size of the samples");
  const std::int64_t frames = all / frame_bytes;
  if (const std::int64_t rest = all % frame_bytes; rest != 0) {
    add_warning(warnings, concat("byte ", offset + bytes - static_cast<std::uint64_t>(rest), ": ",
                                 rest, " bytes behind the last whole frame of ", frame_bytes));
  }
  array_info out;
  out.type = of.type;
  const std::array shape{frames, of.channels};
  out.where =
      layout::contiguous(std::span(shape).first(of.channels == 1 ? 1 : 2), of.type.item_bytes());
  out.offset_bytes = offset;
  out.scale = full_scale_of(of.type);
  out.attrs.push_back({"sample_rate", number_value(of.sample_rate)});
  return out;
}

void warn_of_open_end(std::uint64_t at, std::uint64_t bytes, std::vector<std::string>& warnings) {
  add_warning(warnings, concat("byte ", at,
                               ": the size of the samples was never written, as in a stream or an "
                               "unfinished recording: ",
                               bytes, " bytes to the end of the file are taken"));
}

void warn_of_file_end(std::uint64_t said, std::uint64_t data_end, std::uint64_t file_bytes,
                      std::vector<std::string>& warnings) {
  if (said == 0 || said == file_bytes || data_end > file_bytes) return;
  if (data_end > said) {
    add_warning(warnings, concat("the file says to end at byte ", said,
                                 ", but its samples end at byte ", data_end));
  } else if (said > file_bytes) {
    add_warning(warnings, concat("the file says to end at byte ", said, ", but it has ", file_bytes,
                                 " bytes"));
  } else {
    add_warning(warnings,
                concat("byte ", said, ": ", file_bytes - said, " bytes behind the file's own end"));
  }
}

skipped_array skipped_sound(std::string_view reason, std::string_view remedy) {
  return {.name = "", .reason = std::string(reason), .remedy = std::string(remedy)};
}

std::string remark_text(std::span<const std::byte> bytes) {
  std::string_view text = as_text(bytes);
  text = text.substr(0, std::min(text.find('\0'), max_remark_bytes));
  text = text.substr(0, text.find_last_not_of(" \r\n\t") + 1);
  return as_utf8(text);
}

}  // namespace quarry::formats
