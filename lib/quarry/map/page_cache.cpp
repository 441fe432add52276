#include "quarry/map/page_cache.hpp"

#include <algorithm>
#include <fcntl.h>
#include <new>
#include <optional>
#include <sys/mman.h>

#include "quarry/map/direct_io.hpp"
#include "quarry/map/file_handle.hpp"
#include "quarry/map/mapped_file.hpp"
#include "quarry/map/process_limits.hpp"

namespace quarry {
namespace {

struct page_range {
  off_t first;
  off_t bytes;
};

// The part of a range that the region has; nothing if that is none: 0 bytes would mean all to the
// system.
std::optional<page_range> pages_between(const region& of, std::uint64_t first,
                                        std::uint64_t last) noexcept {
  last = std::min<std::uint64_t>(last, of.bytes);
  if (first >= last) return {};
  return page_range{static_cast<off_t>(first), static_cast<off_t>(last - first)};
}

std::uint64_t end_of(std::uint64_t offset, std::uint64_t length) noexcept {
  return length > UINT64_MAX - offset ? UINT64_MAX : offset + length;
}

std::optional<page_range> pages_inside(const region& of, std::uint64_t offset,
                                       std::uint64_t length) noexcept {
  const std::uint64_t page = page_bytes();
  const std::uint64_t end = end_of(offset, length);
  const std::uint64_t first = offset / page * page + (offset % page == 0 ? 0 : page);
  return pages_between(of, first, end >= of.bytes ? end : end / page * page);
}

std::optional<page_range> pages_around(const region& of, std::uint64_t offset,
                                       std::uint64_t length) noexcept {
  const std::uint64_t page = page_bytes();
  const std::uint64_t last = end_of(offset, length);
  const std::uint64_t whole = last / page * page;
  return pages_between(of, offset / page * page, whole == last ? last : end_of(whole, page));
}

}  // namespace

struct page_cache::state {
  std::shared_ptr<const region> of;
  detail::file_handle file;
  bool is_written;
  bool is_scattered = false;

  state(std::shared_ptr<const region> r, detail::file_handle f, bool written) noexcept
      : of(std::move(r)), file(std::move(f)), is_written(written) {}
  state(const state&) = delete;
  state& operator=(const state&) = delete;
  ~state() {
    if (is_scattered) static_cast<void>(detail::advise_pages(*of, MADV_NORMAL, 0, UINT64_MAX));
  }
};

page_cache::page_cache(std::shared_ptr<const region> of) noexcept {
  if (!of->shared_file || of->path.empty()) return;
  if (of->paged != nullptr && of->paged->is_direct()) return;
  const bool is_written = of->writable;
  detail::file_handle file = detail::reopened(*of, is_written ? O_RDWR : O_RDONLY);
  if (file) state_.reset(new (std::nothrow) state(std::move(of), std::move(file), is_written));
}

page_cache::page_cache(std::shared_ptr<const region> of, int descriptor) noexcept {
  detail::file_handle file(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
  if (file) state_.reset(new (std::nothrow) state(std::move(of), std::move(file), true));
}

page_cache::page_cache(page_cache&&) noexcept = default;
page_cache& page_cache::operator=(page_cache&&) noexcept = default;
page_cache::~page_cache() = default;

void page_cache::expect_scattered_reads() const noexcept {
  if (!state_) return;
  state_->is_scattered = true;
  static_cast<void>(detail::advise_pages(*state_->of, MADV_RANDOM, 0, UINT64_MAX));
}

void page_cache::read_ahead(std::uint64_t offset, std::uint64_t length) const noexcept {
  if (!state_ || length == 0) return;
  ::posix_fadvise(state_->file.descriptor(), static_cast<off_t>(offset), static_cast<off_t>(length),
                  POSIX_FADV_WILLNEED);
}

bool page_cache::read(std::uint64_t offset, std::span<std::byte> into) const noexcept {
  if (!state_) return false;
  while (!into.empty()) {
    const ssize_t got = detail::read_once(state_->file, offset, into);
    if (got <= 0) return false;
    offset += static_cast<std::uint64_t>(got);
    into = into.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

void page_cache::write_back(std::uint64_t offset, std::uint64_t length) const noexcept {
  if (!state_) return;
  const auto pages = pages_inside(*state_->of, offset, length);
  if (!pages) return;
  ::sync_file_range(state_->file.descriptor(), pages->first, pages->bytes, SYNC_FILE_RANGE_WRITE);
}

void page_cache::let_go(std::uint64_t offset, std::uint64_t length) const noexcept {
  if (!state_) return;
  const auto pages = pages_around(*state_->of, offset, length);
  if (!pages) return;
  const int descriptor = state_->file.descriptor();
  if (state_->is_written) {
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
