// Threads in the place of processes, for the thread sanitizer: a writer and its readers in one
// mapping of a segment. Ends with 1 if a version is torn; the sanitizer ends it with 66.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include "quarry/base/error.hpp"
#include "quarry/share/directory.hpp"
#include "quarry/share/segment.hpp"
#include "quarry/share/writers.hpp"

#include "share/made.hpp"

namespace {

using namespace quarry::share;
using namespace std::chrono_literals;

constexpr std::uint64_t versions = 1500;
constexpr int readers = 4;

std::atomic<int> failures = 0;

// What `work` does until the last version, in as many threads as there are readers.
template <class Work>
std::vector<std::jthread> in_threads(Work work) {
  std::vector<std::jthread> out;
  for (int i = 0; i < readers; ++i) {
    out.emplace_back([work] {
      try {
        work();
      } catch (const std::exception& failure) {
        std::fprintf(stderr, "%s\n", failure.what());
        ++failures;
      }
    });
  }
  return out;
}

void check(bool good) {
  if (!good) ++failures;
}

// The lease goes from one writer to the next now and then.
void slots(const place& where) {
  segment_spec what = numbers({256});
  what.slots = 2 + readers;
  const segment shared = segment::create("slots", what, where);
  const auto threads = in_threads([&] {
    std::uint64_t seen = 0;
    std::optional<snapshot> held;
    while (seen < versions) {
      const auto next = shared.latest(seen, 10s);
      if (!next) break;
      check(next->version > seen && is_whole(next->elements, next->version));
      check(!held || is_whole(held->elements, held->version));
      held = next;
      seen = next->version;
    }
    check(seen == versions);
  });
  for (std::uint64_t version = 1; version <= versions;) {
    slot_writer writer = shared.write();
    for (const std::uint64_t end = version + 50; version < end && version <= versions; ++version) {
      slot next = writer.begin(10s);
      fill_whole(next.elements(), version);
      check(next.commit() == version);
    }
  }
}

// Slots that are never published, and whose elements are let go of by another thread.
void dropped(const place& where) {
  segment_spec what = numbers({4});
  what.slots = 4;
  const segment shared = segment::create("dropped", what, where);
  slot_writer writer = shared.write();
  std::atomic<bool> is_over = false;
  std::atomic<quarry::array*> handed = nullptr;
  {
    const std::jthread worker([&] {
      while (!is_over || handed != nullptr) delete handed.exchange(nullptr);
    });
    for (std::uint64_t i = 0; i < versions; ++i) {
      delete handed.exchange(new quarry::array(writer.begin(10s).elements()));
    }
    is_over = true;
  }
  fill_whole(writer.begin(10s).elements(), 1);
}

void rows(const place& where) {
  segment_spec what = numbers({static_cast<std::int64_t>(versions), 16});
  what.kind = segment_kind::append;
  const segment shared = segment::create("rows", what, where);
  const auto threads = in_threads([&] {
    std::uint64_t seen = 0;
    // Without waiting: what orders the rows before their number must not be the futex.
    while (seen < versions) {
      const auto next = shared.latest(seen);
      if (!next) continue;
      for (std::uint64_t row = seen; row < next->version; ++row) {
        check(is_whole(next->elements.slice(std::to_string(row)), row));
      }
      seen = next->version;
    }
    check(seen == versions);
  });
  row_writer writer = shared.extend();
  for (std::uint64_t row = 0; row < versions; ++row) {
    fill_whole(writer.room(1).slice("0"), row);
    writer.commit(1);
  }
}

}  // namespace

int main() {
  std::string directory = std::filesystem::temp_directory_path() / "quarry-threads-XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr) return 1;
  slots({directory});
  dropped({directory});
  rows({directory});
  check(list({directory}).empty());
  std::filesystem::remove_all(directory);
  return failures == 0 ? 0 : 1;
}
