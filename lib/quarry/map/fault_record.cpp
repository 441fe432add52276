#include "quarry/map/fault_record.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "quarry/map/file_handle.hpp"
#include "quarry/map/process_limits.hpp"

namespace quarry::detail {
namespace {

static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "a signal handler may use them");

// What is guarded now: as long as there are guards, not as there are mappings.
constinit signal_table<fault_record> table;

// Offset of an address in the mapping; `nothing` if it lies in none of its pages.
std::uint64_t offset_in(const fault_record& record, std::uintptr_t address) noexcept {
  const auto begin = reinterpret_cast<std::uintptr_t>(record.where->data);
  const bool is_inside = address >= begin && address - begin < whole_pages(record.where->bytes);
  return is_inside ? address - begin : fault_record::nothing;
}

// The file's size; -1 if its name does not lead to it any more. By name, because a mapping keeps
// no descriptor.
std::int64_t size_now(const fault_record& record) noexcept {
  struct stat status {};
  const bool is_it = ::stat(record.name.c_str(), &status) == 0 && is_file_of(*record.where, status);
  return is_it ? status.st_size : -1;
}

struct page_run {
  std::uint64_t offset;
  std::uint64_t bytes;
};

// A truncated file has lost all pages behind its end. Else (the disk failed, or is full) one page,
// then twice as many with each further fault: a disk that fails page by page, each after its own
// time out, or a hole of terabytes must not keep the handler busy for hours, and each separate run
// is a mapping of which a process has 65530. More than is lost does no harm: nobody is given what
// is read from a mapping that has lost something.
page_run lost_pages(const fault_record& record, std::uint64_t offset, std::int64_t size,
                    std::uint32_t earlier_faults) noexcept {
  const std::uint64_t page = page_bytes();
  const std::uint64_t all = whole_pages(record.where->bytes);
  if (size >= 0 && static_cast<std::uint64_t>(size) <= offset) {
    const std::uint64_t end = whole_pages(static_cast<std::uint64_t>(size));
    return {end, all - end};
  }
  const std::uint64_t first = offset / page * page;
  return {first, std::min(all - first, page << std::min(earlier_faults, 30U))};
}

// The system call itself: the library function is no signal handler's to call, and the thread
// sanitizer takes it for a race.
bool put_zeros(const region& over, const page_run& run) noexcept {
  const int protection = PROT_READ | (over.writable ? PROT_WRITE : 0);
  constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
  return ::syscall(SYS_mmap, over.data + run.offset, run.bytes, protection, flags, -1, 0L) != -1;
}

bool replace(fault_record& record, std::uint64_t offset) noexcept {
  const std::uint32_t earlier_faults = record.faults.fetch_add(1);
  const std::int64_t size = size_now(record);
  // Before the zeros are there: another thread may read them at once, and asks only then. The size
  // is that of the first loss; one who asks between the two finds it out from the file itself.
  std::uint64_t none = fault_record::nothing;
  if (record.first_lost.compare_exchange_strong(none, offset)) record.size_then.store(size);
  return put_zeros(*record.where, lost_pages(record, offset, size, earlier_faults));
}

}  // namespace

guard_slot& enter(fault_record& record) {
  record.was_guarded.store(true, std::memory_order_relaxed);
  return table.enter(record);
}

void forget(const fault_record& record) noexcept {
  // None is left, unless this is a forked process and the guard was that of another thread.
  if (record.was_guarded.load(std::memory_order_relaxed)) table.remove(record);
}

bool replace_lost_pages(const siginfo_t& info) noexcept {
  // Memory that is broken itself (BUS_MCEERR_AR) and signals sent by someone are not ours.
  if (info.si_code != BUS_ADRERR) return false;
  const int saved_errno = errno;
  const handler_at_work here;
  const auto address = reinterpret_cast<std::uintptr_t>(info.si_addr);
  fault_record* const record = table.find(
      [&](const fault_record& each) { return offset_in(each, address) != fault_record::nothing; });
  const bool replaced = record != nullptr && replace(*record, offset_in(*record, address));
  errno = saved_errno;
  return replaced;
}

}  // namespace quarry::detail
