#include "quarry/map/mapped_file.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <sys/mman.h>
#include <utility>

#include <boost/interprocess/exceptions.hpp>

#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/log.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/process_limits.hpp"

namespace quarry::detail {
namespace {

namespace ipc = boost::interprocess;

// What mapped_region wants of a file. Interprocess' own file_mapping opens by name, which may lead
// to another file than the one that was checked.
struct mappable {
  int descriptor;
  ipc::mapping_handle_t get_mapping_handle() const noexcept { return {descriptor, false}; }
};

ipc::mode_t ipc_mode(access mode) noexcept {
  if (mode == access::read_only) return ipc::read_only;
  return mode == access::read_write ? ipc::read_write : ipc::copy_on_write;
}

region region_of(std::byte* data, std::size_t bytes, access mode, const std::filesystem::path& path,
                 const struct stat& status) {
  return {.data = data,
          .bytes = bytes,
          .writable = mode != access::read_only,
          .shared_file = mode != access::copy_on_write,
          .path = path,
          .device = status.st_dev,
          .inode = status.st_ino};
}

void log_debug(std::string_view what, const region& where) noexcept {
  if (!log::enabled(log::level::debug)) return;
  try {
    log::write(log::level::debug,
               concat(what, " ", escaped(where.path.native()), " (", where.bytes, " bytes, ",
                      where.writable ? "writable" : "read-only", ")"));
  } catch (const std::exception&) {
    // No memory for a log line is no reason to fail.
  }
}

std::error_code outcome(int result) noexcept {
  if (result == 0) return {};
  return {errno, std::system_category()};
}

}  // namespace

ipc::mapped_region map_pages(const file_handle& file, std::size_t bytes, ipc::mode_t mode,
                             const std::filesystem::path& path) {
  if (bytes == 0) return {};
  // Private pages count against the memory there is unless the kernel is told not to reserve
  // them: a copy-on-write mapping may be larger than memory too, as long as little is written.
  const ipc::map_options_t options =
      mode == ipc::copy_on_write ? MAP_NORESERVE : ipc::default_map_options;
  try {
    return {mappable{file.descriptor()}, mode, 0, bytes, nullptr, options};
  } catch (const ipc::interprocess_exception& failure) {
    const int os_code = failure.get_native_error();
    if (os_code == ENODEV)
      throw error(errc::unsupported, "its filesystem cannot map files into memory", path);
    throw error({os_code, std::system_category()}, concat("cannot map ", bytes, " bytes"), path);
  }
}

mapped_file::mapped_file(const file_handle& file, const struct stat& status, access mode,
                         const std::filesystem::path& path, std::filesystem::path name,
                         bool may_change)
    : pages_(map_pages(file, checked::narrow<std::size_t>(status.st_size, "the file's size"),
                       ipc_mode(mode),
                       path)),
      where_(region_of(static_cast<std::byte*>(pages_.get_address()), pages_.get_size(), mode, path,
                       status)),
      faults_{.where = &where_,
              .name = std::move(name),
              .changed = status.st_ctim,
              .may_change = may_change} {
  where_.faults = &faults_;
  log_debug("mapped", where_);
}

mapped_file::mapped_file(std::unique_ptr<paged_file> pages, const struct stat& status, access mode,
                         const std::filesystem::path& path, std::filesystem::path name,
                         bool may_change)
    : paged_(std::move(pages)),
      where_(region_of(paged_->data(), checked::narrow<std::size_t>(status.st_size, "the size"),
                       mode, path, status)),
      faults_{.where = &where_,
              .name = std::move(name),
              .changed = status.st_ctim,
              .may_change = may_change} {
  where_.faults = &faults_;
  where_.paged = paged_.get();
  log_debug("reads", where_);
}

mapped_file::~mapped_file() {
  forget(faults_);
  log_debug("unmapping", where_);
}

std::error_code advise_pages(const region& of, int what, std::uint64_t offset,
                             std::uint64_t length) noexcept {
  const std::uint64_t first = std::min<std::uint64_t>(offset, of.bytes);
  const std::uint64_t clipped = std::min(length, of.bytes - first);
  if (clipped == 0) return {};
  if (of.paged != nullptr && what == MADV_DONTNEED) {
    of.paged->let_go(first, clipped);
    return {};
  }
  // The mapping starts on a page; madvise itself widens the end to one.
  const std::uint64_t into_page = first % page_bytes();
  return outcome(::madvise(of.data + (first - into_page), clipped + into_page, what));
}

std::error_code mapped_file::sync() const noexcept {
  if (where_.bytes == 0) return {};
  return outcome(::msync(where_.data, where_.bytes, MS_SYNC));
}

std::shared_ptr<const region> share_of(const std::shared_ptr<const mapped_file>& file) noexcept {
  return {file, &file->where()};
}

}  // namespace quarry::detail
