// segment_place.hpp: shared arrays, as the command line names them.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "quarry.hpp"

namespace quarry::tools {

/// A shared array and where it lies.
struct segment_place {
  std::string name;
  share::place where;
};

/// "NAME", or "UID:NAME" for one of another user, in `directory`; empty: /dev/shm.
segment_place parse_segment(std::string_view text, const std::filesystem::path& directory);

/// True for "shm:NAME", unless there is a file of that name.
bool is_segment_input(const std::filesystem::path& input);

/// The latest version of the shared array that `input` names, "shm:[DIRECTORY/][UID:]NAME", held as
/// long as the file or one of its arrays lives. Throws error(not_found) if nothing was published.
file open_segment(const std::filesystem::path& input);

}  // namespace quarry::tools
