// zip_files.hpp: zip archives as text, made from the byte map of npz.md alone, and spoilt.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/golden.hpp"

namespace zip_files {

using golden::little_endian;

// CRC-32 bit by bit.
inline std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xffffffffU;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
  }
  return ~crc;
}

// What a member says; as stored as it is.
struct member {
  std::string name;
  std::string data{};
  unsigned flags = 0;
  unsigned method = 0;
  std::string extra{};        // of its own header
  std::string entry_extra{};  // of the directory
};

// Where the parts of an archive begin.
struct archive {
  std::string file;
  std::size_t directory = 0;
  std::size_t end = 0;
};

inline std::string fields(const member& of) {
  return little_endian(of.flags, 2) + little_endian(of.method, 2) + little_endian(0x210000, 4) +
         little_endian(crc32(of.data), 4) + little_endian(of.data.size(), 4) +
         little_endian(of.data.size(), 4) + little_endian(of.name.size(), 2);
}

inline std::string end_record(std::size_t entries, std::size_t bytes, std::size_t offset,
                              std::string_view comment = {}) {
  return std::string("PK\x05\x06\0\0\0\0", 8) + little_endian(entries, 2) +
         little_endian(entries, 2) + little_endian(bytes, 4) + little_endian(offset, 4) +
         little_endian(comment.size(), 2) + std::string(comment);
}

// The Zip64 record and its locator, which go between directory and end record.
inline std::string zip64_records(std::size_t entries, std::size_t bytes, std::size_t offset,
                                 std::string_view behind = {}) {
  std::string out = std::string("PK\x06\x06") + little_endian(44 + behind.size(), 8) +
                    little_endian(45, 2) + little_endian(45, 2) + std::string(8, '\0') +
                    little_endian(entries, 8) + little_endian(entries, 8) +
                    little_endian(bytes, 8) + little_endian(offset, 8) + std::string(behind);
  return out + std::string("PK\x06\x07") + std::string(4, '\0') + little_endian(offset + bytes, 8) +
         little_endian(1, 4);
}

inline archive archive_of(const std::vector<member>& members, std::string_view comment = {}) {
  archive out;
  std::string directory;
  for (const member& each : members) {
    directory += std::string("PK\x01\x02") + little_endian(20, 2) + little_endian(20, 2) +
                 fields(each) + little_endian(each.entry_extra.size(), 2) + std::string(10, '\0') +
                 little_endian(out.file.size(), 4) + each.name + each.entry_extra;
    out.file += std::string("PK\x03\x04") + little_endian(20, 2) + fields(each) +
                little_endian(each.extra.size(), 2) + each.name + each.extra + each.data;
  }
  out.directory = out.file.size();
  out.file += directory;
  out.end = out.file.size();
  out.file += end_record(members.size(), directory.size(), out.directory, comment);
  return out;
}

// `file` with the low `bytes` bytes of `value` at byte `at`.
inline std::string patched(std::string file, std::size_t at, std::uint64_t value, int bytes) {
  std::ranges::copy(little_endian(value, bytes), file.begin() + static_cast<std::ptrdiff_t>(at));
  return file;
}

}  // namespace zip_files
