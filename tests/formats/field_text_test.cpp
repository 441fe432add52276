// field_text_test.cpp: words and numbers of text headers, whatever pads or damages them.
#include "formats/field_text.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

using namespace quarry::formats;
using namespace std::string_view_literals;

TEST_CASE("field text: blanks, line ends and NULs on both sides are padding", "[formats]") {
  CHECK(trimmed("  a b\t\r\n"sv) == "a b");
  CHECK(trimmed("\0 7\0\0"sv) == "7");
  CHECK(trimmed(" \0"sv).empty());
  CHECK(trimmed(""sv).empty());
  CHECK(until_nul(" V\0garbage"sv) == "V");
  CHECK(until_nul("\0garbage"sv).empty());
  CHECK(until_nul("mV "sv) == "mV");
}

TEST_CASE("field text: words are the same in any case", "[formats]") {
  CHECK(same_word("BinaRY", "binary"));
  CHECK(same_word("", ""));
  CHECK_FALSE(same_word("bin", "binary"));
  CHECK_FALSE(same_word("a{", "a["));
}

TEST_CASE("field text: an integer is all of a field", "[formats]") {
  CHECK(whole_number(" 12 "sv) == 12);
  CHECK(whole_number("-1"sv) == -1);
  CHECK(whole_number("+3\0"sv) == 3);
  CHECK(whole_number("9223372036854775807"sv) == INT64_MAX);
  for (const auto text : {""sv, " "sv, "+"sv, "+-1"sv, "1 2"sv, "1.0"sv, "0x10"sv, "1e3"sv,
                          "9223372036854775808"sv, "1\0002"sv, "seven"sv}) {
    INFO(text);
    CHECK_FALSE(whole_number(text));
  }
}

TEST_CASE("field text: a real number is finite and has a point, whatever the locale", "[formats]") {
  CHECK(real_number(" -1.5E-3 "sv) == -1.5e-3);
  CHECK(real_number("+2"sv) == 2.0);
  CHECK(real_number(".5"sv) == 0.5);
  for (const auto text : {""sv, "1,5"sv, "nan"sv, "inf"sv, "-inf"sv, "1e999"sv, "1.5 V"sv}) {
    INFO(text);
    CHECK_FALSE(real_number(text));
  }
}

TEST_CASE("field text: bytes that are no UTF-8 are Latin-1", "[formats]") {
  CHECK(as_utf8("\xc2\xb5V") == "\xc2\xb5V");
  CHECK(as_utf8("\xb5V") == "\xc2\xb5V");
  CHECK(as_utf8("") == "");
}

TEST_CASE("field text: an attribute of no text is left out", "[formats]") {
  quarry::attributes out;
  add_text(out, "units", "");
  CHECK(out.empty());
  add_text(out, "units", "V");
  REQUIRE(out.size() == 1);
  CHECK(out[0].name == "units");
  CHECK(std::get<std::string>(out[0].value.value) == "V");
}

TEST_CASE("field text: several texts are a list, empty ones too", "[formats]") {
  quarry::attributes out;
  add_texts(out, "axis_names", std::array{"record"sv, ""sv});
  REQUIRE(out.size() == 1);
  const auto& list = std::get<std::vector<quarry::attribute_value>>(out[0].value.value);
  REQUIRE(list.size() == 2);
  CHECK(std::get<std::string>(list[0].value) == "record");
  CHECK(std::get<std::string>(list[1].value).empty());
}
