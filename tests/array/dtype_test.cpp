#include "quarry/array/dtype.hpp"

#include <limits>

#include <catch2/catch.hpp>

#include "quarry/array/dtype_text.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

using quarry::byte_order;
using quarry::concat;
using quarry::dtype;
using quarry::errc;
using quarry::field;
using quarry::time_unit;
using quarry::type_kind;

namespace {

const dtype big_f8(type_kind::floating, 8, byte_order::big);
const dtype little_i4(type_kind::signed_integer, 4, byte_order::little);
const dtype u1(type_kind::unsigned_integer, 1);

// The code of the error that `run` throws; code 0 if it throws none.
template <class Run>
std::error_code thrown(const Run& run) {
  try {
    run();
  } catch (const quarry::error& e) {
    return e.code();
  }
  return {};
}

dtype nested(int levels) {
  dtype out = u1;
  for (int i = 0; i < levels; ++i) out = dtype::packed_record({{.name = "in", .type = out}});
  return out;
}

}  // namespace

TEST_CASE("dtype: the default is uint8", "[array][dtype]") {
  CHECK(dtype() == u1);
  CHECK(dtype().item_bytes() == 1);
  CHECK(dtype().order() == byte_order::none);
}

TEST_CASE("dtype: items without a byte order drop it", "[array][dtype]") {
  CHECK(dtype(type_kind::signed_integer, 1, byte_order::big) ==
        dtype(type_kind::signed_integer, 1, byte_order::little));
  for (const auto kind : {type_kind::bytes, type_kind::raw, type_kind::object}) {
    CHECK(dtype(kind, 8, byte_order::big).order() == byte_order::none);
  }
  CHECK(dtype(type_kind::text, 8, byte_order::big).order() == byte_order::big);
  CHECK(dtype(type_kind::floating, 4, byte_order::none).order() == quarry::native_order);
}

TEST_CASE("dtype: a size that the kind does not have is refused", "[array][dtype]") {
  const auto make = [](type_kind kind, std::int64_t bytes) {
    return thrown([&] { dtype(kind, bytes); });
  };
  CHECK(make(type_kind::boolean, 2) == errc::type_mismatch);
  CHECK(make(type_kind::signed_integer, 5) == errc::type_mismatch);
  CHECK(make(type_kind::unsigned_integer, 0) == errc::type_mismatch);
  CHECK(make(type_kind::floating, 3) == errc::type_mismatch);
  CHECK(make(type_kind::brain_floating, 4) == errc::type_mismatch);
  CHECK(make(type_kind::complex_floating, 4) == errc::type_mismatch);
  CHECK(make(type_kind::text, 6) == errc::type_mismatch);
  CHECK(make(type_kind::object, 4) == errc::type_mismatch);
  CHECK(make(type_kind::bytes, -1) == errc::type_mismatch);
  CHECK(make(type_kind::datetime, 8) == errc::type_mismatch);
  CHECK(make(type_kind::record, 8) == errc::type_mismatch);
  CHECK(make(type_kind::raw, dtype::max_item_bytes + 1) == errc::limit_exceeded);
  CHECK_FALSE(make(type_kind::raw, dtype::max_item_bytes));
  CHECK_FALSE(make(type_kind::bytes, 0));
}

TEST_CASE("dtype: every number of the list exists with the size of its C++ type",
          "[array][dtype]") {
#define QUARRY_CHECK_NUMBER(Type, Kind, Name)                   \
  CHECK(dtype(type_kind::Kind, sizeof(Type)).alignment() >= 1); \
  CHECK(is_computable(dtype(type_kind::Kind, sizeof(Type))));
  QUARRY_FOR_EACH_NUMBER(QUARRY_CHECK_NUMBER)
#undef QUARRY_CHECK_NUMBER
}

TEST_CASE("dtype: a record has at most 262144 fields", "[array][dtype]") {
  std::vector<field> fields(dtype::max_fields);
  for (std::size_t i = 0; i < fields.size(); ++i) fields[i].name = std::to_string(i);
  CHECK(dtype::packed_record(fields).item_bytes() == 262144);
  fields.push_back({.name = "one too many", .type = dtype()});
  CHECK(thrown([&] { dtype::packed_record(fields); }) == errc::limit_exceeded);
}

TEST_CASE("dtype: long double is held but not computed with", "[array][dtype]") {
  CHECK_FALSE(is_computable(dtype(type_kind::floating, 16)));
  CHECK_FALSE(is_computable(dtype(type_kind::complex_floating, 32)));
  CHECK_FALSE(is_computable(dtype(type_kind::bytes, 4)));
  CHECK_FALSE(is_computable(dtype::moment(type_kind::datetime, {})));
}

