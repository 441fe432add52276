#include "quarry/map/growing_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "quarry/base/assert.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/deadline.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/log.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/direct_io.hpp"
#include "quarry/map/file_handle.hpp"
#include "quarry/map/file_lock.hpp"
#include "quarry/map/filesystem.hpp"
#include "quarry/map/machine.hpp"
#include "quarry/map/new_file.hpp"

namespace quarry {
namespace {

using detail::file_handle;
using path_type = std::filesystem::path;

constexpr std::chrono::milliseconds between_tries{5};
constexpr std::uint64_t sector_bytes = 512;

// Links are resolved first, so that the name that is opened is none: one that is put there
// meanwhile is refused.
file_handle open_resolved(const path_type& path) {
  const path_type name = detail::resolved(path);
  try {
    file_handle file = detail::open_regular(name, O_RDWR | O_NOFOLLOW);
    const mode_t mode = detail::status_of(file, path).st_mode;
    if (!S_ISREG(mode)) throw detail::not_regular(mode, path);
    return file;
  } catch (const error& failure) {
    throw failure.with_path(path);
  }
}

bool leads_to(const path_type& path, const file_handle& file) {
  struct stat named {};
  const struct stat open = detail::status_of(file, path);
  return ::stat(path.c_str(), &named) == 0 && named.st_dev == open.st_dev &&
         named.st_ino == open.st_ino;
}

// Opened anew for each try: who held the lock may have put another file in this one's place.
file_handle open_locked(const path_type& path, std::chrono::milliseconds lock_wait) {
  const deadline until(lock_wait);
  for (bool has_tried = false;; has_tried = true) {
    file_handle file = open_resolved(path);
    if (detail::is_remote(file)) {
      throw error(errc::unsupported,
                  "lies on a filesystem of another machine or of a program (FUSE), where locks and "
                  "the order of writes cannot be trusted",
                  path);
    }
    const bool is_locked = detail::try_lock(file, detail::lock_kind::exclusive, {}, path);
    if (is_locked && leads_to(path, file)) return file;
    if (is_locked && !has_tried) continue;
    if (until.is_over()) throw error(errc::busy, "another process appends to it", path);
    if (!is_locked) until.pause(between_tries);
  }
}

// Opened again, for what maps the new file keeps its open file, and with that a lock.
file_handle locked_again(int descriptor, const path_type& path) {
  file_handle file = detail::opened_anew(descriptor, O_RDWR);
  if (!file) throw system_error_now("cannot open the new file again", path);
  if (detail::try_lock(file, detail::lock_kind::exclusive, {}, path)) return file;
  throw error(errc::busy, "another process has locked it", path);
}

}  // namespace

struct growing_file::state {
  path_type path;
  file_handle file;
  std::error_code lost{};  // what poisoned it
  std::uint32_t process = process_id();  // that opened it
};

growing_file::growing_file(const path_type& path, std::chrono::milliseconds lock_wait)
    : state_(std::make_unique<state>(state{path, open_locked(path, lock_wait)})) {}

growing_file::growing_file(const new_file& made, const path_type& path)
    : state_(std::make_unique<state>(state{path, locked_again(made.descriptor(), path)})) {}

growing_file::growing_file(growing_file&&) noexcept = default;
growing_file& growing_file::operator=(growing_file&&) noexcept = default;
growing_file::~growing_file() = default;

const path_type& growing_file::path() const noexcept { return state_->path; }

bool growing_file::poisoned() const noexcept { return static_cast<bool>(state_->lost); }

bool growing_file::is_own() const noexcept { return process_id() == state_->process; }

void growing_file::require_own() const {
  if (is_own()) return;
  throw error(errc::invalid_argument,
              "was opened by the process that this one was forked from; open it anew",
              state_->path);
}

void growing_file::require_sound() const {
  require_own();
  if (!poisoned()) return;
  throw error(state_->lost, "an earlier write failed and what the disk holds is unknown",
              state_->path);
}

std::uint64_t growing_file::size_bytes() const {
  return static_cast<std::uint64_t>(detail::status_of(state_->file, state_->path).st_size);
}

bool growing_file::is_linked() const { return detail::is_linked(state_->file, state_->path); }

bool growing_file::is_behind(const region& of) const {
  return detail::is_file_of(of, detail::status_of(state_->file, state_->path));
}

void growing_file::read(std::uint64_t offset, std::span<std::byte> into) const {
  detail::read_all(state_->file, offset, into, state_->path);
}

void growing_file::reserve(std::uint64_t offset, std::uint64_t bytes) {
  require_sound();
  const auto start = checked::narrow<off_t>(offset, "an offset in the file");
  const auto length = checked::narrow<off_t>(bytes, "the bytes to be added");
  int outcome = 0;
  do {
    outcome = ::fallocate(state_->file.descriptor(), FALLOC_FL_KEEP_SIZE, start, length);
  } while (outcome != 0 && errno == EINTR);
  if (outcome == 0 || errno == EOPNOTSUPP) return;
  const error failure = system_error_now(concat("cannot reserve ", bytes, " bytes"), state_->path);
  try {
    truncate(size_bytes());  // a part may be reserved
  } catch (const error& second) {
    log::write(log::level::debug, second.what());
  }
  throw failure;
}

void growing_file::write(std::uint64_t offset, std::span<const std::byte> data) {
  require_sound();
  const std::uint64_t end = checked::add<std::uint64_t>(offset, data.size(), "the file's size");
  checked::narrow<off_t>(end, "the file's size");
  detail::write_all(state_->file, file_handle(), offset, data, state_->path);
}

void growing_file::overwrite(std::uint64_t offset, std::span<const std::byte> data) {
  if (data.empty()) return;
  require_sound();
  QUARRY_ASSERT(offset / sector_bytes == (offset + data.size() - 1) / sector_bytes);
  try {
    detail::write_all(state_->file, file_handle(), offset, data, state_->path);
  } catch (const error& failure) {
    state_->lost = failure.code();
    throw;
  }
}

void growing_file::sync() {
  require_sound();
  if (::fdatasync(state_->file.descriptor()) == 0) return;
  state_->lost = {errno, std::system_category()};
  throw error(state_->lost, "cannot write to the disk", state_->path);
}

void growing_file::truncate(std::uint64_t size_bytes) {
  require_own();
  const auto bytes = checked::narrow<off_t>(size_bytes, "the file's size");
  int outcome = 0;
  do {
    outcome = ::ftruncate(state_->file.descriptor(), bytes);
  } while (outcome != 0 && errno == EINTR);
  if (outcome != 0) throw system_error_now("cannot be cut", state_->path);
}

}  // namespace quarry
