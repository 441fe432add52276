// recognize.hpp: whose a file is: what the formats are asked, and what they may see beside the
// file; internal to this room.
#pragma once
#include <filesystem>
#include <span>
#include <string_view>

#include "quarry/store/file.hpp"
#include "quarry/store/format.hpp"

namespace quarry::detail {

/// What formats see of the directory of `path`. `were_read` is set when the bytes of a file beside
/// it were read; it must outlive what is returned.
siblings siblings_of(const std::filesystem::path& path, const open_options& options,
                     bool& were_read);

/// The format of `table` that is surest of the file. Throws error(not_recognized) if none claims
/// it, or two are as sure, naming them; what siblings::read throws.
const format& recognize(std::span<const format> table, const file_head& head);

/// The format called `name`. Throws error(invalid_argument) if there is none.
const format& find_format(std::span<const format> table, std::string_view name);

}  // namespace quarry::detail
