// segment_header.hpp: what a segment says of itself in its first bytes; byte map in share.md.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "quarry/array/dtype.hpp"
#include "quarry/array/layout.hpp"

namespace quarry::share {

/// What a segment holds: versions of an array in slots, each immutable once it is published; one
/// array that grows by rows; or one array that nobody can change any more.
enum class segment_kind : std::uint32_t { slots = 1, append = 2, frozen = 3 };

/// "slots", "append" or "frozen".
std::string_view name_of(segment_kind kind) noexcept;

/// Slots of a segment: with 3 a version can be written while the latest and one before it are read.
inline constexpr std::uint32_t least_slots = 3;
inline constexpr std::uint32_t most_slots = 240;

/// The header of a segment, checked. Everything but kind, type, max_shape, slots and booted follows
/// from those. Never changes while the segment lives.
struct segment_header {
  segment_kind kind = segment_kind::slots;
  dtype type{};
  std::vector<std::int64_t> max_shape{};  ///< elements per axis that there is room for
  std::uint32_t slots = 1;                ///< 1 if the kind has none
  std::uint64_t header_bytes = 0;         ///< from byte 0 to behind the text of the dtype
  std::uint64_t control_offset = 0;       ///< of the control block; 0 for frozen segments
  std::uint64_t data_offset = 0;          ///< of the first slot, or of the elements
  std::uint64_t slot_stride = 0;          ///< bytes from one slot to the next
  std::uint64_t file_bytes = 0;           ///< of the whole segment
  std::array<std::byte, 16> booted{};     ///< boot_id() of the machine when it was made

  /// Where the elements in a slot begin. Precondition: slot < slots.
  std::uint64_t elements_offset(std::uint32_t slot) const noexcept;
  /// The layout of an array of `shape` in this segment: C order. Throws error(shape_mismatch) if it
  /// has another number of axes or an extent is negative or above that of max_shape.
  layout layout_of(std::span<const std::int64_t> shape) const;
};

/// The header of a new segment. Throws error(invalid_argument) for a number of slots beyond the
/// limits, error(unsupported) for Python objects and items of 0 bytes, what layout::contiguous()
/// throws, and error(limit_exceeded) for sizes beyond 2^63 and dtypes whose text is too long.
segment_header plan_segment(segment_kind kind, const dtype& type,
                            std::span<const std::int64_t> max_shape, std::uint32_t slots);

/// Its bytes.
std::vector<std::byte> bytes_of(const segment_header& header);

/// Bytes that tell how long a header is, at least.
inline constexpr std::uint64_t fixed_header_bytes = 96;

/// How long the header is that starts with `start`. Throws as parse_segment_header() does.
std::uint64_t segment_header_bytes(std::span<const std::byte> start);

/// Reads the header from `bytes`, a private copy of header_bytes bytes, for another process may
/// change those of the segment. Throws error(truncated) if the copy or the file of `file_bytes`
/// bytes is too short, error(unsupported) for a segment of another kind of machine or of another
/// version, and error(corrupt_header) naming the byte for everything else that is not as share.md
/// says.
segment_header parse_segment_header(std::span<const std::byte> bytes, std::uint64_t file_bytes);

}  // namespace quarry::share
