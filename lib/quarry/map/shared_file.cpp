#include "quarry/map/shared_file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <utility>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/direct_io.hpp"
#include "quarry/map/file_handle.hpp"
#include "quarry/map/file_lock.hpp"
#include "quarry/map/machine.hpp"
#include "quarry/map/mapped_file.hpp"
#include "quarry/map/new_file.hpp"

#ifdef __SANITIZE_THREAD__
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
#endif

namespace quarry {
namespace {

using path_type = std::filesystem::path;

[[noreturn]] void deny(std::string_view why, const path_type& path) {
  throw error({EACCES, std::system_category()}, why, path);
}

int flags_of(access mode) noexcept { return mode == access::read_write ? O_RDWR : O_RDONLY; }

void check_trust(const struct stat& status, const file_trust& trust, const path_type& path) {
  if (!S_ISREG(status.st_mode)) {
    throw error(errc::unsupported,
                concat("not a regular file but ", detail::kind_of(status.st_mode)), path);
  }
  if (status.st_uid != trust.owner) {
    deny(concat("belongs to user ", status.st_uid, ", not to ", trust.owner), path);
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !trust.writable_by_others) {
    deny("others than its owner may write to it", path);
  }
}

// What one holder of a lock did is done for the next one: the kernel takes and gives locks under a
// lock of its own. The thread sanitizer does not know and has to be told.
#ifdef __SANITIZE_THREAD__
void* token_of(std::uint64_t inode, std::uint64_t offset) noexcept {
  static std::array<char, 4096> tokens;
  return &tokens[(inode * 256 + offset) % tokens.size()];
}
void order_behind_others(std::uint64_t inode, std::uint64_t offset) noexcept {
  __tsan_acquire(token_of(inode, offset));
}
void order_before_others(std::uint64_t inode, std::uint64_t offset) noexcept {
  __tsan_release(token_of(inode, offset));
}
#else
void order_behind_others(std::uint64_t /*inode*/, std::uint64_t /*offset*/) noexcept {}
void order_before_others(std::uint64_t /*inode*/, std::uint64_t /*offset*/) noexcept {}
#endif

// "1: OFDLCK ADVISORY  WRITE -1 00:1a:4242 17 17": device (hexadecimal), inode, first and last
// byte.
bool is_lock_on(const std::string& line, std::uint64_t device, std::uint64_t inode,
                std::uint64_t offset) noexcept {
  unsigned found_major = 0;
  unsigned found_minor = 0;
  unsigned long long found_inode = 0;
  unsigned long long first = 0;
  unsigned long long last = 0;
  const int fields = std::sscanf(line.c_str(), "%*s %*s %*s %*s %*s %x:%x:%llu %llu %llu",
                                 &found_major, &found_minor, &found_inode, &first, &last);
  return fields == 5 && found_major == major(device) && found_minor == minor(device) &&
         found_inode == inode && first <= offset && offset <= last;
}

}  // namespace

struct shared_file::state {
  detail::file_handle file;
  access mode;
  path_type path;
  std::uint64_t size_bytes;
  std::uint64_t device;
  std::uint64_t inode;
  std::uint32_t process;  // that opened it

  static std::unique_ptr<const state> of(detail::file_handle opened, access mode, path_type path) {
    const struct stat status = detail::status_of(opened, path);
    return std::make_unique<const state>(state{std::move(opened), mode, std::move(path),
                                               static_cast<std::uint64_t>(status.st_size),
                                               status.st_dev, status.st_ino, process_id()});
  }

  bool is_own() const noexcept { return process_id() == process; }

  void require_own_process() const {
    if (is_own()) return;
    throw error(errc::invalid_argument,
                "was opened by the process that this one was forked from; open it anew", path);
  }

