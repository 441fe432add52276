// What array does to its dtype: fields, parts, byte order, other types over the same bytes.
#include <catch2/catch.hpp>

#include "quarry/array/array.hpp"
#include "quarry/array/dtype_text.hpp"
#include "quarry/base/text.hpp"

#include "array/elements.hpp"
#include "map/failure.hpp"

using quarry::array;
using quarry::byte_order;
using quarry::concat;
using quarry::dtype;
using quarry::errc;
using quarry::layout;
using quarry::parse_dtype;

namespace {

using names = std::vector<std::string>;

constexpr std::string_view trade =
    "{time:>f8, id:<i4, pos:{x:<f4, y:<f4}, tags:|u1[2,3]}";  // 26 bytes

// Where `part` starts, counted from the first byte of `whole`.
std::int64_t distance(const array& whole, const array& part) { return part.data() - whole.data(); }

void check(const array& found, std::string_view type, const numbers& shape,
           const numbers& strides) {
  CHECK(to_string(found.type()) == type);
  CHECK(found.where().item_bytes() == found.type().item_bytes());
  CHECK(list(found.shape()) == shape);
  CHECK(list(found.strides()) == strides);
}

}  // namespace

TEST_CASE("field: a field is a strided array over the same bytes", "[array][field]") {
  borrowed memory;
  const array a = memory.over(trade, {10});
  check(a.field("time"), ">f8", {10}, {26});
  CHECK(distance(a, a.field("time")) == 0);
  check(a.field("id"), "<i4", {10}, {26});
  CHECK(distance(a, a.field("id")) == 8);
  check(a.field("pos"), "{x:<f4, y:<f4}", {10}, {26});
  check(a.field("pos.y"), "<f4", {10}, {26});
  CHECK(distance(a, a.field("pos.y")) == 16);
  CHECK(distance(a, a.field("pos").field("y")) == 16);
  a.field("id").slice("1").mutable_data()[0] = std::byte{7};
  CHECK(memory.bytes[26 + 8] == std::byte{7});
}

TEST_CASE("field: a subarray appends its axes", "[array][field]") {
  borrowed memory;
  const array a = memory.over(trade, {4, 5});
  check(a.field("tags"), "|u1", {4, 5, 2, 3}, {130, 26, 3, 1});
  CHECK(distance(a, a.field("tags")) == 20);
  CHECK(elements<std::uint8_t>(a.slice("0, 1").field("tags")) ==
        std::vector<std::uint8_t>{46, 47, 48, 49, 50, 51});
  check(a.slice("::-1, 2").field("tags"), "|u1", {4, 2, 3}, {-130, 3, 1});
  check(memory.over("{a:{b:<i2[3]}[2]}", {}).field("a.b"), "<i2", {2, 3}, {6, 2});
}

TEST_CASE("field: axes of records and subarray together are 64 at most", "[array][field]") {
  borrowed memory;
  const array a = memory.over("{v:|u1[1,1]}", numbers(62, 1));
  CHECK(a.field("v").rank() == 64);
  CHECK(fails_with(errc::limit_exceeded,
                   [&] { memory.over("{v:|u1[1,1]}", numbers(63, 1)).field("v"); }));
}

TEST_CASE("field: a title and a name with a dot are found", "[array][field]") {
  borrowed memory;
  const dtype inner = dtype::packed_record({{.name = "b", .type = parse_dtype("<i2")}});
  const dtype type = dtype::packed_record({{.name = "a", .type = inner},
                                           {.name = "a.b", .type = parse_dtype("<i4")},
                                           {.name = "t", .type = inner, .title = "the title"}});
  const array a =
      array::over(std::span<std::byte>(memory.bytes), type, layout::contiguous(numbers{3}, 8));
  CHECK(distance(a, a.field("the title")) == 6);
  CHECK(distance(a, a.field("the title.b")) == 6);
  CHECK(to_string(a.field("a.b").type()) == "<i4");  // the whole text comes first
  CHECK(to_string(a.field("a").field("b").type()) == "<i2");
}

TEST_CASE("field: a field of no records lies at their place", "[array][field]") {
  const array none = array::zeros(parse_dtype(trade), numbers{0, 3});
  check(none.field("id"), "<i4", {0, 3}, {78, 26});
  CHECK(distance(none, none.field("id")) == 0);
}

