// filesystem.hpp: what is known of the filesystem that a file lies in; internal to this room.
#pragma once
#include "quarry/map/file_handle.hpp"

namespace quarry::detail {

/// True for the filesystems of other machines: their files may change or vanish under a mapping,
/// and each page of it that is missed is a way there and back. `type` is statfs::f_type.
bool is_remote(long type) noexcept;
/// The same of an open file; false if the system does not tell.
bool is_remote(const file_handle& file) noexcept;

}  // namespace quarry::detail
