// terminal.hpp: what a program asks about its three standard files.
#pragma once

namespace quarry {

/// True if the open file `descriptor` (0 input, 1 output, 2 errors) is a terminal.
bool is_terminal(int descriptor) noexcept;

/// Characters on a line of that terminal; 80 where it does not say.
int terminal_columns(int descriptor) noexcept;

/// Gives each of the standard files 0 to 2 that the caller closed a place on /dev/null, opened for
/// the wrong direction: files opened later cannot get its number, and using it is an error (EBADF)
/// instead of a silent loss. To be called first in main().
void occupy_standard_files() noexcept;

}  // namespace quarry
