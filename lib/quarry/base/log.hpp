// log.hpp: the door through which the library says what it does; shut unless somebody opens it.
#pragma once
#include <cstdint>
#include <functional>
#include <string_view>

namespace quarry::log {

/// How much a message matters; `off` is a threshold that none reaches.
enum class level : std::uint8_t { debug, info, warning, error, off };

/// Called with each message; may be called from several threads, one at a time.
using sink = std::function<void(level, std::string_view message)>;

/// Messages below `least` are dropped. The default is `off`.
void set_level(level least);

/// Where messages go; an empty sink (the default) drops them. Level and sink are the process's.
void set_sink(sink to);

/// True if a message of `at` would reach the sink: asks before an expensive message is built.
bool enabled(level at) noexcept;

/// Hands `message` to the sink if its level is high enough. An exception of the sink is swallowed.
void write(level at, std::string_view message) noexcept;

}  // namespace quarry::log