TEST_CASE("dtype: a moment carries its unit", "[array][dtype]") {
  const auto ns = dtype::moment(type_kind::datetime, {time_unit::base::ns, 1}, byte_order::big);
  CHECK(ns.item_bytes() == 8);
  CHECK(ns.order() == byte_order::big);
  CHECK(ns.unit() == time_unit{time_unit::base::ns, 1});
  CHECK_FALSE(ns == dtype::moment(type_kind::datetime, {time_unit::base::us, 1}, byte_order::big));
  CHECK_FALSE(ns == dtype::moment(type_kind::timedelta, {time_unit::base::ns, 1}, byte_order::big));
  CHECK(thrown([] { dtype::moment(type_kind::floating, {}); }) == errc::type_mismatch);
  CHECK(thrown([] {
          dtype::moment(type_kind::datetime, {time_unit::base::s, 0});
        }) == errc::type_mismatch);
  CHECK(thrown([] {
          dtype::moment(type_kind::datetime, {time_unit::base::generic, 2});
        }) == errc::type_mismatch);
}

TEST_CASE("dtype: a packed record puts its fields one after another", "[array][dtype]") {
  const auto record = dtype::packed_record(
      {{.name = "t", .type = big_f8}, {.name = "v", .type = little_i4, .shape = {2, 3}}});
  REQUIRE(record.is_record());
  CHECK(record.item_bytes() == 32);
  CHECK(record.fields()[0].offset_bytes == 0);
  CHECK(record.fields()[1].offset_bytes == 8);
  CHECK(record.fields()[1].bytes() == 24);
  CHECK(record.alignment() == 1);
  CHECK(record.order() == byte_order::none);
}

TEST_CASE("dtype: fields are found by name and by title", "[array][dtype]") {
  const auto record = dtype::record(
      {{.name = "a", .type = u1, .offset_bytes = 3, .title = "first"}, {.name = "b", .type = u1}},
      4);
  REQUIRE(record.find("a") != nullptr);
  CHECK(record.find("a")->offset_bytes == 3);
  CHECK(record.find("first") == record.find("a"));
  CHECK(record.find("b") == &record.fields()[1]);
  CHECK(record.find("c") == nullptr);
  CHECK(record.find("") == nullptr);
  CHECK(u1.find("a") == nullptr);
  CHECK(u1.fields().empty());
}

TEST_CASE("dtype: fields outlive the dtype they were made with", "[array][dtype]") {
  dtype copy;
  {
    const auto record = dtype::packed_record({{.name = "only", .type = big_f8}});
    copy = record;
  }
  CHECK(copy.find("only")->type == big_f8);
}

TEST_CASE("dtype: fields may overlap and leave gaps", "[array][dtype]") {
  const auto record = dtype::record({{.name = "whole", .type = little_i4, .offset_bytes = 4},
                                     {.name = "low", .type = u1, .offset_bytes = 4}},
                                    16);
  CHECK(record.item_bytes() == 16);
  CHECK(dtype::record({}, 4).item_bytes() == 4);
  CHECK(dtype::packed_record({}).item_bytes() == 0);
}

TEST_CASE("dtype: a wrong record is refused", "[array][dtype]") {
  const auto record = [](std::vector<field> fields, std::int64_t bytes) {
    return thrown([&] { dtype::record(std::move(fields), bytes); });
  };
  CHECK(record({{.name = "", .type = u1}}, 1) == errc::type_mismatch);
  CHECK(record({{.name = "a", .type = u1}, {.name = "a", .type = u1}}, 1) == errc::type_mismatch);
  CHECK(record({{.name = "a", .type = u1}, {.name = "b", .type = u1, .title = "a"}}, 1) ==
        errc::type_mismatch);
  CHECK(record({{.name = "a", .type = u1, .title = "a"}}, 1) == errc::type_mismatch);
  CHECK(record({{.name = "a", .type = u1, .shape = {2, -1}}}, 9) == errc::type_mismatch);
  CHECK(record({{.name = "a", .type = big_f8}}, 7) == errc::out_of_bounds);
  CHECK(record({{.name = "a", .type = u1, .offset_bytes = 4}}, 4) == errc::out_of_bounds);
  CHECK(record({{.name = "a", .type = u1, .offset_bytes = -1}}, 4) == errc::out_of_bounds);
  CHECK(
      record(
          {{.name = "a", .type = big_f8, .offset_bytes = std::numeric_limits<std::int64_t>::max()}},
          8) == errc::out_of_bounds);
  CHECK(record({{.name = "a", .type = big_f8, .shape = {std::int64_t{1} << 61U}}}, 8) ==
        errc::limit_exceeded);
  CHECK(record({{.name = "a", .type = u1, .shape = std::vector<std::int64_t>(65, 1)}}, 8) ==
        errc::limit_exceeded);
  CHECK(record({}, -1) == errc::type_mismatch);
  CHECK(record({}, dtype::max_item_bytes + 1) == errc::limit_exceeded);
  CHECK(thrown([] { dtype::packed_record({{.name = "a", .type = u1, .shape = {-1}}}); }) ==
        errc::type_mismatch);
  CHECK(thrown([] {
          const dtype big(type_kind::raw, dtype::max_item_bytes);
          dtype::packed_record({{.name = "a", .type = big}, {.name = "b", .type = u1}});
        }) == errc::limit_exceeded);
}

