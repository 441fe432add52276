#include "quarry/map/new_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/log.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/direct_io.hpp"
#include "quarry/map/filesystem.hpp"
#include "quarry/map/mapped_file.hpp"
#include "quarry/map/paged_file.hpp"
#include "quarry/map/signals.hpp"
#include "quarry/map/temporary_file.hpp"

namespace quarry {
namespace {

using detail::file_handle;
using detail::temporary_file;
using path_type = std::filesystem::path;

// A reservation that cannot succeed would first take all the space that others need. Filesystems
// without blocks (ramfs) do not tell.
void require_free_space(const file_handle& file, off_t bytes, const path_type& path) {
  struct statvfs disk {};
  if (::fstatvfs(file.descriptor(), &disk) != 0 || disk.f_blocks == 0) return;
  const auto free_blocks = ::geteuid() == 0 ? disk.f_bfree : disk.f_bavail;
  const auto needed_blocks = static_cast<std::uint64_t>(bytes) / disk.f_frsize;
  if (needed_blocks <= free_blocks) return;
  throw error(
      {ENOSPC, std::system_category()},
      concat("cannot reserve ", bytes, " bytes, ", free_blocks * disk.f_frsize, " bytes are free"),
      path);
}

// posix_fallocate, not fallocate: where the filesystem cannot reserve (ramfs, NFS before 4.2) it
// writes a byte into every block. That takes its time, so signals that stop the program are heard
// between steps. A failure may leave a part reserved; it goes with the file.
void reserve(const file_handle& file, off_t bytes, const path_type& path) {
  constexpr off_t step = off_t{1} << 30U;
  for (off_t done = 0; done < bytes;) {
    const int code = ::posix_fallocate(file.descriptor(), done, std::min(step, bytes - done));
    if (stop_signal() != 0)
      throw error(std::make_error_code(std::errc::operation_canceled), "stopped", path);
    if (code == EINTR) continue;
    if (code != 0)
      throw error({code, std::system_category()}, concat("cannot reserve ", bytes, " bytes"), path);
    done += std::min(step, bytes - done);
  }
}

void set_size(const file_handle& file, std::uint64_t size_bytes, bool sparse,
              const path_type& path) {
  const auto bytes = checked::narrow<off_t>(size_bytes, "the file's size");
  if (bytes > 0 && !sparse) {
    require_free_space(file, bytes, path);
    reserve(file, bytes, path);
  }
  if (sparse && ::ftruncate(file.descriptor(), bytes) != 0)
    throw system_error_now(concat("cannot make a file of ", bytes, " bytes"), path);
}

void require_inside(std::uint64_t offset, std::uint64_t bytes, const region& of,
                    std::string_view what) {
  if (offset <= of.bytes && bytes <= of.bytes - offset) return;
  throw error(
      errc::out_of_bounds,
      concat(what, " of ", bytes, " bytes at ", offset, " in a file of ", of.bytes, " bytes"),
      of.path);
}

// Blocks that filesystems share: theirs are as large or smaller.
constexpr std::uint64_t block_bytes = 4096;

bool copy_blocks(const file_handle& from, std::uint64_t from_offset, const file_handle& to,
                 std::uint64_t to_offset, std::uint64_t bytes) noexcept {
  auto in = static_cast<off_t>(from_offset);
  auto out = static_cast<off_t>(to_offset);
  while (bytes > 0) {
    const ssize_t copied =
        ::copy_file_range(from.descriptor(), &in, to.descriptor(), &out, bytes, 0);
    if (copied < 0 && errno == EINTR) continue;
    if (copied <= 0) return false;
    bytes -= static_cast<std::uint64_t>(copied);
  }
  return true;
}

using shared_pages = std::shared_ptr<const detail::mapped_file>;

shared_pages read_pages(const file_handle& file, const struct stat& status, const path_type& target,
                        const path_type& name) {
  auto bytes = std::make_unique<detail::paged_file>(
      detail::duplicate_of(file, target), checked::narrow<std::size_t>(status.st_size, "the size"),
      false, target);
  return std::make_shared<const detail::mapped_file>(std::move(bytes), status, access::read_only,
                                                     target, name, true);
}

shared_pages pages_of(const file_handle& file, const path_type& target, io_method how) {
  const struct stat status = detail::status_of(file, target);
  // No other name leads to an unnamed file. Of use until commit().
  const path_type name = concat("/proc/self/fd/", file.descriptor());
  if (how == io_method::pread || how == io_method::direct) {
    return read_pages(file, status, target, name);
  }
  try {
    return std::make_shared<const detail::mapped_file>(file, status, access::read_write, target,
                                                       name, true);
  } catch (const error& failure) {
    if (how == io_method::mmap || failure.code() != errc::unsupported) throw;
    return read_pages(file, status, target, name);
  }
}

}  // namespace

struct new_file::state {
  path_type target;
  durability sync;
  io_method io;
  std::unique_ptr<temporary_file> file;  // null after commit()
  bool copies_in_place;                  // its filesystem
  file_handle direct;                    // the same file, of io_method::direct
  std::shared_ptr<const detail::mapped_file> pages;
};

new_file::new_file(const path_type& target, std::uint64_t size_bytes,
                   const new_file_options& options) {
  auto file = std::make_unique<temporary_file>(
      target, detail::target_rules{options.overwrite, options.follow_links, options.permissions});
  set_size(file->file(), size_bytes, options.sparse, target);
  auto pages = pages_of(file->file(), target, options.io);
  file_handle direct;
  if (options.io == io_method::direct)
    direct = detail::opened_directly(file->file(), O_WRONLY, target);
  // Direct writes go to blocks of their own.
  const bool copies_in_place =
      options.io != io_method::direct && detail::copies_in_place(file->file());
  state_ = std::make_unique<state>(state{target, options.sync, options.io, std::move(file),
                                         copies_in_place, std::move(direct), std::move(pages)});
}

new_file::new_file(new_file&&) noexcept = default;
new_file& new_file::operator=(new_file&&) noexcept = default;
new_file::~new_file() = default;

new_file::state& new_file::prepared() const {
  if (!state_) throw error(errc::invalid_argument, "the new file was moved from");
  return *state_;
}

std::span<std::byte> new_file::bytes() const noexcept {
  return state_ ? state_->pages->bytes() : std::span<std::byte>();
}

std::shared_ptr<const region> new_file::share() const { return detail::share_of(prepared().pages); }

void new_file::write(std::uint64_t offset, std::span<const std::byte> data) {
  const state& s = prepared();
  if (!s.file) throw error(errc::invalid_argument, "write after commit", s.target);
  require_inside(offset, data.size(), s.pages->where(), "write");
  detail::write_all(s.file->file(), s.direct, offset, data, s.target);
}

bool new_file::copy(std::uint64_t offset, const region& from, std::uint64_t from_offset,
                    std::uint64_t bytes) {
  const state& s = prepared();
  require_inside(offset, bytes, s.pages->where(), "copy");
  require_inside(from_offset, bytes, from, "copy");
  const bool lies_alike = offset % block_bytes == from_offset % block_bytes;
  const std::uint64_t before = (block_bytes - offset % block_bytes) % block_bytes;
  if (!s.copies_in_place || !s.file || !lies_alike || bytes < before + block_bytes) return false;
  if (!is_mapped(from) || !from.shared_file || from.device != s.pages->where().device) return false;
  const file_handle source = detail::reopened(from, O_RDONLY);
  const std::uint64_t blocks = (bytes - before) / block_bytes * block_bytes;
  if (!source ||
      !copy_blocks(source, from_offset + before, s.file->file(), offset + before, blocks)) {
    return false;
  }
  const std::span all(from.data + from_offset, bytes);
  write(offset, all.first(before));
  write(offset + before + blocks, all.subspan(before + blocks));
  return true;
}

io_method new_file::io() const noexcept { return state_ ? state_->io : io_method::automatic; }

page_cache new_file::pages() const {
  const state& s = prepared();
  if (!s.file) return page_cache(share());  // it has its name by now
  return {share(), s.file->file().descriptor()};
}

int new_file::descriptor() const {
  const state& s = prepared();
  if (!s.file) throw error(errc::invalid_argument, "the new file has its name by now", s.target);
  return s.file->file().descriptor();
}

void new_file::commit() {
  state& s = prepared();
  const std::unique_ptr<temporary_file> file = std::move(s.file);
  if (!file) throw error(errc::invalid_argument, "commit was called before", s.target);
  // Before, not after: nothing may fail once the file is published.
  if (log::enabled(log::level::debug))
    log::write(log::level::debug, concat("commits ", escaped(s.target.native())));
  file->publish(s.sync);
}

void new_file::retract() noexcept {
  if (!state_ || state_->file) return;
  std::error_code failed;
  const path_type name = std::filesystem::canonical(state_->target, failed);
  if (!failed && detail::reopened(name, state_->pages->where(), O_PATH)) ::unlink(name.c_str());
}

void remove_file(const path_type& path, durability sync) {
  detail::require_no_nul(path);
  std::error_code failed;
  const path_type name = std::filesystem::canonical(path, failed);
  if (failed == std::errc::no_such_file_or_directory) return;
  if (failed) throw error(failed, "cannot resolve", path);
  if (::unlink(name.c_str()) != 0 && errno != ENOENT) throw system_error_now("cannot remove", path);
  if (sync != durability::power_loss) return;
  const file_handle directory =
      detail::open_at(AT_FDCWD, name.parent_path().c_str(), O_RDONLY | O_DIRECTORY);
  // Some filesystems cannot sync a directory and say EINVAL; there is nothing more to do there.
  if (!directory || (::fsync(directory.descriptor()) != 0 && errno != EINVAL)) {
    throw system_error_now("removed, but a power loss may bring it back", path);
  }
}

bool same_file(const path_type& a, const path_type& b) noexcept {
  // The system would take a name with a NUL byte for a shorter one.
  const auto no_file = [](const path_type& p) {
    return p.native().find('\0') != std::string::npos;
  };
  struct stat status_a {};
  struct stat status_b {};
  return !no_file(a) && !no_file(b) && ::stat(a.c_str(), &status_a) == 0 &&
         ::stat(b.c_str(), &status_b) == 0 && status_a.st_dev == status_b.st_dev &&
         status_a.st_ino == status_b.st_ino;
}

}  // namespace quarry
