#include "quarry/map/temporaries.hpp"

#include <array>
#include <atomic>
#include <climits>
#include <cstring>
#include <unistd.h>

#include "quarry/map/new_file.hpp"

namespace quarry {
namespace {

// `owner` is 0 for a free entry, -1 while one is being written, else the process that made the
// file: a forked child must not remove its parent's.
struct entry {
  std::atomic<int> owner{0};
  std::array<char, PATH_MAX> path{};
};
static_assert(std::atomic<int>::is_always_lock_free);  // read in signal handlers

constexpr std::size_t most_temporaries = 16;
std::array<entry, most_temporaries> entries;

}  // namespace

int remember_temporary(const std::string& path) noexcept {
  if (path.size() >= PATH_MAX) return -1;
  for (std::size_t place = 0; place < entries.size(); ++place) {
    int expected = 0;
    if (!entries[place].owner.compare_exchange_strong(expected, -1)) continue;
    std::memcpy(entries[place].path.data(), path.c_str(), path.size() + 1);
    entries[place].owner.store(::getpid());
    return static_cast<int>(place);
  }
  return -1;
}

void forget_temporary(int place) noexcept {
  if (place >= 0) entries[static_cast<std::size_t>(place)].owner.store(0);
}

void discard_temporaries() noexcept {
  for (entry& each : entries) {
    int expected = ::getpid();
    if (each.owner.compare_exchange_strong(expected, -1)) {
      ::unlink(each.path.data());
      each.owner.store(0);
    }
  }
}

}  // namespace quarry
