#include "quarry/map/machine.hpp"

#include <charconv>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

#include "quarry/map/file_handle.hpp"

namespace quarry {

std::uint32_t effective_user() noexcept { return ::geteuid(); }

std::uint32_t process_id() noexcept { return static_cast<std::uint32_t>(::getpid()); }

// The text is a UUID: 32 hexadecimal digits with hyphens between them.
std::array<std::byte, 16> boot_id() noexcept {
  std::array<std::byte, 16> out{};
  std::array<char, 36> text{};
  const auto file = detail::open_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", O_RDONLY);
  if (!file || ::read(file.descriptor(), text.data(), text.size()) != ssize_t{text.size()}) {
    return out;
  }
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

}  // namespace quarry
