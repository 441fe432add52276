// zip_end.hpp: the last records of a zip archive, which say where its directory is.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace quarry::formats {

/// More are not read: each takes several times the memory of the bytes that it can be said in.
inline constexpr std::uint64_t max_zip_members = std::uint64_t{1} << 18U;

/// Where the directory of an archive lies: [begin, end) in the file.
struct zip_end {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t entries = 0;
  std::uint64_t prefix_bytes = 0;  ///< of the file before the archive: its offsets count from there
};

/// Finds and checks the end record and, in large archives, the Zip64 record before it (APPNOTE
/// 4.3.14 to 4.3.16). Bytes before and behind the archive are warned of. Throws error(truncated) if
/// there is no end record, error(unsupported) for archives on several disks, error(limit_exceeded)
/// for more than max_zip_members, error(corrupt_header) where there are two end records or what
/// they say cannot be.
zip_end find_zip_end(std::span<const std::byte> file, std::vector<std::string>& warnings);

}  // namespace quarry::formats
