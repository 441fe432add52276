// deadline.hpp: how long to wait is still left, also of waits that never end.
#pragma once
#include <algorithm>
#include <chrono>
#include <thread>

namespace quarry {

/// Time that is left of a wait; waits of more than a year are one of a year, those of less than
/// nothing are over.
class deadline {
 public:
  template <class Rep, class Period>
  explicit deadline(std::chrono::duration<Rep, Period> wait) : end_(clock::now() + clamped(wait)) {}
  std::chrono::nanoseconds left() const { return end_ - clock::now(); }
  bool is_over() const { return left() <= std::chrono::nanoseconds::zero(); }
  /// Sleeps for a moment, for what nobody wakes anybody for.
  void pause(std::chrono::nanoseconds moment = std::chrono::milliseconds(1)) const {
    std::this_thread::sleep_for(std::min(left(), moment));
  }

 private:
  using clock = std::chrono::steady_clock;

  // Compared as floating-point numbers: the largest one of a unit does not fit a finer unit.
  template <class Rep, class Period>
  static std::chrono::nanoseconds clamped(std::chrono::duration<Rep, Period> wait) {
    constexpr std::chrono::hours most(8760);
    const std::chrono::duration<double> seconds = wait;
    if (seconds >= most) return most;
    if (seconds.count() <= 0) return std::chrono::nanoseconds::zero();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(wait);
  }

  clock::time_point end_;
};

}  // namespace quarry
