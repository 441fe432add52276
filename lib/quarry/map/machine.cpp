#include "quarry/map/machine.hpp"

#include <atomic>
#include <charconv>
#include <fcntl.h>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

#include "quarry/base/error.hpp"
#include "quarry/map/file_handle.hpp"
#include "quarry/map/process_limits.hpp"

namespace quarry {
namespace {

// A forked child finds it zero, in a page that is the process's for ever; null where the kernel
// cannot do that.
std::atomic<std::uint32_t>* word_cleared_by_fork() noexcept {
  const std::size_t bytes = page_bytes();
  void* const page =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return nullptr;
  if (::madvise(page, bytes, MADV_WIPEONFORK) == 0) return new (page) std::atomic<std::uint32_t>(0);
  ::munmap(page, bytes);
  return nullptr;
}

// The text is a UUID: 32 hexadecimal digits with hyphens between them.
std::array<std::byte, 16> read_boot_id() {
  const char* const name = "/proc/sys/kernel/random/boot_id";
  std::array<std::byte, 16> out{};
  std::array<char, 36> text{};
  const auto file = detail::open_at(AT_FDCWD, name, O_RDONLY);
  const ssize_t bytes = file ? ::read(file.descriptor(), text.data(), text.size()) : -1;
  if (bytes < 0) throw system_error_now("cannot tell one start of the machine from another", name);
  if (bytes < ssize_t{text.size()}) throw error(errc::truncated, "is no UUID", name);
  const char* at = text.data();
  for (std::byte& each : out) {
    if (*at == '-') ++at;
    unsigned char value = 0;
    std::from_chars(at, at + 2, value, 16);
    each = std::byte{value};
    at += 2;
  }
  return out;
}

}  // namespace

std::uint32_t effective_user() noexcept { return ::geteuid(); }

std::uint32_t process_id() noexcept {
  static std::atomic<std::uint32_t>* const known = word_cleared_by_fork();
  if (known == nullptr) return static_cast<std::uint32_t>(::getpid());
  std::uint32_t id = known->load(std::memory_order_relaxed);
  if (id != 0) return id;
  id = static_cast<std::uint32_t>(::getpid());
  known->store(id, std::memory_order_relaxed);
  return id;
}

std::array<std::byte, 16> boot_id() {
  static const std::array<std::byte, 16> known = read_boot_id();
  return known;
}

}  // namespace quarry
