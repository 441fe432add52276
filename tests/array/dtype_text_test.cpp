#include "quarry/array/dtype_text.hpp"

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"

using quarry::byte_order;
using quarry::dtype;
using quarry::errc;
using quarry::parse_dtype;
using quarry::parse_type_string;
using quarry::time_unit;
using quarry::type_kind;

namespace {

std::error_code thrown(std::string_view text) {
  try {
    parse_dtype(text);
  } catch (const quarry::error& e) {
    return e.code();
  }
  return {};
}

// How many warnings the reader of file types has about `text`.
std::size_t warnings_of(std::string_view text) {
  std::vector<std::string> warnings;
  parse_type_string(text, warnings);
  return warnings.size();
}

std::string canonical(std::string_view text) { return to_string(parse_dtype(text)); }

constexpr bool little = quarry::native_order == byte_order::little;

}  // namespace

TEST_CASE("dtype text: type strings are NumPy's and quarry's own", "[array][dtype_text]") {
  CHECK(parse_dtype("<i2") == dtype(type_kind::signed_integer, 2, byte_order::little));
  CHECK(parse_dtype(">f4") == dtype(type_kind::floating, 4, byte_order::big));
  CHECK(parse_dtype("u1") == dtype());
  CHECK(parse_dtype("S32") == dtype(type_kind::bytes, 32));
  CHECK(parse_dtype("<U3") == dtype(type_kind::text, 12, byte_order::little));
  CHECK(parse_dtype("|V7") == dtype(type_kind::raw, 7));
  CHECK(parse_dtype("<M8[25s]") ==
        dtype::moment(type_kind::datetime, {time_unit::base::s, 25}, byte_order::little));
  CHECK(parse_dtype("float32") == dtype(type_kind::floating, 4));
  CHECK(parse_dtype(">i3") == dtype(type_kind::signed_integer, 3, byte_order::big));
  CHECK(parse_dtype("<u3") == dtype(type_kind::unsigned_integer, 3, byte_order::little));
  CHECK(parse_dtype("int24") == dtype(type_kind::signed_integer, 3));
  CHECK(parse_dtype("bf16") == dtype(type_kind::brain_floating, 2));
  CHECK(parse_dtype(">bf16") == dtype(type_kind::brain_floating, 2, byte_order::big));
  CHECK(parse_dtype("bfloat16") == dtype(type_kind::brain_floating, 2));
  CHECK(parse_dtype(" f8 ") == dtype(type_kind::floating, 8));
}

TEST_CASE("dtype text: every number's name is read", "[array][dtype_text]") {
#define QUARRY_CHECK_NAME(Type, Kind, Name) \
  CHECK(parse_dtype(Name) == dtype(type_kind::Kind, sizeof(Type)));
  QUARRY_FOR_EACH_NUMBER(QUARRY_CHECK_NAME)
#undef QUARRY_CHECK_NAME
}

TEST_CASE("dtype text: canonical texts", "[array][dtype_text]") {
  for (const std::string_view text : {"<f4",
                                      ">f4",
                                      "|u1",
                                      "|b1",
                                      "|S5",
                                      "<U3",
                                      ">U0",
                                      "|V0",
                                      "|O",
                                      "<f16",
                                      "<c32",
                                      "<M8",
                                      ">M8[25s]",
                                      "<m8[ns]",
                                      "<m8[as]",
                                      "<i3",
                                      ">u3",
                                      "<bf16",
                                      "{t:>f8, v:<f4[3]}",
                                      "{a:|u1, b:{c:<i2[2,3], d:|S1}[4]}",
                                      "{a@4:<i4, b@0:|u1}",
                                      "{a:<i4, @8}",
                                      "{@4}",
                                      "{}",
                                      "{m:<M8[ns][3]}",
                                      "{m:<M8[3]}",
                                      "{'a b':|u1, 'it\\'s':|u1, 'back\\\\slash':|u1}",
                                      "{a@0:<i4, b@0:|u1, @16}",
                                      "{z:<f4[0]}"}) {
    CHECK(canonical(text) == text);
    CHECK(parse_dtype(canonical(text)) == parse_dtype(text));
  }
}

TEST_CASE("dtype text: records take blanks, quotes and offsets", "[array][dtype_text]") {
  const auto record = parse_dtype("{ t : >f8 , \"id no\" : <u4, v:<f4[ 3 ] }");
  CHECK(record.item_bytes() == 24);
  CHECK(record.find("id no")->offset_bytes == 8);
  CHECK(record.find("v")->shape == std::vector<std::int64_t>{3});
  const auto gaps = parse_dtype("{t@8:<f8, n:<i2, first@0:u1, @32}");
  CHECK(gaps.find("n")->offset_bytes == 16);
  CHECK(gaps.find("first")->offset_bytes == 0);
  CHECK(gaps.item_bytes() == 32);
}

TEST_CASE("dtype text: a title is left out", "[array][dtype_text]") {
  const auto record = dtype::packed_record({{.name = "a", .type = dtype(), .title = "first"}});
  CHECK(to_string(record) == "{a:|u1}");
}

TEST_CASE("dtype text: a type may be the beginning of a text", "[array][dtype_text]") {
  std::size_t position = 3;
  CHECK(quarry::parse_dtype_at("as <f4[3]", position) ==
        dtype(type_kind::floating, 4, byte_order::little));
  CHECK(position == 6);
  position = 0;
  CHECK(quarry::parse_dtype_at("<M8[ns][3]@8", position).unit().unit == time_unit::base::ns);
  CHECK(position == 7);
  position = 0;
  CHECK(quarry::parse_dtype_at("<M8[3,-1]", position).unit().unit == time_unit::base::generic);
  CHECK(position == 3);
}