TEST_CASE("field: a missing field is named beside those there are", "[array][field]") {
  borrowed memory;
  const array a = memory.over(trade, {2});
  const auto refused = [&](std::string_view path) { return failure_of([&] { a.field(path); }); };
  CHECK(refused("price").code() == errc::not_found);
  CHECK(refused("price").message() == "no field 'price' (there are: time, id, pos, tags)");
  CHECK(refused("pos.z").message() == "no field 'z' (there are: x, y)");
  CHECK(refused("").code() == errc::not_found);
  CHECK(refused(".").code() == errc::not_found);
  CHECK(refused("pos.").code() == errc::not_found);
  CHECK(refused("Time").code() == errc::not_found);
  CHECK(refused("id.x").code() == errc::type_mismatch);
  CHECK(refused("id.x").message() == "no field 'x': the elements are not records");
  CHECK(fails_with(errc::type_mismatch, [&] { memory.over("<i4", {2}).field("a"); }));

  std::string many = "{f0:|u1";
  for (int k = 1; k < 200; ++k) many += concat(", f", k, ":|u1");
  const array wide = memory.over(many + "}", {2});
  CHECK(failure_of([&] { wide.field("g"); }).message() ==
        "no field 'g' (there are: f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, ...)");
}

TEST_CASE("fields: several fields keep their offsets and the item size", "[array][field]") {
  borrowed memory;
  const array a = memory.over("{a:<i4, b:<f8, c:|u1}", {4});
  const array some = a.fields(names{"c", "a"});
  check(some, "{c@12:|u1, a@0:<i4}", {4}, {13});
  CHECK(some.type().item_bytes() == 13);
  CHECK(some.data() == a.data());
  CHECK(some.writable());
  CHECK(distance(a, some.field("c")) == 12);
  CHECK(elements<std::uint8_t>(some.field("c")) == std::vector<std::uint8_t>{12, 25, 38, 51});
  CHECK(a.fields(names{}).type().fields().empty());
  CHECK(a.fields(names{}).type().item_bytes() == 13);
  CHECK(fails_with(errc::not_found, [&] { a.fields(names{"a", "d"}); }));
  CHECK(fails_with(errc::type_mismatch, [&] { a.fields(names{"a", "a"}); }));
  CHECK(fails_with(errc::type_mismatch, [&] { memory.over("<i4", {4}).fields(names{"a"}); }));
}

TEST_CASE("real and imag: complex numbers have two parts", "[array][field]") {
  borrowed memory;
  const array c = memory.holding<double>("<c16", {3}, {1, -1, 2, -2, 3, -3});
  check(c.real(), "<f8", {3}, {16});
  CHECK(elements<double>(c.real()) == std::vector<double>{1, 2, 3});
  CHECK(elements<double>(c.imag()) == std::vector<double>{-1, -2, -3});
  CHECK(elements<double>(c.flip(0).imag()) == std::vector<double>{-3, -2, -1});
  CHECK(c.imag().writable());
  check(memory.over(">c8", {2, 2}).imag(), ">f4", {2, 2}, {16, 8});
  CHECK(distance(c, memory.over(">c8", {2, 2}).imag()) == 4);
  const array none = c.slice("3:");
  CHECK(distance(none, none.imag()) == 0);
}

TEST_CASE("real and imag: other numbers are real", "[array][field]") {
  borrowed memory;
  const array f = memory.over("<f4", {3});
  CHECK(f.real().type() == f.type());
  CHECK(f.real().where() == f.where());
  CHECK(f.real().data() == f.data());
  CHECK(fails_with(errc::type_mismatch, [&] { f.imag(); }));
  CHECK(fails_with(errc::type_mismatch, [&] { memory.over("{a:<c8}", {3}).imag(); }));
}

TEST_CASE("byte order: another order is another reading of the same bytes", "[array][dtype]") {
  borrowed memory;
  const array a = memory.over("<i4", {3});
  const array swapped = a.with_byte_order(byte_order::big);
  check(swapped, ">i4", {3}, {4});
  CHECK(swapped.data() == a.data());
  CHECK(swapped.writable());
  CHECK(swapped.with_byte_order(byte_order::little).type() == a.type());
  check(memory.over("{a:<i4, b:{c:>f8, d:|S3}}", {3}).with_byte_order(byte_order::big),
        "{a:>i4, b:{c:>f8, d:|S3}}", {3}, {15});
}

