#include "quarry/kernels/tasks.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <latch>
#include <mutex>
#include <optional>
#include <system_error>
#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>
#include <thread>
#include <utility>
#include <vector>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry {
namespace {

// What all threads know of the work.
class shared_work {
 public:
  shared_work(std::int64_t count, const std::function<void(std::int64_t)>& work)
      : end_(count), work_(work) {}

  void drain() noexcept {
    for (std::int64_t i = next_++; i < end_; i = next_++) {
      try {
        work_(i);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (i < end_) {
          end_ = i;
          failure_ = std::current_exception();
        }
      }
    }
  }

  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::atomic<std::int64_t> next_ = 0;
  std::atomic<std::int64_t> end_;  // the lowest that failed, once one has
  const std::function<void(std::int64_t)>& work_;
  std::mutex mutex_;
  std::exception_ptr failure_;
};

// True if the system starts that many threads at a time.
bool can_start(std::size_t count) {
  std::latch counted(1);
  std::vector<std::jthread> all;
  all.reserve(count);
  try {
    while (all.size() < count) all.emplace_back([&] { counted.wait(); });
  } catch (const std::system_error&) {
    // The limit of the user's threads (RLIMIT_NPROC), or of the control group's.
  }
  counted.count_down();
  return all.size() == count;
}

// oneTBB throws where it can start no thread, and where one of its threads cannot start the next
// it ends the process. So it is tried before, once, for oneTBB keeps its threads; with as many
// again, for those that were tried may count for a moment after their end. Where threads are that
// scarce, the caller's does the work.
void stay_alone_where_threads_are_scarce() {
  using tbb::global_control;
  static const std::optional<global_control> limit = [] {
    const auto workers = static_cast<std::size_t>(tbb::info::default_concurrency() - 1);
    return can_start(2 * workers) ? std::optional<global_control>()
                                  : std::optional<global_control>(
                                        std::in_place, global_control::max_allowed_parallelism, 1);
  }();
}

}  // namespace

int threads_for(int asked) {
  if (asked < 0) throw error(errc::invalid_argument, concat(asked, " threads, not 0 or more"));
  const int cores = tbb::info::default_concurrency();
  return asked == 0 ? cores : std::min(asked, cores);
}

void run_in_order(std::int64_t count, int threads, const std::function<void(std::int64_t)>& work) {
  shared_work all(count, work);
  // oneTBB warns of more workers than cores.
  const auto helpers = static_cast<int>(std::min<std::int64_t>(threads_for(threads), count)) - 1;
  if (helpers <= 0) {
    all.drain();
  } else {
    stay_alone_where_threads_are_scarce();
    tbb::task_arena(helpers + 1).execute([&] {
      tbb::task_group group;
      for (int i = 0; i < helpers; ++i) group.run([&] { all.drain(); });
      all.drain();
      group.wait();
    });
  }
  all.rethrow();
}

}  // namespace quarry
