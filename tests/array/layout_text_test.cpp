#include "quarry/array/layout_text.hpp"

#include <limits>

#include <catch2/catch.hpp>

#include "quarry/array/dtype_text.hpp"
#include "quarry/base/error.hpp"

using quarry::errc;
using quarry::memory_order;
using quarry::parse_layout;
using quarry::raw_layout;

namespace {

using shape = std::vector<std::int64_t>;

template <class Run>
std::error_code thrown(const Run& run) {
  try {
    run();
  } catch (const quarry::error& e) {
    return e.code();
  }
  return {};
}

std::error_code parse_error(std::string_view text) {
  return thrown([&] { parse_layout(text); });
}

shape resolved(std::string_view text, std::uint64_t file_bytes) {
  return resolve_shape(parse_layout(text), file_bytes);
}

std::error_code resolve_error(std::string_view text, std::uint64_t file_bytes) {
  return thrown([&] { resolved(text, file_bytes); });
}

}  // namespace

TEST_CASE("layout text: the examples of the command line", "[array][layout_text]") {
  const auto stack = parse_layout(">i2[-1,1024,1024]@512");
  CHECK(to_string(stack.type) == ">i2");
  CHECK(stack.shape == shape{-1, 1024, 1024});
  CHECK_FALSE(stack.strides);
  CHECK(stack.order == memory_order::c);
  CHECK(stack.offset_bytes == 512);

  const auto padded = parse_layout("<f4[480,640](4096,4)@64");
  CHECK(padded.strides == shape{4096, 4});
  CHECK(padded.offset_bytes == 64);

  const auto records = parse_layout("{t:>f8, ch:>i2[8]}[-1]@1024");
  CHECK(records.type.item_bytes() == 24);
  CHECK(records.shape == shape{-1});
}

TEST_CASE("layout text: every part but the type may be missing", "[array][layout_text]") {
  CHECK(parse_layout(">f4").shape == shape{-1});
  CHECK(parse_layout(">f4@8") ==
        raw_layout{.type = quarry::parse_dtype(">f4"), .shape = {-1}, .offset_bytes = 8});
  CHECK(parse_layout("u1[]").shape.empty());
  CHECK(parse_layout("u1 F").order == memory_order::f);
  CHECK(parse_layout("<f4(-4)").strides == shape{-4});
  CHECK(parse_layout("<M8[ns]").shape == shape{-1});
  CHECK(parse_layout("<M8[5]").shape == shape{5});
  CHECK(parse_layout("<M8[ns][5]").shape == shape{5});
}

TEST_CASE("layout text: blanks stand anywhere between the parts", "[array][layout_text]") {
  CHECK(parse_layout("  >f4 [ 3 , 4 ] F @ 16 ") == parse_layout(">f4[3,4]F@16"));
  CHECK(parse_layout(">f4[3,4] C") == parse_layout(">f4[3,4]"));
}

TEST_CASE("layout text: the canonical text reads back equal", "[array][layout_text]") {
  for (const std::string_view text :
       {">i2[-1,1024,1024]@512", "<f4[480,640](4096,4)@64", "{t:>f8, ch:>i2[8]}[-1]@1024", "|u1[]",
        "<f8[3,4]F", "<f8[3,4]F@18446744073709551615", "<M8[ns][2](-8)", "<i3[-1]", "<bf16[2,0]"}) {
    CHECK(to_string(parse_layout(text)) == text);
    CHECK(parse_layout(to_string(parse_layout(text))) == parse_layout(text));
  }
  CHECK(to_string(parse_layout(">f4")) == ">f4[-1]");
}

TEST_CASE("layout text: nonsense is an invalid argument", "[array][layout_text]") {
  for (const std::string_view text :
       {"",          "[3]",      "f4[",      "f4[3",       "f4[3,",      "f4[,]",     "f4[3,]",
        "f4[3 4]",   "f4[a]",    "f4[1.5]",  "f4[1e3]",    "f4[0x10]",   "f4[-2]",    "f4[-1,-1]",
        "f4[+3]",    "f4[3]G",   "f4[3]CF",  "f4[3](4,4)", "f4[3]()",    "f4[3](4",   "f4[3]F(4)",
        "f4[3](4)F", "f4[3]@",   "f4[3]@-1", "f4[3]@1e3",  "f4[3]@0x10", "f4[3]@8 x", "f4[3]@1.5",
        "f4@8[3]",   "f4[3][4]", "f9[3]",    "{a:f4[3]",   "f4F"}) {
    INFO(text);
    CHECK(parse_error(text) == errc::invalid_argument);
  }
}

TEST_CASE("layout text: numbers beyond 64 bits pass a limit", "[array][layout_text]") {
  CHECK(parse_error("f4[3]@18446744073709551616") == errc::limit_exceeded);
  CHECK(parse_error("f4[9223372036854775808]") == errc::limit_exceeded);
  CHECK(parse_error("f4[3](-9223372036854775809)") == errc::limit_exceeded);
  std::string axes = "u1[1";
  for (int i = 1; i < 64; ++i) axes += ",1";
  CHECK(parse_layout(axes + "]").shape.size() == 64);
  CHECK(parse_error(axes + ",1]") == errc::limit_exceeded);
}

