// temporaries.hpp: the named temporary files that a signal must not leave behind.
// Not for users: discard_temporaries() in new_file.hpp is.
#pragma once
#include <string>

namespace quarry {

/// Remembers a file until forget_temporary(), so that discard_temporaries() can unlink it.
/// Returns its place in the list, or -1 where the list is full (the file is then only removed by
/// its owner). `path` is copied; the current directory matters if it is relative.
int remember_temporary(const std::string& path) noexcept;

/// Takes it out of the list; -1 does nothing.
void forget_temporary(int place) noexcept;

}  // namespace quarry
