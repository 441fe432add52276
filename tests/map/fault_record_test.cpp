// fault_record_test.cpp: what the signal handler does, called without a signal.
#include "quarry/map/fault_record.hpp"

#include <atomic>
#include <csignal>
#include <cstring>
#include <initializer_list>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "map/child.hpp"
#include "map/lost_pages.hpp"

using quarry::detail::enter;
using quarry::detail::fault_record;
using quarry::detail::forget;
using quarry::detail::replace_lost_pages;

namespace {

// Two pages that no file is behind.
class memory {
 public:
  memory() {
    where_.data = static_cast<std::byte*>(
        ::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    where_.bytes = page + 1;
    where_.writable = true;
  }
  memory(const memory&) = delete;
  memory& operator=(const memory&) = delete;
  ~memory() { ::munmap(where_.data, 2 * page); }

  const quarry::region& where() const { return where_; }
  siginfo_t fault(int code, std::ptrdiff_t offset = 0) const {
    siginfo_t info{};
    info.si_code = code;
    info.si_addr = where_.data + offset;
    return info;
  }

 private:
  quarry::region where_;
};

// A name that takes the system a while keeps the handler at work.
std::string slow_name() {
  std::string name = "/";
  while (name.size() < 4000) name += "./";
  return name;
}

}  // namespace

TEST_CASE("fault record: only addresses that a file has lost are replaced", "[map][fault_guard]") {
  const memory bytes;
  fault_record record{.where = &bytes.where(), .name = {}};
  auto& slot = enter(record);
  for (const int code : std::initializer_list<int>{BUS_ADRALN, BUS_OBJERR, BUS_MCEERR_AR,
                                                   BUS_MCEERR_AO, SI_USER, SI_QUEUE})
    CHECK_FALSE(replace_lost_pages(bytes.fault(code)));
  const auto whole = static_cast<std::ptrdiff_t>(2 * page);
  CHECK_FALSE(replace_lost_pages(bytes.fault(BUS_ADRERR, -1)));
  CHECK_FALSE(replace_lost_pages(bytes.fault(BUS_ADRERR, whole)));
  CHECK_FALSE(record.is_lost());
  CHECK(replace_lost_pages(bytes.fault(BUS_ADRERR, whole - 1)));  // vector code reads whole pages
  CHECK(record.first_lost == 2 * page - 1);
  slot.store(nullptr);
  CHECK_FALSE(replace_lost_pages(bytes.fault(BUS_ADRERR)));
}

TEST_CASE("fault record: a forked process waits for no handler of its parent's other threads",
          "[map][fault_guard]") {
  constexpr int forks = 50;
  const memory bytes;
  fault_record record{.where = &bytes.where(), .name = slow_name()};
  auto& slot = enter(record);
  std::atomic<bool> done = false;
  std::thread faulting([&] {
    while (!done) replace_lost_pages(bytes.fault(BUS_ADRERR));  // almost always at work
  });
  while (!record.is_lost()) std::this_thread::yield();
  int hanging = 0;
  for (int i = 0; i < forks && hanging == 0; ++i) {
    hanging += in_child([&] {
                 ::alarm(10);
                 forget(record);
                 return true;
               }) == 0
                   ? 0
                   : 1;
  }
  done = true;
  faulting.join();
  slot.store(nullptr);
  CHECK(hanging == 0);
}

TEST_CASE("fault record: after it is forgotten no handler touches its pages",
          "[map][fault_guard]") {
  constexpr int rounds = 500;
  const memory bytes;
  fault_record record{.where = &bytes.where(), .name = slow_name()};
  std::atomic<bool> done = false;
  std::atomic<int> calls = 0;
  std::thread faulting([&] {
    for (; !done; ++calls) replace_lost_pages(bytes.fault(BUS_ADRERR));
  });
  int overwritten = 0;
  for (int round = 0; round < rounds; ++round) {
    const std::uint32_t before = record.faults;
    auto& slot = enter(record);
    while (record.faults == before) std::this_thread::yield();
    slot.store(nullptr);
    forget(record);
    std::memset(bytes.where().data, 'y', 2 * page);  // now they may be anybody's
    const int calls_before = calls;
    while (calls < calls_before + 2) std::this_thread::yield();
    if (text_of(std::span(bytes.where().data, 2 * page)) != std::string(2 * page, 'y'))
      ++overwritten;
  }
  done = true;
  faulting.join();
  CHECK(overwritten == 0);
}
