#include "quarry/map/control_groups.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace quarry::detail {
namespace {

using path_type = std::filesystem::path;
constexpr std::uint64_t no_limit = UINT64_MAX;

std::vector<std::string> lines_of(const path_type& file) {
  std::vector<std::string> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);) parts.push_back(part);
  return parts;
}

bool contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// A hierarchy of groups as it is mounted.
struct hierarchy {
  std::string
      group_at_mount;  // the group that the mount point shows: "/", or deeper in a container
  std::string mount_point;
  bool v2;
};

// A line of /proc/self/mountinfo, proc(5): "35 31 0:32 ROOT MOUNT_POINT OPTIONS [TAGS] - TYPE
// SOURCE SUPER_OPTIONS".
std::optional<hierarchy> memory_hierarchy(const std::string& line) {
  const std::vector<std::string> words = split(line, ' ');
  const auto dash = std::find(words.begin(), words.end(), "-");
  if (words.size() < 6 || words.end() - dash < 4) return std::nullopt;
  const bool v2 = dash[1] == "cgroup2";
  const bool v1 = dash[1] == "cgroup" && contains(split(dash[3], ','), "memory");
  if (!v1 && !v2) return std::nullopt;
  return hierarchy{words[3], words[4], v2};
}

// The process's group, from /proc/self/cgroup: "ID:CONTROLLERS:GROUP" a line; v2 is "0::GROUP".
std::optional<std::string> group_of(const std::vector<std::string>& memberships, bool v2) {
  for (const std::string& line : memberships) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool fits = v2 ? controllers.empty() : contains(split(controllers, ','), "memory");
    if (fits) return line.substr(second + 1);
  }
  return std::nullopt;
}

// "max" (v2) and what does not start with a number are no limit.
std::uint64_t limit_in(const path_type& file) {
  std::ifstream in(file);
  std::string text;
  std::uint64_t limit = no_limit;
  in >> text;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), limit);
  return read.ec == std::errc() ? limit : no_limit;
}

// A group's parents limit it too. Inside a container the group may lie outside what the mount
// shows; then the mount point is the nearest parent that can be seen.
std::uint64_t least_limit(const path_type& root, const hierarchy& where, const std::string& group) {
  const char* const file = where.v2 ? "memory.max" : "memory.limit_in_bytes";
  const path_type top = root / path_type(where.mount_point).relative_path();
  std::uint64_t least = limit_in(top / file);
  const path_type below = path_type(group).lexically_relative(where.group_at_mount);
  if (below.empty() || *below.begin() == "..") return least;
  path_type level = top;
  for (const path_type& part : below) {
    level /= part;
    least = std::min(least, limit_in(level / file));
  }
  return least;
}

}  // namespace

std::uint64_t control_group_memory(const path_type& root) {
  const std::vector<std::string> memberships = lines_of(root / "proc/self/cgroup");
  std::uint64_t least = no_limit;
  for (const std::string& line : lines_of(root / "proc/self/mountinfo")) {
    const std::optional<hierarchy> where = memory_hierarchy(line);
    if (!where) continue;
    const std::optional<std::string> group = group_of(memberships, where->v2);
    if (group) least = std::min(least, least_limit(root, *where, *group));
  }
  return least;
}

}  // namespace quarry::detail
