#include "quarry/array/geometry.hpp"

#include <algorithm>
#include <limits>
#include <random>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"

#include "array/offsets.hpp"
#include "map/failure.hpp"

using quarry::errc;
using quarry::layout;
using quarry::memory_order;
using quarry::placement;

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();

using axes = std::vector<int>;

// C-ordered items of 4 bytes.
layout cube(const numbers& shape) { return layout::contiguous(shape, 4); }

// Checks shape, strides and offset of a result.
void check(const placement& found, const numbers& shape, const numbers& strides,
           std::int64_t offset_bytes) {
  CHECK(list(found.where.shape()) == shape);
  CHECK(list(found.where.strides()) == strides);
  CHECK(found.where.item_bytes() == 4);
  CHECK(found.offset_bytes == offset_bytes);
}

void check(const layout& found, const numbers& shape, const numbers& strides) {
  check(placement{found, 0}, shape, strides, 0);
}

// The strides with which loops over `shape` meet `offsets` in `order`, found by looking one step
// along each axis and then at every element; nothing if there are none. Axes of extent 1 get 0.
std::optional<numbers> strides_that_meet(const numbers& offsets, numbers shape,
                                         memory_order order) {
  if (order == memory_order::f) std::reverse(shape.begin(), shape.end());
  numbers strides(shape.size(), 0);
  std::size_t step = 1;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    if (shape[axis] > 1) strides[axis] = offsets[step] - offsets[0];
    step *= static_cast<std::size_t>(shape[axis]);
  }
  if (offsets_of(shape, strides) != offsets) return std::nullopt;
  if (order == memory_order::f) std::reverse(strides.begin(), strides.end());
  return strides;
}

numbers offsets_in_order(const layout& where, memory_order order) {
  return offsets_of(order == memory_order::c ? where : transpose(where));
}

// Up to four axes, most of them continuing the one behind.
layout random_layout(std::mt19937& random) {
  const auto upto = [&](int last) { return std::uniform_int_distribution(0, last)(random); };
  numbers shape;
  numbers strides;
  for (int axes_left = upto(4); axes_left > 0; --axes_left) {
    std::int64_t stride = std::int64_t{4} * (upto(6) - 2);
    if (!shape.empty() && upto(9) < 7) stride = shape.back() * strides.back();
    shape.push_back(1 + upto(3));
    strides.push_back(stride);
  }
  if (upto(1) == 0) {
    std::reverse(shape.begin(), shape.end());
    std::reverse(strides.begin(), strides.end());
  }
  return layout::strided(shape, strides, 4);
}

// A shape of `size` elements, with a few extents of 1 in it.
numbers random_shape(std::mt19937& random, std::int64_t size) {
  numbers out;
  for (std::int64_t divisor = 2; size > 1; ++divisor) {
    while (size % divisor == 0) {
      const bool apart = out.empty() || random() % 2 == 0;
      if (apart) out.push_back(1);
      out.back() *= divisor;
      size /= divisor;
    }
  }
  while (random() % 3 == 0) out.push_back(1);
  std::shuffle(out.begin(), out.end(), random);
  return out;
}

}  // namespace

TEST_CASE("geometry: axes count from either end", "[array][geometry]") {
  CHECK(quarry::checked_axis(0, 3) == 0);
  CHECK(quarry::checked_axis(2, 3) == 2);
  CHECK(quarry::checked_axis(-1, 3) == 2);
  CHECK(quarry::checked_axis(-3, 3) == 0);
  for (const int axis : {3, -4, std::numeric_limits<int>::max(), std::numeric_limits<int>::min()}) {
    CHECK(fails_with(errc::shape_mismatch, [&] { quarry::checked_axis(axis, 3); }));
  }
  CHECK(fails_with(errc::shape_mismatch, [] { quarry::checked_axis(0, 0); }));
  CHECK(failure_of([] { quarry::checked_axis(-4, 3); }).message() ==
        "axis -4 does not exist in an array of 3 axes");
}

