// filesystem.hpp: what is known of the filesystem that a file lies in; internal to this room.
#pragma once
#include "quarry/map/file_handle.hpp"

namespace quarry::detail {

// Each of these is asked of a type, statfs::f_type, or of an open file, whose answer is false if
// the system does not tell the type.

/// True for the filesystems of other machines, and for those that a program keeps (FUSE), which are
/// taken for such: their files may change or vanish under a mapping, and each page of it that is
/// missed is a way there and back.
bool is_remote(long type) noexcept;
bool is_remote(const file_handle& file) noexcept;

/// True for filesystems where copy_file_range(2) moves no bytes: they share blocks between files,
/// or copy on their server.
bool copies_in_place(long type) noexcept;
bool copies_in_place(const file_handle& file) noexcept;

}  // namespace quarry::detail
