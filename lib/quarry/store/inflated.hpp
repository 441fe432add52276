// inflated.hpp: the way to a deflated array: a copy in a file without a name; internal to this
// room.
#pragma once
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "quarry/base/region.hpp"
#include "quarry/store/format.hpp"

namespace quarry {

/// The bytes that `stream` makes, read-only, in an unnamed file in `directory` that goes with the
/// last share: memory stays free for others however long they are. Throws what inflater and
/// new_file throw, error(corrupt_header) unless exactly `says.inflated_bytes` of that checksum come
/// out and the stream ends where `stream` does.
std::shared_ptr<const region> inflate_to_file(std::span<const std::byte> stream,
                                              const deflated& says,
                                              const std::filesystem::path& directory);

}  // namespace quarry
