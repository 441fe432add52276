#include "quarry/array/layout.hpp"

#include <algorithm>
#include <limits>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"

#include "array/offsets.hpp"
#include "map/failure.hpp"

using quarry::byte_range;
using quarry::errc;
using quarry::layout;
using quarry::memory_order;

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();

bool refuses_contiguous(errc code, const numbers& shape, std::int64_t item_bytes) {
  return fails_with(code, [&] { layout::contiguous(shape, item_bytes); });
}

bool refuses_strided(errc code, const numbers& shape, const numbers& strides,
                     std::int64_t item_bytes) {
  return fails_with(code, [&] { layout::strided(shape, strides, item_bytes); });
}

}  // namespace

TEST_CASE("layout: the default is a scalar of one byte", "[array][layout]") {
  const layout scalar{};
  CHECK(scalar.rank() == 0);
  CHECK(scalar.shape().empty());
  CHECK(scalar.strides().empty());
  CHECK(scalar.item_bytes() == 1);
  CHECK(scalar.size() == 1);
  CHECK(scalar.size_bytes() == 1);
  CHECK(scalar.offset_of({}) == 0);
  CHECK(scalar.extent_bytes() == byte_range{0, 1});
}

TEST_CASE("layout: in C order the last axis varies fastest", "[array][layout]") {
  const layout where = layout::contiguous(numbers{2, 3, 4}, 8);
  CHECK(where.rank() == 3);
  CHECK(list(where.shape()) == numbers{2, 3, 4});
  CHECK(list(where.strides()) == numbers{96, 32, 8});
  CHECK(where.extent(1) == 3);
  CHECK(where.stride(1) == 32);
  CHECK(where.size() == 24);
  CHECK(where.size_bytes() == 192);
  CHECK(where.extent_bytes() == byte_range{0, 192});
  CHECK(where.offset_of(numbers{1, 2, 3}) == 184);
}

TEST_CASE("layout: in Fortran order the first axis varies fastest", "[array][layout]") {
  const layout where = layout::contiguous(numbers{2, 3, 4}, 8, memory_order::f);
  CHECK(list(where.strides()) == numbers{8, 16, 48});
  CHECK(where.extent_bytes() == byte_range{0, 192});
  CHECK(where.offset_of(numbers{1, 0, 0}) == 8);
  CHECK(where.offset_of(numbers{1, 2, 3}) == 184);
}

TEST_CASE("layout: padded rows span the padding between them and no more", "[array][layout]") {
  const layout where = layout::strided(numbers{3, 5}, numbers{64, 4}, 4);
  CHECK(where.size_bytes() == 60);
  CHECK(where.extent_bytes() == byte_range{0, 148});  // 2 * 64 + 4 * 4 + 4
  CHECK(where.offset_of(numbers{2, 4}) == 144);
}

TEST_CASE("layout: negative strides reach below the first element", "[array][layout]") {
  const layout where = layout::strided(numbers{3, 2}, numbers{-8, 4}, 4);
  CHECK(where.extent_bytes() == byte_range{-16, 8});
  CHECK(where.offset_of(numbers{2, 1}) == -12);
  CHECK(layout::strided(numbers{2, 2}, numbers{-8, -4}, 4).extent_bytes() == byte_range{-12, 4});
}

TEST_CASE("layout: a stride of 0 shows one element many times", "[array][layout]") {
  const layout where = layout::strided(numbers{1000, 2}, numbers{0, 8}, 8);
  CHECK(where.size_bytes() == 16000);
  CHECK(where.extent_bytes() == byte_range{0, 16});
}

TEST_CASE("layout: a zero extent leaves no bytes", "[array][layout]") {
  for (const numbers& shape : {numbers{0}, numbers{3, 0}, numbers{0, 3, 2}}) {
    for (const memory_order order : {memory_order::c, memory_order::f}) {
      const layout where = layout::contiguous(shape, 4, order);
      CHECK(where.size() == 0);
      CHECK(where.size_bytes() == 0);
      CHECK(where.extent_bytes() == byte_range{0, 0});
      CHECK(where.is_contiguous(memory_order::c));
      CHECK(where.is_contiguous(memory_order::f));
    }
  }
}

TEST_CASE("layout: items of no bytes have elements and no size", "[array][layout]") {
  const layout where = layout::contiguous(numbers{2, 3}, 0);
  CHECK(where.size() == 6);
  CHECK(where.size_bytes() == 0);
  CHECK(where.extent_bytes() == byte_range{0, 0});
}

