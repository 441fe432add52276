#include "quarry/map/file_handle.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/fault_record.hpp"

namespace quarry::detail {

file_handle::~file_handle() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool file_handle::close() noexcept {
  const int descriptor = std::exchange(descriptor_, -1);
  return descriptor < 0 || ::close(descriptor) == 0 || errno == EINTR;
}

file_handle open_at(int directory, const char* name, int flags, mode_t mode) noexcept {
  int descriptor = -1;
  do {
    descriptor = ::openat(directory, name, flags | O_CLOEXEC, mode);
  } while (descriptor < 0 && errno == EINTR);
  return file_handle(descriptor);
}

// The links alone: who asks for times makes the next write store finer ones, which is 2 us on ext4
// of Linux 6.13 and later.
bool is_linked(const file_handle& file, const std::filesystem::path& path) {
  struct statx status {};
  if (::statx(file.descriptor(), "", AT_EMPTY_PATH, STATX_NLINK, &status) != 0) {
    throw system_error_now("cannot stat", path);
  }
  return status.stx_nlink > 0;
}

bool is_file_of(const region& of, const struct stat& status) noexcept {
  return status.st_dev == of.device && status.st_ino == of.inode;
}

std::filesystem::path resolved(const std::filesystem::path& path) {
  require_no_nul(path);
  std::error_code failed;
  std::filesystem::path out = std::filesystem::canonical(path, failed);
  if (failed) throw error({failed.value(), std::system_category()}, "cannot open", path);
  return out;
}

// O_NONBLOCK: a FIFO without a writer must not hold us up before fstat can refuse it.
file_handle open_regular(const std::filesystem::path& path, int flags) {
  require_no_nul(path);
  file_handle file = open_at(AT_FDCWD, path.c_str(), flags | O_NONBLOCK | O_NOCTTY);
  if (file) return file;
  const std::error_code failure(errno, std::system_category());
  // A socket says ENXIO, a directory opened for writing EISDIR: say what they are instead.
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
    throw not_regular(status.st_mode, path);
  throw error(failure, "cannot open", path);
}

error not_regular(mode_t mode, const std::filesystem::path& path) {
  return {errc::unsupported, concat("not a regular file but ", kind_of(mode)), path};
}

file_handle reopened(const std::filesystem::path& name, const region& of, int flags) noexcept {
  file_handle file = open_at(AT_FDCWD, name.c_str(), flags | O_NONBLOCK | O_NOCTTY);
  struct stat status {};
  const bool is_it = file && ::fstat(file.descriptor(), &status) == 0 && is_file_of(of, status);
  return is_it ? std::move(file) : file_handle();
}

file_handle reopened(const region& of, int flags) noexcept {
  const bool has_lasting_name = of.faults != nullptr && !of.faults->may_change;
  return reopened(has_lasting_name ? of.faults->name : of.path, of, flags);
}

file_handle opened_anew(int descriptor, int flags) noexcept {
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "/proc/self/fd/%d", descriptor);
  return open_at(AT_FDCWD, name.data(), flags);
}

file_handle duplicate_of(const file_handle& file, const std::filesystem::path& path) {
  file_handle out(::fcntl(file.descriptor(), F_DUPFD_CLOEXEC, 0));
  if (!out) throw system_error_now("cannot duplicate the descriptor", path);
  return out;
}

struct stat status_of(const file_handle& file, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(file.descriptor(), &status) != 0) throw system_error_now("cannot stat", path);
  return status;
}

void require_no_nul(const std::filesystem::path& path) {
  if (path.native().find('\0') == std::string::npos) return;
  throw error(errc::invalid_argument, "the file name has a NUL byte in it", path);
}

const char* kind_of(mode_t mode) noexcept {
  if (S_ISREG(mode)) return "a regular file";
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISLNK(mode)) return "a symbolic link";
  return "a device";
}

}  // namespace quarry::detail
