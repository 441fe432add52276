#include "quarry/map/paged_file.hpp"

#include <algorithm>
#include <bit>
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

constexpr std::uint64_t least_chunk_bytes = std::uint64_t{256} << 10U;
constexpr std::uint64_t most_chunk_bytes = std::uint64_t{16} << 20U;
constexpr std::uint64_t most_kept_bytes = std::uint64_t{256} << 20U;

constinit signal_table<paged_file> table;

std::uint64_t chunk_bytes_for(std::size_t bytes, bool writable) noexcept {
  if (!writable) return least_chunk_bytes;
  constexpr std::uint64_t many = 4096;
  return std::clamp(std::bit_ceil(bytes / many + 1), least_chunk_bytes, most_chunk_bytes);
}

// The system calls themselves: the library's functions are no signal handler's to call, and the
// thread sanitizer takes them for races.
std::byte* map_raw(std::byte* at, std::size_t bytes, int protection, int flags, int fd,
                   std::uint64_t offset) noexcept {
  const long address =
      ::syscall(SYS_mmap, at, bytes, protection, flags, fd, static_cast<off_t>(offset));
  return address == -1 ? nullptr : reinterpret_cast<std::byte*>(address);
}

// A file without bytes: whatever is mapped of it lies behind its end.
int no_bytes() {
  static const file_handle empty(::memfd_create("quarry", MFD_CLOEXEC));
  if (!empty) throw system_error_now("cannot reserve address space");
  return empty.descriptor();
}

// Each place at its own offset in that file, so that neighbours are one mapping again.
std::byte* reserve(std::byte* at, std::uint64_t offset, std::size_t bytes, int protection) {
  const int flags = MAP_SHARED | MAP_NORESERVE | (at != nullptr ? MAP_FIXED : 0);
  return map_raw(at, bytes, protection, flags, no_bytes(), offset);
}

}  // namespace

paged_file::paged_file(file_handle file, std::size_t bytes, bool writable,
                       std::filesystem::path path)
    : file_(std::move(file)),
      bytes_(bytes),
      writable_(writable),
      direct_((static_cast<unsigned>(::fcntl(file_.descriptor(), F_GETFL)) & O_DIRECT) != 0),
      chunk_bytes_(chunk_bytes_for(bytes, writable)),
      path_(std::move(path)),
      chunks_(std::make_unique<std::atomic<chunk>[]>(bytes / chunk_bytes_ + 1)),
      data_(reserve(nullptr, 0, whole_pages(std::max<std::size_t>(bytes, 1)),
                    writable ? PROT_READ | PROT_WRITE : PROT_READ)) {
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

// The last one ends with the file.
std::uint64_t paged_file::bytes_of(std::uint64_t i) const noexcept {
  return std::min<std::uint64_t>(chunk_bytes_, bytes_ - i * chunk_bytes_);
}

// True if the access that failed can be repeated: where another thread is at work on the chunk it
// fails again until that one has done.
bool paged_file::fill(std::uint64_t i) noexcept {
  chunk found = chunk::empty;
  if (!chunks_[i].compare_exchange_strong(found, chunk::changing)) return true;
  const bool is_there = place(i);
  chunks_[i].store(is_there ? chunk::filled : chunk::empty);
  return is_there;
}

bool paged_file::read_chunk(std::uint64_t i, std::byte* into) const noexcept {
  const std::uint64_t wanted = bytes_of(i);
  std::uint64_t done = 0;
  while (done < wanted) {
    const std::span<std::byte> rest(into + done, whole_pages(wanted) - done);
    const ssize_t got = read_once(file_, i * chunk_bytes_ + done, rest);
    if (got <= 0) return false;
    done += static_cast<std::uint64_t>(got);
  }
  return true;
}

// What is read goes to other pages first and is moved over the reserved ones when it is complete:
// another thread sees all of it or runs into a bus error as well.
bool paged_file::place(std::uint64_t i) noexcept {
  const std::uint64_t length = whole_pages(bytes_of(i));
  if (kept_bytes_.fetch_add(length) + length > most_kept_bytes) let_go(0, bytes_);
  std::byte* const pages =
      map_raw(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const bool is_placed = pages != nullptr && read_chunk(i, pages) &&
                         (writable_ || ::syscall(SYS_mprotect, pages, length, PROT_READ) == 0) &&
                         ::syscall(SYS_mremap, pages, length, length, MREMAP_MAYMOVE | MREMAP_FIXED,
                                   data_ + i * chunk_bytes_) != -1;
  if (is_placed) return true;
  if (pages != nullptr) ::syscall(SYS_munmap, pages, length);
  kept_bytes_.fetch_sub(length);
  return false;
}

bool paged_file::read_missing_pages(const siginfo_t& info) noexcept {
  if (info.si_code != BUS_ADRERR) return false;
  const int saved_errno = errno;
  const handler_at_work here;
  const auto address = reinterpret_cast<std::uintptr_t>(info.si_addr);
  paged_file* const file =
      table.find([&](const paged_file& each) { return each.contains(address); });
  const bool is_read =
      file != nullptr &&
      file->fill((address - reinterpret_cast<std::uintptr_t>(file->data_)) / file->chunk_bytes_);
  errno = saved_errno;
  return is_read;
}

void paged_file::let_go(std::uint64_t offset, std::uint64_t length) noexcept {
  if (writable_ || offset >= bytes_ || length == 0) return;
  const std::uint64_t last = length > bytes_ - offset ? bytes_ - 1 : offset + length - 1;
  for (std::uint64_t i = offset / chunk_bytes_; i <= last / chunk_bytes_; ++i) let_go_of_chunk(i);
}

void paged_file::let_go_of_chunk(std::uint64_t i) noexcept {
  chunk found = chunk::filled;
  if (!chunks_[i].compare_exchange_strong(found, chunk::changing)) return;
  const std::uint64_t length = whole_pages(bytes_of(i));
  const bool is_gone =
      reserve(data_ + i * chunk_bytes_, i * chunk_bytes_, length, PROT_READ) != nullptr;
  if (is_gone) kept_bytes_.fetch_sub(length);
  chunks_[i].store(is_gone ? chunk::empty : chunk::filled);
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
