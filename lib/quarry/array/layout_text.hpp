// layout_text.hpp: the one line that gives a headerless file its meaning:
// TYPE [SHAPE] [ORDER or (STRIDES)] [@OFFSET], as in ">i2[-1,1024,1024]@512".
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quarry/array/dtype.hpp"
#include "quarry/array/layout.hpp"

namespace quarry {

/// A layout as it is written, before it meets a file.
struct raw_layout {
  dtype type;
  /// Elements per axis; one extent may be -1: as many as the file holds. Empty is a scalar.
  std::vector<std::int64_t> shape{-1};
  /// Bytes per axis, one for each of `shape`; none: the elements follow each other in `order`.
  std::optional<std::vector<std::int64_t>> strides{};
  memory_order order = memory_order::c;
  /// Byte of element [0, 0, ...] in the file.
  std::uint64_t offset_bytes = 0;

  friend bool operator==(const raw_layout&, const raw_layout&) = default;
};

/// Reads ">i2[-1,1024,1024]@512", "<f4[480,640](4096,4)@64", "{t:>f8, ch:>i2[8]}[-1]F". TYPE is
/// what parse_dtype() reads. No SHAPE is [-1], and [] a scalar; ORDER is C (default) or F.
/// Throws error(invalid_argument) naming the character, also for an extent below -1, a second -1
/// and strides whose number is not that of the extents; error(limit_exceeded) for a number beyond
/// 64 bits or more than max_rank axes.
raw_layout parse_layout(std::string_view text);

/// The shape of `raw` in a file of `file_bytes` bytes: the -1 filled in, everything else as it is;
/// whether the rest fits is checked where the layout is applied.
/// Without strides -1 takes all that lies behind the offset: throws error(shape_mismatch) if bytes
/// are left over. With strides it is the largest count whose elements all lie inside the file,
/// 0 if not even one does. Throws error(shape_mismatch) if every count would fit (empty items or
/// other axes, a stride of 0), error(out_of_bounds) if the offset lies behind the end of the file,
/// error(limit_exceeded) if a size overflows.
std::vector<std::int64_t> resolve_shape(const raw_layout& raw, std::uint64_t file_bytes);

/// The canonical text; parse_layout() reads it back equal, but for titles of fields.
std::string to_string(const raw_layout& raw);

}  // namespace quarry