TEST_CASE("dtype text: nonsense is an invalid argument", "[array][dtype_text]") {
  for (const std::string_view text : {"",
                                      "<",
                                      "<ixy",
                                      "<f3",
                                      "<i5",
                                      "<b8",
                                      "<f8 x",
                                      "f8[3]",
                                      "Float64",
                                      "<float64",
                                      "f+8",
                                      "f 8",
                                      "S-1",
                                      "S+5",
                                      "<M8[zz]",
                                      "<M8[ns",
                                      "<M8[]",
                                      "<M8[0ns]",
                                      "<M8[-1ns]",
                                      "<M8[10ns/2]",
                                      "<M8[2147483648s]",
                                      "3i4",
                                      "(2,3)f4",
                                      "i8,f4",
                                      "|O16",
                                      "{",
                                      "{a}",
                                      "{a:}",
                                      "{a:f4",
                                      "{a:f4,}",
                                      "{a:f4 b:f4}",
                                      "{:f4}",
                                      "{a:f4[]}",
                                      "{a:f4[-1]}",
                                      "{a:f4[x]}",
                                      "{'a:f4}",
                                      "{a:f4}}",
                                      "{a:f4, a:f4}",
                                      "{'':f4}",
                                      "{a@-1:f4}",
                                      "{a:f4, @2}",
                                      "{a:f4, @8, b:f4}",
                                      "\xff",
                                      "<f8\n"}) {
    INFO(text);
    CHECK(thrown(text) == errc::invalid_argument);
  }
}

TEST_CASE("dtype text: sizes that would wrap are refused", "[array][dtype_text]") {
  for (const std::string_view text :
       {"|V4294967296", "<U536870912", "|S2147483648", "|S99999999999999999999",
        "{a:f8[536870912]}", "{a:f8[99999999999999999999]}", "{a:|V2147483647, b:u1}",
        "{a@9223372036854775807:f8}"}) {
    INFO(text);
    CHECK(thrown(text) == errc::limit_exceeded);
  }
  CHECK(parse_dtype("|V2147483647").item_bytes() == 2147483647);
  CHECK(parse_dtype("<U536870911").item_bytes() == 2147483644);
}

TEST_CASE("dtype text: float8 is unsupported rather than wrong", "[array][dtype_text]") {
  CHECK(thrown("<f1") == errc::unsupported);
}

TEST_CASE("dtype text: nesting is bounded however long the text", "[array][dtype_text]") {
  std::string deep;
  for (int i = 0; i < 8; ++i) deep += "{a:";
  CHECK(parse_dtype(deep + "u1" + std::string(8, '}')).item_bytes() == 1);
  std::string deeper;
  for (int i = 0; i < 100000; ++i) deeper += "{a:";
  CHECK(thrown(deeper) == errc::limit_exceeded);
}

TEST_CASE("dtype text: errors name the character", "[array][dtype_text]") {
  CHECK_THROWS_WITH(parse_dtype("{a:f4, b:f3}"), Catch::StartsWith("character 9: type 'f3': "));
  CHECK_THROWS_WITH(parse_dtype("{a;f4}"), "character 2 of '{a;f4}': expected ':', found ';'");
  CHECK_THROWS_WITH(parse_dtype("{a:f4"), Catch::EndsWith("expected ',', found the end"));
}

TEST_CASE("type string: canonical spellings of a file pass without a warning",
          "[array][dtype_text]") {
  for (const std::string_view text :
       {"<f8", ">f8", "|b1", "|u1", "u1", "<u1", ">i1", "|i1", "<b1", "|S5", "S5", "<U3", "<M8[ns]",
        "|V7", "<f16", "|O", "<i3", ">bf16"}) {
    INFO(text);
    CHECK(warnings_of(text) == 0);
  }
}

TEST_CASE("type string: unusual spellings are native and reported", "[array][dtype_text]") {
  for (const std::string_view text : {"f8",
                                      "=f8",
                                      "|f8",
                                      "float64",
                                      "int",
                                      "long",
                                      "l",
                                      "<l",
                                      "d",
                                      "?",
                                      "bf16",
                                      "bfloat16",
                                      "U3",
                                      "a5",
                                      "M8[ns]",
                                      "datetime64[ns]",
                                      "<datetime64[ns]",
                                      "|S",
                                      "unicode",
                                      "complex256"}) {
    INFO(text);
    std::vector<std::string> warnings;
    CHECK(parse_type_string(text, warnings).is_native());
    CHECK_FALSE(warnings.empty());
  }
}

TEST_CASE("type string: a platform's name has its size on 64-bit Linux", "[array][dtype_text]") {
  std::vector<std::string> warnings;
  CHECK(parse_type_string("long", warnings) == dtype(type_kind::signed_integer, 8));
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0] == "type 'long' is read as i8, its size on 64-bit Linux");
}

TEST_CASE("type string: a comma string is a record", "[array][dtype_text]") {
  std::vector<std::string> warnings;
  const auto record = parse_type_string("<i8, >3f4, (2,3)u1", warnings);
  CHECK(to_string(record) == "{f0:<i8, f1:>f4[3], f2:|u1[2,3]}");
  CHECK_FALSE(warnings.empty());
  for (const std::string_view text :
       {"3i4,", "(2,3)i4", "i4,,f4", ",", ",i4", "(2,i4", "i4,(x)f4"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_type_string(text, warnings), quarry::error);
  }
}

TEST_CASE("dtype text: native order is the machine's", "[array][dtype_text]") {
  CHECK(canonical("f4") == (little ? "<f4" : ">f4"));
  CHECK(canonical("=u8") == (little ? "<u8" : ">u8"));
}
