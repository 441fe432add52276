#include "formats/aiff/aiff.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "quarry/array/warnings.hpp"
#include "quarry/base/byte_reader.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/field_text.hpp"
#include "formats/sound/chunks.hpp"
#include "formats/sound/frames.hpp"

namespace quarry::formats {
namespace {

constexpr std::size_t header_bytes = 12;

// sox cannot know these when it writes to a pipe.
constexpr std::uint32_t sox_stream_bytes = 0x7f000008;

// How AIFF-C codes samples. `bytes` 0: as many as the bits need.
struct coding {
  std::string_view id;
  type_kind kind;
  int bytes;
  byte_order order;
};

constexpr coding codings[] = {
    {"NONE", type_kind::signed_integer, 0, byte_order::big},
    {"twos", type_kind::signed_integer, 0, byte_order::big},
    {"sowt", type_kind::signed_integer, 0, byte_order::little},
    {"raw ", type_kind::unsigned_integer, 1, byte_order::none},
    {"in24", type_kind::signed_integer, 3, byte_order::big},
    {"in32", type_kind::signed_integer, 4, byte_order::big},
    {"42ni", type_kind::signed_integer, 3, byte_order::little},
    {"42n1", type_kind::signed_integer, 3, byte_order::little},  // as libsndfile spells it
    {"23ni", type_kind::signed_integer, 4, byte_order::little},
    {"fl32", type_kind::floating, 4, byte_order::big},
    {"FL32", type_kind::floating, 4, byte_order::big},
    {"fl64", type_kind::floating, 8, byte_order::big},
    {"FL64", type_kind::floating, 8, byte_order::big},
};

struct common_chunk {
  std::uint16_t channels = 0;
  std::uint32_t frames = 0;
  std::uint16_t sample_bits = 0;
  double sample_rate = 0;
  std::string_view coding = "NONE";
};

// The 80-bit number of the 68881: sign, 15 bits of exponent, 64 bits of fraction.
double extended(byte_reader& in) {
  const auto head = in.number<std::uint16_t>(byte_order::big, "the sample rate");
  const auto fraction = in.number<std::uint64_t>(byte_order::big, "the sample rate");
  const int exponent = (head & 0x7fff) - 16383 - 63;
  const double size = std::ldexp(static_cast<double>(fraction), exponent);
  return (head & 0x8000) != 0 ? -size : size;
}

common_chunk parse_common(std::span<const std::byte> contents, bool is_aifc) {
  byte_reader in(contents);
  common_chunk out;
  out.channels = in.number<std::uint16_t>(byte_order::big, "the number of channels");
  out.frames = in.number<std::uint32_t>(byte_order::big, "the number of frames");
  out.sample_bits = in.number<std::uint16_t>(byte_order::big, "the bits of a sample");
  out.sample_rate = extended(in);
  if (is_aifc) out.coding = in.text(4, "the compression");
  if (out.channels == 0) throw error(errc::corrupt_header, "the chunk 'COMM': no channels");
  return out;
}

// Where the samples are; parts of the chunk SSND.
struct sound_chunk {
  chunk whole;
  std::uint64_t start = 0;
  std::uint64_t bytes = 0;
};

// What the walk through the chunks, which may come in any order, has found.
struct contents {
  std::uint64_t form_end = 0;  // 0: not said
  std::optional<common_chunk> common;
  std::optional<sound_chunk> sound;
  attributes remarks;
  std::vector<std::string> warnings;
};

sound_chunk parse_sound(std::span<const std::byte> file, const chunk& found) {
  byte_reader in(file);
  in.seek(found.start, "the chunk 'SSND'");
  const auto skipped = in.number<std::uint32_t>(byte_order::big, "the offset of the samples");
  in.number<std::uint32_t>(byte_order::big, "the block size of the samples");
  sound_chunk out;
  out.whole = found;
  out.start = in.position() + skipped;
  const std::uint64_t before = out.start - found.start;
  if (found.is_sized && found.bytes < before) {
    throw error(errc::corrupt_header,
                concat("byte ", found.at, ": the chunk 'SSND' has ", found.bytes,
                       " bytes, its samples start behind ", before));
  }
  out.bytes = found.is_sized ? found.bytes - before : 0;
  return out;
}

void take_remark(const chunk& next, std::span<const std::byte> bytes, attributes& remarks) {
  constexpr std::array<std::string_view, 2> texts{"NAME", "AUTH"};
  const bool is_note = next.id == "ANNO";
  if (!is_note && std::ranges::find(texts, next.id) == texts.end()) return;
  if (std::string text = remark_text(bytes); !text.empty()) {
    remarks.push_back({is_note ? "description" : std::string(next.id), {std::move(text)}});
  }
}

[[noreturn]] void refuse_second(const chunk& next) {
  throw error(errc::corrupt_header, concat("byte ", next.at, ": a second chunk '", next.id, "'"));
}

contents walk(std::span<const std::byte> file, bool is_aifc, std::uint64_t form_end) {
  contents out;
  out.form_end = form_end;
  chunk_reader in(file, header_bytes, byte_order::big);
  while (!out.common || !out.sound || in.position() < form_end) {
    const auto next = in.next();
    if (!next) break;
    if (next->id == "SSND") {
      if (out.sound) refuse_second(*next);
      out.sound = parse_sound(file, *next);
    } else if (next->id == "COMM") {
      if (out.common) refuse_second(*next);
      out.common = parse_common(contents_of(file, *next, is_aifc ? 22 : 18), is_aifc);
    } else if (out.common && out.sound && next->end() > file.size()) {
      add_warning(out.warnings,
                  concat("byte ", next->at, ": the chunk '", next->id, "' ends behind the file"));
    } else {
      take_remark(*next, contents_of(file, *next), out.remarks);
    }
  }
  return out;
}

std::optional<dtype> type_of(const common_chunk& common) {
  const auto* const found = std::ranges::find(codings, common.coding, &coding::id);
  if (found == std::end(codings)) return std::nullopt;
  if (found->bytes != 0) return dtype(found->kind, found->bytes, found->order);
  if (common.sample_bits == 0 || common.sample_bits > 32) {
    throw error(errc::corrupt_header, concat("the chunk 'COMM': samples of ", common.sample_bits,
                                             " bits, expected 1 to 32"));
  }
  return dtype(found->kind, (common.sample_bits + 7) / 8, found->order);
}

// Recorders write sizes when they stop. What is written to a pipe never gets them, unless all ones
// or sox's number say so; else they are 0, also that of the file.
bool is_unfinished(const contents& found, std::uint64_t there) {
  const sound_chunk& sound = *found.sound;
  if (!sound.whole.is_sized) return true;
  if (sound.whole.bytes == sox_stream_bytes && sound.bytes > there) return true;
  return sound.bytes == 0 && found.common->frames == 0 && there > 0 &&
         found.form_end <= sound.start;
}

// COMM counts the frames and SSND the bytes.
std::uint64_t sample_bytes(contents& found, std::uint64_t frame_bytes, std::uint64_t file_bytes) {
  const sound_chunk& sound = *found.sound;
  const std::uint64_t there = file_bytes > sound.start ? file_bytes - sound.start : 0;
  if (is_unfinished(found, there)) {
    warn_of_open_end(sound.whole.at, there, found.warnings);
    return there;
  }
  const std::uint64_t promised =
      checked::mul<std::uint64_t>(found.common->frames, frame_bytes, "the size of the samples");
  if (promised > sound.bytes) {
    throw error(errc::corrupt_header,
                concat("byte ", sound.whole.at, ": the chunk 'SSND' has ", sound.bytes,
                       " bytes of samples, the chunk 'COMM' promises ", promised));
  }
  if (promised < sound.bytes) {
    add_warning(found.warnings, concat("byte ", sound.start + promised, ": ",
                                       sound.bytes - promised, " bytes behind the last frame"));
  }
  warn_of_file_end(found.form_end, sound.whole.end(), file_bytes, found.warnings);
  return promised;
}

bool is_form(std::string_view start) noexcept {
  return start.size() >= header_bytes && start.starts_with("FORM") &&
         (start.substr(8, 4) == "AIFF" || start.substr(8, 4) == "AIFC");
}

int probe(const file_head& head) noexcept {
  const std::string_view start = as_text(head.bytes);
  return is_form(start) ? 95 : 0;
}

// Byte at which the file ends by its own word; 0 if it has none.
std::uint64_t form_end(std::span<const std::byte> file) {
  byte_reader in(file);
  in.seek(4, "the size of the file");
  const auto bytes = in.number<std::uint32_t>(byte_order::big, "the size of the file");
  return bytes == 0 || bytes == UINT32_MAX ? 0 : std::uint64_t{bytes} + 8;
}

array_info array_of(contents& found, const dtype& type, std::uint64_t file_bytes) {
  const common_chunk& common = *found.common;
  const sound samples{type, common.channels, common.sample_rate};
  const auto frame_bytes = static_cast<std::uint64_t>(type.item_bytes()) * common.channels;
  array_info out;
  if (found.sound) {
    const std::uint64_t bytes = sample_bytes(found, frame_bytes, file_bytes);
    out = frames_of(samples, found.sound->start, bytes, found.warnings);
  } else if (common.frames == 0) {  // silence needs no chunk
    out = frames_of(samples, 0, 0, found.warnings);
  } else {
    throw error(errc::truncated,
                concat("the file ends at byte ", file_bytes, " before its chunk 'SSND'"));
  }
  if (common.sample_bits % 8 != 0) {
    out.attrs.push_back({"valid_bits", {std::int64_t{common.sample_bits}}});
  }
  std::ranges::move(found.remarks, std::back_inserter(out.attrs));
  return out;
}

catalog parse(std::span<const std::byte> file, const siblings& /*beside*/) {
  byte_reader in(file);
  const std::string_view start = in.text(header_bytes, "the header of an AIFF");
  if (!is_form(start)) {
    throw error(errc::corrupt_header, "bytes 0 to 11 are not FORM, a size and AIFF or AIFC");
  }
  contents found = walk(file, start.ends_with('C'), form_end(file));
  if (!found.common) {
    throw error(errc::truncated,
                concat("the file ends at byte ", file.size(), " before its chunk 'COMM'"));
  }
  catalog out;
  if (const auto type = type_of(*found.common)) {
    out.arrays.push_back(array_of(found, *type, file.size()));
  } else {
    out.skipped.push_back(skipped_sound(
        concat("its samples are coded as '", found.common->coding, "'"), decode_remedy));
  }
  out.warnings = std::move(found.warnings);
  return out;
}

constexpr std::array<std::string_view, 3> suffixes{".aiff", ".aif", ".aifc"};

}  // namespace

constinit const format aiff{.name = "aiff", .suffixes = suffixes, .probe = probe, .parse = parse};

}  // namespace quarry::formats
