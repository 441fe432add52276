// process_limits.hpp: what the system lets this process use.
#pragma once
#include <cstdint>

namespace quarry {

/// Bytes of memory that this process may use: the least of the machine's physical memory, the
/// limits of its control groups and their parents (v1 memory.limit_in_bytes, v2 memory.max) and
/// RLIMIT_AS. What others or the process itself use already is not taken off. Never fails: a
/// limit that cannot be read counts as none; 2^64 - 1 if none can be read at all. Reads a few
/// small files in /proc and /sys/fs/cgroup. Thread-safe.
std::uint64_t available_memory() noexcept;

/// Bytes of a page of memory. Async-signal-safe.
std::uint64_t page_bytes() noexcept;

/// Bytes of the pages that `bytes` bytes need from the start of a page on. Async-signal-safe.
std::uint64_t whole_pages(std::uint64_t bytes) noexcept;

}  // namespace quarry
