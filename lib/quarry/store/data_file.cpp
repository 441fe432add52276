#include "quarry/store/data_file.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry {
namespace {

using path_type = std::filesystem::path;

bool is_below(const path_type& directory, const path_type& file) {
  std::error_code failed;
  const path_type home = std::filesystem::canonical(directory, failed);
  return !failed && std::ranges::mismatch(home, file).in1 == home.end();
}

// What forbids that name without any directory being allowed; empty if nothing does.
std::string_view objection(const path_type& data, const path_type& directory,
                           const path_type& target) {
  if (data.is_absolute()) return "has an absolute name";
  if (std::ranges::find(data, "..") != data.end()) return "leaves the directory by '..'";
  return is_below(directory, target) ? "" : "is a link that leaves the directory";
}

}  // namespace

path_type data_path(const path_type& header, const path_type& data,
                    std::span<const path_type> allowed) {
  const auto refuse = [&](std::string_view why) {
    throw error(errc::unsupported, concat("data file '", data.native(), "' ", why), header);
  };
  // The system would see a shorter name.
  if (data.native().find('\0') != std::string::npos) refuse("has a name with a NUL byte");
  const path_type directory = header.has_parent_path() ? header.parent_path() : path_type(".");
  std::error_code failed;
  const path_type target = std::filesystem::weakly_canonical(directory / data, failed);
  if (failed) refuse("cannot be resolved");
  const std::string_view why = objection(data, directory, target);
  const auto allows = [&](const path_type& each) { return is_below(each, target); };
  if (!why.empty() && std::ranges::none_of(allowed, allows)) {
    refuse(concat(why, allowed.empty()
                           ? "; only files beside the header are opened without --allow-external"
                           : " and lies below no directory of --allow-external"));
  }
  return header.parent_path() / data;
}

}  // namespace quarry
