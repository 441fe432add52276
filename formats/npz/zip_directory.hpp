// zip_directory.hpp: what a zip archive holds and where; no member is read. Source: APPNOTE.TXT
// 6.3.10, sections 4.3 to 4.5.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace quarry::formats {

/// Ways of compression that quarry knows; APPNOTE 4.4.5 has more.
enum class zip_method : std::uint16_t { stored = 0, deflate = 8 };

/// One member. Its bytes in the file are [data_offset, data_offset + stored_bytes), inside the
/// file and no other member's.
struct zip_member {
  std::string name;  ///< UTF-8; a directory ends with a slash
  std::uint16_t method = 0;
  bool is_encrypted = false;
  std::uint32_t crc32 = 0;         ///< of the bytes before compression
  std::uint64_t stored_bytes = 0;  ///< in the archive
  std::uint64_t plain_bytes = 0;   ///< before compression
  std::uint64_t header_offset = 0;
  std::uint64_t entry_offset = 0;  ///< of its entry in the directory
  std::uint64_t data_offset = 0;
};

/// The members in the order of the directory; no two have one name.
struct zip_directory {
  std::vector<zip_member> members;
  std::vector<std::string> warnings{};
};

/// Reads the directory of an archive, Zip64 or not, and holds each member's own header to it.
/// What two readers could take differently is refused: several end records, counts, sizes or names
/// that disagree, members that overlap or have the same name. Throws error(truncated) for a file
/// without an end record, error(unsupported) for archives on several disks, error(limit_exceeded)
/// for more than max_zip_members, error(corrupt_header) for the rest. Linear in the directory but
/// for sorting it; touches a page of each member.
zip_directory read_zip_directory(std::span<const std::byte> file);

}  // namespace quarry::formats
