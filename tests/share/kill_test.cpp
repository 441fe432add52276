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

segment_spec slots_spec() {
  segment_spec out = numbers({elements});
  out.slots = 4;
  return out;
}

// The version is the seed of its elements: a version from another one's slot is seen too.
void write_for_ever(const place& where, counters& count) {
  const segment own = segment::attach_or_create("a", slots_spec(), where);
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

segment_spec rows_spec() {
  segment_spec out = numbers({std::int64_t{1} << 17, 8});
  out.kind = segment_kind::append;
  return out;
}

// A row holds its own number, eight times. A segment that is full makes way for another.
void append_for_ever(const place& where, counters& count) {
  while (true) {
    const segment own = segment::attach_or_create("a", rows_spec(), where);
    row_writer writer = own.extend(10s);
    for (std::int64_t size = 1;; size = size % 16 + 1) {
      const std::int64_t first = writer.rows();
      if (first + size > rows_spec().max_shape[0]) break;
      const quarry::array room = writer.room(size);
      for (std::int64_t i = 0; i < size; ++i) {
        std::fill_n(data_of(room) + 8 * i, 8, static_cast<std::uint64_t>(first + i));
      }
      writer.commit(size);
      ++count.published;
    }
    remove("a", where);
  }
}

// Calls use(segment) again and again: there may be none yet, or the last one that left removed it.
template <class Use>
void attach_for_ever(const place& where, const Use& use) {
  while (true) {
    try {
      use(segment::attach("a", access::read_only, where));
    } catch (const quarry::error& failure) {
      const bool expected =
          failure.code() == errc::changed || failure.code() == std::errc::no_such_file_or_directory;
      if (!expected) throw;
      std::this_thread::sleep_for(100us);
    }
  }
}

void follow_for_ever(const place& where, counters& count) {
  attach_for_ever(where, [&](const segment& own) {
    std::uint64_t seen = 0;
    while (true) {
      const auto next = own.latest(seen, 20ms);
      if (!next) continue;
      if (next->version <= seen) ++count.backwards;
      const auto all = values_of(next->elements);
      for (std::size_t i = 8 * seen; i < all.size(); ++i) {
        if (all[i] != i / 8) ++count.torn;
      }
      seen = next->version;
      ++count.read;
    }
  });
}

// Holds one version while it gets the next.
void read_for_ever(const place& where, counters& count) {
  attach_for_ever(where, [&](const segment& own) {
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
  });
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

// One writer and eight readers. `take_over` is what the next writer does first.
template <class Write, class Read, class TakeOver>
void kill_at_random(Write write, Read read, TakeOver take_over) {
  const scratch dir;
  const place here{dir.path()};
  counters& count = shared_counters();
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto up_to = [&](unsigned most) { return random() % (most + 1); };

  const auto writer = [&] { write(here, count); };
  const auto reader = [&] { read(here, count); };
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
    if (victim == 0) CHECK_NOTHROW(take_over(here));  // at once
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

}  // namespace

TEST_CASE("share: whatever is killed, versions are whole and the next writer goes on", "[share]") {
  kill_at_random(write_for_ever, read_for_ever, [](const place& here) {
    segment::attach_or_create("a", slots_spec(), here).write();
  });
}

TEST_CASE("share: whatever is killed, rows are whole and the next writer goes on", "[share]") {
  kill_at_random(append_for_ever, follow_for_ever, [](const place& here) {
    segment::attach_or_create("a", rows_spec(), here).extend();
  });
}
