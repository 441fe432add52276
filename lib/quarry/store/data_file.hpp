// data_file.hpp: which files a header may lead to; internal to this room.
#pragma once
#include <filesystem>
#include <span>

namespace quarry {

/// Where the file lies whose name, `data`, stands in the header `header`: in the header's directory
/// or below. Absolute names, `..` and links that leave the directory lead to files below one of
/// the directories `allowed` only; both sides are compared without links. The file need not exist.
/// Throws error(unsupported) of `header` for every other name.
std::filesystem::path data_path(const std::filesystem::path& header,
                                const std::filesystem::path& data,
                                std::span<const std::filesystem::path> allowed);

}  // namespace quarry
