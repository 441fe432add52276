#include "quarry/map/paged_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/bus_errors.hpp"
#include "quarry/map/direct_io.hpp"
#include "quarry/map/process_limits.hpp"

namespace quarry::detail {
namespace {

constexpr std::uint64_t fill_bytes = std::uint64_t{64} << 10U;
constexpr std::uint64_t most_kept_bytes = std::uint64_t{256} << 20U;

constinit signal_table<paged_file> table;

std::uint64_t whole_pages(std::uint64_t bytes) noexcept {
  return (bytes + page_bytes() - 1) / page_bytes() * page_bytes();
}

// The system calls themselves: the library's functions are no signal handler's to call, and the
// thread sanitizer takes them for races.
std::byte* map_raw(std::byte* at, std::size_t bytes, int protection, int flags, int fd) noexcept {
  const long address = ::syscall(SYS_mmap, at, bytes, protection, flags, fd, 0L);
  return address == -1 ? nullptr : reinterpret_cast<std::byte*>(address);
}

// A file without bytes: whatever is mapped of it lies behind its end.
int no_bytes() {
  static const file_handle empty(::memfd_create("quarry", MFD_CLOEXEC));
  if (!empty) throw system_error_now("cannot reserve address space");
  return empty.descriptor();
}

std::byte* reserve(std::byte* at, std::size_t bytes) {
  const int flags = MAP_SHARED | MAP_NORESERVE | (at != nullptr ? MAP_FIXED : 0);
  return map_raw(at, bytes, PROT_READ, flags, no_bytes());
}

}  // namespace

paged_file::paged_file(file_handle file, std::size_t bytes, bool writable,
                       std::filesystem::path path)
    : file_(std::move(file)),
      bytes_(bytes),
      writable_(writable),
      direct_((static_cast<unsigned>(::fcntl(file_.descriptor(), F_GETFL)) & O_DIRECT) != 0),
      path_(std::move(path)),
      data_(reserve(nullptr, whole_pages(std::max<std::size_t>(bytes, 1)))) {
  if (data_ == nullptr) throw system_error_now(concat("cannot reserve ", bytes, " bytes"), path_);
  catch_bus_errors();
  table.enter(*this);
}

paged_file::~paged_file() {
  table.remove(*this);
  ::munmap(data_, whole_pages(std::max<std::size_t>(bytes_, 1)));
}

bool paged_file::contains(std::uintptr_t address) const noexcept {
  const auto begin = reinterpret_cast<std::uintptr_t>(data_);
  return address >= begin && address - begin < whole_pages(bytes_);
}

// What is read goes to other pages first and is moved over the reserved ones when it is complete:
// another thread sees all of it or runs into a bus error as well.
bool paged_file::fill(std::uint64_t offset) noexcept {
  const std::uint64_t first = offset / fill_bytes * fill_bytes;
  const std::uint64_t wanted = std::min<std::uint64_t>(fill_bytes, bytes_ - first);
  const std::uint64_t length = whole_pages(wanted);
  if (kept_bytes_.fetch_add(length) + length > most_kept_bytes) let_go(0, bytes_);
  std::byte* const pages =
      map_raw(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  if (pages == nullptr) return false;
  std::uint64_t done = 0;
  while (done < wanted) {
    const ssize_t got = read_once(file_, first + done, {pages + done, length - done});
    if (got <= 0) break;
    done += static_cast<std::uint64_t>(got);
  }
  const bool is_placed =
      done >= wanted && (writable_ || ::syscall(SYS_mprotect, pages, length, PROT_READ) == 0) &&
      ::syscall(SYS_mremap, pages, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, data_ + first) !=
          -1;
  if (!is_placed) ::syscall(SYS_munmap, pages, length);
  return is_placed;
}

bool paged_file::read_missing_pages(const siginfo_t& info) noexcept {
  if (info.si_code != BUS_ADRERR) return false;
  const int saved_errno = errno;
  const handler_at_work here;
  const auto address = reinterpret_cast<std::uintptr_t>(info.si_addr);
  paged_file* const file =
      table.find([&](const paged_file& each) { return each.contains(address); });
  const bool is_read =
      file != nullptr && file->fill(address - reinterpret_cast<std::uintptr_t>(file->data_));
  errno = saved_errno;
  return is_read;
}

void paged_file::let_go(std::uint64_t offset, std::uint64_t length) noexcept {
  if (writable_ || offset >= bytes_) return;
  const std::uint64_t first = offset / page_bytes() * page_bytes();
  const std::uint64_t end = whole_pages(length > bytes_ - offset ? bytes_ : offset + length);
  reserve(data_ + first, end - first);
  if (first == 0 && end >= bytes_) kept_bytes_.store(0);
}

std::size_t paged_file::read_some(std::uint64_t offset, std::span<std::byte> into) const {
  if (direct_) return read_directly(file_, offset, into, path_);
  const ssize_t got = read_once(file_, offset, into);
  if (got < 0) throw system_error_now(concat("reading failed at offset ", offset), path_);
  return static_cast<std::size_t>(got);
}

void paged_file::read(std::uint64_t offset, std::span<std::byte> into) const {
  while (!into.empty()) {
    const std::size_t bytes = read_some(offset, into);
    if (bytes == 0) {
      throw error(errc::changed,
                  concat("the file was truncated to ", status_of(file_, path_).st_size,
                         " bytes while it was in use (offset ", offset, ")"),
                  path_);
    }
    offset += bytes;
    into = into.subspan(bytes);
  }
}

}  // namespace quarry::detail
