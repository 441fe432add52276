// Sleeping on a number in shared memory.
#include "quarry/map/wait.hpp"

#include <atomic>
#include <chrono>
#include <new>
#include <sys/mman.h>
#include <thread>

#include <catch2/catch.hpp>

#include "map/child.hpp"

using namespace std::chrono_literals;
using word = std::atomic<std::uint32_t>;

namespace {

word& shared_word() {
  void* const memory =
      ::mmap(nullptr, sizeof(word), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  return *new (memory) word(0);
}

// Guards against hanging only.
constexpr auto too_long = 60s;

}  // namespace

TEST_CASE("wait: a process is woken by another", "[map][wait]") {
  word& there = shared_word();
  word& answer = shared_word();
  std::thread other([&] {
    CHECK(in_child([&] {
            while (there.load() == 0) quarry::wait_while(there, 0, too_long);
            answer = there.load();
            quarry::wake_all(answer);
            return true;
          }) == 0);
  });
  std::this_thread::sleep_for(5ms);
  there = 7;
  quarry::wake_all(there);
  while (answer.load() == 0) quarry::wait_while(answer, 0, too_long);
  other.join();
  CHECK(answer == 7);
}

TEST_CASE("wait: it ends when the time is over", "[map][wait]") {
  const word& there = shared_word();
  const auto start = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - start < 3ms) quarry::wait_while(there, 0, 1ms);
  quarry::wait_while(there, 0, 0ns);
  quarry::wait_while(there, 0, -1ns);
}

TEST_CASE("wait: another number is not slept on", "[map][wait]") {
  const word& there = shared_word();
  quarry::wait_while(there, 1, too_long);
}

TEST_CASE("wait: memory that can only be read is slept on too", "[map][wait]") {
  word& there = shared_word();
  REQUIRE(::mprotect(static_cast<void*>(&there), sizeof(word), PROT_READ) == 0);
  const auto start = std::chrono::steady_clock::now();
  quarry::wait_while(there, 0, 20ms);
  // Refused, it would return at once.
  CHECK(std::chrono::steady_clock::now() - start >= 10ms);
}

TEST_CASE("wait: waking nobody does no harm", "[map][wait]") { quarry::wake_all(shared_word()); }
