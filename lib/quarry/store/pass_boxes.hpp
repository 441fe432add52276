// pass_boxes.hpp: the boxes in which a pass goes over two files; internal to this room.
#pragma once
#include <cstdint>

#include "quarry/kernels/box_plan.hpp"

namespace quarry::detail {

/// Boxes of 64 KiB to 16 MiB of the target that leave each core some, and whose pages on both sides
/// fit `budget_bytes` when each core has two at work; smaller ones, down to an element, where those
/// of the source are more than 2 MiB and do not. They do not depend on how many threads work:
/// the first box with a value that does not fit is always the same.
/// `to_offset` is where the target's element [0, ..., 0] lies in its file.
box_plan boxes_for(const layout& from, const layout& to, std::int64_t to_offset,
                   std::int64_t budget_bytes);

/// Bytes of the pages that the elements of a layout touch, rounded up; at most 2^62.
std::int64_t touched_page_bytes(const layout& where);

/// `bytes` as a signed number, at most 2^62.
std::int64_t bounded(std::uint64_t bytes) noexcept;

}  // namespace quarry::detail
