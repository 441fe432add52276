#include <algorithm>
#include <array>
#include <limits>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/array/array.hpp"
#include "quarry/array/geometry.hpp"

#include "array/offsets.hpp"

using quarry::array;
using quarry::dtype;
using quarry::layout;

namespace {

constexpr std::int64_t room_bytes = 256;

layout strided(const numbers& shape, const numbers& strides, std::int64_t item_bytes) {
  return layout::strided(shape, strides, item_bytes);
}

// How many elements use each byte of a room, element [0, ..., 0] lying at byte `offset`.
using usage = std::array<int, room_bytes>;

usage usage_of(const layout& where, std::int64_t offset) {
  usage out{};
  for (const std::int64_t element : offsets_of(where)) {
    for (std::int64_t byte = 0; byte < where.item_bytes(); ++byte) {
      ++out.at(static_cast<std::size_t>(offset + element + byte));
    }
  }
  return out;
}

bool some_byte_twice(const usage& uses) {
  return std::any_of(uses.begin(), uses.end(), [](int count) { return count > 1; });
}

bool some_byte_in_both(const usage& a, const usage& b) {
  for (std::size_t byte = 0; byte < a.size(); ++byte) {
    if (a[byte] > 0 && b[byte] > 0) return true;
  }
  return false;
}

struct placed {
  layout where;
  std::int64_t offset = 0;
};

// A layout of up to four axes somewhere in the room.
placed random_layout(std::mt19937& random) {
  const auto between = [&](int low, int high) {
    return std::int64_t{std::uniform_int_distribution(low, high)(random)};
  };
  while (true) {
    numbers shape;
    numbers strides;
    for (std::int64_t left = between(0, 4); left > 0; --left) {
      shape.push_back(between(0, 9) == 0 ? 0 : between(1, 5));
      strides.push_back(between(0, 3) == 0 ? between(-40, 40) : 3 * between(-10, 10));
    }
    const layout where = strided(shape, strides, between(0, 3));
    const auto touched = where.extent_bytes();
    if (touched.end - touched.begin > room_bytes) continue;
    const auto last = static_cast<int>(room_bytes - touched.end);
    return {where, between(static_cast<int>(-touched.begin), last)};
  }
}

}  // namespace

TEST_CASE("overlap: sharing is what counting every byte says", "[array][overlap]") {
  std::array<std::byte, room_bytes> room{};
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  constexpr int cases = 20000;
  int shared = 0;
  int only_near = 0;
  for (int k = 0; k < cases; ++k) {
    const placed a = random_layout(random);
    const placed b = random_layout(random);
    CAPTURE(k, list(a.where.shape()), list(a.where.strides()), a.where.item_bytes(), a.offset);
    CAPTURE(list(b.where.shape()), list(b.where.strides()), b.where.item_bytes(), b.offset);
    const bool expected =
        some_byte_in_both(usage_of(a.where, a.offset), usage_of(b.where, b.offset));
    const auto over = [&](const placed& p) {
      const dtype raw(quarry::type_kind::raw, p.where.item_bytes());
      return array::over(std::span<std::byte>(room), raw, p.where, p.offset);
    };
    REQUIRE(shares_memory(over(a), over(b)) == expected);
    REQUIRE(shares_memory(over(b), over(a)) == expected);
    REQUIRE(overlap(a.where, b.where, b.offset - a.offset) == expected);
    const bool near = may_share_memory(over(a), over(b));
    if (expected) REQUIRE(near);
    shared += expected ? 1 : 0;
    only_near += near && !expected ? 1 : 0;
  }
  CHECK(shared > cases / 10);
  CHECK(only_near > cases / 10);
}

TEST_CASE("overlap: a layout overlaps itself as counting every byte says", "[array][overlap]") {
  std::array<std::byte, room_bytes> room{};
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  constexpr int cases = 20000;
  int overlapping = 0;
  for (int k = 0; k < cases; ++k) {
    const placed a = random_layout(random);
    CAPTURE(k, list(a.where.shape()), list(a.where.strides()), a.where.item_bytes(), a.offset);
    const bool expected = some_byte_twice(usage_of(a.where, a.offset));
    REQUIRE(overlaps_itself(a.where) == expected);
    // What could be stored twice is read-only.
    const dtype raw(quarry::type_kind::raw, a.where.item_bytes());
    REQUIRE(array::over(std::span<std::byte>(room), raw, a.where, a.offset).writable() != expected);
    overlapping += expected ? 1 : 0;
  }
  CHECK(overlapping > cases / 10);
  CHECK(overlapping < cases * 9 / 10);
}

TEST_CASE("overlap: even and odd elements share nothing", "[array][overlap]") {
  const layout even = strided({50}, {8}, 4);
  CHECK_FALSE(overlap(even, even, 4));
  CHECK_FALSE(overlap(even, even, -4));
  CHECK(overlap(even, even, 0));
  CHECK(overlap(even, even, 8));
  CHECK(overlap(even, even, 3));
  CHECK(overlap(even, even, 392));
  CHECK_FALSE(overlap(even, even, 396));
}

