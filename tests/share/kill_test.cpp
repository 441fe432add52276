// One writer and eight readers that are stopped and killed at random, two hundred times: what is
// read is always whole, the next writer goes on at once, nothing is left behind.
#include <array>
#include <atomic>
#include <csignal>
#include <random>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "quarry/share/directory.hpp"
#include "quarry/share/segment.hpp"
#include "quarry/share/writers.hpp"

#include "map/failure.hpp"
#include "map/scratch.hpp"
#include "share/made.hpp"

using namespace std::chrono_literals;
using namespace quarry::share;
using quarry::access;
using quarry::errc;

namespace {

constexpr int kills = 220;
constexpr int readers = 8;
constexpr std::int64_t elements = 2048;

// Seen by all processes.
struct counters {
  std::atomic<std::uint64_t> published;
  std::atomic<std::uint64_t> read;
  std::atomic<std::uint64_t> torn;
  std::atomic<std::uint64_t> backwards;
  std::atomic<std::uint64_t> failed;
};

counters& shared_counters() {
  void* const memory =
      ::mmap(nullptr, sizeof(counters), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  return *new (memory) counters{};
}

segment_spec spec() {
  segment_spec out = numbers({elements});
  out.slots = 4;
  return out;
}

// The version is the seed of its elements: a version from another one's slot is seen too.
void write_for_ever(const place& where, counters& count) {
  const segment own = segment::attach_or_create("a", spec(), where);
  slot_writer writer = own.write(10s);
  while (true) {
    try {
      slot next = writer.begin(std::chrono::milliseconds(1));
      const auto latest = own.latest();
      const std::uint64_t version = latest ? latest->version + 1 : 1;
      fill_whole(next.elements(), version);
      if (next.commit() != version) ++count.failed;
      ++count.published;
    } catch (const quarry::error& failure) {
      if (failure.code() != errc::busy) throw;
    }
  }
}

// Holds one version while it gets the next.
void read_for_ever(const place& where, counters& count) {
  while (true) {
    try {
      const segment own = segment::attach("a", access::read_only, where);
      snapshot held;
      while (true) {
        const auto next = own.latest(held.version, 20ms);
        if (!next) continue;
        if (next->version <= held.version) ++count.backwards;
        if (!is_whole(next->elements, next->version)) ++count.torn;
        if (held.version != 0 && !is_whole(held.elements, held.version)) ++count.torn;
        held = *next;
        ++count.read;
      }
    } catch (const quarry::error& failure) {
      // Not there yet, or removed by the last one that left.
      const bool expected =
          failure.code() == errc::changed || failure.code() == std::errc::no_such_file_or_directory;
      if (!expected) throw;
      std::this_thread::sleep_for(100us);
    }
  }
}

template <class Action>
pid_t started(Action action, counters& count) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child != 0) return child;
  try {
    action();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "in the child: %s\n", e.what());
  }
  ++count.failed;
  ::_exit(1);
}

void killed(pid_t process) {
  ::kill(process, SIGKILL);
  REQUIRE(::waitpid(process, nullptr, 0) == process);
}

}  // namespace

TEST_CASE("share: whatever is killed, versions are whole and the next writer goes on", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  counters& count = shared_counters();
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto up_to = [&](unsigned most) { return random() % (most + 1); };

  const auto writer = [&] { write_for_ever(here, count); };
  const auto reader = [&] { read_for_ever(here, count); };
  std::array<pid_t, 1 + readers> processes{};
  for (std::size_t i = 0; i < processes.size(); ++i) {
    processes[i] = i == 0 ? started(writer, count) : started(reader, count);
  }
  while (count.read.load() == 0 && count.failed.load() == 0) std::this_thread::sleep_for(1ms);

  for (int i = 0; i < kills; ++i) {
    const std::size_t victim = up_to(2) == 0 ? 0 : 1 + up_to(readers - 1);
    std::this_thread::sleep_for(std::chrono::microseconds(up_to(4000)));
    if (up_to(1) == 0) {
      ::kill(processes[victim], SIGSTOP);
      std::this_thread::sleep_for(std::chrono::microseconds(up_to(2000)));
      if (up_to(1) == 0) ::kill(processes[victim], SIGCONT);
    }
    killed(processes[victim]);
    if (victim == 0) {
      const segment next = segment::attach_or_create("a", spec(), here);
      CHECK_NOTHROW(next.write());  // at once
    }
    processes[victim] = victim == 0 ? started(writer, count) : started(reader, count);
  }
  for (const pid_t process : processes) killed(process);

  CHECK(count.torn == 0);
  CHECK(count.backwards == 0);
  CHECK(count.failed == 0);
  CHECK(count.read > 0);
  INFO(count.published << " versions, " << count.read << " reads");
  CHECK(list(here).size() <= 1);
  collect(here);
  CHECK(list(here).empty());
  CHECK(names_in(dir.path()).empty());
  ::munmap(&count, sizeof count);
}