  bool set_lock(detail::lock_kind kind, std::uint64_t offset) const {
    require_own_process();
    if (!detail::try_lock(file, kind, {offset, 1}, path)) return false;
    order_behind_others(inode, offset);
    return true;
  }
};

shared_file::shared_file(std::unique_ptr<const state> s) noexcept : state_(std::move(s)) {}
shared_file::shared_file(shared_file&&) noexcept = default;
shared_file& shared_file::operator=(shared_file&&) noexcept = default;
shared_file::~shared_file() = default;

const path_type& shared_file::path() const noexcept { return state_->path; }
access shared_file::mode() const noexcept { return state_->mode; }
bool shared_file::is_own() const noexcept { return state_->is_own(); }
std::uint64_t shared_file::size_bytes() const noexcept { return state_->size_bytes; }

shared_file shared_file::open(const path_type& path, access mode, const file_trust& trust) {
  detail::require_no_nul(path);
  if (mode == access::copy_on_write) {
    throw error(errc::invalid_argument, "a shared file is not opened copy-on-write", path);
  }
  // O_NONBLOCK: a FIFO must not hold us up before fstat can refuse it.
  auto file =
      detail::open_at(AT_FDCWD, path.c_str(), flags_of(mode) | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (!file) {
    const std::error_code failure(errno, std::system_category());
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0) check_trust(status, trust, path);
    throw error(failure, "cannot open", path);
  }
  check_trust(detail::status_of(file, path), trust, path);
  return shared_file(state::of(std::move(file), mode, path));
}

shared_file shared_file::open(const new_file& made, const path_type& path) {
  auto file = detail::opened_anew(made.descriptor(), O_RDWR);
  if (!file) throw system_error_now("cannot open the new file again", path);
  return shared_file(state::of(std::move(file), access::read_write, path));
}

shared_file shared_file::reopened() const {
  state_->require_own_process();
  auto file = detail::opened_anew(state_->file.descriptor(), flags_of(mode()));
  if (!file) throw system_error_now("cannot open the file again", path());
  return shared_file(state::of(std::move(file), mode(), path()));
}

void shared_file::read(std::uint64_t offset, std::span<std::byte> into) const {
  detail::read_all(state_->file, offset, into, path());
}

std::shared_ptr<const region> shared_file::map() const {
  const struct stat status = detail::status_of(state_->file, path());
  return detail::share_of(std::make_shared<const detail::mapped_file>(state_->file, status, mode(),
                                                                      path(), path(), true));
}

bool shared_file::try_share(std::uint64_t offset) const {
  return state_->set_lock(detail::lock_kind::shared, offset);
}

bool shared_file::try_own(std::uint64_t offset) const {
  return state_->set_lock(detail::lock_kind::exclusive, offset);
}

void shared_file::release(std::uint64_t offset) const noexcept {
  if (!is_own()) return;
  order_before_others(state_->inode, offset);
  detail::unlock(state_->file, {offset, 1});
}

bool shared_file::is_locked(std::uint64_t offset) const {
  return detail::is_locked(state_->file, {offset, 1}, path());
}

std::optional<int> shared_file::lock_count(std::uint64_t offset) const {
  std::ifstream locks("/proc/locks");
  if (!locks) return std::nullopt;
  int count = 0;
  for (std::string line; std::getline(locks, line);) {
    if (is_lock_on(line, state_->device, state_->inode, offset)) ++count;
  }
  if (count == 0 && is_locked(offset)) return std::nullopt;
  return count;
}

bool shared_file::is_linked() const {
  state_->require_own_process();
  return detail::is_linked(state_->file, path());
}

bool shared_file::has_its_name() const {
  struct stat status {};
  if (::lstat(path().c_str(), &status) != 0) {
    if (errno == ENOENT) return false;
    throw system_error_now("cannot stat", path());
  }
  return status.st_dev == state_->device && status.st_ino == state_->inode;
}

bool shared_file::unlink_name(std::uint64_t guard_offset) const {
  constexpr int most_tries = 10000;  // it is held as long as an unlink takes
  for (int tries = 0; !try_own(guard_offset); ++tries) {
    if (tries == most_tries) {
      throw error(errc::busy, "another process has been removing it for a second", path());
    }
    ::usleep(100);
  }
  bool removed = false;
  try {
    removed = has_its_name();
    if (removed && ::unlink(path().c_str()) != 0) throw system_error_now("cannot remove", path());
  } catch (...) {
    release(guard_offset);
    throw;
  }
  release(guard_offset);
  return removed;
}

}  // namespace quarry
