#include "quarry/array/record.hpp"

#include <array>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/array/view.hpp"
#include "quarry/base/error.hpp"

using quarry::array;
using quarry::big;
using quarry::boolean;
using quarry::byte_order;
using quarry::dtype;
using quarry::element;
using quarry::errc;
using quarry::field;
using quarry::layout;
using quarry::little;
using quarry::type_kind;
using extents = std::vector<std::int64_t>;

namespace market {

struct trade {
  std::int64_t time;
  float price;
  std::uint16_t size;
};
QUARRY_RECORD(trade, time, price, size);

struct tick {
  little<std::uint16_t> id;
  big<double> price;
  char symbol[4];
  boolean bid;
};
QUARRY_RECORD(tick, id, price, symbol, bid);

struct point {
  float x;
  float y;
};
QUARRY_RECORD(point, x, y);

struct body {
  point position;
  point corners[4];
  std::int16_t grid[2][3];
  std::array<std::array<double, 2>, 3> matrix;
  std::array<char, 5> label;
  char names[2][8];
  std::array<std::byte, 3> opaque;
};
QUARRY_RECORD(body, position, corners, grid, matrix, label, names, opaque);

struct price_only {
  std::byte hidden[8];
  float price;
  std::byte rest[4];
};
QUARRY_RECORD(price_only, price);

struct undescribed {
  int value;
};

}  // namespace market

namespace {

static_assert(quarry::array_element<market::trade> && quarry::described_record<market::body>);
static_assert(!quarry::array_element<market::undescribed>);
static_assert(!quarry::described_record<float>);
static_assert(sizeof(market::tick) == 15 && alignof(market::tick) == 1, "no padding");

field part(std::string name, dtype type, std::int64_t offset_bytes, extents shape = {}) {
  return {std::move(name), std::move(type), std::move(shape), offset_bytes};
}

dtype number(type_kind kind, std::int64_t item_bytes, byte_order order = byte_order::little) {
  return {kind, item_bytes, order};
}

const dtype i8 = number(type_kind::signed_integer, 8);
const dtype f4 = number(type_kind::floating, 4);
const dtype u2 = number(type_kind::unsigned_integer, 2);

// What a file says that agrees with market::trade; the tests change one thing each.
std::vector<field> trade_fields() {
  return {part("time", i8, 0), part("price", f4, 8), part("size", u2, 12)};
}

// Two zero records of type `type`, viewed as Struct.
template <class Struct>
std::string refusal(const dtype& type) {
  const array a = array::zeros(type, extents{2});
  try {
    (void)a.as<const Struct, 1>();
  } catch (const quarry::error& e) {
    CHECK(e.code() == errc::type_mismatch);
    return e.message();
  }
  return "none";
}

std::string trade_refusal(std::vector<field> fields, std::int64_t item_bytes = 16) {
  return refusal<market::trade>(dtype::record(std::move(fields), item_bytes));
}

}  // namespace

TEST_CASE("record: a struct gives its members at their offsets") {
  const dtype& type = element<market::trade>::type();
  CHECK(type.is_record());
  CHECK(type.item_bytes() == 16);  // two bytes of padding at the end
  REQUIRE(type.fields().size() == 3);
  CHECK(type.fields()[0] == part("time", i8, 0));
  CHECK(type.fields()[1] == part("price", f4, 8));
  CHECK(type.fields()[2] == part("size", u2, 12));
  CHECK(&type == &element<market::trade>::type());  // made once
}

TEST_CASE("record: endian members and byte strings lie without gaps") {
  // np.dtype([('id', '<u2'), ('price', '>f8'), ('symbol', 'S4'), ('bid', '?')]).itemsize == 15
  const dtype expected = dtype::packed_record(
      {part("id", u2, 0), part("price", number(type_kind::floating, 8, byte_order::big), 0),
       part("symbol", dtype(type_kind::bytes, 4), 0),
       part("bid", dtype(type_kind::boolean, 1), 0)});
  CHECK(expected.item_bytes() == 15);
  CHECK(element<market::tick>::type() == expected);
}

