// block_cast.hpp: an item_cast over a block of rows, in the way that suits the caches: row by row,
// short rows packed together, or a tile turned in the first-level cache. Where a target that no
// cache holds is turned, boxes of it are put together in the second-level one.
#pragma once
#include <cstddef>
#include <cstdint>

#include "quarry/kernels/blocks.hpp"
#include "quarry/kernels/box_plan.hpp"
#include "quarry/kernels/item_cast.hpp"

namespace quarry {

/// Boxes of at most `most_bytes` of the target (or one element) that share none of its cache lines
/// where strides allow it. `to` is where the piece's offsets count from.
box_plan boxes_of_lines(const pair_piece& of, std::int64_t most_bytes, const std::byte* to);

/// Casts the blocks of one walk. What all of them have in common is decided once.
class block_cast {
 public:
  /// `cast` is borrowed; `past_cache` is for destinations that no cache holds.
  block_cast(const item_cast& cast, std::int64_t from_bytes, std::int64_t to_bytes,
             bool past_cache) noexcept
      : cast_(cast), from_bytes_(from_bytes), to_bytes_(to_bytes), past_cache_(past_cache) {}

  /// Casts all elements of `piece`, `from` and `to` being where its offsets count from. False if a
  /// value did not fit; what is stored then is not defined.
  bool run(const pair_piece& piece, const std::byte* from, std::byte* to) const;

 private:
  struct place;

  bool run_blocks(pair_walk walk, const std::byte* from, std::byte* to) const;
  bool run_boxes(const pair_piece& piece, const std::byte* from, std::byte* to) const;
  bool run_rows(const place& at) const;
  bool run_packed(const place& at) const;
  bool run_tile(const place& at) const;
  bool is_packable(const place& at) const noexcept;
  bool is_turnable(const place& at) const noexcept;

  const item_cast& cast_;
  std::int64_t from_bytes_;
  std::int64_t to_bytes_;
  bool past_cache_;
};

}  // namespace quarry
