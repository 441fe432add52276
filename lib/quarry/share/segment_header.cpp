#include "quarry/share/segment_header.hpp"

#include <algorithm>
#include <string>

#include "quarry/array/literal.hpp"
#include "quarry/base/byte_reader.hpp"
#include "quarry/base/byte_writer.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/crc32c.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/machine.hpp"

namespace quarry::share {
namespace {

constexpr std::string_view magic("\x89QSH\r\n\x1a\n", 8);
constexpr std::uint32_t abi_tag = 0x01020304;  // as this machine stores it
constexpr std::uint32_t version = 1;
constexpr std::size_t crc_offset = 12;
constexpr std::size_t checked_offset = 16;   // the checksum covers the header from here on
constexpr std::uint64_t block_bytes = 4096;  // what everything behind the header is aligned to
constexpr std::uint64_t max_header_bytes = std::uint64_t{1} << 20U;

[[noreturn]] void fail(std::string_view why) { throw error(errc::corrupt_header, why); }

std::uint64_t round_to_blocks(std::uint64_t bytes) {
  return checked::round_up(bytes, block_bytes, "the segment's size");
}

// Bytes in front of the elements of a slot: its version and its shape.
std::uint64_t slot_head_bytes(segment_kind kind) noexcept {
  return kind == segment_kind::slots ? block_bytes : 0;
}

// What follows from the rest.
void place(segment_header& header) {
  const std::uint64_t start = round_to_blocks(header.header_bytes);
  const bool is_frozen = header.kind == segment_kind::frozen;
  header.control_offset = is_frozen ? 0 : start;
  header.data_offset = is_frozen ? start : start + block_bytes;
  const layout largest = layout::contiguous(header.max_shape, header.type.item_bytes());
  header.slot_stride = checked::add(
      slot_head_bytes(header.kind),
      round_to_blocks(static_cast<std::uint64_t>(largest.size_bytes())), "the segment's size");
  const auto slots =
      checked::mul<std::uint64_t>(header.slot_stride, header.slots, "the segment's size");
  header.file_bytes = checked::add(header.data_offset, slots, "the segment's size");
  checked::narrow<std::int64_t>(header.file_bytes, "the segment's size");
}

void check_kind(const segment_header& header) {
  if (header.kind == segment_kind::append && header.max_shape.empty()) {
    throw error(errc::shape_mismatch, "an array that grows has at least one axis");
  }
  const bool has_slots = header.kind == segment_kind::slots;
  const std::uint32_t least = has_slots ? least_slots : 1;
  const std::uint32_t most = has_slots ? most_slots : 1;
  if (header.slots < least || header.slots > most) {
    throw error(errc::invalid_argument, concat("found ", header.slots, " slots, expected ", least,
                                               most > least ? concat(" to ", most) : ""));
  }
}

dtype parse_type(std::string_view text) {
  std::vector<std::string> warnings;
  std::vector<std::int64_t> subarray;
  const dtype out = dtype_from_descr(parse_literal(text, warnings), subarray, warnings);
  if (!subarray.empty()) fail("a subarray is no element");
  return out;
}

void check_type(const dtype& type) {
  if (type.has_object() || type.item_bytes() == 0) {
    throw error(errc::unsupported, "Python objects and items of 0 bytes are not shared");
  }
}

segment_kind parse_kind(std::uint32_t number) {
  if (number >= 1 && number <= 3) return static_cast<segment_kind>(number);
  throw error(errc::unsupported, concat("byte 20: found the kind ", number, ", expected 1 to 3"));
}

void check_start(byte_reader& in) {
  if (in.text(magic.size(), "the magic of a segment") != magic) {
    fail("bytes 0 to 7 are not the magic of a segment, 89 51 53 48 0D 0A 1A 0A");
  }
  const auto abi = in.number<std::uint32_t>(native_order, "the tag of the machine");
  if (abi == abi_tag) return;
  throw error(errc::unsupported, concat("byte 8: found the tag ", hex(abi, 8),
                                        ", expected 01020304: made by another kind of machine"));
}

// The fields that follow from others are there for readers in other languages.
void check_same(std::uint64_t found, std::uint64_t expected, int at, std::string_view what) {
  if (found == expected) return;
  fail(concat("byte ", at, ": found ", what, " ", found, ", expected ", expected));
}

segment_header parse_fields(byte_reader& in) {
  const auto u32 = [&](std::string_view what) {
    return in.number<std::uint32_t>(byte_order::little, what);
  };
  const auto u64 = [&](std::string_view what) {
    return in.number<std::uint64_t>(byte_order::little, what);
  };
  segment_header out;
  if (const auto found = u32("the version"); found != version) {
    throw error(errc::unsupported,
                concat("byte 16: found version ", found, ", expected ", version));
  }
  out.kind = parse_kind(u32("the kind"));
  out.header_bytes = u32("the header's size");
  const auto rank = u32("the number of axes");
  if (rank > std::uint32_t{max_rank}) fail(concat("byte 28: found ", rank, " axes, at most 64"));
  out.slots = u32("the number of slots");
  check_same(u32("the reserved bytes"), 0, 36, "reserved bytes");
  out.control_offset = u64("the offset of the control block");
  out.data_offset = u64("the offset of the data");
  out.slot_stride = u64("the size of a slot");
  out.file_bytes = u64("the segment's size");
  std::ranges::copy(in.bytes(out.booted.size(), "the machine's start"), out.booted.begin());
  check_same(u64("the reserved bytes"), 0, 88, "reserved bytes");
  out.max_shape.resize(rank);
  for (std::int64_t& extent : out.max_shape) {
    extent = in.number<std::int64_t>(byte_order::little, "the shape");
  }
  return out;
}

void check_places(const segment_header& found, std::uint64_t file_bytes) {
  segment_header expected = found;
  try {
    check_kind(found);
    check_type(found.type);
    place(expected);
  } catch (const error& failure) {
    throw at_place(failure, "the segment's header", errc::corrupt_header);
  }
  check_same(found.control_offset, expected.control_offset, 40, "a control block at");
  check_same(found.data_offset, expected.data_offset, 48, "data at");
  check_same(found.slot_stride, expected.slot_stride, 56, "slots of");
  check_same(found.file_bytes, expected.file_bytes, 64, "a segment of");
  if (file_bytes == found.file_bytes) return;
  throw error(file_bytes < found.file_bytes ? errc::truncated : errc::corrupt_header,
              concat("the segment has ", found.file_bytes, " bytes, its file has ", file_bytes));
}

}  // namespace

std::string_view name_of(segment_kind kind) noexcept {
  switch (kind) {
    case segment_kind::slots:
      return "slots";
    case segment_kind::append:
      return "append";
    case segment_kind::frozen:
      break;
  }
  return "frozen";
}

std::uint64_t segment_header::elements_offset(std::uint32_t slot) const noexcept {
  return data_offset + slot * slot_stride + slot_head_bytes(kind);
}

layout segment_header::layout_of(std::span<const std::int64_t> shape) const {
  const bool fits = std::ranges::equal(
      shape, max_shape,
      [](std::int64_t extent, std::int64_t most) { return extent >= 0 && extent <= most; });
  if (fits) return layout::contiguous(shape, type.item_bytes());
  throw error(errc::shape_mismatch, concat("an array of shape ", tuple_text(shape),
                                           " does not fit the segment's ", tuple_text(max_shape)));
}

segment_header plan_segment(segment_kind kind, const dtype& type,
                            std::span<const std::int64_t> max_shape, std::uint32_t slots) {
  segment_header out;
  out.kind = kind;
  out.type = type;
  out.max_shape.assign(max_shape.begin(), max_shape.end());
  out.slots = slots;
  out.booted = boot_id();
  check_kind(out);
  check_type(type);
  out.header_bytes = fixed_header_bytes + 8 * max_shape.size() + python_text(descr_of(type)).size();
  if (out.header_bytes > max_header_bytes) {
    throw error(errc::limit_exceeded,
                concat("a dtype whose text makes a header of ", out.header_bytes,
                       " bytes, at most ", max_header_bytes));
  }
  place(out);
  return out;
}

std::vector<std::byte> bytes_of(const segment_header& header) {
  const std::string type = python_text(descr_of(header.type));
  const std::uint64_t size = fixed_header_bytes + 8 * header.max_shape.size() + type.size();
  byte_writer out;
  out.text(magic);
  out.bytes(std::as_bytes(std::span(&abi_tag, 1)));
  out.fill(checked_offset - crc_offset);
  out.number(version);
  out.number(static_cast<std::uint32_t>(header.kind));
  out.number(size, 4);
  out.number(header.max_shape.size(), 4);
  out.number(header.slots);
  out.fill(4);
  out.number(header.control_offset);
  out.number(header.data_offset);
  out.number(header.slot_stride);
  out.number(header.file_bytes);
  out.bytes(header.booted);
  out.fill(8);
  for (const std::int64_t extent : header.max_shape) out.number(static_cast<std::uint64_t>(extent));
  out.text(type);
  byte_writer checksum;
  checksum.number(crc32c(out.written().subspan(checked_offset)));
  std::vector<std::byte> bytes = out.take();
  std::ranges::copy(checksum.written(), bytes.begin() + crc_offset);
  return bytes;
}

std::uint64_t segment_header_bytes(std::span<const std::byte> start) {
  byte_reader in(start);
  check_start(in);
  in.seek(24, "the header's size");
  const std::uint64_t out = in.number<std::uint32_t>(byte_order::little, "the header's size");
  if (out >= fixed_header_bytes && out <= max_header_bytes) return out;
  fail(concat("byte 24: found a header of ", out, " bytes, expected ", fixed_header_bytes, " to ",
              max_header_bytes));
}

segment_header parse_segment_header(std::span<const std::byte> bytes, std::uint64_t file_bytes) {
  const std::uint64_t size = segment_header_bytes(bytes);
  if (size > bytes.size()) {
    throw error(errc::truncated,
                concat("the header has ", size, " bytes, ", bytes.size(), " of them are there"));
  }
  bytes = bytes.first(size);
  byte_reader in(bytes);
  in.seek(crc_offset, "the checksum");
  const auto promised = in.number<std::uint32_t>(byte_order::little, "the checksum");
  if (const auto found = crc32c(bytes.subspan(checked_offset)); found != promised) {
    fail(concat("the checksum of the header is ", found, ", byte 12 says ", promised));
  }
  segment_header out = parse_fields(in);
  const std::size_t type_offset = in.position();
  try {
    out.type = parse_type(in.text(in.remaining(), "the dtype"));
  } catch (const error& failure) {
    throw at_place(failure, concat("the dtype at byte ", type_offset), errc::corrupt_header);
  }
  check_places(out, file_bytes);
  return out;
}

}  // namespace quarry::share