TEST_CASE("layout: up to 64 axes are possible and 65 are refused", "[array][layout]") {
  const layout ones = layout::contiguous(numbers(64, 1), 8);
  CHECK(ones.rank() == quarry::max_rank);
  CHECK(ones.size() == 1);

  numbers shape(64, 1);
  std::fill_n(shape.begin(), 60, 2);
  const layout twos = layout::contiguous(shape, 4);
  CHECK(twos.size() == std::int64_t{1} << 60);
  CHECK(twos.stride(0) == std::int64_t{1} << 61);
  CHECK(twos.offset_of(numbers(64, 0)) == 0);
  CHECK(twos.extent_bytes() == byte_range{0, std::int64_t{1} << 62});

  CHECK(refuses_contiguous(errc::limit_exceeded, numbers(65, 1), 1));
  CHECK(refuses_contiguous(errc::limit_exceeded, numbers(65, 0), 1));
  CHECK(refuses_strided(errc::limit_exceeded, numbers(65, 1), numbers(65, 1), 1));
}

TEST_CASE("layout: a size beyond int64 is refused", "[array][layout]") {
  CHECK(layout::contiguous(numbers{most}, 1).extent_bytes() == byte_range{0, most});
  CHECK(refuses_contiguous(errc::limit_exceeded, {most}, 2));
  const std::int64_t half = std::int64_t{1} << 32;
  CHECK(layout::contiguous(numbers{half, half / 2 - 1}, 1).size_bytes() == half * (half / 2 - 1));
  CHECK(refuses_contiguous(errc::limit_exceeded, {half, half / 2}, 1));
  CHECK(refuses_contiguous(errc::limit_exceeded, {half, half}, 1));  // wraps to 0
  CHECK(refuses_strided(errc::limit_exceeded, {half, half}, {0, 0}, 1));
}

TEST_CASE("layout: nothing hides a size beyond int64", "[array][layout]") {
  const std::int64_t big = std::int64_t{1} << 62;
  CHECK(layout::contiguous(numbers{0, big}, 1).size() == 0);
  CHECK(refuses_contiguous(errc::limit_exceeded, {0, big}, 2));
  CHECK(refuses_contiguous(errc::limit_exceeded, {big, 0, 2}, 1));
  CHECK(refuses_contiguous(errc::limit_exceeded, {big, 2}, 0));
  CHECK(refuses_strided(errc::limit_exceeded, {big, 2}, {0, 0}, 0));
}

TEST_CASE("layout: a reach beyond int64 is refused", "[array][layout]") {
  CHECK(layout::strided(numbers{2}, numbers{most - 1}, 1).extent_bytes() == byte_range{0, most});
  CHECK(refuses_strided(errc::limit_exceeded, {2}, {most}, 1));
  CHECK(refuses_strided(errc::limit_exceeded, {2}, {most - 1}, 2));
  CHECK(layout::strided(numbers{2}, numbers{1 - most}, 1).extent_bytes() ==
        byte_range{1 - most, 1});
  CHECK(refuses_strided(errc::limit_exceeded, {2}, {-most}, 1));
  CHECK(refuses_strided(errc::limit_exceeded, {2}, {least}, 1));
  CHECK(refuses_strided(errc::limit_exceeded, {3}, {least}, 1));
  // Either side fits by itself; from one end to the other it does not.
  const std::int64_t half = std::int64_t{1} << 62;
  CHECK(refuses_strided(errc::limit_exceeded, {2, 2}, {half, -half}, 1));
  CHECK(refuses_strided(errc::limit_exceeded, {2, 2}, {half, half}, 1));
  // The sum would come back into range.
  CHECK(refuses_strided(errc::limit_exceeded, {3, 2}, {half, -half}, 1));
}

TEST_CASE("layout: an axis of one element may have any stride", "[array][layout]") {
  for (const std::int64_t stride : {most, least, std::int64_t{0}, std::int64_t{-1}}) {
    const layout where = layout::strided(numbers{1, 3}, numbers{stride, 2}, 2);
    CHECK(where.extent_bytes() == byte_range{0, 6});
    CHECK(where.is_contiguous(memory_order::c));
  }
  CHECK(layout::strided(numbers{0}, numbers{least}, 8).size() == 0);
}

TEST_CASE("layout: a zero extent does not hide the reach of another axis", "[array][layout]") {
  CHECK(refuses_strided(errc::limit_exceeded, {0, 3}, {1, most}, 1));
  CHECK(refuses_strided(errc::limit_exceeded, {3, 0}, {least, 1}, 1));
  CHECK(layout::strided(numbers{0, 3}, numbers{1, -(most / 2)}, 1).size() == 0);
}

