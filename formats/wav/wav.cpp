#include "formats/wav/wav.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "quarry/array/warnings.hpp"
#include "quarry/base/byte_reader.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/field_text.hpp"
#include "formats/sound/chunks.hpp"
#include "formats/sound/frames.hpp"
#include "formats/wav/wav_plan.hpp"
#include "formats/wav/wave_format.hpp"

namespace quarry::formats {
namespace {

constexpr std::string_view wave64_riff("riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00", 16);
constexpr std::string_view wave64_wave("wave\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a", 16);

// sox cannot know the size of what it writes to a pipe and puts this, in whole frames.
constexpr std::uint32_t sox_stream_bytes = 0x7ffff000;

// Which of the family a file is.
struct family {
  byte_order order = byte_order::little;
  chunk_style style = chunk_style::iff;
  bool has_ds64 = false;     // sizes beyond 32 bits are in a chunk of their own
  std::uint64_t first = 12;  // byte of the first chunk
};

std::optional<family> family_of(std::string_view start) noexcept {
  if (start.starts_with(wave64_riff) &&
      start.substr(std::min<std::size_t>(24, start.size())).starts_with(wave64_wave)) {
    return family{.style = chunk_style::wave64, .first = 40};
  }
  if (start.substr(std::min<std::size_t>(8, start.size())).substr(0, 4) != "WAVE") {
    return std::nullopt;
  }
  if (start.starts_with("RIFF")) return family{};
  if (start.starts_with("RIFX")) return family{.order = byte_order::big};
  if (start.starts_with("RF64") || start.starts_with("BW64")) return family{.has_ds64 = true};
  return std::nullopt;
}

// Of RF64 and BW64 (EBU Tech 3306).
struct long_sizes {
  std::uint64_t riff_bytes = 0;
  std::uint64_t data_bytes = 0;
};

// What the walk through the chunks has found.
struct contents {
  std::optional<wave_format> format;
  std::optional<chunk> data;
  std::optional<long_sizes> sizes;
  attributes remarks;
};

class wave_parser {
 public:
  explicit wave_parser(std::span<const std::byte> file) : file_(file), in_(start_of(file)) {}

  catalog parse() {
    walk();
    if (!found_.data) {
      throw error(errc::truncated,
                  concat("the file ends at byte ", file_.size(), " before its chunk 'data'"));
    }
    warn_of_file_end(riff_end_, found_.data->end(), file_.size(), warnings_);
    return result();
  }

 private:
  chunk_reader start_of(std::span<const std::byte> file) {
    const std::string_view start = as_text(file).substr(0, 40);
    const auto found = family_of(start);
    if (!found && file.size() < 12) {
      throw error(errc::truncated,
                  concat("the file ends at byte ", file.size(), ", inside the header of a WAV"));
    }
    if (!found) {
      throw error(errc::corrupt_header,
                  "bytes 0 to 11 are not RIFF, RIFX, RF64 or BW64, a size and WAVE, nor is this a "
                  "Wave64 file");
    }
    family_ = *found;
    byte_reader in(file);
    if (family_.style == chunk_style::wave64) {
      in.seek(wave64_riff.size(), "the size of the file");
      riff_end_ = in.number<std::uint64_t>(byte_order::little, "the size of the file");
    } else {
      in.seek(4, "the size of the file");
      const auto bytes = in.number<std::uint32_t>(family_.order, "the size of the file");
      riff_end_ = bytes == 0 || bytes == UINT32_MAX ? 0 : std::uint64_t{bytes} + 8;
    }
    return {file, family_.first, family_.order, family_.style};
  }

  void walk() {
    while (!found_.data || in_.position() < riff_end_) {
      const auto next = in_.next();
      if (!next) return;
      if (next->id == "data") {
        take_data(*next);
      } else if (found_.data && next->end() > file_.size()) {
        add_warning(warnings_, concat("byte ", next->at, ": the chunk '", next->id,
                                      "' behind the data ends behind the file"));
        return;
      } else {
        take(*next);
      }
    }
  }

  void take(const chunk& next) {
    if (!next.is_sized) {
      throw error(errc::unsupported, concat("byte ", next.at, ": the chunk '", next.id,
                                            "' does not say its size; only 'data' may"));
    }
    if (next.id == "fmt ") {
      if (found_.format) refuse_second(next);
      const auto contents = contents_of(file_, next, 16);
      found_.format = parse_wave_format(contents, next.start, family_.order);
    } else if (next.id == "ds64" && family_.has_ds64 && next.at == family_.first) {
      take_sizes(contents_of(file_, next, 24));
    } else if (next.id == "LIST") {
      take_remarks(contents_of(file_, next));
    } else if (!found_.data) {
      contents_of(file_, next);  // the next one must be in the file
    }
  }

