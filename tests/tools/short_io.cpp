// short_io.cpp: preloaded into the command, lets the system read and write less than was asked for,
// and interrupts every fifth call, as it may do at any time.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

std::atomic<unsigned> calls = 0;

// Past the cache only whole blocks are read and written.
std::size_t shortened(int file, std::size_t bytes) {
  const bool is_direct = (static_cast<unsigned>(::fcntl(file, F_GETFL)) & O_DIRECT) != 0;
  return std::min<std::size_t>(bytes, is_direct ? 12288 : 1000);
}

bool is_interrupted() {
  if (++calls % 5 != 0) return false;
  errno = EINTR;
  return true;
}

}  // namespace

extern "C" ssize_t pread(int file, void* into, std::size_t bytes, off_t offset) {
  if (is_interrupted()) return -1;
  return ::syscall(SYS_pread64, file, into, shortened(file, bytes), offset);
}

extern "C" ssize_t pread64(int file, void* into, std::size_t bytes, off64_t offset) {
  return pread(file, into, bytes, offset);
}

extern "C" ssize_t pwrite(int file, const void* from, std::size_t bytes, off_t offset) {
  if (is_interrupted()) return -1;
  return ::syscall(SYS_pwrite64, file, from, shortened(file, bytes), offset);
}

extern "C" ssize_t pwrite64(int file, const void* from, std::size_t bytes, off64_t offset) {
  return pwrite(file, from, bytes, offset);
}