TEST_CASE("layout: a negative extent is refused", "[array][layout]") {
  CHECK(refuses_contiguous(errc::shape_mismatch, {-1}, 4));
  CHECK(refuses_contiguous(errc::shape_mismatch, {0, least}, 4));
  CHECK(refuses_strided(errc::shape_mismatch, {3, -2}, {4, 4}, 4));
  const auto message = failure_of([] { layout::contiguous(numbers{3, -2}, 4); }).message();
  CHECK(message == "negative extent -2 in shape (3, -2)");
}

TEST_CASE("layout: there is one stride for each axis", "[array][layout]") {
  CHECK(refuses_strided(errc::shape_mismatch, {3, 2}, {4}, 4));
  CHECK(refuses_strided(errc::shape_mismatch, {}, {4}, 4));
  CHECK(refuses_strided(errc::shape_mismatch, {3}, {}, 4));
}

// Flags as NumPy 1.24 gives them, all for items of 4 bytes.
TEST_CASE("layout: contiguity is NumPy's", "[array][layout]") {
  struct row {
    numbers shape;
    numbers strides;
    bool c;
    bool f;
  };
  const std::vector<row> rows{
      {{}, {}, true, true},
      {{1}, {40}, true, true},
      {{5}, {4}, true, true},
      {{5}, {-4}, false, false},
      {{3}, {0}, false, false},
      {{2, 3}, {12, 4}, true, false},
      {{2, 3}, {4, 8}, false, true},
      {{2, 3}, {16, 4}, false, false},
      {{1, 3}, {999, 4}, true, true},
      {{3, 1}, {4, 999}, true, true},
      {{3, 1}, {8, 4}, false, false},
      {{0, 5}, {7, 7}, true, true},
      {{2, 0}, {4, 4}, true, true},
      {{2, 3, 4}, {48, 16, 4}, true, false},
      {{2, 3, 4}, {4, 8, 24}, false, true},
      {{2, 3, 4}, {16, 48, 4}, false, false},
      {{2, 1, 4}, {16, 1, 4}, true, false},
  };
  for (const row& r : rows) {
    CAPTURE(r.shape, r.strides);
    const layout where = layout::strided(r.shape, r.strides, 4);
    CHECK(where.is_contiguous(memory_order::c) == r.c);
    CHECK(where.is_contiguous(memory_order::f) == r.f);
  }
}

TEST_CASE("layout: offsets, size and extent agree with counting", "[array][layout]") {
  const layout where = layout::strided(numbers{3, 2, 4}, numbers{-40, 100, 8}, 3);
  const numbers all = offsets_of(where);
  REQUIRE(where.size() == std::int64_t{24});
  REQUIRE(all.size() == 24);
  std::size_t at = 0;
  for (std::int64_t i = 0; i < 3; ++i) {
    for (std::int64_t j = 0; j < 2; ++j) {
      for (std::int64_t k = 0; k < 4; ++k) CHECK(where.offset_of(numbers{i, j, k}) == all[at++]);
    }
  }
  CHECK(where.extent_bytes() == byte_range{*std::min_element(all.begin(), all.end()),
                                           *std::max_element(all.begin(), all.end()) + 3});
}

TEST_CASE("layout: copies are equal and independent", "[array][layout]") {
  const layout big = layout::contiguous(numbers(64, 1), 8);
  const layout small = layout::contiguous(numbers{2, 3}, 4);
  layout copy = big;
  CHECK(copy == big);
  copy = small;
  CHECK(copy == small);
  CHECK(copy.rank() == 2);
  CHECK_FALSE(copy == big);
  const layout& self = copy;
  copy = self;
  CHECK(copy == small);
}

TEST_CASE("layout: item size, shape and strides each make a difference", "[array][layout]") {
  const layout one = layout::strided(numbers{2, 3}, numbers{12, 4}, 4);
  CHECK(one == layout::contiguous(numbers{2, 3}, 4));
  CHECK_FALSE(one == layout::strided(numbers{2, 3}, numbers{12, 4}, 2));
  CHECK_FALSE(one == layout::strided(numbers{2, 2}, numbers{12, 4}, 4));
  CHECK_FALSE(one == layout::strided(numbers{2, 3}, numbers{12, 8}, 4));
  CHECK_FALSE(one == layout::strided(numbers{2, 3, 1}, numbers{12, 4, 4}, 4));
}
