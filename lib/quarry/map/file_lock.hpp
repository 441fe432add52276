// file_lock.hpp: locks on bytes of an open file, which the system takes back when the file is
// closed or its process dies, however that ends (F_OFD_SETLK); internal to this room.
#pragma once
#include <cstdint>
#include <filesystem>

#include "quarry/map/file_handle.hpp"

namespace quarry::detail {

/// Who else may have a lock on the same bytes: others that share it, or nobody.
enum class lock_kind : std::uint8_t { shared, exclusive };

/// Bytes of a file, also behind its end.
struct locked_bytes {
  std::uint64_t first = 0;
  std::uint64_t count = 0;  ///< 0: all from `first` on, however long the file gets
};

/// Locks the bytes. False while another open file has a lock that excludes this one; never waits.
/// `exclusive` wants a file that is open for writing. Throws what the system reports, of `path`.
bool try_lock(const file_handle& file, lock_kind kind, const locked_bytes& bytes,
              const std::filesystem::path& path);
/// Gives the lock back.
void unlock(const file_handle& file, const locked_bytes& bytes) noexcept;
/// True if another open file has a lock on one of the bytes. Throws what the system reports, of
/// `path`.
bool is_locked(const file_handle& file, const locked_bytes& bytes,
               const std::filesystem::path& path);

}  // namespace quarry::detail
