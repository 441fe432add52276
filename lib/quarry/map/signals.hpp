// signals.hpp: signals as a program that writes files wants them. For programs: but for
// SIGBUS (fault_guard.hpp) the library never touches a signal on its own.
#pragma once

namespace quarry {

/// From now on SIGINT, SIGTERM and SIGHUP only note that the program is to stop (stop_signal());
/// the second of them removes all temporaries and ends the process at once with status 128 +
/// signal. Those that were ignored, as under nohup, stay ignored. For work that looks at
/// stop_signal() between its pieces.
void note_stop_signals() noexcept;

/// From now on SIGPIPE and SIGXFSZ are ignored: a write then fails with EPIPE or EFBIG.
void ignore_write_signals() noexcept;

/// The first signal that asked to stop; 0 if none did.
int stop_signal() noexcept;

/// Ends the process by `signal`'s default action, so that the parent sees why it ended.
[[noreturn]] void end_by_signal(int signal) noexcept;

}  // namespace quarry
