// lasting_path.hpp: under which name another process finds the file behind a region.
#pragma once
#include <filesystem>

#include "quarry/base/region.hpp"

namespace quarry {

/// The absolute name that the file behind `of` had when it was opened, also after chdir; what was
/// given, if no absolute name was known or it was too long for the system. Empty for memory that no
/// file is behind, for a new_file, whose name leads nowhere before it is committed, and for a
/// shared_file, whose bytes may be others by then.
std::filesystem::path lasting_path(const region& of);

}  // namespace quarry
