#include "quarry/map/signal_table.hpp"

#include <new>
#include <pthread.h>
#include <thread>

namespace quarry::detail {
namespace {

constinit std::atomic<int> handlers_at_work = 0;

void clear_handlers_of_parent() noexcept { handlers_at_work.store(0); }

}  // namespace

handler_at_work::handler_at_work() noexcept { handlers_at_work.fetch_add(1); }

handler_at_work::~handler_at_work() { handlers_at_work.fetch_sub(1); }

void handler_at_work::wait_for_all() noexcept {
  while (handlers_at_work.load() != 0) std::this_thread::yield();
}

void handler_at_work::forget_in_forks() {
  static const int failure = ::pthread_atfork(nullptr, nullptr, clear_handlers_of_parent);
  if (failure != 0) throw std::bad_alloc();
}

}  // namespace quarry::detail
