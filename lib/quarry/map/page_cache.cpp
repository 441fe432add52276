#include "quarry/map/page_cache.hpp"

#include <algorithm>
#include <fcntl.h>
#include <new>
#include <optional>
#include <sys/mman.h>
#include <sys/stat.h>

#include "quarry/map/file_handle.hpp"
#include "quarry/map/mapped_file.hpp"

namespace quarry {
namespace {

constexpr std::uint64_t page_bytes = 4096;

detail::file_handle reopened(const region& of) noexcept {
  if (!of.shared_file || of.path.empty()) return {};
  const int mode = (of.writable ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_NOCTTY;
  detail::file_handle file = detail::open_at(AT_FDCWD, of.path.c_str(), mode);
  struct stat status {};
  if (!file || ::fstat(file.descriptor(), &status) != 0) return {};
  if (status.st_dev != of.device || status.st_ino != of.inode) return {};
  return file;
}

struct page_range {
  off_t first;
  off_t bytes;
};

// The whole pages inside a range; the end of the file counts as the end of a page. Nothing if there
// are none: 0 bytes would mean all to the system.
std::optional<page_range> whole_pages(const region& of, std::uint64_t offset,
                                      std::uint64_t length) noexcept {
  const std::uint64_t start = std::min<std::uint64_t>(offset, of.bytes);
  const std::uint64_t stop = start + std::min(length, of.bytes - start);
  const std::uint64_t first = (start + page_bytes - 1) / page_bytes * page_bytes;
  const std::uint64_t last = stop == of.bytes ? stop : stop / page_bytes * page_bytes;
  if (first >= last) return {};
  return page_range{static_cast<off_t>(first), static_cast<off_t>(last - first)};
}

}  // namespace

struct page_cache::state {
  std::shared_ptr<const region> of;
  detail::file_handle file;
};

page_cache::page_cache(std::shared_ptr<const region> of) noexcept {
  detail::file_handle file = reopened(*of);
  if (file) state_.reset(new (std::nothrow) state{std::move(of), std::move(file)});
}

page_cache::page_cache(std::shared_ptr<const region> of, int descriptor) noexcept {
  detail::file_handle file(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
  if (file) state_.reset(new (std::nothrow) state{std::move(of), std::move(file)});
}

page_cache::page_cache(page_cache&&) noexcept = default;
page_cache& page_cache::operator=(page_cache&&) noexcept = default;
page_cache::~page_cache() = default;

void page_cache::read_ahead(std::uint64_t offset, std::uint64_t length) const noexcept {
  if (!state_ || length == 0) return;
  ::posix_fadvise(state_->file.descriptor(), static_cast<off_t>(offset), static_cast<off_t>(length),
                  POSIX_FADV_WILLNEED);
}

void page_cache::write_back(std::uint64_t offset, std::uint64_t length) const noexcept {
  if (!state_) return;
  const auto pages = whole_pages(*state_->of, offset, length);
  if (!pages) return;
  ::sync_file_range(state_->file.descriptor(), pages->first, pages->bytes, SYNC_FILE_RANGE_WRITE);
}

void page_cache::let_go(std::uint64_t offset, std::uint64_t length) const noexcept {
  if (!state_) return;
  const auto pages = whole_pages(*state_->of, offset, length);
  if (!pages) return;
  const int descriptor = state_->file.descriptor();
  if (state_->of->writable) {
    ::sync_file_range(
        descriptor, pages->first, pages->bytes,
        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
  }
  static_cast<void>(detail::advise_pages(*state_->of, MADV_DONTNEED,
                                         static_cast<std::uint64_t>(pages->first),
                                         static_cast<std::uint64_t>(pages->bytes)));
  ::posix_fadvise(descriptor, pages->first, pages->bytes, POSIX_FADV_DONTNEED);
}

}  // namespace quarry
