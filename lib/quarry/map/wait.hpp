// wait.hpp: sleeping until another process changes a number in shared memory (futex(2)).
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>

namespace quarry {

/// Sleeps while `word` holds `value`, until wake_all() or for `most`; may also return early. `word`
/// may lie in memory that this process can only read. Change it before wake_all(): a sleeper that
/// comes between the two then does not fall asleep.
void wait_while(const std::atomic<std::uint32_t>& word, std::uint32_t value,
                std::chrono::nanoseconds most) noexcept;

/// Wakes all processes and threads that sleep on `word`.
void wake_all(const std::atomic<std::uint32_t>& word) noexcept;

}  // namespace quarry
