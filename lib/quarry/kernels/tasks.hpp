// tasks.hpp: independent pieces of work on several threads.
#pragma once
#include <cstdint>
#include <functional>

namespace quarry {

/// Threads for `asked`: 0, and more than there are cores, is one per core.
/// Throws error(invalid_argument) for a negative number.
int threads_for(int asked);

/// Calls work(i) once for each i below `count`, on threads_for(threads) threads at most, the
/// caller's among them; with 1 no thread is started, and none where the system (RLIMIT_NPROC, a
/// control group) does not let twice as many be started as there are cores. The calls begin in the
/// order of i. What a call throws is thrown here when all that were begun have ended, of several
/// that of the lowest i, as if the calls had come one after another; no call behind it is begun.
void run_in_order(std::int64_t count, int threads, const std::function<void(std::int64_t)>& work);

}  // namespace quarry
