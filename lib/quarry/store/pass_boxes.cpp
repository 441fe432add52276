#include "quarry/store/pass_boxes.hpp"

#include <algorithm>

#include "quarry/kernels/runs.hpp"
#include "quarry/kernels/tasks.hpp"
#include "quarry/map/process_limits.hpp"

namespace quarry::detail {
namespace {

constexpr std::int64_t largest_box_bytes = std::int64_t{16} << 20U;
// A square of bytes as large as that touches as much on a side.
constexpr std::int64_t smallest_box_bytes = std::int64_t{64} << 10U;
constexpr std::int64_t smallest_touch_bytes = std::int64_t{2} << 20U;

}  // namespace

std::int64_t bounded(std::uint64_t bytes) noexcept {
  constexpr std::uint64_t most = std::uint64_t{1} << 62U;
  return static_cast<std::int64_t>(std::min(bytes, most));
}

std::int64_t touched_page_bytes(const layout& where) {
  return touched_bytes(where, static_cast<std::int64_t>(page_bytes()));
}

box_plan boxes_for(const layout& from, const layout& to, std::int64_t to_offset,
                   std::int64_t budget_bytes) {
  const std::int64_t threads = threads_for(0);
  const std::int64_t at_work = budget_bytes / (4 * threads);
  std::int64_t bytes = std::max(
      std::min({largest_box_bytes, at_work, to.size_bytes() / (2 * threads)}), smallest_box_bytes);
  while (true) {
    box_plan out(from, to, bytes, to_offset, static_cast<std::int64_t>(page_bytes()));
    const layout one = layout::strided(out.extents(), from.strides(), from.item_bytes());
    // Elements that lie far apart touch a page each.
    const std::int64_t most = std::max({2 * bytes, at_work, smallest_touch_bytes});
    if (one.size() <= 1 || touched_page_bytes(one) <= most) return out;
    bytes /= 2;
  }
}

}  // namespace quarry::detail