TEST_CASE("geometry: a transposition permutes shape and strides alike", "[array][geometry]") {
  const layout from = cube({2, 3, 4});
  check(transpose(from), {4, 3, 2}, {4, 16, 48});
  check(transpose(from, axes{2, 0, 1}), {4, 2, 3}, {4, 48, 16});
  check(transpose(from, axes{-1, 0, -2}), {4, 2, 3}, {4, 48, 16});
  CHECK(transpose(from, axes{0, 1, 2}) == from);
  CHECK(transpose(cube({})) == cube({}));
  CHECK(transpose(cube({}), axes{}) == cube({}));
  CHECK(transpose(transpose(cube(numbers(64, 1)))).rank() == 64);
}

TEST_CASE("geometry: a transposition names every axis once", "[array][geometry]") {
  const layout from = cube({2, 3, 4});
  for (const axes& wrong : {axes{0, 0, 1}, axes{0, -3, 1}, axes{0, 1}, axes{}, axes{0, 1, 3},
                            axes{0, 1, -4}, axes{0, 1, 2, 0}, axes(100, 1)}) {
    CHECK(fails_with(errc::shape_mismatch, [&] { transpose(from, wrong); }));
  }
}

TEST_CASE("geometry: a flipped axis starts at its last element", "[array][geometry]") {
  const layout from = cube({2, 3});
  check(flip(from, 0), {2, 3}, {-12, 4}, 12);
  check(flip(from, -1), {2, 3}, {12, -4}, 8);
  check(flip(flip(from, 0).where, 0), {2, 3}, {12, 4}, -12);
  check(flip(cube({0, 3}), 1), {0, 3}, {12, -4}, 0);
  check(flip(layout::strided(numbers{1}, numbers{least}, 4), 0), {1}, {least}, 0);
  CHECK(fails_with(errc::shape_mismatch, [&] { flip(from, 2); }));
  CHECK(fails_with(errc::shape_mismatch, [] { flip(cube({}), 0); }));
}

TEST_CASE("geometry: squeezing drops axes of extent 1 alone", "[array][geometry]") {
  const layout from = cube({1, 3, 1, 2});
  check(squeeze(from), {3, 2}, {8, 4});
  check(squeeze(from, 0), {3, 1, 2}, {8, 8, 4});
  check(squeeze(from, -2), {1, 3, 2}, {24, 8, 4});
  CHECK(squeeze(cube({1, 1})) == cube({}));
  CHECK(squeeze(cube({0, 1})) == cube({0}));
  CHECK(fails_with(errc::shape_mismatch, [&] { squeeze(from, 1); }));
  CHECK(fails_with(errc::shape_mismatch, [&] { squeeze(from, 4); }));
  CHECK(fails_with(errc::shape_mismatch, [] { squeeze(cube({0}), 0); }));
}

TEST_CASE("geometry: contiguous elements take any shape", "[array][geometry]") {
  const layout from = cube({2, 3, 4});
  check(reshape(from, numbers{24}).value(), {24}, {4});
  check(reshape(from, numbers{4, 6}).value(), {4, 6}, {24, 4});
  check(reshape(from, numbers{6, -1}).value(), {6, 4}, {16, 4});
  check(reshape(from, numbers{-1}).value(), {24}, {4});
  const layout fortran = layout::contiguous(numbers{2, 3, 4}, 4, memory_order::f);
  check(reshape(fortran, numbers{4, 6}, memory_order::f).value(), {4, 6}, {4, 16});
  CHECK(reshape(cube({1, 1}), numbers{}) == cube({}));
  CHECK(reshape(cube({}), numbers{1, 1}).value().rank() == 2);
}

TEST_CASE("geometry: a reshape that strides can tell needs no copy", "[array][geometry]") {
  const layout padded = layout::strided(numbers{4, 6}, numbers{64, 4}, 4);
  check(reshape(padded, numbers{2, 2, 3, 2}).value(), {2, 2, 3, 2}, {128, 64, 8, 4});
  const layout every_second = layout::strided(numbers{12}, numbers{-8}, 4);
  check(reshape(every_second, numbers{3, 4}).value(), {3, 4}, {-32, -8});
  const layout repeated = layout::strided(numbers{2, 3}, numbers{0, 0}, 4);
  check(reshape(repeated, numbers{6}).value(), {6}, {0});
  CHECK(reshape(transpose(cube({2, 3})), numbers{6}, memory_order::f).has_value());
}

