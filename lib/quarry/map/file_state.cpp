#include "quarry/map/file_state.hpp"

#include <cerrno>
#include <sys/stat.h>

#include "quarry/base/error.hpp"

namespace quarry::detail {

file_state state_of(const std::filesystem::path& path) {
  struct stat now {};
  if (::stat(path.c_str(), &now) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return {};
    throw system_error_now("cannot stat", path);
  }
  constexpr std::int64_t second_ns = 1'000'000'000;
  return {.is_there = true,
          .device = now.st_dev,
          .inode = now.st_ino,
          .bytes = static_cast<std::uint64_t>(now.st_size),
          .changed_ns = now.st_ctim.tv_sec * second_ns + now.st_ctim.tv_nsec};
}

}  // namespace quarry::detail
