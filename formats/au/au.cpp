#include "formats/au/au.hpp"

#include <algorithm>
#include <array>

#include "quarry/array/warnings.hpp"
#include "quarry/base/byte_reader.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/field_text.hpp"
#include "formats/sound/frames.hpp"

namespace quarry::formats {
namespace {

constexpr std::string_view big_magic = ".snd";
constexpr std::string_view little_magic = "dns.";  // DEC's
constexpr std::uint32_t fixed_bytes = 24;

// The encodings of Sun's audio_filehdr.h; those without bytes have no layout.
struct au_encoding {
  std::uint32_t number;
  type_kind kind;
  int bytes;
  std::string_view codec{};
};

constexpr au_encoding encodings[] = {
    {2, type_kind::signed_integer, 1},
    {3, type_kind::signed_integer, 2},
    {4, type_kind::signed_integer, 3},
    {5, type_kind::signed_integer, 4},
    {6, type_kind::floating, 4},
    {7, type_kind::floating, 8},
    {1, type_kind::raw, 0, "mu-law"},
    {23, type_kind::raw, 0, "G.721 ADPCM"},
    {24, type_kind::raw, 0, "G.722 ADPCM"},
    {25, type_kind::raw, 0, "G.723 ADPCM"},
    {26, type_kind::raw, 0, "G.723 ADPCM"},
    {27, type_kind::raw, 0, "A-law"},
};

struct au_header {
  byte_order order;
  std::uint32_t data_offset;
  std::uint32_t data_bytes;
  std::uint32_t encoding;
  std::uint32_t sample_rate;
  std::uint32_t channels;
};

au_header parse_header(byte_reader& in) {
  const std::string_view magic = in.text(4, "the magic");
  if (magic != big_magic && magic != little_magic) {
    throw error(errc::corrupt_header, "bytes 0 to 3 are not the magic .snd (or dns.)");
  }
  au_header out{};
  out.order = magic == big_magic ? byte_order::big : byte_order::little;
  out.data_offset = in.number<std::uint32_t>(out.order, "the offset of the data");
  out.data_bytes = in.number<std::uint32_t>(out.order, "the size of the data");
  out.encoding = in.number<std::uint32_t>(out.order, "the encoding");
  out.sample_rate = in.number<std::uint32_t>(out.order, "the sample rate");
  out.channels = in.number<std::uint32_t>(out.order, "the number of channels");
  if (out.data_offset < fixed_bytes) {
    throw error(errc::corrupt_header,
                concat("byte 4: the data starts at byte ", out.data_offset, ", inside the header"));
  }
  if (out.channels == 0) throw error(errc::corrupt_header, "byte 20: no channels");
  return out;
}

// A stream has no size, which the format provides for; a recording that was cut short has 0.
std::uint64_t data_bytes(const au_header& head, std::uint64_t file_bytes,
                         std::vector<std::string>& warnings) {
  const std::uint64_t there = file_bytes - head.data_offset;
  if (head.data_bytes == UINT32_MAX) return there;
  if (head.data_bytes == 0 && there > 0) {
    warn_of_open_end(8, there, warnings);
    return there;
  }
  if (head.data_bytes < there) {
    add_warning(warnings, concat("byte ", std::uint64_t{head.data_offset} + head.data_bytes, ": ",
                                 there - head.data_bytes, " bytes follow the data"));
  }
  return head.data_bytes;
}

int probe(const file_head& head) noexcept {
  const std::string_view start = as_text(head.bytes);
  return start.starts_with(big_magic) || start.starts_with(little_magic) ? 95 : 0;
}

catalog parse(std::span<const std::byte> file, const siblings& /*beside*/) {
  byte_reader in(file);
  const au_header head = parse_header(in);
  const auto annotation = in.bytes(head.data_offset - fixed_bytes, "the annotation");
  catalog out;
  const auto* const found = std::ranges::find(encodings, head.encoding, &au_encoding::number);
  if (found == std::end(encodings) || found->bytes == 0) {
    const bool is_known = found != std::end(encodings);
    out.skipped.push_back(
        skipped_sound(concat("its samples are coded as ", is_known ? found->codec : "a codec",
                             " (encoding ", head.encoding, ")"),
                      decode_remedy));
    return out;
  }
  const sound samples{dtype(found->kind, found->bytes, head.order), head.channels,
                      static_cast<double>(head.sample_rate)};
  array_info info = frames_of(samples, head.data_offset,
                              data_bytes(head, file.size(), out.warnings), out.warnings);
  if (std::string text = remark_text(annotation); !text.empty()) {
    info.attrs.push_back({"description", {std::move(text)}});
  }
  out.arrays.push_back(std::move(info));
  return out;
}

constexpr std::array<std::string_view, 2> suffixes{".au", ".snd"};

}  // namespace

constinit const format au{.name = "au", .suffixes = suffixes, .probe = probe, .parse = parse};

}  // namespace quarry::formats
