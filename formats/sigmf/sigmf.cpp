#include "formats/sigmf/sigmf.hpp"

#include <array>
#include <iterator>
#include <utility>
#include <variant>

#include "quarry/array/warnings.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/data_half.hpp"
#include "formats/field_text.hpp"
#include "formats/sigmf/metadata.hpp"
#include "formats/sigmf/sigmf_plan.hpp"

namespace quarry::formats {
namespace {

constexpr std::string_view meta_suffix = ".sigmf-meta";
constexpr std::string_view data_suffix = ".sigmf-data";
constexpr std::string_view archive_suffix = ".sigmf";
constexpr std::string_view collection_suffix = ".sigmf-collection";
constexpr std::size_t max_segments = 16384;

bool starts_object(std::string_view text) {
  const auto at = text.find_first_not_of(" \t\r\n");
  return at != std::string_view::npos && text[at] == '{';
}

bool is_tar(std::string_view text) {
  constexpr std::size_t magic_at = 257;
  return text.size() > magic_at && text.substr(magic_at).starts_with("ustar");
}

int probe(const file_head& head) noexcept {
  const std::string_view name = head.beside.file_name;
  const std::string_view text = as_text(head.bytes);
  if (name.ends_with(meta_suffix) || name.ends_with(collection_suffix)) {
    return starts_object(text) ? 95 : 20;
  }
  if (name.ends_with(data_suffix)) {
    return head.beside.exists(with_ending(head.beside, meta_suffix)) ? 95 : 20;
  }
  return name.ends_with(archive_suffix) && is_tar(text) ? 95 : 0;
}

// Where the samples of a recording lie.
struct sigmf_data {
  std::filesystem::path file;  // empty: in the file that is being read
  std::uint64_t bytes = 0;     // of all of it
};

// Samples without a header between them: from the capture `first` to before the capture `last`.
struct segment {
  std::size_t first = 0;
  std::size_t last = 0;
  std::uint64_t start_sample = 0;
  std::uint64_t header_bytes = 0;  // of all headers before it
};

std::vector<segment> segments_of(const sigmf_metadata& of) {
  std::vector<segment> out(1);
  std::uint64_t headers = 0;
  for (std::size_t i = 0; i < of.captures.size(); ++i) {
    const sigmf_capture& capture = of.captures[i];
    headers = checked::add(headers, capture.header_bytes, "the size of the headers");
    if (i > 0 && capture.header_bytes > 0) {
      if (out.size() == max_segments) {
        throw error(errc::limit_exceeded,
                    concat("headers cut the samples into more than ", max_segments, " pieces"));
      }
      out.push_back({.first = i, .start_sample = capture.sample_start});
    }
    out.back().header_bytes = headers;
    out.back().last = i + 1;
  }
  return out;
}

// How many samples there are. One that is cut counts, so that the store can say what is missing.
std::uint64_t count_samples(const sigmf_metadata& of, std::uint64_t headers, std::uint64_t bytes,
                            std::uint64_t frame_bytes) {
  const std::uint64_t others = checked::add(headers, of.trailing_bytes, "the size of the headers");
  if (others > bytes) {
    throw error(errc::truncated, concat("headers and trailing bytes take ", others,
                                        " bytes, the data file has ", bytes));
  }
  const std::uint64_t rest = (bytes - others) % frame_bytes;
  if (rest != 0 && of.trailing_bytes > 0) {
    throw error(errc::truncated, concat("the last sample has ", rest, " of ", frame_bytes,
                                        " bytes before the ", of.trailing_bytes, " trailing ones"));
  }
  return (bytes - others) / frame_bytes + (rest != 0 ? 1 : 0);
}

attribute captures_attribute(const sigmf_metadata& of, const segment& part) {
  std::vector<attribute_value> list;
  for (std::size_t i = part.first; i < part.last; ++i) list.push_back(of.captures[i].all);
  return {"captures", {std::move(list)}};
}

array_info array_of(const sigmf_metadata& of, const segment& part, std::uint64_t end_sample,
                    const std::filesystem::path& data_file) {
  const auto samples =
      checked::narrow<std::int64_t>(end_sample - part.start_sample, "the number of samples");
  const std::array shape{samples, of.channels};
  array_info out;
  out.type = of.type;
  out.where =
      layout::contiguous(std::span(shape).first(of.channels == 1 ? 1 : 2), of.type.item_bytes());
  const auto frame_bytes = static_cast<std::uint64_t>(of.channels * of.type.item_bytes());
  out.offset_bytes = checked::add(
      part.header_bytes, checked::mul(part.start_sample, frame_bytes, "the array's offset"),
      "the array's offset");
  out.data_file = data_file;
  if (part.last > part.first) out.attrs.push_back(captures_attribute(of, part));
  return out;
}

std::vector<array_info> arrays_of(const sigmf_metadata& of, const sigmf_data& data,
                                  std::vector<std::string>& warnings) {
  const std::vector<segment> parts = segments_of(of);
  const auto frame_bytes = static_cast<std::uint64_t>(
      checked::mul(of.channels, of.type.item_bytes(), "the size of a sample"));
  const std::uint64_t samples =
      count_samples(of, parts.back().header_bytes, data.bytes, frame_bytes);
  std::vector<array_info> out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::uint64_t end = i + 1 < parts.size() ? parts[i + 1].start_sample : samples;
    if (end > samples) {
      throw error(errc::truncated, concat("captures[", parts[i].last, "] starts at sample ", end,
                                          ", the data file has ", samples));
    }
    out.push_back(array_of(of, parts[i], end, data.file));
    if (parts.size() > 1) out.back().name = concat("capture_", parts[i].first);
  }
  if (!of.captures.empty() && of.captures.back().sample_start > samples) {
    add_warning(warnings, concat("the last capture starts at sample ",
                                 of.captures.back().sample_start, ", the data file has ", samples));
  }
  return out;
}

// What is said of the whole recording is said once, of its array or of the file: it may be longer
// than all samples. Of several arrays each has the rate.
void add_common_attributes(attributes&& common, catalog& out) {
  if (out.arrays.size() == 1) {
    attributes& only = out.arrays.front().attrs;
    only.insert(only.begin(), std::make_move_iterator(common.begin()),
                std::make_move_iterator(common.end()));
    return;
  }
  const attribute_value* const rate = find_attribute(common, "sample_rate");
  const bool is_number = rate != nullptr && (std::holds_alternative<std::int64_t>(rate->value) ||
                                             std::holds_alternative<double>(rate->value));
  for (array_info& each : out.arrays) {
    if (is_number) each.attrs.insert(each.attrs.begin(), {"sample_rate", *rate});
  }
  out.attrs = std::move(common);
}

catalog catalog_of(sigmf_metadata metadata, const sigmf_data& data) {
  catalog out;
  out.arrays = arrays_of(metadata, data, metadata.warnings);
  out.warnings = std::move(metadata.warnings);
  add_common_attributes(std::move(metadata.attrs), out);
  return out;
}

catalog skipped(std::string_view reason, std::string_view remedy) {
  catalog out;
  out.skipped.push_back({"", std::string(reason), std::string(remedy)});
  return out;
}

catalog read_data(std::span<const std::byte> file, const siblings& beside) {
  const std::string meta_name = with_ending(beside, meta_suffix);
  const auto text = beside.read(meta_name);
  if (!text) {
    throw error(errc::not_found,
                concat("its metadata ", meta_name, " is not beside it, or larger than 64 MiB"));
  }
  sigmf_metadata metadata = parse_sigmf(*text);
  if (metadata.dataset) {
    throw error(errc::corrupt_header,
                concat(meta_name, " describes another file, '", *metadata.dataset, "'"));
  }
  return catalog_of(std::move(metadata), {.file = {}, .bytes = file.size()});
}

catalog read_metadata(std::span<const std::byte> file, const siblings& beside) {
  sigmf_metadata metadata = parse_sigmf(as_text(file));
  if (metadata.is_metadata_only) return skipped("the recording is metadata without data", "");
  if (!metadata.dataset && !beside.file_name.ends_with(meta_suffix)) {
    throw error(errc::unsupported, "only a .sigmf-meta without core:dataset tells its data's name");
  }
  const std::string data_name =
      metadata.dataset ? *metadata.dataset : with_ending(beside, data_suffix);
  const std::uint64_t bytes = beside.look(data_name, 0).file_bytes;
  return catalog_of(std::move(metadata), {.file = data_name, .bytes = bytes});
}

catalog parse(std::span<const std::byte> file, const siblings& beside) {
  const std::string_view name = beside.file_name;
  if (is_tar(as_text(file))) {
    return skipped("a SigMF archive is a tar of recordings", "unpack it: tar -xf FILE");
  }
  if (name.ends_with(collection_suffix)) {
    return skipped("a SigMF collection only names recordings", "open one of their .sigmf-meta");
  }
  return name.ends_with(data_suffix) ? read_data(file, beside) : read_metadata(file, beside);
}

constexpr std::array suffixes{meta_suffix, data_suffix};
constexpr std::array data_suffixes{data_suffix};

}  // namespace

constinit const format sigmf{
    .name = "sigmf",
    .suffixes = suffixes,
    .probe = probe,
    .parse = parse,
    .plan = plan_sigmf,
    .pair = {.data_suffixes = data_suffixes, .header_suffix = meta_suffix}};

}  // namespace quarry::formats
