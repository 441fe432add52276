#include "quarry/map/process_limits.hpp"

#include <algorithm>
#include <exception>
#include <sys/resource.h>
#include <unistd.h>

#include "quarry/map/control_groups.hpp"

namespace quarry {
namespace {

constexpr std::uint64_t no_limit = UINT64_MAX;

std::uint64_t physical_memory() noexcept {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  return pages > 0 ? static_cast<std::uint64_t>(pages) * page_bytes() : no_limit;
}

std::uint64_t address_space() noexcept {
  rlimit limit{};
  const bool limited = ::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  return limited ? limit.rlim_cur : no_limit;
}

std::uint64_t group_memory() noexcept {
  try {
    return detail::control_group_memory("/");
  } catch (const std::exception&) {
    return no_limit;
  }
}

}  // namespace

std::uint64_t available_memory() noexcept {
  return std::min({physical_memory(), group_memory(), address_space()});
}

std::uint64_t page_bytes() noexcept { return static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)); }

std::uint64_t whole_pages(std::uint64_t bytes) noexcept {
  const std::uint64_t page = page_bytes();
  return (bytes + page - 1) / page * page;
}

}  // namespace quarry
