// machine.hpp: who this process is, and since when its machine runs.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace quarry {

/// The effective user id of this process.
std::uint32_t effective_user() noexcept;

/// The process id, without a system call but the first time in each process.
std::uint32_t process_id() noexcept;

/// A number that is another one after each start of the machine (Linux's boot_id). Asks the system
/// once; throws what it reports where it does not tell, for no answer is not that of another start.
std::array<std::byte, 16> boot_id();

}  // namespace quarry
