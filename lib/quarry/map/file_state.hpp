// file_state.hpp: whether a file is the one that it was; internal to the library.
#pragma once
#include <cstdint>
#include <filesystem>

namespace quarry::detail {

/// What tells one state of a file from another, as stat(2) has it.
struct file_state {
  bool is_there = false;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t bytes = 0;
  std::int64_t changed_ns = 0;  ///< change time (ctime), since 1970
  friend bool operator==(const file_state&, const file_state&) = default;
};

/// Of what `path` leads to, through links; all zero where nothing is. Throws what the system
/// reports.
file_state state_of(const std::filesystem::path& path);

}  // namespace quarry::detail
