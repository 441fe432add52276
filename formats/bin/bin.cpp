#include "formats/bin/bin.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quarry/array/growth.hpp"
#include "quarry/base/byte_reader.hpp"
#include "quarry/base/byte_writer.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/crc32c.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/field_text.hpp"
#include "formats/layout_json.hpp"
#include "formats/row_field.hpp"
#include "formats/shape_text.hpp"

namespace quarry::formats {
namespace {

constexpr std::string_view magic("\x89QRY\r\n\x1a\n", 8);
// How it starts where line ends were changed, the eighth bit was lost, or the bytes were taken for
// latin-1 or UTF-8.
constexpr std::array<std::string_view, 4> damaged_starts{"\x89QRY", "\x09QRY", "\xc2\x89QRY",
                                                         "\xef\xbf\xbdQRY"};
constexpr std::uint32_t version = 1;
constexpr std::size_t fixed_bytes = 64;
constexpr std::size_t checked_bytes = 36;  // what the header's own checksum covers
constexpr std::uint64_t data_alignment = 64;
constexpr std::uint64_t file_page_bytes = 4096;

std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

bool is_damaged(std::string_view start) noexcept {
  return std::ranges::any_of(damaged_starts,
                             [&](std::string_view each) { return start.starts_with(each); });
}

[[noreturn]] void fail(std::string_view why) { throw error(errc::corrupt_header, why); }

void check_magic(std::string_view found) {
  if (found == magic) return;
  if (is_damaged(found)) {
    fail(
        "bytes 0 to 7 are the magic of a typed .bin that a transfer as text has damaged; copy the "
        "file again as binary");
  }
  fail("not a typed .bin: bytes 0 to 7 are not its magic 89 51 52 59 0D 0A 1A 0A");
}

// The fixed part of the header, checked.
struct header {
  std::uint64_t json_bytes;
  std::uint64_t data_offset;
  std::uint64_t data_bytes;
  std::uint32_t json_crc;
};

header parse_header(std::span<const std::byte> file) {
  byte_reader in(file);
  check_magic(in.text(magic.size(), "the magic"));
  constexpr auto order = byte_order::little;
  const auto found_version = in.number<std::uint32_t>(order, "the version");
  header out{};
  out.json_bytes = in.number<std::uint32_t>(order, "the length of the JSON text");
  out.data_offset = in.number<std::uint64_t>(order, "the offset of the data");
  out.data_bytes = in.number<std::uint64_t>(order, "the size of the data");
  out.json_crc = in.number<std::uint32_t>(order, "the checksum of the JSON text");
  const auto header_crc = in.number<std::uint32_t>(order, "the checksum of the header");
  const auto reserved = in.bytes(fixed_bytes - in.position(), "the reserved bytes");
  if (const auto actual = crc32c(file.first(checked_bytes)); actual != header_crc) {
    fail(concat("the checksum of bytes 0 to 35 is ", actual, ", byte 36 says ", header_crc));
  }
  if (found_version != version) {
    throw error(errc::unsupported, concat("version ", found_version,
                                          " at byte 8; this program reads version ", version));
  }
  if (std::ranges::any_of(reserved, [](std::byte b) { return b != std::byte{0}; })) {
    fail("the reserved bytes 40 to 63 are not zero");
  }
  if (out.data_offset % data_alignment != 0 || out.data_offset < fixed_bytes + out.json_bytes) {
    fail(concat("the data's offset ", out.data_offset, " at byte 16 is no multiple of ",
                data_alignment, " behind the JSON text, which ends at byte ",
                fixed_bytes + out.json_bytes));
  }
  return out;
}

// Offsets in the JSON count from the data area and must stay in it.
void place(array_info& info, const header& head) {
  if (!info.data_file.empty() || info.stack) {
    fail("a typed .bin holds its own data; it cannot name a file");
  }
  const auto offset = checked::narrow<std::int64_t>(info.offset_bytes, "an array's offset");
  const byte_range touched = info.where.extent_bytes();
  const std::int64_t low = checked::add(offset, touched.begin, "an array's offset");
  const std::int64_t high = checked::add(offset, touched.end, "the end of an array");
  if (low < 0 || static_cast<std::uint64_t>(high) > head.data_bytes) {
    throw error(errc::out_of_bounds, concat("array '", info.name, "' covers bytes ", low, " to ",
                                            high, " of a data area of ", head.data_bytes));
  }
  info.offset_bytes = checked::add(info.offset_bytes, head.data_offset, "an array's offset");
}

int probe(const file_head& head) noexcept {
  const std::string_view start = as_text(head.bytes);
  if (start.starts_with(magic)) return 95;
  return is_damaged(start) ? 90 : 0;
}

std::string_view json_text(byte_reader& in, const header& head) {
  in.seek(fixed_bytes, "the JSON text");
  const std::string_view text = in.text(head.json_bytes, "the JSON text");
  if (const auto actual = crc32c(as_bytes(text)); actual != head.json_crc) {
    fail(concat("the checksum of the JSON text is ", actual, ", byte 32 says ", head.json_crc));
  }
  return text;
}

catalog parse(std::span<const std::byte> file, const siblings& /*beside*/) {
  const header head = parse_header(file);
  byte_reader in(file);
  const std::string_view text = json_text(in, head);
  const std::string_view room =
      in.text(head.data_offset - in.position(), "the room before the data");
  if (const auto at = room.find_first_not_of(' '); at != std::string_view::npos) {
    fail(concat("byte ", in.position() - room.size() + at,
                " between JSON text and data is no space"));
  }
  const std::uint64_t end = checked::add(head.data_offset, head.data_bytes, "the end of the data");
  catalog out = parse_layout_json(text);
  for (array_info& info : out.arrays) place(info, head);
  // Whether the arrays themselves lie in the file is the store's question.
  if (end > file.size()) {
    out.warnings.push_back(concat("the data ends at byte ", end, ", the file has ", file.size(),
                                  " bytes: ", end - file.size(), " are missing"));
  }
  if (end < file.size()) {
    out.warnings.push_back(
        concat(file.size() - end, " bytes behind the end of the data at byte ", end));
  }
  return out;
}

// All that stands in front of the data, which starts at `data_offset`.
std::vector<std::byte> header_bytes(std::string_view text, std::uint64_t data_offset,
                                    std::uint64_t data_bytes) {
  byte_writer out;
  out.text(magic);
  out.number(version);
  out.number(checked::narrow<std::uint32_t>(text.size(), "the JSON text's length"));
  out.number(data_offset);
  out.number(data_bytes);
  out.number(crc32c(as_bytes(text)));
  out.number(crc32c(out.written()));
  out.fill(fixed_bytes - out.size());
  out.text(text);
  out.fill(data_offset - out.size(), ' ');
  return out.take();
}

std::uint64_t data_offset_behind(std::string_view text) {
  return checked::round_up<std::uint64_t>(fixed_bytes + text.size(), file_page_bytes,
                                          "the header's size");
}

file_plan plan(std::span<const array_info> arrays) {
  // Offsets count from the data area, so the JSON text is known before its own length matters.
  std::vector<array_info> placed(arrays.begin(), arrays.end());
  std::uint64_t data_bytes = 0;
  for (array_info& info : placed) {
    if (info.type.has_object()) {
      throw error(errc::unsupported, "object arrays are pickled Python objects and never written");
    }
    info.offset_bytes = checked::round_up(data_bytes, data_alignment, "the data's size");
    data_bytes = checked::add(
        info.offset_bytes, static_cast<std::uint64_t>(info.where.size_bytes()), "the data's size");
  }
  const std::string text = layout_json(placed, {});
  const std::uint64_t data_offset = data_offset_behind(text);

  file_plan out;
  out.header = header_bytes(text, data_offset, data_bytes);
  for (const array_info& info : placed)
    out.offsets_bytes.push_back(data_offset + info.offset_bytes);
  out.file_bytes = checked::add(data_offset, data_bytes, "the file's size");
  return out;
}

std::optional<row_field> field_of(std::string_view text, const array_info& only) {
  const auto along = growth_of(only.where);
  const auto place = along ? extent_place(text, along->axis) : std::nullopt;
  return place ? std::optional(field_around(text, *place)) : std::nullopt;
}

std::optional<row_field> field_in(std::span<const std::byte> file) {
  const header head = parse_header(file);
  byte_reader in(file);
  const std::string_view text = json_text(in, head);
  const array_info only = parse_layout_json(text).arrays.front();
  if (head.data_bytes != only.offset_bytes + static_cast<std::uint64_t>(only.where.size_bytes())) {
    throw error(errc::unsupported, "its data area goes on behind the array: no row can follow");
  }
  auto out = field_of(text, only);
  if (out) *out = {fixed_bytes + out->begin, fixed_bytes + out->end, out->is_open};
  return out;
}

// The text may grow into the spaces behind it. Beside it change its length, the size of the data
// and both checksums, which all lie in the first sector.
std::optional<patch> with_rows(std::span<const std::byte> before, const row_field& field,
                               const row_count& count) {
  const header head = parse_header(before);
  const std::size_t used = fixed_bytes + head.json_bytes;
  const auto changed =
      text_with_rows(as_text(before.first(used)), field, count, head.data_offset - used);
  if (!changed) return std::nullopt;
  return change_in_sector(before.first(head.data_offset),
                          header_bytes(std::string_view(*changed).substr(fixed_bytes),
                                       head.data_offset, count.end_bytes - head.data_offset));
}

// The shape as the array's first key, and so in the first sector.
std::vector<std::byte> make_growing(const catalog& contents) {
  if (!contents.warnings.empty()) {
    throw error(errc::unsupported, concat("its header has no room for more rows, and anew it would "
                                          "not say all that it says: ",
                                          contents.warnings.front()));
  }
  array_info only = contents.arrays.front();
  only.offset_bytes = 0;
  const std::string text = with_shape_first(layout_json(std::span(&only, 1), contents.attrs));
  const row_count rows{.rows = only.where.extent(growth_of(only.where)->axis)};
  const std::string wide =
      text_with_rows(text, field_of(text, only).value(), rows, file_page_bytes).value();
  return header_bytes(wide, data_offset_behind(wide),
                      static_cast<std::uint64_t>(only.where.size_bytes()));
}

constexpr std::array<std::string_view, 1> suffixes{".bin"};

}  // namespace

constinit const format bin{
    .name = "bin",
    .suffixes = suffixes,
    .probe = probe,
    .parse = parse,
    .plan = plan,
    .has_names = true,
    .growing = {.field = field_in, .with_rows = with_rows, .make = make_growing}};

}  // namespace quarry::formats
