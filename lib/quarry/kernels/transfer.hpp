// transfer.hpp: items from one place to another at any strides and alignments, in either byte
// order: the load and the store at both ends of every conversion.
#pragma once
#include <cstddef>
#include <cstdint>

#include "quarry/array/dtype.hpp"

namespace quarry {

/// What a transfer must know of an item.
struct item_form {
  std::int64_t item_bytes = 1;
  std::int64_t swap_bytes = 1;  ///< reverse the bytes of each such unit of the item; 1: keep them
};

/// Bytes of the units in which `type` has its byte order: the item of a number, a part of a complex
/// number, a code point of a text; 1 where there is no order. Precondition: not a record.
std::int64_t swap_unit(const dtype& type) noexcept;

/// Moves `count` items that lie `from_stride` bytes apart to places `to_stride` bytes apart.
/// The two may be the same items with the same stride (to reverse bytes in place), else they must
/// not overlap. With `past_cache` long stores do not enter the caches; see simd::fence().
void transfer(const std::byte* from, std::int64_t from_stride, std::byte* to,
              std::int64_t to_stride, std::int64_t count, item_form form,
              bool past_cache = false) noexcept;

}  // namespace quarry
