// runs_test.cpp: the bytes of one layout, and those that two of them share, as runs of neighbours.
#include "quarry/kernels/runs.hpp"

#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

using quarry::layout;
using quarry::memory_order;
using numbers = std::vector<std::int64_t>;

namespace {

layout c_order(const numbers& shape, std::int64_t item_bytes) {
  return layout::contiguous(shape, item_bytes);
}

layout f_order(const numbers& shape, std::int64_t item_bytes) {
  return layout::contiguous(shape, item_bytes, memory_order::f);
}

using shared = std::vector<std::tuple<std::int64_t, std::int64_t, std::int64_t>>;

shared shared_runs(const layout& to, const layout& from) {
  shared out;
  for_each_shared_run(to, from, [&](std::int64_t a, std::int64_t b, std::int64_t bytes) {
    CHECK(bytes == shared_run_bytes(to, from));
    out.emplace_back(a, b, bytes);
  });
  return out;
}

}  // namespace

TEST_CASE("runs: those of a layout are its bytes from the lowest on", "[kernels][runs]") {
  using runs = std::vector<std::pair<std::int64_t, std::int64_t>>;
  const auto runs_of = [](const layout& of) {
    runs out;
    for_each_run(of, 4096,
                 [&](std::int64_t offset, std::int64_t bytes) { out.emplace_back(offset, bytes); });
    return out;
  };
  CHECK(runs_of(c_order({3, 4}, 8)) == runs{{0, 96}});
  CHECK(runs_of(layout::strided(numbers{3, 4}, numbers{10000, 8}, 8)) ==
        runs{{0, 32}, {10000, 32}, {20000, 32}});
  CHECK(runs_of(layout::strided(numbers{3, 4}, numbers{-10000, -8}, 8)) ==
        runs{{-20024, 32}, {-10024, 32}, {-24, 32}});
  CHECK(runs_of(layout::strided(numbers{5, 4}, numbers{0, 40}, 8)) == runs{{0, 128}});
  CHECK(runs_of(layout::strided(numbers{0}, numbers{8}, 8)).empty());
  CHECK(runs_of(layout::contiguous(numbers{}, 8)) == runs{{0, 8}});
}

TEST_CASE("runs: two layouts share what lies alike in both", "[kernels][runs]") {
  const numbers shape{2, 3};
  CHECK(shared_runs(c_order(shape, 4), c_order(shape, 4)) == shared{{0, 0, 24}});
  CHECK(shared_runs(f_order(shape, 4), f_order(shape, 4)) == shared{{0, 0, 24}});
  CHECK(shared_runs(c_order(shape, 4), layout::strided(shape, numbers{100, 4}, 4)) ==
        shared{{0, 0, 12}, {12, 100, 12}});
  CHECK(shared_runs(layout::strided(shape, numbers{100, 4}, 4), c_order(shape, 4)) ==
        shared{{0, 0, 12}, {100, 12, 12}});
  CHECK(shared_runs(c_order(shape, 4), f_order(shape, 4)) ==
        shared{{0, 0, 4}, {4, 8, 4}, {8, 16, 4}, {12, 4, 4}, {16, 12, 4}, {20, 20, 4}});
  CHECK(shared_runs(c_order({2, 0}, 4), c_order({2, 0}, 4)).empty());
  CHECK(shared_runs(c_order({}, 8), c_order({}, 8)) == shared{{0, 0, 8}});
}

TEST_CASE("runs: what both layouts have backwards is shared as it lies", "[kernels][runs]") {
  const numbers shape{2, 3};
  const layout backwards = layout::strided(shape, numbers{-12, -4}, 4);
  CHECK(shared_runs(backwards, backwards) == shared{{-20, -20, 24}});
  CHECK(shared_runs(c_order(shape, 4), layout::strided(shape, numbers{12, -4}, 4)) ==
        shared{{0, 0, 4}, {4, -4, 4}, {8, -8, 4}, {12, 12, 4}, {16, 8, 4}, {20, 4, 4}});
  CHECK(shared_runs(c_order(shape, 4), layout::strided(shape, numbers{-100, 4}, 4)) ==
        shared{{0, 0, 12}, {12, -100, 12}});
}

TEST_CASE("runs: packing keeps the order in which elements lie", "[kernels][runs]") {
  const layout packed = packed_as(layout::strided(numbers{5, 2, 3}, numbers{7, 1000, 40}, 4));
  CHECK(numbers(packed.strides().begin(), packed.strides().end()) == numbers{4, 60, 20});
  CHECK(packed.size_bytes() == 120);
}

TEST_CASE("runs: read one behind the other they hold the same elements", "[kernels][runs]") {
  const std::pair<numbers, numbers> layouts[] = {
      {{3, 4}, {32, 8}},
      {{3, 4}, {10000, 8}},
      {{3, 4}, {-10000, -8}},
      {{3, 4}, {8, -10000}},
      {{2, 3, 4}, {0, 5000, 40}},
      {{2, 3, 4}, {90000, -24, 9000}},
      {{}, {}},
      {{1, 5}, {-7, 6000}},
  };
  for (const auto& [shape, strides] : layouts) {
    const layout of = layout::strided(shape, strides, 8);
    // Where each byte of the buffer comes from.
    numbers origin;
    for_each_run(of, 4096, [&](std::int64_t offset, std::int64_t bytes) {
      for (std::int64_t i = 0; i < bytes; ++i) origin.push_back(offset + i);
    });
    const quarry::gathered_runs gathered = gathered_as(of, 4096);
    CHECK(gathered.size_bytes == static_cast<std::int64_t>(origin.size()));
    const layout flat = c_order(shape, 1);
    for (std::int64_t k = 0; k < flat.size(); ++k) {
      numbers index(shape.size());
      std::int64_t rest = k;
      for (std::size_t axis = shape.size(); axis-- > 0;) {
        index[axis] = rest % shape[axis];
        rest /= shape[axis];
      }
      const std::int64_t at = gathered.offset_bytes + gathered.where.offset_of(index);
      for (std::int64_t byte = 0; byte < 8; ++byte) {
        CHECK(origin.at(static_cast<std::size_t>(at + byte)) == of.offset_of(index) + byte);
      }
    }
  }
}
