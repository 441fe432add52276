// box_plan_test.cpp: the boxes cover every element once, fit the budget and keep runs long.
#include "quarry/kernels/box_plan.hpp"

#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using quarry::box;
using quarry::box_plan;
using quarry::layout;
using quarry::memory_order;
using numbers = std::vector<std::int64_t>;

namespace {

constexpr std::int64_t page = 4096;

layout c_order(const numbers& shape, std::int64_t item_bytes) {
  return layout::contiguous(shape, item_bytes);
}

layout f_order(const numbers& shape, std::int64_t item_bytes) {
  return layout::contiguous(shape, item_bytes, memory_order::f);
}

std::int64_t size_of(const box& b) {
  return std::accumulate(b.extents.begin(), b.extents.end(), std::int64_t{1}, std::multiplies<>());
}

// How often each element is in a box.
std::vector<int> visits(const box_plan& boxes, const numbers& shape) {
  const layout flat = c_order(shape, 1);
  std::vector<int> seen(static_cast<std::size_t>(flat.size()));
  for (std::int64_t i = 0; i < boxes.count(); ++i) {
    const box b = boxes[i];
    const layout inside = c_order(b.extents, 1);
    for (std::int64_t k = 0; k < inside.size(); ++k) {
      numbers index = b.first;
      std::int64_t rest = k;
      for (std::size_t axis = shape.size(); axis-- > 0;) {
        index[axis] += rest % b.extents[axis];
        rest /= b.extents[axis];
      }
      ++seen.at(static_cast<std::size_t>(flat.offset_of(index)));
    }
  }
  return seen;
}

}  // namespace

TEST_CASE("box plan: every element is in one box, whatever the layouts", "[kernels][boxes]") {
  const numbers shapes[] = {{}, {1}, {1000}, {30, 50}, {7, 1, 11, 13}, {2, 3, 4, 5, 6}, {5000, 2}};
  for (const numbers& shape : shapes) {
    for (const std::int64_t budget : {1, 64, 1000, 100000}) {
      for (const std::int64_t offset : {0, 128, 4095}) {
        for (const auto& [from, to] : {std::pair{c_order(shape, 4), c_order(shape, 4)},
                                       {c_order(shape, 4), f_order(shape, 4)},
                                       {f_order(shape, 1), c_order(shape, 8)}}) {
          const box_plan boxes(from, to, budget, offset, page);
          INFO("rank " << shape.size() << ", budget " << budget << ", offset " << offset);
          for (std::int64_t i = 0; i < boxes.count(); ++i) {
            if (size_of(boxes[i]) > 1) CHECK(size_of(boxes[i]) * to.item_bytes() <= budget);
          }
          const std::vector<int> seen = visits(boxes, shape);
          CHECK(seen == std::vector<int>(seen.size(), 1));
        }
      }
    }
  }
}

TEST_CASE("box plan: no elements, no boxes", "[kernels][boxes]") {
  const numbers shape{3, 0, 5};
  CHECK(box_plan(c_order(shape, 4), f_order(shape, 4), 1000, 0, page).count() == 0);
}

TEST_CASE("box plan: boxes come in the order of the target", "[kernels][boxes]") {
  const numbers shape{64, 64};
  const box_plan boxes(c_order(shape, 4), f_order(shape, 4), 1024, 0, page);
  std::int64_t before = -1;
  for (std::int64_t i = 0; i < boxes.count(); ++i) {
    const std::int64_t at = f_order(shape, 4).offset_of(boxes[i].first);
    CHECK(at > before);
    before = at;
  }
}

TEST_CASE("box plan: what both sides share is cut in long runs", "[kernels][boxes]") {
  const numbers shape{1024, 1024, 256};
  const box_plan boxes(c_order(shape, 4), c_order(shape, 4), std::int64_t{16} << 20, 0, page);
  CHECK(boxes.extents()[0] == 1);
  CHECK(boxes.extents()[1] == 1024);
  CHECK(boxes.extents()[2] == 256);
  CHECK(boxes.from_run_bytes() == 1 << 20);
  CHECK(boxes.to_run_bytes() == 1 << 20);
}

// The matrix of the issue of transposes: rows of a page. Whole ones are read, in a run that never
// ends; what is written are runs of pages.
TEST_CASE("box plan: a transpose reads and writes whole pages once", "[kernels][boxes]") {
  const numbers shape{1024, 524288};
  const layout from = f_order(shape, 4);
  const box_plan boxes(from, c_order(shape, 4), std::int64_t{8} << 20, 128, page);
  CHECK(boxes.extents()[0] == 1024);
  CHECK(boxes.extents()[1] == 2048);
  CHECK(boxes.from_run_bytes() == 8 << 20);
  CHECK(boxes.to_run_bytes() == 8192);
  CHECK(boxes.keeps_grains_apart());
  CHECK(boxes[0].extents == numbers{1024, (4096 - 128) / 4});
  CHECK(boxes[1].first == numbers{0, (4096 - 128) / 4});
  CHECK(boxes[1].extents == numbers{1024, 2048});
  CHECK(boxes[boxes.count() - 1].first[1] + boxes[boxes.count() - 1].extents[1] == 524288);
}

TEST_CASE("box plan: runs of a square are as long on both sides", "[kernels][boxes]") {
  const numbers shape{16384, 16384};
  const box_plan boxes(c_order(shape, 4), f_order(shape, 4), std::int64_t{16} << 20, 0, page);
  CHECK(boxes.from_run_bytes() == boxes.to_run_bytes());
  CHECK(boxes.from_run_bytes() == 8192);
}

TEST_CASE("box plan: pages cannot be kept apart where rows end within one", "[kernels][boxes]") {
  const numbers shape{1000, 1001};
  CHECK_FALSE(box_plan(c_order(shape, 4), f_order(shape, 4), 65536, 0, page).keeps_grains_apart());
  // Nor where an element lies across the boundary.
  const numbers even{1024, 1024};
  CHECK_FALSE(
      box_plan(c_order(even, 4), f_order(even, 4), 8 << 20, 126, page).keeps_grains_apart());
}
