#include "quarry/map/mapping.hpp"

#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "quarry/base/assert.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/direct_io.hpp"
#include "quarry/map/file_handle.hpp"
#include "quarry/map/filesystem.hpp"
#include "quarry/map/mapped_file.hpp"
#include "quarry/map/paged_file.hpp"

namespace quarry {
namespace {

using detail::file_handle;
using path_type = std::filesystem::path;

// Files in /proc report 0 bytes and have some. One that is being written may have grown since it
// was opened, which a second look at its size tells.
struct stat checked_status(const file_handle& file, const path_type& path) {
  struct stat status = detail::status_of(file, path);
  if (!S_ISREG(status.st_mode)) throw detail::not_regular(status.st_mode, path);
  char probe = 0;
  if (status.st_size > 0 || ::pread(file.descriptor(), &probe, 1, 0) == 0) return status;
  status = detail::status_of(file, path);
  if (status.st_size > 0) return status;
  throw error(errc::unsupported, "says it has 0 bytes, but reading it does not find its end there",
              path);
}

// A relative name means the file it meant when it was opened, also after chdir. Without a current
// directory there is nothing better than the name itself.
path_type lasting_name(const path_type& path) {
  std::error_code failed;
  path_type absolute = std::filesystem::absolute(path, failed);
  const bool is_usable = !failed && absolute.native().size() < PATH_MAX;
  return is_usable ? absolute : path;
}

bool same_time(const timespec& a, const timespec& b) noexcept {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

int madvise_code(advice what) noexcept {
  switch (what) {
    case advice::normal:
      break;
    case advice::sequential:
      return MADV_SEQUENTIAL;
    case advice::random:
      return MADV_RANDOM;
    case advice::willneed:
      return MADV_WILLNEED;
    case advice::dontneed:
      return MADV_DONTNEED;
    case advice::huge_pages:
      return MADV_HUGEPAGE;
  }
  return MADV_NORMAL;
}

using shared_pages = std::shared_ptr<const detail::mapped_file>;

shared_pages read_pages(const file_handle& file, const struct stat& status, access mode,
                        io_method how, const path_type& path) {
  // Attributes of the kernel often say a page and hold a word. They know no direct access, which
  // would find its file in the cache behind this.
  char last = 0;
  if (how != io_method::direct && status.st_size > 0 &&
      ::pread(file.descriptor(), &last, 1, status.st_size - 1) != 1)
    throw error(errc::unsupported,
                concat("says it has ", status.st_size, " bytes, but the last cannot be read"),
                path);
  file_handle again = how == io_method::direct ? detail::opened_directly(file, O_RDONLY, path)
                                               : detail::duplicate_of(file, path);
  auto bytes = std::make_unique<detail::paged_file>(
      std::move(again), checked::narrow<std::size_t>(status.st_size, "the file's size"),
      mode == access::copy_on_write, path);
  return std::make_shared<const detail::mapped_file>(std::move(bytes), status, mode, path,
                                                     lasting_name(path));
}

shared_pages pages_of(const file_handle& file, const struct stat& status, access mode,
                      io_method how, const path_type& path) {
  const bool may_choose = how == io_method::automatic && mode != access::read_write;
  const bool is_read = how == io_method::pread || how == io_method::direct ||
                       (may_choose && detail::is_remote(file));
  if (is_read) return read_pages(file, status, mode, how, path);
  try {
    return std::make_shared<const detail::mapped_file>(file, status, mode, path,
                                                       lasting_name(path));
  } catch (const error& failure) {
    if (!may_choose || failure.code() != errc::unsupported) throw;
    return read_pages(file, status, mode, how, path);
  }
}

}  // namespace

struct mapping::state {
  access mode;
  std::shared_ptr<const region> where;
  const detail::mapped_file* file;  // kept by `where`; null: the bytes were mapped by others
  std::error_code lost;             // of the flush that failed; none may succeed after it
};

mapping::mapping(std::unique_ptr<state> s) noexcept : state_(std::move(s)) {}
mapping::mapping(mapping&&) noexcept = default;
mapping& mapping::operator=(mapping&&) noexcept = default;
mapping::~mapping() = default;

mapping::state& mapping::opened() const {
  if (!state_) throw error(errc::invalid_argument, "the mapping is closed");
  return *state_;
}

mapping mapping::open(const path_type& path, access mode, io_method how) {
  const bool is_read = how == io_method::pread || how == io_method::direct;
  if (is_read && mode == access::read_write)
    throw error(errc::invalid_argument, "what is opened for writing in place is mapped", path);
  const file_handle file =
      detail::open_regular(path, mode == access::read_write ? O_RDWR : O_RDONLY);
  const struct stat status = checked_status(file, path);
  const auto pages = pages_of(file, status, mode, how, path);
  return mapping(std::make_unique<state>(
      state{mode, detail::share_of(pages), pages.get(), std::error_code()}));
}

mapping mapping::over(std::shared_ptr<const region> memory) {
  return mapping(std::make_unique<state>(
      state{access::read_only, std::move(memory), nullptr, std::error_code()}));
}

bool is_mapped(const region& of) noexcept { return of.paged == nullptr || of.writable; }

void read_bytes(const region& of, std::uint64_t offset, std::span<std::byte> into) {
  QUARRY_ASSERT(!is_mapped(of));
  of.paged->read(offset, into);
}

std::span<const std::byte> mapping::bytes() const noexcept {
  return state_ ? std::span<const std::byte>(state_->where->data, state_->where->bytes)
                : std::span<const std::byte>();
}

std::shared_ptr<const region> mapping::share() const { return opened().where; }

std::size_t mapping::holders() const noexcept {
  return state_ ? static_cast<std::size_t>(state_->where.use_count()) - 1 : 0;
}

void mapping::advise(advice what, std::uint64_t offset, std::uint64_t length) const {
  if (!state_) return;
  const path_type& path = state_->where->path;
  if (what == advice::dontneed && state_->mode == access::copy_on_write)
    throw error(errc::unsupported, "dontneed would lose the stores of a copy-on-write mapping",
                path);
  const std::error_code failure =
      detail::advise_pages(*state_->where, madvise_code(what), offset, length);
  if (failure && failure.value() != EINVAL)
    throw error(failure, "cannot advise the kernel on the mapping", path);
}

void mapping::flush(durability level) {
  state& s = opened();
  const path_type& path = s.where->path;
  if (s.mode != access::read_write)
    throw error(errc::read_only, "flush of a mapping that was not opened read_write", path);
  if (s.lost) throw error(s.lost, "an earlier flush failed and what it lost is unknown", path);
  if (level == durability::process_crash) return;

  s.lost = s.file->sync();
  if (s.lost) throw error(s.lost, "cannot write the mapping to the disk", path);
  const file_handle again =
      detail::open_at(AT_FDCWD, s.file->name().c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!again && errno != ENOENT && errno != ENOTDIR) throw system_error_now("cannot reopen", path);
  if (!again || !detail::is_file_of(*s.where, detail::status_of(again, path)))
    throw error(errc::changed, "the path no longer leads to the file that was opened", path);
  if (::fdatasync(again.descriptor()) != 0) {
    s.lost = {errno, std::system_category()};
    throw error(s.lost, "cannot write the file to the disk", path);
  }
}

void mapping::verify_unchanged() const { quarry::verify_unchanged(*opened().where); }

void mapping::require_unshared() const {
  if (const std::size_t count = holders(); count > 0)
    throw error(
        errc::busy,
        concat("cannot unmap: ", count, " still hold", count == 1 ? "s" : "", " the mapping"),
        state_->where->path);
}

void mapping::close() {
  require_unshared();
  state_.reset();
}

bool is_at_its_path(const region& of) noexcept {
  struct stat now {};
  return of.faults != nullptr && ::stat(of.faults->name.c_str(), &now) == 0 &&
         detail::is_file_of(of, now);
}

void verify_unchanged(const region& of) {
  if (of.faults == nullptr || of.faults->may_change) return;
  struct stat now {};
  if (::stat(of.faults->name.c_str(), &now) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return;
    throw system_error_now("cannot stat", of.path);
  }
  if (!detail::is_file_of(of, now))
    throw error(errc::changed, "the path leads to another file than the one that was opened",
                of.path);
  if (static_cast<std::uint64_t>(now.st_size) != of.bytes)
    throw error(
        errc::changed,
        concat("the file has ", now.st_size, " bytes, it had ", of.bytes, " when it was opened"),
        of.path);
  const bool is_stored_to = of.writable && of.shared_file;
  if (!is_stored_to && !same_time(now.st_ctim, of.faults->changed))
    throw error(errc::changed, "the file was modified after it was opened", of.path);
}

}  // namespace quarry
