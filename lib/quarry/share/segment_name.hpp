// segment_name.hpp: how segments are called, and what their files are called; internal to this
// room.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "quarry/map/shared_file.hpp"
#include "quarry/share/segment.hpp"

namespace quarry::share::detail {

/// The file of a segment, and who is trusted with it.
struct segment_file {
  std::filesystem::path path;  // absolute
  file_trust trust;
};

/// Throws error(invalid_argument) for a name that no segment can have.
segment_file locate(std::string_view name, const place& where);

/// What stands in front of the names of an owner's segments: "quarry.1000.".
std::string file_prefix(const place& where);

/// True for what a segment can be called.
bool is_segment_name(std::string_view name) noexcept;

}  // namespace quarry::share::detail