TEST_CASE("layout text: errors name the character", "[array][layout_text]") {
  CHECK_THROWS_WITH(parse_layout("<f4[3]@x"),
                    "character 7 of '<f4[3]@x': expected an offset in bytes, found 'x'");
  CHECK_THROWS_WITH(parse_layout("<f4[-1,-1]"),
                    "character 4 of '<f4[-1,-1]': expected -1 for one axis only, found '-'");
}

TEST_CASE("layout text: -1 takes what lies behind the offset", "[array][layout_text]") {
  CHECK(resolved("<f4", 4000) == shape{1000});
  CHECK(resolved("<f4@1000", 4000) == shape{750});
  CHECK(resolved("<f4@4000", 4000) == shape{0});
  CHECK(resolved("<f4[-1,10]", 4000) == shape{100, 10});
  CHECK(resolved("<f4[10,-1]F", 4000) == shape{10, 100});
  CHECK(resolved("{t:>f8, ch:>i2[8]}[-1]@1024", 1024 + 240) == shape{10});
  CHECK(resolved("u1", 0) == shape{0});
  CHECK(resolved("u1[7]", 3) == shape{7});
  CHECK(resolved("u1[]", 3).empty());
}

TEST_CASE("layout text: bytes left over are an error", "[array][layout_text]") {
  CHECK(resolve_error("<f4[-1,10]", 4001) == errc::shape_mismatch);
  CHECK_THROWS_WITH(resolved("<f4[-1,10]@8", 4004),
                    "the 3996 bytes from byte 8 on hold 99 times 40 bytes, 36 bytes are left over");
}

TEST_CASE("layout text: -1 without a single answer is an error", "[array][layout_text]") {
  CHECK(resolve_error("<f4[-1,0]", 4000) == errc::shape_mismatch);
  CHECK(resolve_error("|V0", 4000) == errc::shape_mismatch);
  CHECK(resolve_error("<f4[-1](0)", 4000) == errc::shape_mismatch);
  CHECK(resolve_error("<f4[-1,0](4,4)", 4000) == errc::shape_mismatch);
  CHECK(resolve_error("|V0[-1](4)", 4000) == errc::shape_mismatch);
}

TEST_CASE("layout text: an offset behind the end is out of bounds", "[array][layout_text]") {
  CHECK(resolve_error("<f4@4001", 4000) == errc::out_of_bounds);
  CHECK(resolve_error("<f4[3]@4001", 4000) == errc::out_of_bounds);
  CHECK(resolve_error("<f4@18446744073709551615", 4000) == errc::out_of_bounds);
}

TEST_CASE("layout text: with strides -1 is what stays inside the file", "[array][layout_text]") {
  CHECK(resolved("<f4[-1](16)", 64) == shape{4});
  CHECK(resolved("<f4[-1](16)", 67) == shape{4});
  CHECK(resolved("<f4[-1](16)", 68) == shape{5});
  CHECK(resolved("<f4[-1](16)@4", 68) == shape{4});
  CHECK(resolved("<f4[-1](16)@4", 72) == shape{5});
  CHECK(resolved("<f4[-1](-16)@48", 64) == shape{4});
  CHECK(resolved("<f4[-1](-16)@47", 64) == shape{3});
  CHECK(resolved("<f4[-1](2)", 8) == shape{3});
  CHECK(resolved("<f4[-1](4)", 3) == shape{0});
  CHECK(resolved("<f4[-1,3](16,4)", 64) == shape{4, 3});
  CHECK(resolved("<f4[-1,3](16,4)", 59) == shape{3, 3});
  CHECK(resolved("<f4[-1,3](16,-4)@8", 64) == shape{4, 3});
  CHECK(resolved("<f4[-1,3](16,-4)@4", 64) == shape{0, 3});
  CHECK(resolved("<f4[3,-1](-4,-16)@56", 64) == shape{3, 4});
}

TEST_CASE("layout text: the ends of int64 do no harm", "[array][layout_text]") {
  CHECK(resolved("u1[-1](-9223372036854775808)@5", 64) == shape{1});
  CHECK(resolved("u1[-1](9223372036854775807)", 64) == shape{1});
  CHECK(resolve_error("u1[-1,3](1,9223372036854775807)", 64) == errc::limit_exceeded);
  CHECK(resolve_error("u1[-1,3](1,-9223372036854775808)", 64) == errc::limit_exceeded);
  CHECK(resolve_error("f8[-1,9223372036854775807]", 64) == errc::limit_exceeded);
  CHECK(resolve_error("u1", std::numeric_limits<std::uint64_t>::max()) == errc::limit_exceeded);
}