TEST_CASE("record: arrays and structs as members are subarrays and nested records") {
  const dtype& type = element<market::body>::type();
  const dtype point = dtype::record({part("x", f4, 0), part("y", f4, 4)}, 8);
  const dtype f8 = number(type_kind::floating, 8);
  const dtype i2 = number(type_kind::signed_integer, 2);
  REQUIRE(type.fields().size() == 7);
  CHECK(type.fields()[0] == part("position", point, 0));
  CHECK(type.fields()[1] == part("corners", point, 8, {4}));
  CHECK(type.fields()[2] == part("grid", i2, 40, {2, 3}));
  CHECK(type.fields()[3] == part("matrix", f8, 56, {3, 2}));  // 52 rounded up to a double's
  CHECK(type.fields()[4] == part("label", dtype(type_kind::bytes, 5), 104));
  CHECK(type.fields()[5] == part("names", dtype(type_kind::bytes, 8), 109, {2}));
  CHECK(type.fields()[6] == part("opaque", dtype(type_kind::raw, 3), 125));
  CHECK(type.item_bytes() == 128);
}

TEST_CASE("record: records are read and written in place") {
  // struct.pack('<H', 258) + struct.pack('>d', -0.5) + b'ABC\0' + b'\1', then 513, 2.0, b'WXYZ', 0
  std::array<unsigned char, 30> stored{0x02, 0x01, 0xbf, 0xe0, 0, 0,    0,    0,    0,   0,
                                       'A',  'B',  'C',  0,    1, 0x01, 0x02, 0x40, 0,   0,
                                       0,    0,    0,    0,    0, 'W',  'X',  'Y',  'Z', 0};
  const array a = array::over(std::span<std::byte>(std::as_writable_bytes(std::span(stored))),
                              element<market::tick>::type(), layout::contiguous(extents{2}, 15));
  const auto ticks = a.as<market::tick, 1>();
  CHECK(ticks(0).id == 258);
  CHECK(ticks(0).price == -0.5);
  CHECK(std::string(ticks(0).symbol) == "ABC");
  CHECK(ticks(0).bid);
  CHECK(ticks(1).id == 513);
  CHECK(ticks(1).price == 2.0);
  CHECK(std::string(ticks(1).symbol, 4) == "WXYZ");
  CHECK(!ticks(1).bid);
  CHECK(static_cast<const void*>(&ticks(1)) == &stored[15]);
  ticks(1).price = -2.0;
  CHECK(stored[17] == 0xc0);
  const array backwards = a.flip();
  CHECK(backwards.as<const market::tick, 1>()(0).id == 513);
  // The same numbers through the array's own field.
  const array prices = a.field("price");
  CHECK(prices.as<const big<double>, 1>()(0) == -0.5);
  CHECK(prices.as<const big<double>, 1>()(1) == -2.0);
}

TEST_CASE("record: nested members and rows of subarrays are where the dtype says") {
  const array a = array::zeros(element<market::body>::type(), extents{3});
  const auto bodies = a.as<market::body, 1>();
  bodies(2).corners[3].y = 4.5F;
  bodies(2).grid[1][2] = -7;
  bodies(1).matrix[2][1] = 0.25;
  const array ys = a.field("corners.y");
  CHECK(ys.as<const float, 2>()(2, 3) == 4.5F);
  const array grids = a.field("grid");
  CHECK(grids.as<const std::int16_t, 3>()(2, 1, 2) == -7);
  const array matrices = a.field("matrix");
  CHECK(matrices.as<const double, 3>()(1, 2, 1) == 0.25);
}

TEST_CASE("record: a struct may leave fields of the file out") {
  CHECK(refusal<market::price_only>(dtype::record(trade_fields(), 16)) == "none");
  std::vector<field> fields = trade_fields();
  fields.push_back(part("flags", u2, 14));
  CHECK(trade_refusal(fields) == "none");
  std::swap(fields[0], fields[2]);  // nor does the order of declaration matter
  CHECK(trade_refusal(fields) == "none");
}

TEST_CASE("record: a field that the file lacks is named") {
  std::vector<field> fields = trade_fields();
  fields[1].name = "Price";
  CHECK(trade_refusal(fields) == "there is no field 'price'");
  fields = trade_fields();
  fields.pop_back();
  CHECK(trade_refusal(fields) == "there is no field 'size'");
  CHECK(trade_refusal({}) == "there is no field 'time'");
}

