// layout_json.hpp: the one JSON schema of typed .bin files, sidecars and `info --json`; see
// bin/bin.md.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "quarry/store/format.hpp"

namespace quarry::formats {

/// Reads {"arrays": [...], "attributes": {...}}. Offsets stay as written; a "file" becomes
/// data_file, "parts" a stack. Throws error(corrupt_header) naming the array and the key, found and
/// expected, also where two arrays have one name; error(unsupported) and error(limit_exceeded) for
/// types and sizes that quarry does not have. Unknown keys are warned of.
catalog parse_layout_json(std::string_view text);

/// The same schema for `arrays`, with their offsets as they are. Numbers that are not finite become
/// null. Throws error(invalid_argument) if a name or an attribute is not UTF-8,
/// error(unsupported) for items of 0 bytes.
std::string layout_json(std::span<const array_info> arrays, const attributes& attrs);

/// The descr of a dtype as JSON.
std::string dtype_json(const dtype& type);

/// The object that `quarry info --json` prints for a file; see docs/cli.md.
std::string info_json(std::string_view path, std::string_view format, std::uint64_t file_bytes,
                      const catalog& contents);

}  // namespace quarry::formats
