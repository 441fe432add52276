// region.hpp: bytes in memory and where they came from, for rooms that must not know files.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace quarry {

namespace detail {
struct fault_record;
class paged_file;
}

/// A run of bytes that somebody owns: a mapped file, shared memory, a buffer.
/// Held through std::shared_ptr<const region>: whoever holds one keeps the bytes alive.
struct region {
  std::byte* data = nullptr;               ///< first byte; never written through unless `writable`
  std::size_t bytes = 0;                   ///< length
  bool writable = false;                   ///< stores are allowed
  bool shared_file = false;                ///< maps a file shared: pages let go come back unchanged
  std::filesystem::path path{};            ///< the file it maps; empty if none
  std::uint64_t device = 0;                ///< st_dev of that file
  std::uint64_t inode = 0;                 ///< st_ino of that file
  detail::fault_record* faults = nullptr;  ///< for fault_guard; null: the bytes cannot get lost
  detail::paged_file* paged = nullptr;     ///< null unless the file is read instead of mapped
};

}  // namespace quarry
