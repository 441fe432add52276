#include "formats/keysight/keysight.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "quarry/array/warnings.hpp"
#include "quarry/base/byte_reader.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/field_text.hpp"
#include "formats/unique_names.hpp"

namespace quarry::formats {
namespace {

constexpr std::array<std::string_view, 3> magics{"AG01", "AG03", "AG10"};
constexpr std::size_t max_arrays = 16384;      // each takes far more memory than its header
constexpr std::uint32_t waveform_bytes = 140;  // of the smallest header
constexpr auto little = byte_order::little;

// Waveform types whose buffers of type 4 are counts.
constexpr std::array<std::uint32_t, 2> histograms{4, 5};

struct waveform {
  std::uint32_t type = 0;
  std::uint32_t buffers = 0;
  std::uint32_t points = 0;
  std::string label;
  attributes attrs;
};

struct buffer {
  std::uint16_t type = 0;
  std::uint16_t point_bytes = 0;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

int probe(const file_head& head) noexcept {
  const std::string_view start = as_text(head.bytes).substr(0, 4);
  return std::ranges::find(magics, start) != magics.end() ? 95 : 0;
}

std::string_view unit_name(std::uint32_t unit) noexcept {
  constexpr std::array<std::string_view, 7> names{"", "V", "s", "", "A", "dB", "Hz"};
  return unit < names.size() ? names[unit] : "";
}

std::string read_text(byte_reader& in, std::uint64_t bytes, std::string_view what) {
  return as_utf8(until_nul(in.text(bytes, what)));
}

attributes read_attributes(byte_reader& in, waveform& of) {
  attributes out;
  const auto increment = in.number<double>(little, "the x increment");
  const auto origin = in.number<double>(little, "the x origin");
  const std::string_view x_unit = unit_name(in.number<std::uint32_t>(little, "the x units"));
  const std::string_view y_unit = unit_name(in.number<std::uint32_t>(little, "the y units"));
  add_text(out, "units", y_unit);
  if (x_unit == "s" && increment > 0) out.push_back({"sample_rate", {1 / increment}});
  out.push_back({"x_increment", {increment}});
  out.push_back({"x_origin", {origin}});
  add_text(out, "x_units", x_unit);
  out.push_back({"waveform_type", {std::int64_t{of.type}}});
  add_text(out, "date", read_text(in, 16, "the date"));
  add_text(out, "time", read_text(in, 16, "the time"));
  add_text(out, "frame", read_text(in, 24, "the frame"));
  of.label = read_text(in, 16, "the waveform's label");
  out.push_back({"time_tag", {in.number<double>(little, "the time tag")}});
  const auto segment = in.number<std::uint32_t>(little, "the segment's index");
  out.push_back({"segment_index", {std::int64_t{segment}}});
  return out;
}

// A header tells its own size: what newer instruments append is stepped over.
std::uint64_t header_end(std::size_t start, std::uint32_t bytes, std::uint32_t least,
                         std::string_view what) {
  if (bytes < least) {
    throw error(errc::corrupt_header, concat("byte ", start, ": the header of a ", what, " has ",
                                             bytes, " bytes, not ", least, " or more"));
  }
  return checked::add<std::uint64_t>(start, bytes, "a header's size");
}

waveform read_waveform(byte_reader& in) {
  const std::size_t start = in.position();
  const auto bytes = in.number<std::uint32_t>(little, "a waveform's header");
  const std::uint64_t end = header_end(start, bytes, waveform_bytes, "waveform");
  waveform out;
  out.type = in.number<std::uint32_t>(little, "the waveform's type");
  out.buffers = in.number<std::uint32_t>(little, "the number of buffers");
  out.points = in.number<std::uint32_t>(little, "the number of points");
  in.bytes(16, "count, range and origin of the display");
  out.attrs = read_attributes(in, out);
  in.seek(end, "the end of a waveform's header");
  return out;
}

buffer read_buffer(byte_reader& in, bool is_wide) {
  const std::size_t start = in.position();
  const auto bytes = in.number<std::uint32_t>(little, "a buffer's header");
  const std::uint64_t end = header_end(start, bytes, is_wide ? 16 : 12, "buffer");
  buffer out;
  out.type = in.number<std::uint16_t>(little, "the buffer's type");
  out.point_bytes = in.number<std::uint16_t>(little, "the bytes of a point");
  out.bytes = is_wide ? in.number<std::uint64_t>(little, "the buffer's size")
                      : in.number<std::uint32_t>(little, "the buffer's size");
  in.seek(end, "the end of a buffer's header");
  out.offset = end;
  return out;
}

// The kind of points in a buffer; nothing where programs disagree or none knows.
std::optional<type_kind> kind_of(const waveform& owner, const buffer& of) {
  const bool counts = std::ranges::find(histograms, owner.type) != histograms.end();
  if (of.type >= 1 && of.type <= 3 && of.point_bytes == 4) return type_kind::floating;
  if (of.type == 4 && of.point_bytes == 4 && counts) return type_kind::signed_integer;
  if ((of.type == 5 || of.type == 6) && of.point_bytes == 1) return type_kind::unsigned_integer;
  return std::nullopt;
}

// "1", or "1.max" where a waveform has several buffers.
std::string name_of(const waveform& owner, const buffer& of, std::size_t position) {
  constexpr std::array<std::string_view, 4> parts{"", "", ".max", ".min"};
  std::string out = owner.label.empty() ? concat("waveform", position) : owner.label;
  if (owner.buffers > 1 && of.type < parts.size()) out += parts[of.type];
  return out;
}

// The chain of waveforms that starts where `in` stands, as far as it was read.
class chain {
 public:
  chain(byte_reader& in, bool is_wide, catalog& out) noexcept
      : in_(in), is_wide_(is_wide), out_(out), end_(in.position()) {}