TEST_CASE("record: a field at another offset is named with both") {
  std::vector<field> fields = trade_fields();
  fields[2].offset_bytes = 14;
  CHECK(trade_refusal(fields) == "field 'size' lies at byte 14, in the struct at 12");
}

TEST_CASE("record: a field of another type or byte order is named with both") {
  std::vector<field> fields = trade_fields();
  fields[1].type = number(type_kind::signed_integer, 4);
  CHECK(trade_refusal(fields) == "field 'price' is <i4, in the struct <f4");
  fields[1].type = number(type_kind::floating, 4, byte_order::big);
  CHECK(trade_refusal(fields) == "field 'price' is >f4, in the struct <f4");
  fields = trade_fields();
  fields[2].type = number(type_kind::unsigned_integer, 1);
  CHECK(trade_refusal(fields) == "field 'size' is |u1, in the struct <u2");
}

TEST_CASE("record: a field of another shape is named with both") {
  std::vector<field> fields = trade_fields();
  fields[2].type = dtype(type_kind::unsigned_integer, 2);
  fields[2].shape = {1};
  CHECK(trade_refusal(fields) == "field 'size' has shape (1,), in the struct ()");
  std::vector<field> parts(element<market::body>::type().fields().begin(),
                           element<market::body>::type().fields().end());
  parts[2].shape = {3, 2};
  CHECK(refusal<market::body>(dtype::record(parts, 128)) ==
        "field 'grid' has shape (3, 2), in the struct (2, 3)");
}

TEST_CASE("record: records of another item size are refused") {
  CHECK(trade_refusal(trade_fields(), 14) == "records have 14 bytes, the struct has 16");
  CHECK(trade_refusal(trade_fields(), 24) == "records have 24 bytes, the struct has 16");
}

TEST_CASE("record: a difference inside a nested record is named by its path") {
  std::vector<field> parts(element<market::body>::type().fields().begin(),
                           element<market::body>::type().fields().end());
  const dtype right = parts[1].type;
  const auto refusal_of = [&](const dtype& corner) {
    parts[1].type = corner;
    return refusal<market::body>(dtype::record(parts, 128));
  };
  CHECK(refusal_of(right) == "none");
  CHECK(refusal_of(dtype::record({part("x", f4, 0), part("z", f4, 4)}, 8)) ==
        "there is no field 'corners.y'");
  CHECK(refusal_of(dtype::record({part("x", f4, 4), part("y", f4, 0)}, 8)) ==
        "field 'corners.x' lies at byte 4, in the struct at 0");
  const dtype big_f4 = number(type_kind::floating, 4, byte_order::big);
  CHECK(refusal_of(dtype::record({part("x", f4, 0), part("y", big_f4, 4)}, 8)) ==
        "field 'corners.y' is >f4, in the struct <f4");
  CHECK(refusal_of(dtype::record({part("x", f4, 0)}, 4)) ==
        "records of field 'corners' have 4 bytes, the struct has 8");
  CHECK(refusal_of(number(type_kind::floating, 8)).find("field 'corners' is <f8, in the struct ") ==
        0);
}

TEST_CASE("record: a number is no record and a record no number") {
  CHECK(refusal<market::point>(number(type_kind::floating, 8)).find("elements are <f8, ") == 0);
  const std::string message = refusal<double>(element<market::point>::type());
  CHECK(message.find("the view wants <f8") != std::string::npos);
}

TEST_CASE("record: a struct wants its own alignment") {
  alignas(8) std::array<std::byte, 40> stored{};
  const array a = array::over(std::span<std::byte>(stored), element<market::trade>::type(),
                              layout::contiguous(extents{2}, 16), 4);
  try {
    (void)a.as<const market::trade, 1>();
    FAIL("a struct of int64 is read off its alignment");
  } catch (const quarry::error& e) {
    CHECK(e.code() == errc::type_mismatch);
    CHECK(e.message().find("elements are not aligned to 8 bytes") == 0);
  }
}
