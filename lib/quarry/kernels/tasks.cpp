#include "quarry/kernels/tasks.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <tbb/info.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

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