TEST_CASE("geometry: a reshape that needs a copy gives nothing", "[array][geometry]") {
  CHECK_FALSE(reshape(transpose(cube({2, 3})), numbers{6}));
  CHECK_FALSE(reshape(cube({2, 3}), numbers{6}, memory_order::f));
  CHECK_FALSE(reshape(layout::strided(numbers{4, 6}, numbers{64, 4}, 4), numbers{-1}));
  CHECK_FALSE(reshape(layout::strided(numbers{4, 6}, numbers{64, 4}, 4), numbers{3, 8}));
  CHECK_FALSE(reshape(layout::strided(numbers{2, 3}, numbers{0, 4}, 4), numbers{6}));
  CHECK_FALSE(reshape(flip(cube({2, 3}), 0).where, numbers{3, 2}));
}

TEST_CASE("geometry: a reshape without elements is always possible", "[array][geometry]") {
  const layout empty = layout::strided(numbers{3, 0, 2}, numbers{5, 7, 11}, 4);
  check(reshape(empty, numbers{0}).value(), {0}, {4});
  check(reshape(empty, numbers{2, 0, 3}).value(), {2, 0, 3}, {12, 12, 4});
  CHECK(list(reshape(empty, numbers{-1, 5}).value().shape()) == numbers{0, 5});
}

TEST_CASE("geometry: a reshape keeps the number of elements", "[array][geometry]") {
  const layout from = cube({2, 3});
  for (const numbers& shape :
       {numbers{5}, numbers{}, numbers{2, 2}, numbers{0}, numbers{4, -1}, numbers{-1, -1},
        numbers{-1, 0}, numbers{-2, -3}, numbers{-6}, numbers{6, -2}}) {
    CAPTURE(shape);
    CHECK(fails_with(errc::shape_mismatch, [&] { reshape(from, shape); }));
  }
  CHECK(failure_of([&] {
          reshape(from, numbers{4, -1});
        }).message() == "cannot reshape shape (2, 3) (6 elements) into (4, -1)");
  CHECK(fails_with(errc::shape_mismatch, [] { reshape(cube({0}), numbers{0, -1}); }));
  CHECK(fails_with(errc::limit_exceeded, [&] { reshape(from, numbers{most, most}); }));
  CHECK(fails_with(errc::limit_exceeded, [&] { reshape(from, numbers(65, 1)); }));
}

TEST_CASE("geometry: reshape finds strides wherever there are any", "[array][geometry]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  int possible = 0;
  constexpr int cases = 5000;
  for (int k = 0; k < cases; ++k) {
    const layout from = random_layout(random);
    const numbers shape = random_shape(random, from.size());
    const auto order = random() % 2 == 0 ? memory_order::c : memory_order::f;
    CAPTURE(k, list(from.shape()), list(from.strides()), shape, order == memory_order::f);
    const auto expected = strides_that_meet(offsets_in_order(from, order), shape, order);
    const auto found = reshape(from, shape, order);
    REQUIRE(found.has_value() == expected.has_value());
    if (!found) continue;
    ++possible;
    REQUIRE(list(found->shape()) == shape);
    REQUIRE(offsets_in_order(*found, order) == offsets_in_order(from, order));
  }
  CHECK(possible > cases / 10);
  CHECK(possible < cases * 9 / 10);
}

TEST_CASE("geometry: broadcasting stretches extents of 1", "[array][geometry]") {
  check(broadcast_to(cube({3, 1}), numbers{2, 3, 4}), {2, 3, 4}, {0, 4, 0});
  check(broadcast_to(cube({}), numbers{2, 3}), {2, 3}, {0, 0});
  check(broadcast_to(cube({1}), numbers{0}), {0}, {0});
  check(broadcast_to(cube({2, 1}), numbers{2, 0}), {2, 0}, {4, 0});
  CHECK(broadcast_to(cube({2, 3}), numbers{2, 3}) == cube({2, 3}));
  CHECK(broadcast_to(layout::contiguous(numbers{}, 1), numbers{most}).size() == most);
}

TEST_CASE("geometry: shapes that do not go together are refused", "[array][geometry]") {
  const auto refused = [](const numbers& from, const numbers& to) {
    return fails_with(errc::shape_mismatch, [&] { broadcast_to(cube(from), to); });
  };
  CHECK(refused({0}, {1}));
  CHECK(refused({0}, {3}));
  CHECK(refused({3}, {3, 1}));
  CHECK(refused({2}, {3}));
  CHECK(refused({3}, {}));
  CHECK(refused({1, 3}, {3}));
  CHECK(refused({1}, {-1}));
  CHECK(refused({}, {-1}));
  CHECK(fails_with(errc::limit_exceeded, [] { broadcast_to(cube({}), numbers{most}); }));
  CHECK(fails_with(errc::limit_exceeded, [] { broadcast_to(cube({}), numbers(65, 1)); }));
}

