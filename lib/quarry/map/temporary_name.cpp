#include "quarry/map/temporary_name.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <string>
#include <sys/random.h>
#include <unistd.h>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/new_file.hpp"

namespace quarry::detail {

// Entries are reused but never freed and never leave the list, so that a signal handler can walk
// it at any moment.
struct temporary_name::entry {
  std::atomic<pid_t> owner{0};  // 0: free; -1: taken, name not complete; else process of the file
  int directory = -1;
  std::array<char, NAME_MAX + 1> name{};
  entry* next = nullptr;
};

namespace {

using entry = temporary_name::entry;
constexpr pid_t nobody = 0;
constexpr pid_t being_written = -1;

std::atomic<entry*> first_entry{nullptr};
static_assert(std::atomic<entry*>::is_always_lock_free && std::atomic<pid_t>::is_always_lock_free);

entry* take_entry() {
  for (entry* e = first_entry.load(); e != nullptr; e = e->next) {
    pid_t expected = nobody;
    if (e->owner.compare_exchange_strong(expected, being_written)) return e;
  }
  auto* const e = new entry;
  e->owner = being_written;
  e->next = first_entry.load();
  while (!first_entry.compare_exchange_weak(e->next, e)) {
  }
  return e;
}

std::string random_hex() {
  std::uint64_t random = 0;
  if (::getrandom(&random, sizeof random, 0) != ssize_t{sizeof random})
    throw system_error_now("cannot get random bytes for a temporary name");
  return hex(random, 16);
}

void remove_file_of(const entry& e) noexcept {
  if (e.owner.load() == ::getpid()) ::unlinkat(e.directory, e.name.data(), 0);
}

}  // namespace

temporary_name::temporary_name(int directory, std::string_view name) {
  const std::string tail = '.' + random_hex() + ".tmp";
  const std::string whole = '.' + std::string(name.substr(0, NAME_MAX - 1 - tail.size())) + tail;
  entry_ = take_entry();
  entry_->directory = directory;
  entry_->name.fill('\0');
  std::copy(whole.begin(), whole.end(), entry_->name.begin());
  entry_->owner = ::getpid();
}

temporary_name::~temporary_name() { entry_->owner = nobody; }

const char* temporary_name::c_str() const noexcept { return entry_->name.data(); }

void temporary_name::remove() const noexcept { remove_file_of(*entry_); }

}  // namespace quarry::detail

void quarry::discard_temporaries() noexcept {
  const int saved = errno;
  for (auto* e = detail::first_entry.load(); e != nullptr; e = e->next) detail::remove_file_of(*e);
  errno = saved;
}
