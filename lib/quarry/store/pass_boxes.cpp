#include "quarry/store/pass_boxes.hpp"

#include <algorithm>
#include <cstdlib>

#include "quarry/kernels/tasks.hpp"
#include "quarry/map/process_limits.hpp"

namespace quarry::detail {
namespace {

constexpr std::int64_t largest_box_bytes = std::int64_t{16} << 20U;
constexpr std::int64_t smallest_box_bytes = std::int64_t{64} << 10U;

constexpr std::int64_t most_bytes = std::int64_t{1} << 62U;

}  // namespace

std::int64_t bounded(std::uint64_t bytes) noexcept {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(bytes, most_bytes));
}

// Runs of small strides fill their pages, larger strides reach a page (or a run) each.
std::int64_t touched_page_bytes(const layout& where) {
  if (where.size() == 0) return 0;
  const auto page = static_cast<double>(page_bytes());
  double run = static_cast<double>(where.item_bytes());
  double runs = 1;
  for (int axis = 0; axis < where.rank(); ++axis) {
    if (where.extent(axis) == 1 || where.stride(axis) == 0) continue;
    const auto step = std::abs(static_cast<double>(where.stride(axis)));
    if (step < page) {
      run += static_cast<double>(where.extent(axis) - 1) * step;
    } else {
      runs *= static_cast<double>(where.extent(axis));
    }
  }
  const byte_range all = where.extent_bytes();
  const double whole = static_cast<double>(all.end - all.begin) + 2 * page;
  return static_cast<std::int64_t>(
      std::min({whole, runs * (run + page), static_cast<double>(most_bytes)}));
}

box_plan boxes_for(const layout& from, const layout& to, std::int64_t to_offset,
                   std::int64_t budget_bytes) {
  const std::int64_t threads = threads_for(0);
  const std::int64_t at_work = budget_bytes / (4 * threads);
  std::int64_t bytes = std::min({largest_box_bytes, at_work, to.size_bytes() / (2 * threads)});
  while (true) {
    bytes = std::max(bytes, smallest_box_bytes);
    box_plan out(from, to, bytes, to_offset, static_cast<std::int64_t>(page_bytes()));
    if (bytes == smallest_box_bytes) return out;
    const layout one = layout::strided(out.extents(), from.strides(), from.item_bytes());
    if (touched_page_bytes(one) <= std::max(2 * bytes, at_work)) return out;
    bytes /= 2;
  }
}

}  // namespace quarry::detail
