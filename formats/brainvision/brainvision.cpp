#include "formats/brainvision/brainvision.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/brainvision/vhdr.hpp"
#include "formats/data_half.hpp"
#include "formats/field_text.hpp"

namespace quarry::formats {
namespace {

constexpr std::string_view header_suffix = ".vhdr";

// `name` with that of the header, which is `file_name` but for its ending, in the place of its
// placeholder.
std::string expanded(std::string name, std::string_view file_name) {
  const std::string base = std::filesystem::path(file_name).stem().string();
  const std::size_t at = name.find("$b");
  return at == std::string::npos ? name : name.replace(at, 2, base);
}

// The header of the same name, if its `text` says that the file being read has its samples.
std::optional<vhdr> header_of(const siblings& beside, const std::optional<std::string>& text) {
  if (!text || !is_vhdr(*text)) return std::nullopt;
  vhdr out = parse_vhdr(*text);
  const bool is_its = expanded(out.data_file, beside.file_name) == beside.file_name;
  return is_its ? std::optional(std::move(out)) : std::nullopt;
}

int probe(const file_head& head) noexcept {
  const std::string_view start = as_text(head.bytes);
  return is_vhdr(start) || is_vmrk(start) ? 95 : 0;
}

int probe_beside(const siblings& beside) {
  return certainty_beside(beside, header_suffix, header_of);
}

attributes attributes_of(const vhdr& of) {
  std::vector<std::string_view> names;
  std::vector<std::string_view> units;
  for (const vhdr_channel& each : of.channels) {
    names.push_back(each.name);
    units.push_back(each.unit);
  }
  attributes out;
  if (std::ranges::count(units, units.front()) == std::ssize(units)) {
    add_text(out, "units", units.front());
  } else {
    add_texts(out, "channel_units", units);
  }
  if (of.interval_us && *of.interval_us > 0) {
    out.push_back({"sample_rate", {1e6 / *of.interval_us}});
  }
  constexpr std::array<std::string_view, 2> by_sample{"sample", "channel"};
  constexpr std::array<std::string_view, 2> by_channel{"channel", "sample"};
  add_texts(out, "axis_names", of.is_vectorized ? by_channel : by_sample);
  add_texts(out, "channel_names", names);
  add_text(out, "marker_file", of.marker_file);
  return out;
}

// Samples that each channel has: as the header says, or as many as there are.
std::int64_t points_of(const vhdr& header, std::uint64_t data_bytes,
                       std::vector<std::string>& warnings) {
  const std::int64_t all_channels =
      checked::mul(std::ssize(header.channels), header.sample.item_bytes(), "the channels' size");
  const std::uint64_t step = static_cast<std::uint64_t>(all_channels);
  const auto out = header.points.value_or(static_cast<std::int64_t>(data_bytes / step));
  const auto end = static_cast<std::uint64_t>(checked::mul(out, all_channels, "the data's size"));
  if (end < data_bytes) {
    warnings.push_back(concat(data_bytes - end, " bytes behind the last sample at byte ", end,
                              " of the data file are left alone"));
  }
  return out;
}

array_info samples(const vhdr& header, std::int64_t points) {
  const std::int64_t channels = std::ssize(header.channels);
  array_info out;
  out.type = header.sample;
  out.where = layout::contiguous(
      header.is_vectorized ? std::array{channels, points} : std::array{points, channels},
      header.sample.item_bytes());
  out.scale.axis = header.is_vectorized ? 0 : 1;
  for (const vhdr_channel& each : header.channels) out.scale.scale.push_back(each.resolution);
  out.attrs = attributes_of(header);
  return out;
}

catalog parse(std::span<const std::byte> file, const siblings& beside) {
  const std::string_view text = as_text(file);
  if (is_vmrk(text)) {
    throw error(errc::unsupported, "markers are text; the .vhdr beside them leads to the samples");
  }
  const bool is_header = is_vhdr(text);
  const auto header =
      is_header ? parse_vhdr(text) : header_of(beside, other_half(beside, header_suffix));
  if (!header) {
    throw error(errc::corrupt_header,
                "is no header of BrainVision, and none beside it names it as its DataFile");
  }
  catalog out;
  if (header->is_text) {
    out.skipped.push_back({"", "its samples are decimal text (DataFormat ASCII)",
                           "export it again with the data format BINARY"});
    return out;
  }
  const std::string data_file = is_header ? expanded(header->data_file, beside.file_name) : "";
  const std::uint64_t data_bytes = is_header ? beside.look(data_file, 0).file_bytes : file.size();
  array_info only = samples(*header, points_of(*header, data_bytes, out.warnings));
  only.data_file = data_file;
  out.arrays.push_back(std::move(only));
  return out;
}

constexpr std::array<std::string_view, 1> suffixes{".vhdr"};

}  // namespace

constinit const format brainvision{.name = "brainvision",
                                   .suffixes = suffixes,
                                   .probe = probe,
                                   .parse = parse,
                                   .probe_beside = probe_beside};

}  // namespace quarry::formats
