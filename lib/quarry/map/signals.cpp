#include "quarry/map/signals.hpp"

#include <array>
#include <atomic>
#include <signal.h>
#include <unistd.h>

#include "quarry/map/new_file.hpp"

namespace quarry {
namespace {

std::atomic<int> noted = 0;
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may use it");

constexpr int status_of(int signal) { return 128 + signal; }

extern "C" void note_or_end(int signal) {
  int none = 0;
  if (noted.compare_exchange_strong(none, signal)) return;
  discard_temporaries();
  ::_exit(status_of(signal));
}

void handle(int signal, void (*handler)(int)) noexcept {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

bool is_ignored(int signal) noexcept {
  struct sigaction now {};
  return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

}  // namespace

void note_stop_signals() noexcept {
  for (const int signal : std::array{SIGINT, SIGTERM, SIGHUP}) {
    if (!is_ignored(signal)) handle(signal, note_or_end);
  }
}

void ignore_write_signals() noexcept {
  handle(SIGPIPE, SIG_IGN);
  handle(SIGXFSZ, SIG_IGN);
}

int stop_signal() noexcept { return noted.load(); }

void end_by_signal(int signal) noexcept {
  handle(signal, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
  ::raise(signal);
  ::_exit(status_of(signal));  // a signal whose default does not end the process
}

}  // namespace quarry