TEST_CASE("dtype: records nest eight levels deep and no deeper", "[array][dtype]") {
  CHECK(nested(8).item_bytes() == 1);
  CHECK(thrown([] { nested(9); }) == errc::limit_exceeded);
}

TEST_CASE("dtype: an object anywhere inside is known", "[array][dtype]") {
  const dtype object(type_kind::object, 8);
  CHECK(object.has_object());
  const auto inner = dtype::packed_record({{.name = "o", .type = object}});
  CHECK(
      dtype::packed_record({{.name = "a", .type = u1}, {.name = "r", .type = inner}}).has_object());
  CHECK_FALSE(nested(3).has_object());
}

TEST_CASE("dtype: what is mixed inside is mixed outside", "[array][dtype]") {
  const dtype inner = quarry::parse_dtype("{a:>f4, b:<i2}");
  const dtype outer = quarry::parse_dtype("{n:u1, r:{a:>f4, b:<i2}}");
  CHECK(inner.orders().mixed);
  CHECK(outer.orders().mixed);
  const dtype little = outer.with_byte_order(byte_order::little);
  CHECK_FALSE(little.orders().mixed);
  CHECK(little.find("r")->type == quarry::parse_dtype("{a:<f4, b:<i2}"));
}

TEST_CASE("dtype: with_byte_order turns every field", "[array][dtype]") {
  const auto inner = dtype::packed_record({{.name = "x", .type = big_f8}});
  const auto mixed = dtype::packed_record({{.name = "r", .type = inner},
                                           {.name = "i", .type = little_i4, .title = "number"},
                                           {.name = "u", .type = u1}});
  CHECK(mixed.orders().mixed);
  CHECK_FALSE(mixed.is_native());
  const auto little = mixed.with_byte_order(byte_order::little);
  CHECK_FALSE(little.orders().mixed);
  CHECK(little.orders().order == byte_order::little);
  CHECK(little.find("r")->type.find("x")->type.order() == byte_order::little);
  CHECK(little.find("number")->offset_bytes == 8);
  CHECK(little.find("u")->type == u1);
  CHECK_FALSE(little == mixed);
  CHECK(little.with_byte_order(byte_order::big).find("i")->type.order() == byte_order::big);
  CHECK(little.with_byte_order(byte_order::little) == little);
  CHECK(mixed.with_byte_order(quarry::native_order).is_native());
}

TEST_CASE("dtype: orders are summarised without the single bytes", "[array][dtype]") {
  CHECK(u1.orders().order == byte_order::none);
  CHECK(u1.is_native());
  CHECK(big_f8.orders().order == byte_order::big);
  const auto record =
      dtype::packed_record({{.name = "u", .type = u1}, {.name = "t", .type = big_f8}});
  CHECK(record.orders().order == byte_order::big);
  CHECK_FALSE(record.orders().mixed);
  CHECK(dtype::packed_record({{.name = "u", .type = u1}}).orders().order == byte_order::none);
}

TEST_CASE("dtype: alignments are those of NumPy", "[array][dtype]") {
  // np.dtype(...).alignment
  CHECK(dtype(type_kind::signed_integer, 2).alignment() == 2);
  CHECK(dtype(type_kind::complex_floating, 8).alignment() == 4);
  CHECK(dtype(type_kind::complex_floating, 32).alignment() == 16);
  CHECK(dtype(type_kind::floating, 16).alignment() == 16);
  CHECK(dtype(type_kind::text, 12).alignment() == 4);
  CHECK(dtype(type_kind::bytes, 8).alignment() == 1);
  CHECK(dtype(type_kind::signed_integer, 3).alignment() == 1);
  CHECK(dtype::moment(type_kind::timedelta, {}).alignment() == 8);
}

TEST_CASE("dtype: records are equal if their fields are", "[array][dtype]") {
  const auto make = [](std::string title, std::int64_t offset, std::int64_t bytes) {
    return dtype::record(
        {{.name = "a", .type = little_i4, .offset_bytes = offset, .title = std::move(title)}},
        bytes);
  };
  CHECK(make("", 0, 8) == make("", 0, 8));
  CHECK_FALSE(make("", 0, 8) == make("", 4, 8));
  CHECK_FALSE(make("", 0, 8) == make("", 0, 12));
  CHECK_FALSE(make("", 0, 8) == make("t", 0, 8));
  CHECK_FALSE(make("", 0, 8) == dtype(type_kind::raw, 8));
  CHECK_FALSE(dtype(type_kind::raw, 8) == make("", 0, 8));
}

TEST_CASE("dtype: a record may have a hundred thousand fields", "[array][dtype]") {
  std::vector<field> fields;
  for (int i = 0; i < 100000; ++i) fields.push_back({.name = concat("f", i), .type = big_f8});
  const auto record = dtype::packed_record(std::move(fields));
  CHECK(record.item_bytes() == 800000);
  CHECK(record.find("f99999")->offset_bytes == 799992);
  CHECK(record.find("f100000") == nullptr);
}