TEST_CASE("overlap: fields and columns beside each other share nothing", "[array][overlap]") {
  const layout column = strided({1000, 3}, {24, 4}, 4);
  CHECK_FALSE(overlap(column, column, 12));
  CHECK(overlap(column, column, 11));
  CHECK(overlap(column, column, 8));
  const layout halves = strided({1000}, {24}, 12);
  CHECK_FALSE(overlap(column, halves, 12));
  CHECK(overlap(column, halves, 1));
}

TEST_CASE("overlap: strides without a common multiple in reach do not meet", "[array][overlap]") {
  // 6x + 10y + 15z reaches every number but 29 and a few smaller ones.
  const layout coins = strided({20, 20, 20}, {6, 10, 15}, 1);
  const layout point = strided({}, {}, 1);
  for (const std::int64_t gap : {1, 2, 3, 4, 5, 7, 8, 9, 11, 13, 14, 17, 19, 23, 29}) {
    CAPTURE(gap);
    CHECK_FALSE(overlap(coins, point, gap));
  }
  for (std::int64_t at = 30; at < 500; ++at) REQUIRE(overlap(coins, point, at));
  CHECK_FALSE(overlap(coins, point, -6));
}

TEST_CASE("overlap: no elements and items of no bytes share nothing", "[array][overlap]") {
  const layout some = strided({4}, {1}, 1);
  CHECK_FALSE(overlap(some, strided({0}, {1}, 1), 0));
  CHECK_FALSE(overlap(strided({3, 0}, {0, 0}, 1), some, 0));
  CHECK_FALSE(overlap(some, strided({4}, {1}, 0), 0));
  CHECK_FALSE(overlaps_itself(strided({4, 0}, {0, 0}, 1)));
  CHECK_FALSE(overlaps_itself(strided({4}, {0}, 0)));
  CHECK(overlap(some, some, 0));
}

TEST_CASE("overlap: layouts of any size are decided exactly", "[array][overlap]") {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const std::int64_t count = std::int64_t{1} << 40;
  const layout even = strided({count}, {2}, 1);
  CHECK_FALSE(overlap(even, even, 1));
  CHECK(overlap(even, even, 2 * count - 2));
  CHECK_FALSE(overlap(even, even, 2 * count));
  const layout rows = strided({count, 1000}, {4096, 4}, 4);
  CHECK_FALSE(overlap(rows, strided({count, 24}, {4096, 4}, 4), 4000));
  CHECK(overlap(rows, strided({count, 25}, {4096, 4}, 4), 4000));
  CHECK_FALSE(overlaps_itself(rows));
  CHECK(overlaps_itself(strided({count, 1025}, {4096, 4}, 4)));
  const layout ends = strided({2}, {most - 1}, 1);
  CHECK(overlap(ends, ends, most - 1));
  CHECK(overlap(ends, ends, 1 - most));
  CHECK_FALSE(overlap(ends, ends, most));
  CHECK_FALSE(overlap(ends, ends, std::numeric_limits<std::int64_t>::min()));
  CHECK_FALSE(overlap(ends, ends, most / 2));
}

TEST_CASE("overlap: what repeats or interleaves elements overlaps itself", "[array][overlap]") {
  const layout plain = layout::contiguous(numbers{10, 20}, 4);
  CHECK_FALSE(overlaps_itself(plain));
  CHECK_FALSE(overlaps_itself(transpose(plain)));
  CHECK_FALSE(overlaps_itself(flip(plain, 0).where));
  CHECK(overlaps_itself(broadcast_to(plain, numbers{2, 10, 20})));
  CHECK_FALSE(overlaps_itself(broadcast_to(plain, numbers{1, 10, 20})));
  CHECK(overlaps_itself(sliding_window(plain, numbers{3}, std::vector<int>{1})));
  CHECK(overlaps_itself(strided({5}, {3}, 4)));
  CHECK_FALSE(overlaps_itself(strided({5}, {-4}, 4)));
  CHECK(overlaps_itself(strided({4, 3}, {8, -12}, 4)));
  CHECK_FALSE(overlaps_itself(strided({3, 2}, {8, -12}, 4)));
}

// A knapsack without structure: deciding it would take ages.
TEST_CASE("overlap: a search without end counts as an overlap", "[array][overlap]") {
  numbers strides;
  std::uint64_t state = 1;
  for (int axis = 0; axis < 40; ++axis) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    strides.push_back(static_cast<std::int64_t>(state >> 8U));
  }
  const numbers shape(40, 2);
  CHECK(overlaps_itself(strided(shape, strides, 1)));
  CHECK(overlap(strided(shape, strides, 1), strided({}, {}, 1), std::int64_t{1} << 58U));
}

TEST_CASE("overlap: full rank is no obstacle", "[array][overlap]") {
  numbers shape(64, 1);
  std::fill_n(shape.begin(), 40, 2);
  const layout wide = layout::contiguous(shape, 2);
  CHECK_FALSE(overlaps_itself(wide));
  CHECK(overlap(wide, wide, 2));
  CHECK_FALSE(overlap(wide, wide, wide.size_bytes()));
}
