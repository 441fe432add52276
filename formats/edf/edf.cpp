#include "formats/edf/edf.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quarry/array/warnings.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/text.hpp"

#include "formats/edf/header.hpp"
#include "formats/field_text.hpp"
#include "formats/unique_names.hpp"

namespace quarry::formats {
namespace {

constexpr std::array<std::string_view, 2> axes{"record", "sample"};

int probe(const file_head& head) noexcept {
  const std::string_view start = as_text(head.bytes);
  constexpr std::size_t count_at = 252;
  return is_edf(start) && start.size() >= count_at + 4 && whole_number(start.substr(count_at, 4))
             ? 95
             : 0;
}

// EDF+ keeps marks as text among the samples: time-stamped annotation lists.
bool is_annotations(const edf_signal& of) {
  return of.label == "EDF Annotations" || of.label == "BDF Annotations";
}

// physical = (raw - digital_min) * scale + physical_min.
scaling scaling_of(const edf_signal& of, std::vector<std::string>& warnings) {
  const bool is_known = of.physical_min && of.physical_max && of.digital_min && of.digital_max;
  const double physical = is_known ? *of.physical_max - *of.physical_min : 0;
  const double digital = is_known ? *of.digital_max - *of.digital_min : 0;
  const double scale = physical / digital;
  const double offset = is_known ? *of.physical_min - *of.digital_min * scale : 0;
  if (!std::isnormal(scale) || !std::isfinite(offset)) {
    add_warning(warnings, concat("signal '", escaped(of.label),
                                 "' has no scale: its physical or its digital limits are equal, "
                                 "too far apart or no numbers"));
    return {};
  }
  return {.scale = {scale}, .offset = {offset}};
}

attributes attributes_of(const edf_signal& of, std::optional<double> record_seconds) {
  attributes out;
  add_text(out, "units", of.dimension);
  if (record_seconds && *record_seconds > 0) {
    out.push_back({"sample_rate", {static_cast<double>(of.samples) / *record_seconds}});
  }
  add_texts(out, "axis_names", axes);
  add_text(out, "transducer", of.transducer);
  add_text(out, "prefilter", of.prefilter);
  return out;
}

attributes attributes_of(const edf_header& of) {
  attributes out;
  add_text(out, "patient", of.patient);
  add_text(out, "recording", of.recording);
  add_text(out, "start_date", of.start_date);
  add_text(out, "start_time", of.start_time);
  add_text(out, "reserved", of.reserved);
  if (of.record_seconds) out.push_back({"record_seconds", {*of.record_seconds}});
  return out;
}

// As many whole records as there are, where the header does not say.
std::int64_t record_count(const edf_header& header, std::uint64_t data_bytes,
                          std::int64_t record_bytes, std::vector<std::string>& warnings) {
  if (header.records) return *header.records;
  const auto there = static_cast<std::int64_t>(data_bytes);
  const std::int64_t out = record_bytes == 0 ? 0 : there / record_bytes;
  add_warning(warnings,
              concat("byte 236: the number of records is -1, unknown; the file has ", out));
  return out;
}

// Of a sample.
std::int64_t item_bytes(const edf_header& of) noexcept { return of.is_bdf ? 3 : 2; }

std::int64_t bytes_per_record(const edf_header& of) {
  std::int64_t samples = 0;
  for (const edf_signal& each : of.signals) {
    samples = checked::add(samples, each.samples, "the samples of a record");
  }
  return checked::mul(samples, item_bytes(of), "the size of a record");
}

// One signal, but for its name and place.
array_info array_of(const edf_signal& of, const edf_header& header, std::int64_t records,
                    std::int64_t record_bytes, std::vector<std::string>& warnings) {
  array_info out;
  out.attrs = attributes_of(of, header.record_seconds);
  std::int64_t samples = of.samples * item_bytes(header);
  if (!is_annotations(of)) {
    samples = of.samples;
    out.type = {type_kind::signed_integer, item_bytes(header), byte_order::little};
    out.scale = scaling_of(of, warnings);
  }
  const std::int64_t bytes = out.type.item_bytes();
  out.where = layout::strided(std::array{records, samples}, std::array{record_bytes, bytes}, bytes);
  return out;
}

// Which of the signals miss how much, if the file is too short, is the store's question.
void warn_of_end(std::uint64_t end, std::uint64_t file_bytes, std::vector<std::string>& warnings) {
  if (end > file_bytes) {
    add_warning(warnings, concat("the last record ends at byte ", end, ", the file has ",
                                 file_bytes, " bytes: ", end - file_bytes, " are missing"));
  } else if (end < file_bytes) {
    add_warning(warnings, concat(file_bytes - end, " bytes behind the last record at byte ", end,
                                 " are left alone"));
  }
}

catalog parse(std::span<const std::byte> file, const siblings& /*beside*/) {
  const edf_header header = read_edf_header(file);
  const std::int64_t record_bytes = bytes_per_record(header);
  catalog out;
  out.attrs = attributes_of(header);
  const std::int64_t records =
      record_count(header, file.size() - header.header_bytes, record_bytes, out.warnings);
  unique_names names;
  std::uint64_t offset = header.header_bytes;
  for (const edf_signal& each : header.signals) {
    array_info array = array_of(each, header, records, record_bytes, out.warnings);
    array.name = names(each.label.empty() ? concat("signal", out.arrays.size()) : each.label);
    array.offset_bytes = records == 0 ? header.header_bytes : offset;  // never behind the file
    offset += static_cast<std::uint64_t>(each.samples * item_bytes(header));
    out.arrays.push_back(std::move(array));
  }
  const std::int64_t data_bytes = checked::mul(records, record_bytes, "the size of the data");
  warn_of_end(header.header_bytes + static_cast<std::uint64_t>(data_bytes), file.size(),
              out.warnings);
  return out;
}

constexpr std::array<std::string_view, 2> suffixes{".edf", ".bdf"};

}  // namespace

constinit const format edf{.name = "edf", .suffixes = suffixes, .probe = probe, .parse = parse};

}  // namespace quarry::formats
