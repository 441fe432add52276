// signal_table.hpp: what signal handlers look through without a lock; internal to this room.
#pragma once
#include <array>
#include <atomic>
#include <memory>

namespace quarry::detail {

/// A handler's time at work on entries of any table: as long as one of these lives, those who take
/// entries out wait. Async-signal-safe.
class handler_at_work {
 public:
  handler_at_work() noexcept;
  ~handler_at_work();
  handler_at_work(const handler_at_work&) = delete;
  handler_at_work& operator=(const handler_at_work&) = delete;

  /// Returns when every handler that might have seen an entry has done with it.
  static void wait_for_all() noexcept;
  /// A forked process has one thread, the one that forked: the handlers of the others are counted
  /// there but will not end. Throws std::bad_alloc.
  static void forget_in_forks();
};

/// Pointers to things that others own. As long as the most that ever were in it; it grows and never
/// shrinks, so that a handler can walk through it at any time. Lock-free. Make it constinit.
template <class T>
class signal_table {
 public:
  /// A place in the table; null if it is free.
  using slot = std::atomic<T*>;
  static_assert(slot::is_always_lock_free, "a signal handler may use them");

  /// Until its slot is null again handlers find `entry`, which may be entered several times.
  /// Throws std::bad_alloc if the table cannot grow.
  slot& enter(T& entry) {
    handler_at_work::forget_in_forks();
    for (chunk* c = &first_;; c = &grown_behind(*c)) {
      for (slot& place : c->slots) {
        T* none = nullptr;
        if (place.load(std::memory_order_relaxed) == nullptr &&
            place.compare_exchange_strong(none, &entry)) {
          return place;
        }
      }
    }
  }

  /// Takes `entry` out and waits until no handler looks at it any more: what has to be done before
  /// its pages are unmapped, or a handler could change those of the next mapping that the kernel
  /// places there.
  void remove(const T& entry) noexcept {
    for (chunk* c = &first_; c != nullptr; c = c->next.load()) {
      for (slot& place : c->slots) {
        if (place.load() == &entry) place.store(nullptr);
      }
    }
    handler_at_work::wait_for_all();
  }

  /// The first entry for which is_it(entry) holds; null if there is none. Async-signal-safe.
  template <class Predicate>
  T* find(const Predicate& is_it) const noexcept {
    for (const chunk* c = &first_; c != nullptr; c = c->next.load()) {
      for (const slot& place : c->slots) {
        T* entry = place.load();
        if (entry != nullptr && is_it(*entry)) return entry;
      }
    }
    return nullptr;
  }

 private:
  struct chunk {
    std::array<slot, 63> slots{};
    std::atomic<chunk*> next = nullptr;
  };

  static chunk& grown_behind(chunk& last) {
    chunk* next = last.next.load();
    if (next != nullptr) return *next;
    auto fresh = std::make_unique<chunk>();
    if (last.next.compare_exchange_strong(next, fresh.get())) return *fresh.release();
    return *next;  // another thread was faster
  }

  chunk first_;
};

}  // namespace quarry::detail