// Shapes and strides are those of NumPy's sliding_window_view.
TEST_CASE("geometry: windows are new last axes", "[array][geometry]") {
  const layout from = cube({4, 5});
  check(sliding_window(from, numbers{2, 3}, axes{0, 1}), {3, 3, 2, 3}, {20, 4, 20, 4});
  check(sliding_window(from, numbers{3}, axes{0}), {2, 5, 3}, {20, 4, 20});
  check(sliding_window(from, numbers{2}, axes{-1}), {4, 4, 2}, {20, 4, 4});
  check(sliding_window(cube({6}), numbers{2, 3}, axes{0, 0}), {3, 2, 3}, {4, 4, 4});
  check(sliding_window(from, numbers{4, 5}, axes{0, 1}), {1, 1, 4, 5}, {20, 4, 20, 4});
  CHECK(sliding_window(from, numbers{}, axes{}) == from);
}

TEST_CASE("geometry: a window fits its axis", "[array][geometry]") {
  const layout from = cube({4, 5});
  const auto refused = [&](const numbers& window, const axes& along) {
    return fails_with(errc::shape_mismatch, [&] { sliding_window(from, window, along); });
  };
  CHECK(refused({5}, {0}));
  CHECK(refused({0}, {0}));
  CHECK(refused({-1}, {0}));
  CHECK(refused({least}, {0}));
  CHECK(refused({most}, {1}));
  CHECK(refused({3, 3}, {0, 0}));
  CHECK(refused({2}, {2}));
  CHECK(refused({2}, {0, 1}));
  CHECK(refused({2, 2}, {0}));
  CHECK(fails_with(errc::shape_mismatch, [] { sliding_window(cube({0}), numbers{1}, axes{0}); }));
  CHECK(fails_with(errc::limit_exceeded,
                   [] { sliding_window(cube(numbers(33, 1)), numbers(32, 1), axes(32, 0)); }));
}

TEST_CASE("geometry: a diagonal replaces two axes by one", "[array][geometry]") {
  const layout from = cube({2, 3, 4});
  check(diagonal(from), {4, 2}, {4, 64}, 0);
  check(diagonal(from, 1, 0, 2), {3, 2}, {16, 52}, 4);
  check(diagonal(from, -1, 0, 2), {3, 1}, {16, 52}, 48);
  check(diagonal(from, 0, 2, 0), {3, 2}, {16, 52}, 0);
  check(diagonal(from, 2, 1, 2), {2, 2}, {48, 20}, 8);
  check(diagonal(from, -2, 2, 1), {2, 2}, {48, 20}, 8);
  check(diagonal(from, 0, -1, -2), {2, 3}, {48, 20}, 0);
}

TEST_CASE("geometry: a diagonal beyond the corner is empty", "[array][geometry]") {
  const layout from = cube({3, 4});
  check(diagonal(from, 1), {3}, {20}, 4);
  check(diagonal(from, 3), {1}, {20}, 12);
  check(diagonal(from, -2), {1}, {20}, 32);
  for (const std::int64_t offset : {std::int64_t{4}, std::int64_t{-3}, most, least}) {
    check(diagonal(from, offset), {0}, {20}, 0);
  }
  CHECK(diagonal(layout::strided(numbers{1, 1}, numbers{most, most}, 4)).where.size() == 1);
  CHECK(diagonal(cube({0, 3})).where.size() == 0);
}

TEST_CASE("geometry: a diagonal wants two different axes", "[array][geometry]") {
  const auto refused = [](const numbers& shape, int axis1, int axis2) {
    return fails_with(errc::shape_mismatch, [&] { diagonal(cube(shape), 0, axis1, axis2); });
  };
  CHECK(refused({3, 4}, 1, 1));
  CHECK(refused({3, 4}, 1, -1));
  CHECK(refused({3, 4}, 0, 2));
  CHECK(refused({3}, 0, 1));
  CHECK(refused({}, 0, 1));
}
