// zip_writer.hpp: the parts of a new zip archive of stored members. Source: APPNOTE.TXT 6.3.10.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "formats/npz/zip_directory.hpp"

namespace quarry::formats {

/// Bytes of a member's header before its checksum, and of an entry of the directory.
inline constexpr std::uint64_t crc_in_header = 14;
inline constexpr std::uint64_t crc_in_entry = 16;

/// The header of a stored member, behind which the data begins at a multiple of `alignment`: an
/// extra field fills the room. Name, sizes, checksum and header_offset count. Throws
/// error(invalid_argument) for a name that is not UTF-8, has a NUL or more than 65535 bytes.
std::vector<std::byte> zip_header(const zip_member& member, std::uint64_t alignment);

/// What follows the data of all members, at byte `offset`: the directory, Zip64 records where
/// something needs them, and the end record. Sets entry_offset of each member.
std::vector<std::byte> zip_trailer(std::span<zip_member> members, std::uint64_t offset);

}  // namespace quarry::formats
