// mapped_file.hpp: the pages behind a region, for mapping and new_file; internal to this room.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <sys/stat.h>
#include <system_error>

#include <boost/interprocess/mapped_region.hpp>

#include "quarry/base/region.hpp"
#include "quarry/map/fault_record.hpp"
#include "quarry/map/file_handle.hpp"
#include "quarry/map/mapping.hpp"
#include "quarry/map/paged_file.hpp"

namespace quarry::detail {

/// The first `bytes` of an open file, mapped; no bytes, no mapping. Throws error(unsupported) where
/// the filesystem cannot map, else what the system reports, of `path`.
boost::interprocess::mapped_region map_pages(const file_handle& file, std::size_t bytes,
                                             boost::interprocess::mode_t mode,
                                             const std::filesystem::path& path);

/// A mapped file and what is known of it. Unmapped by the destructor, which says so in the log.
class mapped_file {
 public:
  /// Maps all `status.st_size` bytes of `file`, which may be closed afterwards; `path` is the name
  /// given to the region, `name` one that leads to the file also after chdir. No bytes, no mapping.
  /// `may_change` as in fault_record. Throws what the system reports; errc::unsupported where the
  /// filesystem cannot map.
  mapped_file(const file_handle& file, const struct stat& status, access mode,
              const std::filesystem::path& path, std::filesystem::path name,
              bool may_change = false);
  /// A file that is read where it is touched instead.
  mapped_file(std::unique_ptr<paged_file> pages, const struct stat& status, access mode,
              const std::filesystem::path& path, std::filesystem::path name,
              bool may_change = false);
  mapped_file(const mapped_file&) = delete;
  mapped_file& operator=(const mapped_file&) = delete;
  ~mapped_file();

  /// The bytes and the file's identity; valid while this lives.
  const region& where() const noexcept { return where_; }
  /// The name that leads to the file also after chdir.
  const std::filesystem::path& name() const noexcept { return faults_.name; }
  /// All bytes of the file; valid while this lives.
  std::span<std::byte> bytes() const noexcept { return {where_.data, where_.bytes}; }

  /// msync(MS_SYNC) of all bytes.
  std::error_code sync() const noexcept;

 private:
  boost::interprocess::mapped_region pages_;
  std::unique_ptr<paged_file> paged_;  // instead of them
  region where_;
  fault_record faults_;
};

/// The region of `file` as others hold it: it keeps the pages mapped.
std::shared_ptr<const region> share_of(const std::shared_ptr<const mapped_file>& file) noexcept;

/// madvise(2) with `what` (MADV_...) of [offset, offset + length) of a region, clipped to it and
/// widened to whole pages. No error for an empty range. MADV_DONTNEED lets go of pages that were
/// read as of those that are mapped.
std::error_code advise_pages(const region& of, int what, std::uint64_t offset,
                             std::uint64_t length) noexcept;

}  // namespace quarry::detail
