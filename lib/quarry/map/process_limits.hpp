// process_limits.hpp: how much this process may use.
#pragma once
#include <cstdint>

namespace quarry {

/// Bytes of memory that this process may use: the least of the machine's memory, the limits of its
/// control groups (version 1 and 2, all levels) and RLIMIT_AS.
std::uint64_t available_memory();

}  // namespace quarry
