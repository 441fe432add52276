#include "formats/trc/trc.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/field_text.hpp"
#include "formats/trc/wavedesc.hpp"

namespace quarry::formats {
namespace {

constexpr std::size_t max_end_bytes = 2;  // of the message that the file may be
constexpr std::array<std::string_view, 2> segment_axes{"segment", "sample"};

int probe(const file_head& head) noexcept { return find_wavedesc(head.bytes) ? 95 : 0; }

// `name` is the template's.
void check_bytes(std::string_view name, std::uint64_t bytes, std::int64_t items,
                 std::int64_t item_bytes) {
  if (std::cmp_equal(bytes, checked::mul(items, item_bytes, name))) return;
  throw error(errc::corrupt_header,
              concat(name, " is ", bytes, ", not ", items, " * ", item_bytes, " bytes"));
}

attributes attributes_of(const wavedesc& of) {
  attributes out;
  add_text(out, "units", of.vertical_unit);
  add_text(out, "description", of.trace_label);
  if (of.horizontal_interval > 0 && of.horizontal_unit == "S") {
    // The interval has 24 bits, and so has what it tells of the rate: 1e9, not 1000000028.3.
    out.push_back(
        {"sample_rate", {static_cast<double>(static_cast<float>(1 / of.horizontal_interval))}});
  }
  if (of.segments > 1) add_texts(out, "axis_names", segment_axes);
  add_text(out, "TRIGGER_TIME", of.trigger_time);
  add_text(out, "INSTRUMENT_NAME", of.instrument_name);
  out.push_back({"WAVE_SOURCE", {of.wave_source}});
  out.push_back({"RECORD_TYPE", {of.record_type}});
  out.push_back({"NOMINAL_BITS", {of.nominal_bits}});
  out.push_back({"HORIZ_INTERVAL", {of.horizontal_interval}});
  out.push_back({"HORIZ_OFFSET", {of.horizontal_offset}});
  add_text(out, "HORUNIT", of.horizontal_unit);
  return out;
}

// Samples, a row per segment of a sequence. The template: value = gain * raw - offset.
array_info samples(const wavedesc& of, const char* name) {
  std::vector<std::int64_t> shape{of.points};
  if (of.segments > 1) {
    if (of.points % of.segments != 0) {
      throw error(errc::corrupt_header, concat("WAVE_ARRAY_COUNT is ", of.points,
                                               ", no multiple of SUBARRAY_COUNT, ", of.segments));
    }
    shape = {of.segments, of.points / of.segments};
  }
  array_info out;
  out.name = name;
  out.type = {type_kind::signed_integer, of.sample_bytes, of.order};
  out.where = layout::contiguous(shape, of.sample_bytes);
  out.scale.scale = {of.vertical_gain};
  out.scale.offset = {-of.vertical_offset};
  out.attrs = attributes_of(of);
  return out;
}

array_info seconds(const char* name, dtype type, std::int64_t items) {
  array_info out;
  out.name = name;
  out.where = layout::contiguous(std::array{items}, type.item_bytes());
  out.type = std::move(type);
  out.attrs.push_back({"units", {std::string("s")}});
  return out;
}

// Of each segment: its trigger behind the first one's, its first sample behind its trigger.
array_info trigger_times(const wavedesc& of) {
  const dtype time(type_kind::floating, 8, of.order);
  const dtype type = dtype::packed_record(
      {{.name = "trigger_time", .type = time}, {.name = "trigger_offset", .type = time}});
  check_bytes("TRIGTIME_ARRAY", of.trigtime_array, of.segments, type.item_bytes());
  return seconds("trigtime_array", type, of.segments);
}

// Of each sweep of random interleaved sampling: its first sample behind its trigger.
array_info ris_times(const wavedesc& of) {
  const dtype type(type_kind::floating, 8, of.order);
  const auto sweeps = static_cast<std::int64_t>(of.ris_time_array) / type.item_bytes();
  check_bytes("RIS_TIME_ARRAY", of.ris_time_array, sweeps, type.item_bytes());
  return seconds("ris_time_array", type, sweeps);
}

// Blocks follow each other in the template's order; sizes are of 31 bits, so that no sum overflows.
catalog parse(std::span<const std::byte> file, const siblings& /*beside*/) {
  const wavedesc header = read_wavedesc(file);
  const std::uint64_t trigger_start = header.start + header.descriptor + header.user_text;
  const std::uint64_t ris_start = trigger_start + header.trigtime_array;
  const std::uint64_t first_start = ris_start + header.ris_time_array;
  const std::uint64_t second_start = first_start + header.wave_array_1;
  const std::uint64_t end = second_start + header.wave_array_2;
  catalog out;
  const auto add = [&out](array_info array, std::uint64_t start) {
    array.offset_bytes = start;
    out.arrays.push_back(std::move(array));
  };
  check_bytes("WAVE_ARRAY_1", header.wave_array_1, header.points, header.sample_bytes);
  add(samples(header, "wave_array_1"), first_start);
  if (header.wave_array_2 > 0) {
    check_bytes("WAVE_ARRAY_2", header.wave_array_2, header.points, header.sample_bytes);
    add(samples(header, "wave_array_2"), second_start);
  }
  if (header.trigtime_array > 0) add(trigger_times(header), trigger_start);
  if (header.ris_time_array > 0) add(ris_times(header), ris_start);
  if (file.size() > end && file.size() - end > max_end_bytes) {
    out.warnings.push_back(concat(file.size() - end,
                                  " bytes behind the end of the samples at byte ", end,
                                  " are left alone"));
  }
  return out;
}

constexpr std::array<std::string_view, 1> suffixes{".trc"};

}  // namespace

constinit const format trc{.name = "trc", .suffixes = suffixes, .probe = probe, .parse = parse};

}  // namespace quarry::formats
