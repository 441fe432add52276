// control_groups.hpp: the memory limit of this process's control groups; internal to this room.
#pragma once
#include <cstdint>
#include <filesystem>

namespace quarry::detail {

/// The least memory limit, in bytes, of the control groups of this process and of their parents;
/// 2^64 - 1 if there is none. `root` stands before every name that is read: "/" but for tests.
/// Source: Linux Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst, cgroups(7).
std::uint64_t control_group_memory(const std::filesystem::path& root);

}  // namespace quarry::detail
