// Every combination of strides, alignment and byte order against one obvious loop.
#include <algorithm>
#include <array>
#include <bit>
#include <complex>
#include <cstring>
#include <numeric>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/kernels/blocks.hpp"
#include "quarry/kernels/box_plan.hpp"
#include "quarry/kernels/convert.hpp"

#include "kernels/sample.hpp"

namespace {

using extents = std::vector<std::int64_t>;
constexpr std::array<std::string_view, 15> types{"|u1", "<i2", ">i2", "<i3",  ">u3",
                                                 "<i4", ">u4", "<i8", ">i8",  "<f4",
                                                 ">f4", "<f8", ">f8", "<c16", ">c8"};

// The bytes of a small number in that type, in its byte order.
std::string encoded(const quarry::dtype& type, int value) {
  std::string bytes;
  const auto item = static_cast<std::size_t>(type.item_bytes());
  const auto append = [&](auto number) {
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
  };
  const bool real_floats = type.kind() == quarry::type_kind::floating;
  const bool complex = type.kind() == quarry::type_kind::complex_floating;
  const bool wide = item == (complex ? 16U : 8U);
  if (real_floats || complex) {
    wide ? append(static_cast<double>(value)) : append(static_cast<float>(value));
  } else {
    append(static_cast<std::int64_t>(value));
    bytes.resize(item);
  }
  if (type.order() == quarry::byte_order::big) std::reverse(bytes.begin(), bytes.end());
  bytes.resize(item);  // the imaginary part
  return bytes;
}

// Room for elements of any layout, filled with a pattern that shows what was written.
struct room {
  std::vector<std::byte> bytes;
  std::int64_t origin = 0;
  quarry::layout where;

