// npy_header.hpp: the header of .npy, wherever it stands: in a file of its own or in a member of an
// archive. Byte map and policy in npy.md.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quarry/store/format.hpp"

namespace quarry::formats {

inline constexpr std::string_view npy_magic = "\x93NUMPY";

/// So many bytes tell how long a header is.
inline constexpr std::size_t npy_prefix_bytes = 12;

/// Bytes of magic, version, length and dictionary together, read from the first npy_prefix_bytes.
/// Throws error(truncated) if those are fewer, error(corrupt_header) for another magic,
/// error(unsupported) for another version.
std::uint64_t npy_header_bytes(std::span<const std::byte> start);

/// The array that a .npy of `file_bytes` bytes holds, of which `start` is the beginning, at least
/// the header. The offset counts from the start; that the array's bytes are there is not checked.
/// What is unusual is added to `warnings`, bytes behind the data among it. Throws as npy.md says.
array_info read_npy_header(std::span<const std::byte> start, std::uint64_t file_bytes,
                           std::vector<std::string>& warnings);

/// The header that NumPy 1.24 writes for `array`, a multiple of 64 bytes. Throws
/// error(unsupported) for what a .npy cannot hold.
std::vector<std::byte> write_npy_header(const array_info& array);
/// The same with `gap` more blanks before the shape. `order` is one in which the array is
/// contiguous.
std::vector<std::byte> write_npy_header(const array_info& array, memory_order order,
                                        std::size_t gap);

/// The byte of a header that read_npy_header() accepts where the extent of `axis` stands in the
/// shape; nothing if the shape has no such axis because the type has it.
std::optional<std::size_t> npy_extent_place(std::span<const std::byte> start, int axis);

}  // namespace quarry::formats
