#include "quarry/map/bus_errors.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <signal.h>
#include <utility>

#include "quarry/base/log.hpp"
#include "quarry/map/fault_record.hpp"
#include "quarry/map/paged_file.hpp"

namespace quarry::detail {
namespace {

using handler_function = void (*)(int, siginfo_t*, void*);

// What was there before one of our handlers. Each of them has its own: if the program puts a
// handler on top of ours that calls ours, and we another one on top of that, a signal must come
// down all the way and not go round in a circle.
struct handler_below {
  struct sigaction action {};
  std::atomic<bool> called = false;
};
constinit std::array<handler_below, most_bus_handlers> below;

// As the kernel would have done: for a fault the access is repeated and ends the process at the
// place where it failed, a signal that was sent is sent again.
void take_default_action(const siginfo_t& info) noexcept {
  struct sigaction by_default {};
  by_default.sa_handler = SIG_DFL;
  ::sigaction(SIGBUS, &by_default, nullptr);
  const bool will_repeat = info.si_code > 0 && info.si_code != BUS_MCEERR_AO;
  if (!will_repeat) ::raise(SIGBUS);
}

void hand_on(handler_below& to, siginfo_t* info, void* context) noexcept {
  const struct sigaction& next = to.action;
  const bool is_spent =
      (static_cast<unsigned>(next.sa_flags) & SA_RESETHAND) != 0 && to.called.exchange(true);
  if (is_spent) return take_default_action(*info);
  if ((next.sa_flags & SA_SIGINFO) != 0) return next.sa_sigaction(SIGBUS, info, context);
  const bool was_sent = info->si_code <= 0;
  if (next.sa_handler == SIG_IGN && was_sent) return;
  // The kernel ignores no fault either.
  if (next.sa_handler == SIG_DFL || next.sa_handler == SIG_IGN) return take_default_action(*info);
  next.sa_handler(SIGBUS);
}

template <std::size_t Level>
void on_bus_error(int, siginfo_t* info, void* context) {
  const bool is_done = paged_file::read_missing_pages(*info) || replace_lost_pages(*info);
  if (!is_done) hand_on(below[Level], info, context);
}

template <std::size_t... Levels>
constexpr std::array<handler_function, sizeof...(Levels)> make_handlers(
    std::index_sequence<Levels...>) {
  return {on_bus_error<Levels>...};
}
constexpr auto handlers = make_handlers(std::make_index_sequence<most_bus_handlers>());

bool is_ours(const struct sigaction& action) noexcept {
  return (action.sa_flags & SA_SIGINFO) != 0 &&
         std::ranges::find(handlers, action.sa_sigaction) != handlers.end();
}

// On the alternate stack if the thread has one, as hosts like Go demand; what the handler below is
// used to (interrupted calls are restarted) stays.
void install(std::size_t level, const struct sigaction& now) noexcept {
  below[level].action = now;
  struct sigaction ours {};
  ours.sa_sigaction = handlers[level];
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK | (now.sa_flags & SA_RESTART);
  sigemptyset(&ours.sa_mask);
  ::sigaction(SIGBUS, &ours, nullptr);
}

}  // namespace

void catch_bus_errors() noexcept {
  struct sigaction now {};
  ::sigaction(SIGBUS, nullptr, &now);
  if (is_ours(now)) return;
  static constinit std::mutex installing;
  static constinit std::size_t installed = 0;
  const std::scoped_lock lock(installing);
  ::sigaction(SIGBUS, nullptr, &now);
  if (is_ours(now) || installed == most_bus_handlers) return;
  install(installed, now);
  if (installed++ > 0)
    log::write(log::level::warning,
               "another SIGBUS handler was installed over quarry's; it is called behind it now");
}

}  // namespace quarry::detail
