// bus_errors.hpp: quarry's SIGBUS handler and its peace with the handlers of others; internal to
// this room.
#pragma once
#include <cstddef>

namespace quarry::detail {

/// How often the handler is put on top of one that was installed after it.
inline constexpr std::size_t most_bus_handlers = 8;

/// Makes sure that a lost page reaches replace_lost_pages(). Installs the handler at the first
/// call, and again where the program has replaced it since, which the log tells as a warning: the
/// handler below is called for everything that is not a guarded mapping's. It stays for good,
/// because who came after may have kept its address. Another handler is replaced at most
/// most_bus_handlers times, then it is trusted to hand on what is not its own. Costs one system
/// call. Thread-safe.
void catch_bus_errors() noexcept;

}  // namespace quarry::detail
