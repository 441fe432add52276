// raw.hpp: headerless files, whose layout stands in a sidecar FILE.layout.json; see raw.md.
#pragma once
#include <string_view>

#include "quarry/store/format.hpp"

namespace quarry::formats {

/// Files without a header: read by a sidecar, written as they are (the elements alone).
extern const format raw;

/// What a sidecar adds to the name of the file that it describes.
inline constexpr std::string_view sidecar_suffix = ".layout.json";

}  // namespace quarry::formats