// Shapes and strides are those of NumPy's view().
TEST_CASE("reinterpret: the last axis takes what the item size gives", "[array][dtype]") {
  borrowed memory;
  const auto as = [](const array& from, std::string_view type) {
    return from.reinterpret(parse_dtype(type));
  };
  const array bytes = memory.over("|u1", {2, 12});
  check(as(bytes, "<i4"), "<i4", {2, 3}, {12, 4});
  check(as(bytes.slice(":, 2:6"), ">i2"), ">i2", {2, 2}, {12, 2});
  check(as(bytes.slice("::-1, :4"), "<i4"), "<i4", {2, 1}, {-12, 4});
  CHECK(as(bytes.slice(":, 2:6"), ">i2").data() == bytes.data() + 2);
  const array floats = memory.over("<f4", {3, 4});
  check(as(floats, "|u1"), "|u1", {3, 16}, {16, 1});
  check(as(floats, "<c8"), "<c8", {3, 2}, {16, 8});
  check(as(floats.slice(":, :1"), "|u1"), "|u1", {3, 4}, {16, 1});
  check(as(memory.over("<f4", {3}), "{a:|u1}"), "{a:|u1}", {12}, {1});
  CHECK(elements<std::uint8_t>(as(floats.slice("1"), "|u1"))[3] == 19);
  CHECK(as(floats, "|u1").writable());
}

TEST_CASE("reinterpret: items of one size need no contiguous axis", "[array][dtype]") {
  borrowed memory;
  const array floats = memory.over("<f4", {3, 4});
  check(floats.slice(":, ::-2").reinterpret(parse_dtype(">i4")), ">i4", {3, 2}, {16, -8});
  check(memory.over("<f4", {}).reinterpret(parse_dtype("{a:|u1, b:|u1[3]}")), "{a:|u1, b:|u1[3]}",
        {}, {});
}

TEST_CASE("reinterpret: no elements are contiguous whatever their strides", "[array][dtype]") {
  borrowed memory;
  const array none = memory.over("<f4", {0, 4}).slice(":, ::2");
  check(none.reinterpret(parse_dtype("<f8")), "<f8", {0, 1}, {16, 8});
  const array flat = memory.over("<f4", {2, 0});
  CHECK(list(flat.reinterpret(parse_dtype("<f8")).shape()) == numbers{2, 0});
}

TEST_CASE("reinterpret: what does not fit is refused", "[array][dtype]") {
  borrowed memory;
  const array bytes = memory.over("|u1", {2, 12});
  const auto refused = [](const array& from, std::string_view type) {
    return failure_of([&] { from.reinterpret(parse_dtype(type)); });
  };
  CHECK(refused(bytes, "|V5").code() == errc::type_mismatch);
  CHECK(refused(bytes, "|V5").message() ==
        "items of 1 bytes cannot be read as items of 5 bytes: the last axis has a remainder");
  CHECK(refused(bytes.flip(1), "<i4").code() == errc::type_mismatch);
  CHECK(refused(bytes.transpose(), "<i2").message() ==
        "items of 1 bytes cannot be read as items of 2 bytes: the last axis is not contiguous");
  CHECK(refused(memory.over("<f4", {}), "|u1").code() == errc::type_mismatch);
  CHECK(refused(bytes, "|S0").code() == errc::type_mismatch);
  CHECK(refused(memory.over("<f4", {3, 4}).slice(":, ::2"), "|u1").code() == errc::type_mismatch);
  CHECK(refused(memory.over("<f4", {0, 3}), "<f8").code() == errc::type_mismatch);
  CHECK(refused(memory.over("<i8", {3}), "O").code() == errc::unsupported);
  CHECK(refused(memory.over("<i8", {3}), "{a:O}").code() == errc::unsupported);
}

TEST_CASE("reinterpret: a read-only array stays read-only", "[array][dtype]") {
  borrowed memory;
  const array a = memory.over("{a:<c8, b:<i4}", {4}).as_read_only();
  for (const array& part :
       {a.field("a"), a.field("a").real(), a.field("a").imag(), a.fields(names{"b"}),
        a.with_byte_order(byte_order::big), a.reinterpret(parse_dtype("<i4"))}) {
    CHECK_FALSE(part.writable());
  }
}
