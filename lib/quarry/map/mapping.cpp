#include "quarry/map/mapping.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

#include "quarry/base/error.hpp"
#include "quarry/base/log.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/file_handle.hpp"

namespace quarry {

namespace interprocess = boost::interprocess;

namespace {

// What a file is known by, and what changes when somebody writes to it.
struct file_stamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t bytes = 0;
  timespec modified{};
  timespec changed{};

  explicit file_stamp(const struct stat& from) noexcept
      : device(from.st_dev),
        inode(from.st_ino),
        bytes(from.st_size),
        modified(from.st_mtim),
        changed(from.st_ctim) {}

  bool same_file(const file_stamp& other) const noexcept {
    return device == other.device && inode == other.inode;
  }
};

bool equal(const timespec& a, const timespec& b) noexcept {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

// O_NONBLOCK: opening a FIFO must not wait for a writer.
file_handle open_regular(const std::filesystem::path& path, access mode) {
  const int flags = (mode == access::read_write ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_NOCTTY;
  file_handle file = open_at(AT_FDCWD, path.c_str(), flags);
  if (!file) {
    // A directory or a socket cannot be opened at all for some modes; say what it is.
    const int reason = errno;
    if (reason == EISDIR || reason == ENXIO) {
      throw error(errc::unsupported, "not a regular file", path);
    }
    errno = reason;
    throw system_error_now("cannot open", path);
  }
  return file;
}

interprocess::mode_t mode_for(access mode) noexcept {
  switch (mode) {
    case access::read_only:
      return interprocess::read_only;
    case access::read_write:
      return interprocess::read_write;
    case access::copy_on_write:
      break;
  }
  return interprocess::copy_on_write;
}

int madvise_of(advice what) noexcept {
  switch (what) {
    case advice::normal:
      return MADV_NORMAL;
    case advice::sequential:
      return MADV_SEQUENTIAL;
    case advice::random:
      return MADV_RANDOM;
    case advice::willneed:
      return MADV_WILLNEED;
    case advice::dontneed:
      return MADV_DONTNEED;
    case advice::huge_pages:
      break;
  }
  return MADV_HUGEPAGE;
}

}  // namespace

struct mapping::state {
  state(const struct stat& status, access as) : opened(status), mode(as) {}

  region where;
  interprocess::mapped_region mapped;  // default-constructed: nothing, for an empty file
  file_stamp opened;
  access mode;
  bool poisoned = false;
};

mapping::mapping(std::shared_ptr<state> s) noexcept : state_(std::move(s)) {}
mapping::mapping(mapping&&) noexcept = default;
mapping& mapping::operator=(mapping&&) noexcept = default;
mapping::~mapping() = default;

mapping mapping::open(const std::filesystem::path& path, access mode) {
  const file_handle file = open_regular(path, mode);
  const struct stat status = status_of(file, path);
  if (!S_ISREG(status.st_mode)) throw error(errc::unsupported, "not a regular file", path);
  const auto bytes = static_cast<std::uint64_t>(status.st_size);
  char probe = 0;
  if (bytes == 0 && ::read(file.get(), &probe, 1) > 0) {
    // As in /proc: what it holds is made up while it is read.
    throw error(errc::unsupported, "not a regular file: it has content but no size", path);
  }
  auto out = std::make_shared<state>(status, mode);
  if (bytes > 0) out->mapped = map_file(file, mode_for(mode), bytes, path);
  out->where.data = static_cast<std::byte*>(out->mapped.get_address());
  out->where.bytes = out->mapped.get_size();
  out->where.writable = mode != access::read_only;
  out->where.shared_file = mode != access::copy_on_write;
  out->where.path = path;
  out->where.device = status.st_dev;
  out->where.inode = status.st_ino;
  if (log::enabled(log::level::debug)) {
    log::write(log::level::debug, concat("mapped ", bytes, " bytes of ", path.native()));
  }
  return mapping(std::move(out));
}

std::span<const std::byte> mapping::bytes() const noexcept {
  if (!state_) return {};
  return {state_->where.data, state_->where.bytes};
}

std::shared_ptr<const region> mapping::share() const {
  if (!state_) throw error(errc::invalid_argument, "the mapping is closed");
  return {state_, &state_->where};
}

std::size_t mapping::holders() const noexcept {
  return state_ ? static_cast<std::size_t>(state_.use_count()) - 1 : 0;
}

void mapping::advise(advice what, std::uint64_t offset, std::uint64_t length) const {
  if (state_) quarry::advise(state_->where, what, offset, length);
}

void mapping::flush(durability level) {
  if (!state_ || state_->mode != access::read_write) {
    throw error(errc::read_only, "only a mapping opened for writing can be flushed",
                state_ ? state_->where.path : std::filesystem::path());
  }
  if (state_->poisoned) {
    throw error(std::error_code(EIO, std::system_category()),
                "an earlier flush failed; what was stored since may be lost", state_->where.path);
  }
  if (level == durability::process_crash || state_->where.bytes == 0) return;
  state_->poisoned = true;  // until proven otherwise: any throw below leaves it so
  const std::filesystem::path& path = state_->where.path;
  if (::msync(state_->where.data, state_->where.bytes, MS_SYNC) != 0) {
    throw system_error_now("cannot flush the mapping", path);
  }
  const file_handle file = open_at(AT_FDCWD, path.c_str(), O_RDWR | O_NONBLOCK | O_NOCTTY);
  if (!file || !file_stamp(status_of(file, path)).same_file(state_->opened)) {
    throw error(errc::changed,
                "the path leads to another file by now: cannot make sure of the disk", path);
  }
  if (::fdatasync(file.get()) != 0) throw system_error_now("cannot flush to the disk", path);
  state_->poisoned = false;
}

void mapping::verify_unchanged() const {
  if (!state_) return;
  const std::filesystem::path& path = state_->where.path;
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return;  // deleted: the mapping keeps the file as it was
    throw system_error_now("cannot read its status", path);
  }
  const file_stamp now(status);
  const file_stamp& then = state_->opened;
  if (!now.same_file(then)) {
    throw error(errc::changed, "the file was replaced by another while it was read", path);
  }
  if (now.bytes < then.bytes) {
    throw error(errc::truncated,
                concat("the file was truncated while it was read: ", now.bytes, " bytes, it had ",
                       then.bytes),
                path);
  }
  if (now.bytes > then.bytes || !equal(now.modified, then.modified) ||
      !equal(now.changed, then.changed)) {
    throw error(errc::changed, "the file was changed while it was read", path);
  }
}

void mapping::close() {
  if (const std::size_t others = holders(); others > 0) {
    throw error(errc::busy,
                concat("cannot close: ", others, others == 1 ? " holder uses" : " holders use",
                       " the mapping"),
                state_->where.path);
  }
  state_.reset();
}

void advise(const region& of, advice what, std::uint64_t offset, std::uint64_t length) noexcept {
  if (offset >= of.bytes || (what == advice::dontneed && !of.shared_file)) return;
  static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t clipped = std::min<std::uint64_t>(length, of.bytes - offset);
  const auto begin = (reinterpret_cast<std::uintptr_t>(of.data) + offset) / page * page;
  const auto end = reinterpret_cast<std::uintptr_t>(of.data) + offset + clipped;
  ::madvise(reinterpret_cast<void*>(begin), end - begin, madvise_of(what));
}

}  // namespace quarry
