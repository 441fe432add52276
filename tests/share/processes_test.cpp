// Segments between processes: waiting, forked children, many that come and go at once.
#include <atomic>
#include <csignal>
#include <optional>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/share/directory.hpp"
#include "quarry/share/segment.hpp"
#include "quarry/share/writers.hpp"

#include "map/child.hpp"
#include "map/failure.hpp"
#include "map/scratch.hpp"
#include "share/made.hpp"

using namespace std::chrono_literals;
using namespace quarry::share;
using quarry::access;
using quarry::errc;

namespace {

// So long that a test that waits for it has failed.
constexpr auto too_long = 60s;

// Ends when the others do.
class process {
 public:
  template <class Action>
  explicit process(Action action) {
    std::fflush(nullptr);
    id_ = ::fork();
    if (id_ != 0) return;
    try {
      ::_exit(action() ? 0 : 1);
    } catch (const std::exception& e) {
      std::fprintf(stderr, "in the child: %s\n", e.what());
    }
    ::_exit(2);
  }
  process(const process&) = delete;
  process& operator=(const process&) = delete;
  process(process&& from) noexcept : id_(std::exchange(from.id_, 0)) {}
  process& operator=(process&&) = delete;
  ~process() {
    if (id_ > 0) status();
  }

  int status() {
    int status = -1;
    ::waitpid(std::exchange(id_, 0), &status, 0);
    return status;
  }

 private:
  pid_t id_;
};

}  // namespace

TEST_CASE("processes: who waits is woken by the next version", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  const segment made = segment::create("a", numbers(), here);
  const auto mode = GENERATE(access::read_only, access::read_write);
  process reader([&] {
    const segment own = segment::attach("a", mode, here);
    for (std::uint64_t version = 1; version <= 50; ++version) {
      const auto found = own.latest(version - 1, too_long);
      if (!found || found->version < version) return false;
      version = found->version;
    }
    return true;
  });
  slot_writer writer = made.write();
  for (int i = 0; i < 50; ++i) {
    publish(writer, 1);
    std::this_thread::sleep_for(200us);
  }
  CHECK(reader.status() == 0);
}

TEST_CASE("processes: who sleeps is woken, not left to look by itself", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  constexpr std::uint64_t rounds = 20;  // each a second long if nobody was woken
  const auto start = std::chrono::steady_clock::now();
  const auto took_too_long = [&] { return std::chrono::steady_clock::now() - start > 10s; };
  const segment ping = segment::create("ping", numbers(), here);
  const segment pong = segment::create("pong", numbers(), here);
  process other([&] {
    slot_writer writer = segment::attach("pong", access::read_write, here).write();
    const segment own = segment::attach("ping", access::read_only, here);
    for (std::uint64_t version = 1; version <= rounds; ++version) {
      if (!own.latest(version - 1, too_long)) return false;
      std::this_thread::sleep_for(10ms);  // so that they sleep who wait for it
      publish(writer, version);
    }
    return fails_with(errc::changed, [&] { own.latest(rounds, too_long); });
  });
  slot_writer writer = ping.write();
  for (std::uint64_t version = 1; version <= rounds && !took_too_long(); ++version) {
    std::this_thread::sleep_for(10ms);
    publish(writer, version);
    CHECK(pong.latest(version - 1, too_long));
  }
  remove("ping", here);
  CHECK(other.status() == 0);
  CHECK_FALSE(took_too_long());
}

TEST_CASE("processes: a child lets go of what other threads of its parent were about to hold",
          "[share]") {
  const scratch dir;
  const segment made = segment::create("a", numbers(), {dir.path()});
  slot_writer writer = made.write();
  publish(writer, 9);
  std::optional<snapshot> held = made.latest();
  const std::jthread other([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) made.latest();
  });
  for (int i = 0; i < 300; ++i) {
    process child([&] {
      ::alarm(20);
      held.reset();
      return true;
    });
    CHECK(child.status() == 0);
  }
}

TEST_CASE("processes: who waits is told when the segment is removed", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  const segment made = segment::create("a", numbers(), here);
  const bool by_hand = GENERATE(false, true);
  process reader([&] {
    const segment own = segment::attach("a", access::read_only, here);
    const auto start = std::chrono::steady_clock::now();
    const bool told = fails_with(errc::changed, [&] { own.latest(0, too_long); });
    return told && std::chrono::steady_clock::now() - start < too_long / 2;
  });
  while (status("a", here).holders < 2) std::this_thread::sleep_for(1ms);
  if (by_hand) {
    std::filesystem::remove(made.path());
  } else {
    remove("a", here);
  }
  CHECK(reader.status() == 0);
}

TEST_CASE("processes: a forked child is refused what its parent attached", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  const segment made = segment::create("a", numbers(), here);
  slot_writer writer = made.write();
  publish(writer, 9);
  std::optional<snapshot> held = made.latest();
  std::optional<slot> open = writer.begin();
  CHECK(in_child([&] {
          const auto refused = [](auto&& action) {
            return fails_with(errc::invalid_argument, action);
          };
          const bool all = refused([&] { made.latest(); }) && refused([&] { made.write(); }) &&
                           refused([&] { writer.begin(); }) && refused([&] { open->commit(); });
          const bool reads = values_of(held->elements)[0] == 9;
          // What the child lets go is still its parent's.
          held.reset();
          open.reset();
          return all && reads;
        }) == 0);
  CHECK(names_in(dir.path()).size() == 1);
  CHECK(status("a", here).writer != 0);
  publish(writer, 10);
  CHECK(fails_with(errc::busy, [&] { writer.begin(); }));  // one is open, one is held
  CHECK(values_of(held->elements)[0] == 9);
  CHECK(open->commit() == 3);
}

TEST_CASE("processes: a child that attaches anew reads", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  const segment made = segment::create("a", numbers(), here);
  slot_writer writer = made.write();
  publish(writer, 9);
  CHECK(in_child([&] {
          const segment own = segment::attach("a", access::read_only, here);
          return values_of(own.latest()->elements)[0] == 9;
        }) == 0);
}

TEST_CASE("processes: a segment that is reaped while others attach is whole or not there",
          "[share]") {
  const scratch dir;
  const place here{dir.path()};
  constexpr int rounds = 300;
  // Each makes the segment if it is not there, publishes, and leaves: the last to leave reaps.
  const auto come_and_go = [&] {
    for (int i = 0; i < rounds; ++i) {
      const segment own = segment::attach_or_create("a", numbers({64}), here);
      const auto before = own.latest();
      if (before && !is_whole(before->elements, before->version)) return false;
      try {
        slot_writer writer = own.write();
        slot next = writer.begin();
        fill_whole(next.elements(), before ? before->version + 1 : 1);
        const std::uint64_t expected = own.latest() ? own.latest()->version + 1 : 1;
        fill_whole(next.elements(), expected);
        if (next.commit() != expected) return false;
      } catch (const quarry::error& failure) {
        if (failure.code() != errc::busy && failure.code() != errc::changed) throw;
      }
    }
    return true;
  };
  const auto sweep = [&] {
    for (int i = 0; i < rounds; ++i) collect(here);
    return true;
  };
  {
    std::vector<process> all;
    for (int i = 0; i < 4; ++i) all.emplace_back(come_and_go);
    all.emplace_back(sweep);
    for (process& each : all) CHECK(each.status() == 0);
  }
  CHECK(list(here).empty());
  CHECK(names_in(dir.path()).empty());
}
