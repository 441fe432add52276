// fault_guard_signals_test.cpp: the guard's SIGBUS handler among those of its host. Whatever
// changes the handlers happens in a child.
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <sys/mman.h>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/base/log.hpp"
#include "quarry/map/bus_errors.hpp"
#include "quarry/map/fault_guard.hpp"
#include "quarry/map/mapping.hpp"

#include "map/child.hpp"
#include "map/failure.hpp"
#include "map/lost_pages.hpp"
#include "map/scratch.hpp"

namespace {

using quarry::errc;
using quarry::fault_guard;
using quarry::mapping;

constexpr int by_bus_error = 128 + SIGBUS;
constexpr int by_host = 42;  // exit status of the host's handlers

struct sigaction action_now() {
  struct sigaction now {};
  ::sigaction(SIGBUS, nullptr, &now);
  return now;
}

bool is_same(const struct sigaction& a, const struct sigaction& b) {
  return a.sa_sigaction == b.sa_sigaction && a.sa_flags == b.sa_flags;
}

struct sigaction install(struct sigaction action) {
  struct sigaction before {};
  ::sigaction(SIGBUS, &action, &before);
  return before;
}

struct sigaction plain(void (*handler)(int), int flags = 0) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  return action;
}

struct sigaction with_info(void (*handler)(int, siginfo_t*, void*), int flags = 0) {
  struct sigaction action {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | flags;
  return action;
}

// A mapping whose last page is lost as soon as it is read.
class losing {
 public:
  losing() : m_(mapping::open(file_of(4, dir_ / "a"))) { truncate_to(page, dir_ / "a"); }
  const mapping& mapped() const { return m_; }
  char touch() const { return at(m_.bytes(), 3 * page); }
  // True if a guard makes an error of the loss.
  bool is_caught() const {
    const fault_guard guard(m_);
    touch();
    return fails_with(errc::changed, [&] { guard.check(); });
  }

 private:
  scratch dir_;
  mapping m_;
};

// A mapping of a file without content that quarry knows nothing of.
class stranger {
 public:
  stranger() {
    const int file = ::memfd_create("stranger", 0);
    bytes_ = static_cast<char*>(::mmap(nullptr, page, PROT_READ, MAP_SHARED, file, 0));
    ::close(file);
  }
  void touch() const { static_cast<void>(*static_cast<volatile char*>(bytes_)); }
  const char* address() const { return bytes_; }

 private:
  char* bytes_;
};

// Makes the handler as a program has it that did nothing about SIGBUS, whatever runs the tests.
void forget_handlers() { install(plain(SIG_DFL)); }

const volatile char* expected_address = nullptr;

}  // namespace

TEST_CASE("fault guard: the first guard installs the handler, and once",
          "[map][fault_guard][signals]") {
  const int result = in_child([] {
    forget_handlers();
    const losing file;
    if (action_now().sa_handler != SIG_DFL) return false;
    file.is_caught();
    const struct sigaction first = action_now();
    if ((first.sa_flags & (SA_SIGINFO | SA_ONSTACK)) != (SA_SIGINFO | SA_ONSTACK)) return false;
    if ((first.sa_flags & SA_NODEFER) != 0 || sigisemptyset(&first.sa_mask) == 0) return false;
    return losing().is_caught() && is_same(first, action_now());
  });
  CHECK(result == 0);
}

TEST_CASE("fault guard: lost pages are the guard's, not the handler's that was there",
          "[map][fault_guard][signals]") {
  CHECK(in_child([] {
          install(plain([](int) { ::_exit(by_host); }));
          return losing().is_caught();
        }) == 0);
}

TEST_CASE("fault guard: strangers' faults go to the handler that was there",
          "[map][fault_guard][signals]") {
  SECTION("one that takes the signal's information") {
    CHECK(in_child([] {
            install(with_info([](int signal, siginfo_t* info, void* context) {
              const bool is_complete = signal == SIGBUS && info->si_code == BUS_ADRERR &&
                                       info->si_addr == expected_address && context != nullptr;
              ::_exit(is_complete ? by_host : 3);
            }));
            const stranger other;
            expected_address = other.address();
            losing().is_caught();
            other.touch();
            return true;
          }) == by_host);
  }
  SECTION("one that takes the number alone") {
    CHECK(in_child([] {
            install(plain([](int signal) { ::_exit(signal == SIGBUS ? by_host : 3); }));
            losing().is_caught();
            stranger().touch();
            return true;
          }) == by_host);
  }
  SECTION("the system's own ends the process by SIGBUS") {
    CHECK(in_child([] {
            forget_handlers();
            losing().is_caught();
            stranger().touch();
            return true;
          }) == by_bus_error);
  }
  SECTION("the system ignores no fault") {
    CHECK(in_child([] {
            install(plain(SIG_IGN));
            losing().is_caught();
            stranger().touch();
            return true;
          }) == by_bus_error);
  }
}

