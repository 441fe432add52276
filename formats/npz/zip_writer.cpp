#include "formats/npz/zip_writer.hpp"

#include <algorithm>
#include <string_view>

#include "quarry/base/utf8.hpp"
#include "quarry/base/byte_writer.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry::formats {
namespace {

constexpr std::uint64_t all_ones_16 = 0xffff;
constexpr std::uint64_t all_ones_32 = 0xffffffff;
constexpr std::uint64_t version_plain = 20;
constexpr std::uint64_t version_zip64 = 45;
constexpr std::uint64_t made_on_unix = 3 << 8;
constexpr std::uint64_t attributes = std::uint64_t{0100644} << 16U;  // a file that all may read
constexpr std::uint64_t first_of_1980 = 0x21 << 16;  // the first day that there is; NumPy's as well
constexpr std::uint64_t utf8_flag = 1U << 11U;
constexpr std::uint64_t zip64_extra = 1;
constexpr std::uint64_t alignment_extra = 0xd935;  // that of Android's zipalign

bool is_large(std::uint64_t value) noexcept { return value >= all_ones_32; }

std::uint64_t narrowed(std::uint64_t value, std::uint64_t all_ones) noexcept {
  return std::min(value, all_ones);
}

// The flags that a name wants.
std::uint64_t flags_of(std::string_view name) {
  std::uint64_t out = 0;
  for (std::size_t at = 0; at < name.size();) {
    const auto [code, bytes] = utf8::decode(name, at);
    if (bytes == 0 || code == 0) {
      throw error(errc::invalid_argument,
                  concat("the name '", escaped(name, 80), "' is not UTF-8 without NUL"));
    }
    if (code > 127) out = utf8_flag;
    at += bytes;
  }
  if (name.size() > all_ones_16) {
    throw error(errc::invalid_argument,
                concat("a name of ", name.size(), " bytes, at most ", all_ones_16, " fit"));
  }
  return out;
}

// Flags to name length: what header and entry have alike.
void put_fields(byte_writer& out, const zip_member& of) {
  out.number(flags_of(of.name), 2);
  out.number(of.method, 2);
  out.number(first_of_1980, 4);
  out.number(of.crc32, 4);
  out.number(narrowed(of.stored_bytes, all_ones_32), 4);
  out.number(narrowed(of.plain_bytes, all_ones_32), 4);
  out.number(of.name.size(), 2);
}

void put_entry(byte_writer& out, const zip_member& of) {
  byte_writer wide;
  for (const std::uint64_t each : {of.plain_bytes, of.stored_bytes, of.header_offset}) {
    if (is_large(each)) wide.number(each, 8);
  }
  const std::uint64_t version = wide.size() == 0 ? version_plain : version_zip64;
  out.text("PK\x01\x02");
  out.number(made_on_unix + version, 2);
  out.number(version, 2);
  put_fields(out, of);
  out.number(wide.size() == 0 ? 0 : wide.size() + 4, 2);
  out.number(0, 6);  // comment, disk, kind of text
  out.number(attributes, 4);
  out.number(narrowed(of.header_offset, all_ones_32), 4);
  out.text(of.name);
  if (wide.size() == 0) return;
  out.number(zip64_extra, 2);
  out.number(wide.size(), 2);
  out.bytes(wide.written());
}

// The Zip64 record and its locator, behind a directory of `bytes` bytes at `offset`.
void put_zip64_records(byte_writer& out, std::uint64_t entries, std::uint64_t bytes,
                       std::uint64_t offset) {
  out.text("PK\x06\x06");
  out.number(44, 8);  // bytes that follow
  out.number(made_on_unix + version_zip64, 2);
  out.number(version_zip64, 2);
  out.number(0, 8);  // disks
  out.number(entries, 8);
  out.number(entries, 8);
  out.number(bytes, 8);
  out.number(offset, 8);
  out.text("PK\x06\x07");
  out.number(0, 4);
  out.number(offset + bytes, 8);
  out.number(1, 4);
}

}  // namespace

std::vector<std::byte> zip_header(const zip_member& member, std::uint64_t alignment) {
  constexpr std::uint64_t fixed_bytes = 30;
  constexpr std::uint64_t least_padding = 6;  // id, size, and the alignment itself
  byte_writer extra;
  const bool is_wide = is_large(member.stored_bytes) || is_large(member.plain_bytes);
  if (is_wide) {
    extra.number(zip64_extra, 2);
    extra.number(16, 2);
    extra.number(member.plain_bytes, 8);
    extra.number(member.stored_bytes, 8);
  }
  const std::uint64_t end = member.header_offset + fixed_bytes + member.name.size() + extra.size();
  std::uint64_t padding = (alignment - end % alignment) % alignment;
  while (padding > 0 && padding < least_padding) padding += alignment;
  if (padding > 0) {
    extra.number(alignment_extra, 2);
    extra.number(padding - 4, 2);
    extra.number(alignment, 2);
    extra.fill(static_cast<std::size_t>(padding - least_padding));
  }
  byte_writer out;
  out.text("PK\x03\x04");
  out.number(is_wide ? version_zip64 : version_plain, 2);
  zip_member said = member;
  if (is_wide) said.stored_bytes = said.plain_bytes = all_ones_32;  // both or none
  put_fields(out, said);
  out.number(extra.size(), 2);
  out.text(member.name);
  out.bytes(extra.written());
  return out.take();
}

std::vector<std::byte> zip_trailer(std::span<zip_member> members, std::uint64_t offset) {
  byte_writer out;
  for (zip_member& each : members) {
    each.entry_offset = offset + out.size();
    put_entry(out, each);
  }
  const std::uint64_t bytes = out.size();
  const std::uint64_t entries = members.size();
  if (entries >= all_ones_16 || is_large(bytes) || is_large(offset)) {
    put_zip64_records(out, entries, bytes, offset);
  }
  out.text("PK\x05\x06");
  out.number(0, 4);  // disks
  out.number(narrowed(entries, all_ones_16), 2);
  out.number(narrowed(entries, all_ones_16), 2);
  out.number(narrowed(bytes, all_ones_32), 4);
  out.number(narrowed(offset, all_ones_32), 4);
  out.number(0, 2);  // comment
  return out.take();
}

}  // namespace quarry::formats
