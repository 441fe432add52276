// checksums.hpp: checksums of new files whose elements are stored; internal to this room.
#pragma once
#include <span>
#include <vector>

#include "quarry/map/new_file.hpp"
#include "quarry/store/format.hpp"
#include "quarry/store/pass.hpp"

namespace quarry::detail {

/// What to store for `wanted`. Reads the file in the memory that `how` has, tells its progress, and
/// lets what it has read go where the file is larger. Throws error(std::errc::operation_canceled)
/// when stopped, and what fault_guard::check() throws.
std::vector<patch> computed(std::span<const checksum> wanted, const new_file& file,
                            const pass_options& how);

}  // namespace quarry::detail
