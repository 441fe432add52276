#include "formats/wav/wav_plan.hpp"

#include <algorithm>
#include <cmath>
#include <variant>

#include "quarry/array/dtype_text.hpp"
#include "quarry/base/byte_writer.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/wav/wave_format.hpp"

namespace quarry::formats {
namespace {

constexpr std::uint32_t in_ds64 = 0xffffffff;  // in the place of a size
constexpr std::size_t data_offset = 128;       // whatever chunks are before it
constexpr std::size_t chunk_header_bytes = 8;

// What is to be written, in the words of the header.
struct recording {
  wave_format format;
  bool is_extensible = false;
  std::uint64_t frames = 0;
  std::uint64_t data_bytes = 0;
  std::uint64_t file_bytes = 0;

  bool has_fact() const { return is_extensible || format.tag != wave_tag::pcm; }
  bool is_long() const { return file_bytes - chunk_header_bytes >= in_ds64; }
  std::uint32_t fmt_bytes() const {
    return is_extensible ? 40 : format.tag == wave_tag::pcm ? 16 : 18;
  }
};

[[noreturn]] void refuse(std::string_view why) { throw error(errc::unsupported, why); }

void check_type(const dtype& type) {
  const std::int64_t bytes = type.item_bytes();
  const bool is_held = (type.kind() == type_kind::unsigned_integer && bytes == 1) ||
                       (type.kind() == type_kind::signed_integer && bytes >= 2 && bytes <= 4) ||
                       (type.kind() == type_kind::floating && (bytes == 4 || bytes == 8));
  if (!is_held || type.order() == byte_order::big) {
    refuse(concat("a .wav holds |u1, <i2, <i3, <i4, <f4 or <f8, not ", to_string(type)));
  }
}

std::uint32_t sample_rate_of(const attributes& attrs) {
  const attribute_value* const found = find_attribute(attrs, "sample_rate");
  if (found == nullptr) {
    refuse("a .wav needs the attribute sample_rate, in Hz, which the array does not have");
  }
  double rate = 0;
  if (const auto* whole = std::get_if<std::int64_t>(&found->value)) {
    rate = static_cast<double>(*whole);
  } else if (const auto* real = std::get_if<double>(&found->value)) {
    rate = *real;
  }
  if (!(rate >= 1 && rate <= UINT32_MAX && rate == std::floor(rate))) {
    refuse("a .wav holds a sample_rate from 1 to 4294967295 in whole Hz, not the array's");
  }
  return static_cast<std::uint32_t>(rate);
}

recording recording_of(const array_info& from) {
  check_type(from.type);
  const layout& where = from.where;
  if (where.rank() < 1 || where.rank() > 2 || !where.is_contiguous(memory_order::c)) {
    refuse("a .wav holds frames of channels, 1 or 2 axes in C order");
  }
  const std::int64_t channels = where.rank() == 2 ? where.extent(1) : 1;
  const std::int64_t sample_bytes = where.item_bytes();
  if (channels < 1 || channels > UINT16_MAX / sample_bytes) {
    refuse(concat("a .wav holds 1 to ", UINT16_MAX / sample_bytes, " channels of ", sample_bytes,
                  " bytes, not ", channels));
  }
  const auto frame_bytes = static_cast<std::uint16_t>(channels * sample_bytes);
  const bool is_float = from.type.kind() == type_kind::floating;
  recording out;
  out.format = {.tag = is_float ? wave_tag::floating : wave_tag::pcm,
                .channels = static_cast<std::uint16_t>(channels),
                .sample_rate = sample_rate_of(from.attrs),
                .frame_bytes = frame_bytes,
                .sample_bits = static_cast<std::uint16_t>(8 * sample_bytes)};
  // A product beyond 32 bits, which no player asks for, is all ones.
  out.format.bytes_per_second = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(std::uint64_t{out.format.sample_rate} * frame_bytes, UINT32_MAX));
  out.is_extensible = channels > 2 || (!is_float && sample_bytes > 2);
  out.frames = static_cast<std::uint64_t>(where.extent(0));
  out.data_bytes = static_cast<std::uint64_t>(where.size_bytes());
  out.file_bytes = checked::add<std::uint64_t>(
      data_offset, checked::round_up<std::uint64_t>(out.data_bytes, 2, "the file's size"),
      "the file's size");
  return out;
}

void put_format(byte_writer& out, const recording& of) {
  out.text("fmt ");
  out.number(of.fmt_bytes());
  out.number(of.is_extensible ? wave_tag::extensible : of.format.tag);
  out.number(of.format.channels);
  out.number(of.format.sample_rate);
  out.number(of.format.bytes_per_second);
  out.number(of.format.frame_bytes);
  out.number(of.format.sample_bits);
  if (of.is_extensible) {
    out.number(std::uint16_t{22});      // bytes that follow
    out.number(of.format.sample_bits);  // all bits are valid
    out.number(std::uint32_t{0});       // channels belong to no loudspeakers
    out.number(std::uint32_t{of.format.tag});
    out.text(sub_format_end);
  } else if (of.format.tag != wave_tag::pcm) {
    out.number(std::uint16_t{0});
  }
}

void put_long_sizes(byte_writer& out, const recording& of) {
  out.text("ds64");
  out.number(std::uint32_t{28});
  out.number(of.file_bytes - chunk_header_bytes);
  out.number(of.data_bytes);
  out.number(of.frames);
  out.number(std::uint32_t{0});  // no other chunk is long
}

std::vector<std::byte> header_of(const recording& of) {
  constexpr std::uint32_t fact_bytes = 4;
  const auto size32 = [&](std::uint64_t size) {
    return of.is_long() ? in_ds64 : static_cast<std::uint32_t>(size);
  };
  byte_writer out;
  out.text(of.is_long() ? "RF64" : "RIFF");
  out.number(size32(of.file_bytes - chunk_header_bytes));
  out.text("WAVE");
  if (of.is_long()) put_long_sizes(out, of);
  // What every reader skips, so that the samples start at a multiple of 64.
  const std::size_t behind = chunk_header_bytes + of.fmt_bytes() +
                             (of.has_fact() ? chunk_header_bytes + fact_bytes : 0) +
                             chunk_header_bytes;
  const std::size_t filler = data_offset - out.size() - chunk_header_bytes - behind;
  out.text("JUNK");
  out.number(static_cast<std::uint32_t>(filler));
  out.fill(filler);
  put_format(out, of);
  if (of.has_fact()) {
    out.text("fact");
    out.number(fact_bytes);
    out.number(size32(of.frames));
  }
  out.text("data");
  out.number(size32(of.data_bytes));
  return out.take();
}

}  // namespace

file_plan plan_wav(std::span<const array_info> arrays) {
  if (arrays.size() != 1) refuse(concat("a .wav holds one array, not ", arrays.size()));
  const recording made = recording_of(arrays.front());
  file_plan out;
  out.header = header_of(made);
  out.offsets_bytes = {data_offset};
  out.file_bytes = made.file_bytes;
  return out;
}

}  // namespace quarry::formats
