// bin_files.hpp: typed .bin files as text, made from the byte map of bin.md alone.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "quarry/base/text.hpp"

#include "formats/bin/bin.hpp"
#include "formats/golden.hpp"

namespace bin_files {

inline const std::string magic("\x89QRY\r\n\x1a\n", 8);

// CRC-32C bit by bit.
inline std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xffffffffU;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0x82f63b78U : 0U);
  }
  return ~crc;
}

// What a file says; the empty ones are what they should be.
struct parts {
  std::string json;
  std::string data{};
  std::uint32_t version = 1;
  std::optional<std::uint64_t> json_bytes{};
  std::optional<std::uint64_t> data_offset{};
  std::optional<std::uint64_t> data_bytes{};
  std::optional<std::uint32_t> json_crc{};
  std::optional<std::uint32_t> header_crc{};
  std::string reserved = std::string(24, '\0');
  char fill = ' ';
};

inline std::string file_of(const parts& of) {
  using golden::little_endian;
  const std::uint64_t text_end = 64 + of.json.size();
  const std::uint64_t data_start = (text_end + 63) / 64 * 64;
  std::string out = magic + little_endian(of.version, 4);
  out += little_endian(of.json_bytes.value_or(of.json.size()), 4);
  out += little_endian(of.data_offset.value_or(data_start), 8);
  out += little_endian(of.data_bytes.value_or(of.data.size()), 8);
  out += little_endian(of.json_crc.value_or(crc32c(of.json)), 4);
  out += little_endian(of.header_crc.value_or(crc32c(out)), 4);
  out += of.reserved + of.json;
  return out + std::string(data_start - text_end, of.fill) + of.data;
}

inline std::string file_of(std::string_view json, std::string_view data) {
  return file_of(parts{.json = std::string(json), .data = std::string(data)});
}

// `file` with checksums that agree with what it says, as far as it goes.
inline std::string sealed(std::string file) {
  if (file.size() < 64) return file;
  const auto json_bytes = static_cast<unsigned char>(file[12]) +
                          256U * static_cast<unsigned char>(file[13]);  // enough for tests
  file.replace(32, 4,
               golden::little_endian(crc32c(std::string_view(file).substr(64, json_bytes)), 4));
  file.replace(36, 4, golden::little_endian(crc32c(std::string_view(file).substr(0, 36)), 4));
  return file;
}

inline quarry::catalog parse(std::string_view file) {
  return quarry::formats::bin.parse(std::as_bytes(std::span(file)), quarry::siblings{});
}

inline golden::refusal refusal_of(std::string_view file) {
  return golden::refusal_from([&] { parse(file); });
}

}  // namespace bin_files
