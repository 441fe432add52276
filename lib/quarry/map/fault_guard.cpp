#include "quarry/map/fault_guard.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/bus_errors.hpp"
#include "quarry/map/fault_record.hpp"
#include "quarry/map/file_handle.hpp"
#include "quarry/map/mapping.hpp"
#include "quarry/map/process_limits.hpp"

namespace quarry {
namespace {

using detail::fault_record;
using detail::file_handle;

std::error_code last_failure() noexcept { return {errno, std::system_category()}; }

// What the system says to the one who reads the page that `offset` lies in without a mapping.
std::error_code read_failure(const file_handle& file, std::uint64_t offset) {
  std::vector<std::byte> page(page_bytes());
  const auto first = static_cast<off_t>(offset / page.size() * page.size());
  ssize_t read = -1;
  do {
    read = ::pread(file.descriptor(), page.data(), page.size(), first);
  } while (read < 0 && errno == EINTR);
  return read < 0 ? last_failure() : std::error_code();
}

// What it says to the one who wants a block for that page: of a disk without space the mapping
// does not tell. None where the filesystem cannot be asked.
std::error_code store_failure(const file_handle& file, std::uint64_t offset) {
  int result = -1;
  do {
    result = ::fallocate(file.descriptor(), FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset), 1);
  } while (result != 0 && errno == EINTR);
  return result != 0 && errno != EOPNOTSUPP ? last_failure() : std::error_code();
}

bool is_behind(std::uint64_t offset, std::int64_t size) noexcept {
  return size >= 0 && static_cast<std::uint64_t>(size) <= offset;
}

error truncated_to(std::int64_t size, std::uint64_t offset, const std::filesystem::path& path) {
  return {errc::changed,
          concat("the file was truncated to ", size, " bytes while it was in use (offset ", offset,
                 ")"),
          path};
}

error explained(const fault_record& record) {
  const region& where = *record.where;
  const std::uint64_t offset = record.first_lost.load();
  const std::int64_t size = record.size_then.load();
  if (is_behind(offset, size)) return truncated_to(size, offset, where.path);
  const bool is_stored = where.writable && where.shared_file;
  const file_handle file = detail::reopened(record.name, where, is_stored ? O_RDWR : O_RDONLY);
  if (!file)
    return {std::make_error_code(std::errc::io_error),
            concat("the file could not be read or written at offset ", offset), where.path};
  const std::int64_t size_by_now = detail::status_of(file, where.path).st_size;
  if (is_behind(offset, size_by_now)) return truncated_to(size_by_now, offset, where.path);
  if (const std::error_code failure = read_failure(file, offset))
    return {failure, concat("reading failed at offset ", offset), where.path};
  if (is_stored) {
    if (const std::error_code failure = store_failure(file, offset))
      return {failure, concat("storing failed at offset ", offset), where.path};
  }
  return {errc::changed,
          concat("bytes were missing at offset ", offset,
                 " while the file was in use; it can be read there by now"),
          where.path};
}

}  // namespace

fault_guard::fault_guard(const region& of) : record_(of.faults) {
  if (record_ == nullptr) return;
  check();
  detail::catch_bus_errors();
  slot_ = &detail::enter(*record_);
}

fault_guard::fault_guard(const mapping& of) : fault_guard(*of.share()) {}

fault_guard::~fault_guard() {
  if (slot_ != nullptr) slot_->store(nullptr);
}

void fault_guard::check() const {
  if (record_ != nullptr && record_->is_lost()) throw explained(*record_);
}

}  // namespace quarry
