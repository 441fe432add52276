// direct_io.hpp: reads and writes past the system's cache (O_DIRECT), which want whole pages of
// file and memory; internal to this room.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <sys/types.h>

#include "quarry/map/file_handle.hpp"

namespace quarry::detail {

/// The same file as `file`, opened again with O_DIRECT and `flags` (O_RDONLY, O_WRONLY). Throws
/// error(unsupported) where the filesystem cannot do that, else what the system reports.
file_handle opened_directly(const file_handle& file, int flags, const std::filesystem::path& path);

/// pread(2), repeated while a signal interrupts it. Async-signal-safe.
ssize_t read_once(const file_handle& file, std::uint64_t offset,
                  std::span<std::byte> into) noexcept;

/// Reads as much as `into` holds. Throws error(truncated) if the file ends before, else what the
/// system reports, of `path`.
void read_all(const file_handle& file, std::uint64_t offset, std::span<std::byte> into,
              const std::filesystem::path& path);

/// read_once() of a file opened with O_DIRECT, for any offset and memory: parts of pages, and memory
/// that does not lie in its page as the bytes do in theirs, go a way round. As many bytes as one
/// call gives; 0 at the end of the file. Throws what the system reports, std::bad_alloc.
std::size_t read_directly(const file_handle& file, std::uint64_t offset, std::span<std::byte> into,
                          const std::filesystem::path& path);

/// Writes all of `data` at `offset`: whole pages to `direct`, if that is open, the rest to `file`.
/// Throws what the system reports, std::bad_alloc.
void write_all(const file_handle& file, const file_handle& direct, std::uint64_t offset,
               std::span<const std::byte> data, const std::filesystem::path& path);

}  // namespace quarry::detail
