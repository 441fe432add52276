#include "quarry/map/directory_lock.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <system_error>

#include "quarry/base/error.hpp"
#include "quarry/map/signals.hpp"

namespace quarry {

directory_lock::directory_lock(const std::filesystem::path& path) {
  std::error_code failed;
  std::filesystem::path file = std::filesystem::weakly_canonical(path, failed);
  if (failed) file = path;
  const std::filesystem::path parent = file.parent_path();
  directory_ =
      detail::open_at(AT_FDCWD, parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY);
  while (directory_ && ::flock(directory_.descriptor(), LOCK_EX) != 0 && errno == EINTR) {
    if (stop_signal() == 0) continue;
    throw error(std::make_error_code(std::errc::operation_canceled), "stopped", path);
  }
}

}  // namespace quarry
