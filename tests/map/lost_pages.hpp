// lost_pages.hpp: files that lose pages while they are mapped, and ways to touch them.
#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <unistd.h>

#include "map/scratch.hpp"

inline const std::size_t page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));

/// A file of `pages` pages of the letter x.
inline std::filesystem::path file_of(std::size_t pages, const std::filesystem::path& path) {
  put(path, std::string(pages * page, 'x'));
  return path;
}

inline void truncate_to(std::size_t bytes, const std::filesystem::path& path) {
  if (::truncate(path.c_str(), static_cast<off_t>(bytes)) != 0)
    throw std::runtime_error("cannot truncate");
}

/// The byte at `offset`, as a character, read now.
inline char at(std::span<const std::byte> bytes, std::size_t offset) {
  return static_cast<char>(*static_cast<const volatile std::byte*>(&bytes[offset]));
}

/// One byte of each page, in that order, as text.
inline std::string a_byte_of_each_page(std::span<const std::byte> bytes) {
  std::string out;
  for (std::size_t offset = 0; offset < bytes.size(); offset += page) out += at(bytes, offset);
  return out;
}