TEST_CASE("fault guard: one that was to be called once is called once",
          "[map][fault_guard][signals]") {
  static volatile int calls = 0;
  CHECK(in_child([] {
          install(plain(
              [](int) {
                if (calls > 0) ::_exit(3);
                calls = calls + 1;
              },
              SA_RESETHAND));
          losing().is_caught();
          stranger().touch();
          return true;
        }) == by_bus_error);
}

TEST_CASE("fault guard: a signal that somebody sends is no fault", "[map][fault_guard][signals]") {
  static volatile int calls = 0;
  const auto after_raise = [](const struct sigaction& before) {
    return in_child([&] {
      install(before);
      const losing file;
      const fault_guard guard(file.mapped());
      ::raise(SIGBUS);
      return calls == 1;
    });
  };
  CHECK(after_raise(plain([](int) { calls = calls + 1; })) == 0);
  CHECK(after_raise(with_info([](int, siginfo_t* info, void*) {
          if (info->si_code <= 0) calls = calls + 1;
        })) == 0);
  CHECK(after_raise(plain(SIG_DFL)) == by_bus_error);
  CHECK(after_raise(plain(SIG_IGN)) == 1);  // goes on, nobody was called
}

TEST_CASE("fault guard: without a guard lost pages raise SIGBUS", "[map][fault_guard][signals]") {
  CHECK(in_child([] {
          forget_handlers();
          losing().touch();
          return true;
        }) == by_bus_error);
  CHECK(in_child([] {
          forget_handlers();
          const losing file;
          { const fault_guard guard(file.mapped()); }
          file.touch();
          return true;
        }) == by_bus_error);
}

TEST_CASE("fault guard: errno is kept", "[map][fault_guard][signals]") {
  const scratch dir;
  const mapping m = mapping::open(file_of(4, dir / "a"));
  const fault_guard guard(m);
  std::filesystem::rename(dir / "a", dir / "b");  // what the handler asks the system for fails
  truncate_to(page, dir / "b");
  errno = EXDEV;
  at(m.bytes(), 3 * page);
  CHECK(errno == EXDEV);
  CHECK_THROWS_AS(guard.check(), quarry::error);
}

TEST_CASE("fault guard: the handler runs on the alternate stack", "[map][fault_guard][signals]") {
  static std::vector<char> stack(std::size_t{64} << 10U);
  CHECK(in_child([] {
          install(plain([](int) {
            const char here = 0;
            const auto address = reinterpret_cast<std::uintptr_t>(&here);
            const auto begin = reinterpret_cast<std::uintptr_t>(stack.data());
            ::_exit(address >= begin && address < begin + stack.size() ? by_host : 3);
          }));
          stack_t alternate{};
          alternate.ss_sp = stack.data();
          alternate.ss_size = stack.size();
          if (::sigaltstack(&alternate, nullptr) != 0 || !losing().is_caught()) return false;
          stranger().touch();
          return true;
        }) == by_host);
}

TEST_CASE("fault guard: a handler that was installed later is noticed and put below",
          "[map][fault_guard][signals]") {
  static std::vector<std::string> heard;
  static struct sigaction saved;
  const auto replaced_by = [](const struct sigaction& hosts) {
    return in_child([&] {
      install(plain([](int) { ::_exit(by_host); }));
      quarry::log::set_sink(
          [](quarry::log::level, std::string_view text) { heard.emplace_back(text); });
      quarry::log::set_level(quarry::log::level::warning);
      if (!losing().is_caught()) return false;
      heard.clear();
      saved = install(hosts);
      if (!losing().is_caught() || !losing().is_caught() || heard.size() != 1) return false;
      stranger().touch();
      return true;
    });
  };
  SECTION("one that keeps everything") {
    CHECK(replaced_by(plain([](int) { ::_exit(by_host + 1); })) == by_host + 1);
  }
  SECTION("one that hands on to the guard's first handler") {
    CHECK(replaced_by(with_info([](int signal, siginfo_t* info, void* context) {
            saved.sa_sigaction(signal, info, context);
          })) == by_host);
  }
}

TEST_CASE("fault guard: handlers that come again and again are trusted after a while",
          "[map][fault_guard][signals]") {
  CHECK(in_child([] {
          forget_handlers();
          for (std::size_t i = 0; i < quarry::detail::most_bus_handlers; ++i) {
            if (!losing().is_caught()) return false;
            install(plain([](int) { ::_exit(by_host); }));
          }
          const struct sigaction hosts = action_now();
          const losing file;
          const fault_guard guard(file.mapped());
          if (!is_same(hosts, action_now())) return false;
          file.touch();
          return false;
        }) == by_host);
}

TEST_CASE("fault guard: a guard goes on in a forked process", "[map][fault_guard][signals]") {
  const losing file;
  const fault_guard guard(file.mapped());
  CHECK(in_child([&] {
          file.touch();
          return fails_with(errc::changed, [&] { guard.check(); }) && losing().is_caught();
        }) == 0);
  CHECK_NOTHROW(guard.check());  // the child's loss is the child's
  file.touch();
  CHECK(fails_with(errc::changed, [&] { guard.check(); }));
}
