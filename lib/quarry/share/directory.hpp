// directory.hpp: the segments that are there, and how they go away.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quarry/share/segment.hpp"
#include "quarry/share/segment_header.hpp"

namespace quarry::share {

/// What is known of a segment from outside, without being attached. It may be different a moment
/// later.
struct segment_status {
  std::string name{};
  std::filesystem::path path{};
  std::string problem{};  ///< why it cannot be attached; then nothing below is known
  segment_header header{};
  std::uint64_t version = 0;          ///< published last; append: rows; 0: none
  std::vector<std::int64_t> shape{};  ///< of that version
  bool keep = false;                  ///< stays when nobody is attached
  std::uint32_t writer = 0;           ///< process id of the one that writes; 0: nobody does
  /// How many are attached, writers counted by themselves; none where the system does not tell.
  std::optional<int> holders{};
};

/// All segments of the owner in that directory, by name; also those that cannot be attached, unless
/// they go away meanwhile. Throws what the system reports of the directory.
std::vector<segment_status> list(const place& where = {});

/// One segment. Throws as segment::attach() does.
segment_status status(std::string_view name, const place& where = {});

/// Takes the name away. Whoever is attached keeps what it has and is told by latest(). Also for
/// files that are no segments, but have the name of one. Throws as segment::attach() does for what
/// is no regular file of the owner's.
void remove(std::string_view name, const place& where = {});

/// Removes the segments that no living process is attached to and that nobody asked to keep, and
/// those from before the machine was started anew; the names. With `dry_run` they stay.
std::vector<std::string> collect(const place& where = {}, bool dry_run = false);

}  // namespace quarry::share
