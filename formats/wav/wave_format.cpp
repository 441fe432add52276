#include "formats/wav/wave_format.hpp"

#include <algorithm>
#include <array>

#include "quarry/array/warnings.hpp"
#include "quarry/base/byte_reader.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry::formats {
namespace {

struct codec {
  std::uint16_t tag;
  std::string_view name;
};

// Of the registry of RFC 2361, what recorders and players wrote.
constexpr codec codecs[] = {{0x02, "Microsoft ADPCM"},
                            {0x06, "A-law"},
                            {0x07, "mu-law"},
                            {0x11, "IMA ADPCM"},
                            {0x31, "GSM 6.10"},
                            {0x40, "G.721 ADPCM"},
                            {0x45, "G.726 ADPCM"},
                            {0x50, "MPEG audio"},
                            {0x55, "MP3"},
                            {0x161, "Windows Media Audio"},
                            {0xf1ac, "FLAC"},
                            {wave_tag::extensible, "a GUID's own"}};

[[noreturn]] void fail(std::string_view why) {
  throw error(errc::corrupt_header, concat("the chunk 'fmt ': ", why));
}

// Behind the first 16 bytes of an extensible format.
void read_extension(byte_reader& in, byte_order order, wave_format& out) {
  const auto own_bytes = in.number<std::uint16_t>(order, "the size of the format's extension");
  if (own_bytes < 22) fail(concat("an extension of ", own_bytes, " bytes, expected 22"));
  out.valid_bits = in.number<std::uint16_t>(order, "the number of valid bits");
  out.channel_mask = in.number<std::uint32_t>(order, "the channel mask");
  const auto tag = in.number<std::uint32_t>(order, "the sub-format");
  // Two 16-bit fields of a GUID are swapped in big-endian files, its last 8 bytes are not.
  std::array<std::uint16_t, 2> fields{};
  for (auto& field : fields) field = in.number<std::uint16_t>(order, "the sub-format");
  const std::string_view end = in.text(8, "the sub-format");
  const bool is_known = fields == std::array<std::uint16_t, 2>{0, 0x10} &&
                        end == sub_format_end.substr(4) && tag < wave_tag::extensible;
  out.tag = is_known ? static_cast<std::uint16_t>(tag) : wave_tag::extensible;
}

std::string codec_name(std::uint16_t tag) {
  const auto* const found = std::ranges::find(codecs, tag, &codec::tag);
  return concat(found == std::end(codecs) ? "a codec" : found->name, " (format tag 0x", hex(tag, 4),
                ")");
}

std::optional<dtype> type_of(const wave_format& format, std::int64_t sample_bytes,
                             byte_order order) {
  if (format.tag == wave_tag::floating) {
    if (sample_bytes != 4 && sample_bytes != 8) return std::nullopt;
    return dtype(type_kind::floating, sample_bytes, order);
  }
  if (sample_bytes == 1) return dtype(type_kind::unsigned_integer, 1);
  if (sample_bytes > 4 && sample_bytes != 8) return std::nullopt;
  return dtype(type_kind::signed_integer, sample_bytes, order);
}

// Throws where frames, channels and bits disagree: readers would see different samples.
std::int64_t checked_sample_bytes(const wave_format& format) {
  if (format.channels == 0) fail("no channels");
  if (format.sample_bits == 0) fail("samples of 0 bits");
  const int sample_bytes = (format.sample_bits + 7) / 8;
  if (format.frame_bytes != format.channels * sample_bytes) {
    fail(concat("frames of ", format.frame_bytes, " bytes, but ", format.channels, " channels of ",
                format.sample_bits, " bits take ", format.channels * sample_bytes));
  }
  if (format.valid_bits > format.sample_bits) {
    fail(concat(format.valid_bits, " valid bits in samples of ", format.sample_bits));
  }
  return sample_bytes;
}

void warn_of_rates(const wave_format& format, std::vector<std::string>& warnings) {
  if (format.sample_rate == 0) add_warning(warnings, "the chunk 'fmt ': a sample rate of 0");
  const std::uint64_t expected = std::uint64_t{format.sample_rate} * format.frame_bytes;
  if (format.bytes_per_second != expected) {
    add_warning(warnings, concat("the chunk 'fmt ': ", format.bytes_per_second,
                                 " bytes a second, but rate and frames make ", expected));
  }
}

}  // namespace

wave_format parse_wave_format(std::span<const std::byte> contents, std::uint64_t at,
                              byte_order order) {
  byte_reader in(contents);
  wave_format out;
  out.tag = in.number<std::uint16_t>(order, "the format tag");
  out.channels = in.number<std::uint16_t>(order, "the number of channels");
  out.sample_rate = in.number<std::uint32_t>(order, "the sample rate");
  out.bytes_per_second = in.number<std::uint32_t>(order, "the byte rate");
  out.frame_bytes = in.number<std::uint16_t>(order, "the size of a frame");
  out.sample_bits = in.number<std::uint16_t>(order, "the bits of a sample");
  if (out.tag != wave_tag::extensible) return out;
  if (contents.size() < 40) {
    fail(concat("at byte ", at, " an extensible format of ", contents.size(),
                " bytes, expected 40"));
  }
  read_extension(in, order, out);
  return out;
}

wave_samples samples_of(const wave_format& format, byte_order order,
                        std::vector<std::string>& warnings) {
  if (format.tag != wave_tag::pcm && format.tag != wave_tag::floating) {
    return {
        {},
        skipped_sound(concat("its samples are coded as ", codec_name(format.tag)), decode_remedy)};
  }
  const std::int64_t sample_bytes = checked_sample_bytes(format);
  warn_of_rates(format, warnings);
  const auto type = type_of(format, sample_bytes, order);
  if (!type) {
    const bool is_float = format.tag == wave_tag::floating;
    return {{},
            skipped_sound(concat(is_float ? "floating-point" : "integer", " samples of ",
                                 format.sample_bits, " bits in ", sample_bytes, " bytes"),
                          "save what scipy.io.wavfile.read() returns by np.save()")};
  }
  return {sound{*type, format.channels, static_cast<double>(format.sample_rate)}, {}};
}

}  // namespace quarry::formats