  [[noreturn]] static void refuse_second(const chunk& next) {
    throw error(errc::corrupt_header, concat("byte ", next.at, ": a second chunk '", next.id, "'"));
  }

  void take_sizes(std::span<const std::byte> contents) {
    byte_reader in(contents);
    long_sizes sizes;
    sizes.riff_bytes = in.number<std::uint64_t>(byte_order::little, "the size of the file");
    sizes.data_bytes = in.number<std::uint64_t>(byte_order::little, "the size of the data");
    found_.sizes = sizes;
    const bool is_said = sizes.riff_bytes != 0 && sizes.riff_bytes != UINT64_MAX;
    riff_end_ =
        !is_said ? 0 : checked::add<std::uint64_t>(sizes.riff_bytes, 8, "the size of the file");
  }

  // Titles, comments and so on, under their four letters; comments are what others call
  // description.
  void take_remarks(std::span<const std::byte> list) {
    if (list.size() < 4 || remark_text(list.first(4)) != "INFO") return;
    chunk_reader items(list, 4, family_.order);
    while (const auto item = items.next()) {
      if (!item->is_sized || item->end() > list.size()) return;
      const std::string text = remark_text(contents_of(list, *item));
      const bool is_named = std::ranges::all_of(
          item->id, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
      if (text.empty() || !is_named) continue;
      found_.remarks.push_back(
          {item->id == "ICMT" ? "description" : std::string(item->id), {text}});
    }
  }

  void take_data(chunk data) {
    if (found_.data) refuse_second(data);
    if (!found_.format) {
      throw error(errc::corrupt_header,
                  concat("byte ", data.at, ": the chunk 'data' comes before a chunk 'fmt '"));
    }
    if (family_.has_ds64 && !found_.sizes) {
      throw error(errc::corrupt_header,
                  concat("byte ", family_.first, ": the first chunk is not 'ds64'"));
    }
    if (!data.is_sized && found_.sizes && found_.sizes->data_bytes != UINT64_MAX) {
      data.bytes = found_.sizes->data_bytes;
      data.is_sized = true;
    }
    if (is_unfinished(data)) take_to_end(data);
    in_.continue_behind(data.end());
    found_.data = data;
  }

  // Recorders write the size when they stop, so that it is all ones, or nothing, until then. An
  // empty recording says 0 as well, but its RIFF chunk goes to the end of the file.
  bool is_unfinished(const chunk& data) const {
    const std::uint64_t there = file_.size() - data.start;
    if (!data.is_sized) return true;
    if (data.bytes == 0) return there > 0 && riff_end_ <= data.start;
    const std::uint64_t frame = std::max<std::uint64_t>(found_.format->frame_bytes, 1);
    return data.bytes == sox_stream_bytes / frame * frame && data.bytes > there;
  }

  void take_to_end(chunk& data) {
    data.bytes = file_.size() - data.start;
    data.is_sized = true;
    riff_end_ = 0;
    warn_of_open_end(data.at, data.bytes, warnings_);
  }

  catalog result() {
    catalog out;
    const wave_samples samples = samples_of(*found_.format, family_.order, warnings_);
    if (samples.mapped) {
      array_info info =
          frames_of(*samples.mapped, found_.data->start, found_.data->bytes, warnings_);
      add_attributes(info.attrs);
      out.arrays.push_back(std::move(info));
    } else {
      out.skipped.push_back(samples.skipped);
    }
    out.warnings = std::move(warnings_);
    return out;
  }

  void add_attributes(attributes& attrs) {
    const wave_format& format = *found_.format;
    const int valid_bits = format.valid_bits != 0 ? format.valid_bits : format.sample_bits;
    if (valid_bits % 8 != 0 || valid_bits < format.sample_bits) {
      attrs.push_back({"valid_bits", {std::int64_t{valid_bits}}});
    }
    if (format.channel_mask != 0) {
      attrs.push_back({"channel_mask", {std::int64_t{format.channel_mask}}});
    }
    std::ranges::move(found_.remarks, std::back_inserter(attrs));
  }

  std::span<const std::byte> file_;
  family family_;
  std::uint64_t riff_end_ = 0;  // 0: not said
  chunk_reader in_;             // behind what its making sets
  contents found_;
  std::vector<std::string> warnings_;
};

int probe(const file_head& head) noexcept {
  const std::string_view start = as_text(head.bytes);
  return family_of(start) ? 95 : 0;
}

catalog parse(std::span<const std::byte> file, const siblings& /*beside*/) {
  return wave_parser(file).parse();
}

constexpr std::array<std::string_view, 1> suffixes{".wav"};

}  // namespace

constinit const format wav{
    .name = "wav", .suffixes = suffixes, .probe = probe, .parse = parse, .plan = plan_wav};

}  // namespace quarry::formats