  std::byte* at(std::span<const std::int64_t> index) {
    return bytes.data() + origin + where.offset_of(index);
  }
  quarry::array as(const quarry::dtype& type) {
    return quarry::array::over(std::span(bytes), type, where, origin);
  }
};

// Axes in a random order, with gaps and directions, from an address of any alignment.
room random_room(std::mt19937& random, const extents& shape, std::int64_t item_bytes) {
  const auto pick = [&](int n) {
    return static_cast<std::int64_t>(random() % static_cast<unsigned>(n));
  };
  std::vector<std::size_t> order(shape.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (pick(2) == 0) std::shuffle(order.begin(), order.end(), random);
  const bool gaps = pick(2) == 0;
  extents strides(shape.size());
  std::int64_t step = item_bytes;
  for (std::size_t i = order.size(); i-- > 0;) {
    const std::size_t axis = order[i];
    if (gaps) step += pick(3);
    strides[axis] = pick(3) == 0 ? -step : step;
    step *= shape[axis];
  }
  room out;
  out.where = quarry::layout::strided(shape, strides, item_bytes);
  const quarry::byte_range touched = out.where.extent_bytes();
  out.origin = pick(9) - touched.begin;
  out.bytes.assign(static_cast<std::size_t>(touched.end + out.origin + 5), std::byte{0xee});
  return out;
}

// Calls `visit` with every index of the shape, in C order.
template <class Visit>
void for_each_index(const extents& shape, Visit visit) {
  extents index(shape.size(), 0);
  for (const std::int64_t extent : shape) {
    if (extent == 0) return;
  }
  while (true) {
    visit(index);
    std::size_t axis = shape.size();
    while (axis > 0 && ++index[axis - 1] == shape[axis - 1]) index[--axis] = 0;
    if (axis == 0) return;
  }
}

void put(std::byte* at, const std::string& item) { std::memcpy(at, item.data(), item.size()); }

// Converts numbers that depend on the index, and compares all bytes of the target with those that
// storing them one by one gives.
void check_one(std::mt19937& random, const extents& shape, std::string_view from_text,
               std::string_view to_text) {
  const quarry::dtype from_type = quarry::parse_dtype(from_text);
  const quarry::dtype to_type = quarry::parse_dtype(to_text);
  room from = random_room(random, shape, from_type.item_bytes());
  room to = random_room(random, shape, to_type.item_bytes());
  room expected = to;
  int number = 0;
  for_each_index(shape, [&](const extents& index) {
    number = (number * 5 + 3) % 127;
    put(from.at(index), encoded(from_type, number));
    put(expected.at(index), encoded(to_type, number));
  });
  quarry::convert(from.as(from_type), to.as(to_type), sample::unsafe);
  if (to.bytes != expected.bytes) {
    FAIL(from_text << " to " << to_text << ", shape " << Catch::Detail::stringify(shape)
                   << ", strides "
                   << Catch::Detail::stringify(
                          extents(from.where.strides().begin(), from.where.strides().end()))
                   << " to "
                   << Catch::Detail::stringify(
                          extents(to.where.strides().begin(), to.where.strides().end())));
  }
}

}  // namespace

TEST_CASE("convert: strides, alignment and byte order do not change the values",
          "[kernels][convert]") {
  const auto seed = std::random_device{}();
  std::mt19937 random(seed);
  INFO("seed " << seed);
  for (int round = 0; round < 3000; ++round) {
    extents shape(random() % 5);
    for (std::int64_t& extent : shape) extent = static_cast<std::int64_t>(random() % 6);
    if (random() % 4 != 0) {
      for (std::int64_t& extent : shape) extent += extent == 0 ? 1 : 0;
    }
    check_one(random, shape, types[random() % types.size()], types[random() % types.size()]);
  }
  SUCCEED();
}

TEST_CASE("convert: shapes larger than a tile and a block keep every element",
          "[kernels][convert]") {
  const auto seed = std::random_device{}();
  std::mt19937 random(seed);
  INFO("seed " << seed);
  const std::vector<extents> shapes{{64, 64}, {65, 129},    {130, 70},    {1, 3000},
                                    {3000},   {2, 100, 90}, {90, 2, 100}, {63, 200}};
  for (const extents& shape : shapes) {
    for (int round = 0; round < 12; ++round) {
      check_one(random, shape, types[random() % types.size()], types[random() % types.size()]);
    }
  }
  SUCCEED();
}

TEST_CASE("convert: a broadcast source is read again and again", "[kernels][convert]") {
  const auto row = sample::of<std::int16_t>("<i2", {1, 2, 3});
  const auto to = quarry::array::zeros(quarry::parse_dtype("<i4"), extents{2, 3});
  quarry::convert(row.broadcast_to(extents{2, 3}), to);
  CHECK(sample::values_of<std::int32_t>(to) == std::vector<std::int32_t>{1, 2, 3, 1, 2, 3});
  const auto column = row.reshape({3, 1}).broadcast_to(extents{3, 100});
  const auto wide = quarry::array::zeros(quarry::parse_dtype("<i2"), extents{100, 3});
  quarry::copy(column, wide.transpose());
  for (const std::int64_t i : {0, 50, 99}) {
    CHECK(sample::values_of<std::int16_t>(wide)[static_cast<std::size_t>(3 * i + 1)] == 2);
  }
}

TEST_CASE("blocks: axes that continue each other on both sides are one row", "[kernels][blocks]") {
  using sizes = std::vector<std::array<std::int64_t, 2>>;  // rows and elements of each block
  const auto blocks = [](const quarry::layout& from, const quarry::layout& to) {
    quarry::pair_walk walk(from, to);
    sizes out;
    for (quarry::pair_block block; walk.next(block);) out.push_back({block.rows, block.count});
    return out;
  };
  using quarry::layout;
  using quarry::memory_order;
  const extents shape{3, 1, 4, 5};
  const layout c4 = layout::contiguous(shape, 4);
  const layout c8 = layout::contiguous(shape, 8);
  CHECK(blocks(c4, c8) == sizes{{1, 60}});
  const layout f4 = layout::contiguous(shape, 4, memory_order::f);
  const layout f8 = layout::contiguous(shape, 8, memory_order::f);
  CHECK(blocks(f4, f8) == sizes{{1, 60}});
  const layout rows = layout::strided(extents{3, 20}, extents{100, 4}, 4);
  CHECK(blocks(rows, layout::contiguous(extents{3, 20}, 4)) == sizes{{3, 20}});
  const layout planes = layout::strided(extents{2, 3, 20}, extents{999, 100, 4}, 4);
  CHECK(blocks(planes, layout::contiguous(extents{2, 3, 20}, 4)) == sizes{{3, 20}, {3, 20}});
  const layout backwards = layout::strided(extents{3, 20}, extents{-80, -4}, 4);
  CHECK(blocks(backwards, backwards) == sizes{{1, 60}});
  CHECK(blocks(layout::contiguous({}, 4), layout::contiguous({}, 4)) == sizes{{1, 1}});
  CHECK(blocks(layout::contiguous(extents{0, 3}, 4), layout::contiguous(extents{0, 3}, 4)).empty());
}

TEST_CASE("blocks: a transpose is walked in tiles", "[kernels][blocks]") {
  const extents shape{100, 200};
  quarry::pair_walk walk(quarry::layout::contiguous(shape, 4),
                         quarry::layout::contiguous(shape, 4, quarry::memory_order::f));
  CHECK(walk.is_tiled());
  CHECK(walk.in_row().to == 4);
  CHECK(walk.in_row().from == 800);
  CHECK(walk.to_row().to == 400);
  CHECK(walk.to_row().from == 4);
  std::vector<quarry::pair_block> tiles;
  for (quarry::pair_block tile; walk.next(tile);) tiles.push_back(tile);
  REQUIRE(tiles.size() == 8);  // 4 times 64 (the last 8) columns, 2 times 64 (the last 36) rows
  CHECK(tiles[0].rows == 64);
  CHECK(tiles[0].count == 64);
  CHECK(tiles[1].from_offset == 64 * 4);  // along the source
  CHECK(tiles[1].to_offset == 64 * 400);
  CHECK(tiles[3].rows == 8);
  CHECK(tiles[4].from_offset == 64 * 800);
  CHECK(tiles[4].to_offset == 64 * 4);
  CHECK(tiles[4].count == 36);
  CHECK(tiles[7].rows == 8);
  CHECK(tiles[7].count == 36);
}

TEST_CASE("blocks: tiles of short rows have more of them", "[kernels][blocks]") {
  // The axes (3, 1, 0, 2) of an array of shape (32, 8, 32, 256).
  const extents shape{256, 8, 32, 32};
  const extents from_strides{4, 32768, 262144, 1024};
  quarry::pair_walk walk(quarry::layout::strided(shape, from_strides, 4),
                         quarry::layout::contiguous(shape, 4));
  CHECK(walk.is_tiled());
  std::vector<quarry::pair_block> tiles;
  for (quarry::pair_block tile; walk.next(tile);) tiles.push_back(tile);
  REQUIRE(tiles.size() == 512);  // 2 times 128 rows for each index of the two axes between
  CHECK(tiles[0].rows == 128);
  CHECK(tiles[0].count == 32);
}

TEST_CASE("blocks: pieces cover everything once", "[kernels][blocks]") {
  const extents shape{7, 33, 5};
  const auto from = quarry::layout::contiguous(shape, 4, quarry::memory_order::f);
  const auto to = quarry::layout::contiguous(shape, 2);
  std::vector<int> seen(7 * 33 * 5);
  const quarry::pair_piece whole{from, to};
  const quarry::box_plan boxes(from, to, 100, 0, 64);
  for (std::int64_t box = 0; box < boxes.count(); ++box) {
    const quarry::pair_piece piece = quarry::part_of(whole, boxes[box]);
    CHECK(piece.to.size_bytes() <= 100);
    quarry::pair_walk walk(piece.from, piece.to);
    for (quarry::pair_block block; walk.next(block);) {
      for (std::int64_t i = 0; i < block.rows * block.count; ++i) {
        const std::int64_t row = i / block.count;
        const std::int64_t at = i % block.count;
        const auto target = static_cast<std::size_t>(
            piece.to_offset + block.to_offset + row * walk.to_row().to + at * walk.in_row().to);
        const std::int64_t source = piece.from_offset + block.from_offset +
                                    row * walk.to_row().from + at * walk.in_row().from;
        const auto element = static_cast<std::int64_t>(target / 2);
        const extents index{element / 165, element / 5 % 33, element % 5};
        CHECK(source == from.offset_of(index));
        ++seen.at(target / 2);
      }
    }
  }
  CHECK(std::ranges::all_of(seen, [](int times) { return times == 1; }));
}

TEST_CASE("convert: a native copy has plain elements one after another", "[kernels][convert]") {
  const auto big = sample::converted(sample::of<std::int32_t>("<i4", {1, 2, 3, 4, 5, 6}), ">i4");
  const auto turned = big.reshape({2, 3}).transpose();
  const auto native = quarry::to_native(turned);
  CHECK(native.flags().c_contiguous);
  CHECK(native.type() == quarry::parse_dtype("<i4").with_byte_order(quarry::native_order));
  CHECK(sample::values_of<std::int32_t>(native) == std::vector<std::int32_t>{1, 4, 2, 5, 3, 6});
  const auto records = sample::of_bytes("{a:>i2, b:>f4}", sample::unhex("00013f800000"), {1});
  const auto plain = quarry::to_native(records);
  CHECK(plain.type().is_native());
  CHECK(sample::values_of<std::int16_t>(quarry::to_native(plain.field("a"))) ==
        std::vector<std::int16_t>{1});
  CHECK(quarry::to_native(quarry::array::zeros(quarry::parse_dtype("S3"), extents{0})).size() == 0);
}

// The one that no cache holds is put together in boxes, the slabs of it are not.
TEST_CASE("convert: a large target that is turned equals its slabs", "[kernels][convert]") {
  const std::pair<std::string_view, std::string_view> types[] = {
      {"u1", "u1"}, {"<i3", "<i3"}, {">i2", "<f4"}, {"<f8", ">f8"}, {"<c16", "<c16"}};
  for (const auto& [from_type, to_type] : types) {
    const std::int64_t item = quarry::parse_dtype(to_type).item_bytes();
    const std::vector<std::int64_t> shape{37, 64, 29,
                                          (std::int64_t{17} << 20) / item / (37 * 64 * 29) + 1};
    const quarry::array whole = quarry::array::zeros(quarry::parse_dtype(from_type), shape);
    std::uint32_t state = 1;
    for (std::int64_t i = 0; i < whole.size_bytes(); ++i) {
      state = state * 1664525U + 1013904223U;
      // Bytes from 0 to 3 make no NaN.
      whole.mutable_data()[i] = static_cast<std::byte>(state >> 30U);
    }
    for (const std::vector<int>& axes : {std::vector{3, 1, 0, 2}, {3, 2, 1, 0}, {1, 0, 3, 2}}) {
      const quarry::array from = whole.transpose(axes);
      INFO(from_type << " to " << to_type << ", axes " << axes[0] << axes[1] << axes[2] << axes[3]);
      const quarry::array found = quarry::array::zeros(quarry::parse_dtype(to_type), from.shape());
      const quarry::array expected =
          quarry::array::zeros(quarry::parse_dtype(to_type), from.shape());
      quarry::convert(from, found, {.threads = 1});
      for (std::int64_t i = 0; i < from.shape()[0]; ++i) {
        quarry::convert(from.slice({i}), expected.slice({i}), {.threads = 1});
      }
      CHECK(std::memcmp(found.data(), expected.data(),
                        static_cast<std::size_t>(found.size_bytes())) == 0);
    }
  }
}
