// directory_lock.hpp: one at a time changes files of a directory that belong together.
#pragma once
#include <filesystem>

#include "quarry/map/file_handle.hpp"

namespace quarry {

/// A lock on a directory, which the system takes back when the process dies (flock(2)). It keeps
/// out those who take it too, and nobody else. Not movable.
class directory_lock {
 public:
  /// On the directory of the file that `path` leads to, links resolved; waits for it. Without
  /// effect where that cannot be opened for reading or its filesystem knows no locks. Throws
  /// error(std::errc::operation_canceled) after a signal that stops the program.
  explicit directory_lock(const std::filesystem::path& path);
  directory_lock(const directory_lock&) = delete;
  directory_lock& operator=(const directory_lock&) = delete;

 private:
  detail::file_handle directory_;  // closing it unlocks
};

}  // namespace quarry
