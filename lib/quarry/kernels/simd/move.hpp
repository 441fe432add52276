// move.hpp: bytes moved in vectors, for the best target that the machine has (Google Highway).
#pragma once
#include <cstddef>

namespace quarry::simd {

/// Copies `bytes` bytes from `from` to `to`, the bytes of each unit of `unit` bytes (1, 2, 4, 8 or
/// 16) reversed. Any alignment. `from` and `to` may be equal, else they must not overlap.
/// With `past_cache` the stores go to memory without entering the caches: for destinations larger
/// than these; call fence() before another thread reads them.
/// Precondition: `bytes` is a multiple of `unit`.
void move_bytes(const std::byte* from, std::byte* to, std::size_t bytes, std::size_t unit,
                bool past_cache) noexcept;

/// Makes the stores of move_bytes(..., past_cache) visible in order.
void fence() noexcept;

/// Where rows of items lie: `stride` bytes from row to row, items of a row side by side.
struct rows {
  std::size_t count;
  std::size_t stride;
};

/// Stores item j of row i of `from` as item i of row j of `to`, items of `item_bytes` bytes (1, 2,
/// 4, 8 or 16). `to.count` is the number of items in a row of `from`.
void transpose_items(const std::byte* from, rows from_rows, std::byte* to, rows to_rows,
                     std::size_t item_bytes) noexcept;

}  // namespace quarry::simd