  // The next one, which is at `position`. Its last buffer may reach beyond the file, which the
  // store will find; nothing can follow it.
  void read(std::size_t position) {
    in_.seek(end_, "the next waveform");
    const waveform next = read_waveform(in_);
    end_ = in_.position();
    for (std::uint32_t i = 0; i < next.buffers; ++i) {
      in_.seek(end_, "the next buffer");
      const buffer part = read_buffer(in_, is_wide_);
      add(next, part, names_(name_of(next, part, position)));
      end_ = checked::add(part.offset, part.bytes, "the end of a buffer");
    }
  }

  std::uint64_t end() const noexcept { return end_; }

 private:
  void add(const waveform& owner, const buffer& of, std::string name) {
    if (out_.arrays.size() + out_.skipped.size() == max_arrays) {
      throw error(errc::limit_exceeded, concat("more than ", max_arrays, " buffers"));
    }
    const auto kind = kind_of(owner, of);
    if (!kind) {
      out_.skipped.push_back(
          {std::move(name),
           concat("nobody agrees what a buffer of type ", of.type, " with ", of.point_bytes,
                  " bytes a point holds"),
           concat("read it by a layout, such as --as '<f4[", of.bytes / 4, "]@", of.offset, "'")});
      return;
    }
    array_info array;
    array.name = std::move(name);
    array.type = {*kind, of.point_bytes, little};
    const std::uint64_t points = of.bytes / of.point_bytes;
    if (of.bytes % of.point_bytes != 0) {
      throw error(errc::corrupt_header, concat("the buffer at byte ", of.offset, " has ", of.bytes,
                                               " bytes in points of ", of.point_bytes));
    }
    if (points != owner.points) {
      add_warning(out_.warnings, concat("the buffer at byte ", of.offset, " has ", points,
                                        " points, its waveform says ", owner.points));
    }
    array.where = layout::contiguous(
        std::array{checked::narrow<std::int64_t>(points, "a buffer's size")}, of.point_bytes);
    array.offset_bytes = of.offset;
    array.attrs = owner.attrs;
    out_.arrays.push_back(std::move(array));
  }

  byte_reader& in_;
  bool is_wide_;
  catalog& out_;
  unique_names names_;
  std::uint64_t end_;
};

catalog parse(std::span<const std::byte> file, const siblings& /*beside*/) {
  byte_reader in(file);
  const std::string_view magic = in.text(4, "the magic");
  if (std::ranges::find(magics, magic) == magics.end()) {
    throw error(errc::corrupt_header, "bytes 0 to 3 are not AG01, AG03 or AG10");
  }
  const bool is_wide = magic == "AG03";
  const std::uint64_t file_bytes = is_wide ? in.number<std::uint64_t>(little, "the file's size")
                                           : in.number<std::uint32_t>(little, "the file's size");
  const auto waveforms = in.number<std::uint32_t>(little, "the number of waveforms");
  catalog out;
  chain all(in, is_wide, out);
  for (std::uint32_t i = 0; i < waveforms; ++i) all.read(i);
  if (all.end() != file_bytes) {
    add_warning(out.warnings, concat("byte 4 says that the file has ", file_bytes,
                                     " bytes, its waveforms end at byte ", all.end()));
  }
  if (all.end() < file.size()) {
    add_warning(out.warnings,
                concat(file.size() - all.end(), " bytes behind the last waveform at byte ",
                       all.end(), " are left alone"));
  }
  return out;
}

}  // namespace

constinit const format keysight{.name = "keysight", .probe = probe, .parse = parse};

}  // namespace quarry::formats
