#include "quarry/map/file_lock.hpp"

#include <cerrno>
#include <fcntl.h>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry::detail {
namespace {

struct flock lock_of(short type, const locked_bytes& bytes) noexcept {
  struct flock out {};
  out.l_type = type;
  out.l_whence = SEEK_SET;
  out.l_start = static_cast<off_t>(bytes.first);
  out.l_len = static_cast<off_t>(bytes.count);
  return out;
}

}  // namespace

bool try_lock(const file_handle& file, lock_kind kind, const locked_bytes& bytes,
              const std::filesystem::path& path) {
  struct flock wanted = lock_of(kind == lock_kind::shared ? F_RDLCK : F_WRLCK, bytes);
  int result = -1;
  do {
    result = ::fcntl(file.descriptor(), F_OFD_SETLK, &wanted);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  throw system_error_now(concat("cannot lock byte ", bytes.first), path);
}

void unlock(const file_handle& file, const locked_bytes& bytes) noexcept {
  struct flock none = lock_of(F_UNLCK, bytes);
  ::fcntl(file.descriptor(), F_OFD_SETLK, &none);
}

bool is_locked(const file_handle& file, const locked_bytes& bytes,
               const std::filesystem::path& path) {
  struct flock asked = lock_of(F_WRLCK, bytes);
  if (::fcntl(file.descriptor(), F_OFD_GETLK, &asked) != 0) {
    throw system_error_now(concat("cannot ask for the lock on byte ", bytes.first), path);
  }
  return asked.l_type != F_UNLCK;
}

}  // namespace quarry::detail
