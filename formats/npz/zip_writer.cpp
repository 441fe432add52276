#include "formats/npz/zip_writer.hpp"

#include <algorithm>
#include <string_view>

#include "quarry/array/utf8.hpp"
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

void put(std::string& out, std::uint64_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) {
    out += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
  }
}

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
void put_fields(std::string& out, const zip_member& of) {
  put(out, flags_of(of.name), 2);
  put(out, of.method, 2);
  put(out, first_of_1980, 4);
  put(out, of.crc32, 4);
  put(out, narrowed(of.stored_bytes, all_ones_32), 4);
  put(out, narrowed(of.plain_bytes, all_ones_32), 4);
  put(out, of.name.size(), 2);
}

void put_entry(std::string& out, const zip_member& of) {
  std::string wide;
  for (const std::uint64_t each : {of.plain_bytes, of.stored_bytes, of.header_offset}) {
    if (is_large(each)) put(wide, each, 8);
  }
  const std::uint64_t version = wide.empty() ? version_plain : version_zip64;
  out += "PK\x01\x02";
  put(out, made_on_unix + version, 2);
  put(out, version, 2);
  put_fields(out, of);
  put(out, wide.empty() ? 0 : wide.size() + 4, 2);
  put(out, 0, 6);  // comment, disk, kind of text
  put(out, attributes, 4);
  put(out, narrowed(of.header_offset, all_ones_32), 4);
  out += of.name;
  if (wide.empty()) return;
  put(out, zip64_extra, 2);
  put(out, wide.size(), 2);
  out += wide;
}

// The Zip64 record and its locator, behind a directory of `bytes` bytes at `offset`.
void put_zip64_records(std::string& out, std::uint64_t entries, std::uint64_t bytes,
                       std::uint64_t offset) {
  out += "PK\x06\x06";
  put(out, 44, 8);  // bytes that follow
  put(out, made_on_unix + version_zip64, 2);
  put(out, version_zip64, 2);
  put(out, 0, 8);  // disks
  put(out, entries, 8);
  put(out, entries, 8);
  put(out, bytes, 8);
  put(out, offset, 8);
  out += "PK\x06\x07";
  put(out, 0, 4);
  put(out, offset + bytes, 8);
  put(out, 1, 4);
}

}  // namespace

std::string zip_header(const zip_member& member, std::uint64_t alignment) {
  constexpr std::uint64_t fixed_bytes = 30;
  constexpr std::uint64_t least_padding = 6;  // id, size, and the alignment itself
  std::string extra;
  const bool is_wide = is_large(member.stored_bytes) || is_large(member.plain_bytes);
  if (is_wide) {
    put(extra, zip64_extra, 2);
    put(extra, 16, 2);
    put(extra, member.plain_bytes, 8);
    put(extra, member.stored_bytes, 8);
  }
  const std::uint64_t end = member.header_offset + fixed_bytes + member.name.size() + extra.size();
  std::uint64_t padding = (alignment - end % alignment) % alignment;
  while (padding > 0 && padding < least_padding) padding += alignment;
  if (padding > 0) {
    put(extra, alignment_extra, 2);
    put(extra, padding - 4, 2);
    put(extra, alignment, 2);
    extra.append(static_cast<std::size_t>(padding - least_padding), '\0');
  }
  std::string out = "PK\x03\x04";
  put(out, is_wide ? version_zip64 : version_plain, 2);
  zip_member said = member;
  if (is_wide) said.stored_bytes = said.plain_bytes = all_ones_32;  // both or none
  put_fields(out, said);
  put(out, extra.size(), 2);
  return out.append(member.name).append(extra);
}

std::string zip_trailer(std::span<zip_member> members, std::uint64_t offset) {
  std::string out;
  for (zip_member& each : members) {
    each.entry_offset = offset + out.size();
    put_entry(out, each);
  }
  const std::uint64_t bytes = out.size();
  const std::uint64_t entries = members.size();
  if (entries >= all_ones_16 || is_large(bytes) || is_large(offset)) {
    put_zip64_records(out, entries, bytes, offset);
  }
  out += "PK\x05\x06";
  put(out, 0, 4);  // disks
  put(out, narrowed(entries, all_ones_16), 2);
  put(out, narrowed(entries, all_ones_16), 2);
  put(out, narrowed(bytes, all_ones_32), 4);
  put(out, narrowed(offset, all_ones_32), 4);
  put(out, 0, 2);  // comment
  return out;
}

}  // namespace quarry::formats
