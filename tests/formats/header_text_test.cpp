// header_text_test.cpp: lines, fields and numbers of text headers.
#include "formats/header_text.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"

#include "formats/golden.hpp"

using golden::refusal_from;
using quarry::errc;
using quarry::formats::header_field;
using quarry::formats::header_fields;
using quarry::formats::line_reader;
using quarry::formats::lower_case;
using quarry::formats::words_of;

namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> out;
  line_reader lines(text);
  while (const auto line = lines.next()) out.emplace_back(line->text);
  return out;
}

header_field field(std::string value) { return {"size", std::move(value), 7}; }

}  // namespace

TEST_CASE("header text: lines end with a newline, a return before it, or the text",
          "[formats][header_text]") {
  CHECK(lines_of("").empty());
  CHECK(lines_of("a\n\nb\r\nc\rd") == std::vector<std::string>{"a", "", "b", "c\rd"});
  line_reader lines("one\ntwo\r\nthree");
  CHECK(lines.next()->number == 1);
  CHECK(lines.position() == 4);
  CHECK(lines.next()->number == 2);
  CHECK(lines.position() == 9);
  lines.next();
  CHECK(lines.position() == 14);
  CHECK_FALSE(lines.next());
}

TEST_CASE("header text: a line that does not end within 16 MiB is no line",
          "[formats][header_text]") {
  const std::string text = "a\n" + std::string((std::size_t{16} << 20U) + 1, 'x') + "\n";
  line_reader lines(text);
  CHECK(lines.next()->text == "a");
  CHECK(refusal_from([&] { lines.next(); }).code == errc::limit_exceeded);
}

TEST_CASE("header text: words stand between blanks, tabs and line ends", "[formats][header_text]") {
  using words = std::vector<std::string_view>;
  CHECK(words_of(" a\tbc \r\n d") == words{"a", "bc", "d"});
  CHECK(words_of("  ").empty());
  CHECK(lower_case("Byte SKIP_9") == "byte skip_9");
  std::string many;
  for (int i = 0; i <= (1 << 20); ++i) many += "1 ";
  CHECK(refusal_from([&] { words_of(many); }).code == errc::limit_exceeded);
}

TEST_CASE("header text: numbers are whole words and decimal", "[formats][header_text]") {
  CHECK(field("-12").integer() == -12);
  CHECK(field("+12").integer() == 12);
  CHECK(field("1 -2  3").integers() == std::vector<std::int64_t>{1, -2, 3});
  CHECK(field("1e3").real() == 1000.0);
  CHECK(field("+.5").real() == 0.5);
  CHECK(std::isnan(field("nan").real()));
  CHECK(field("-inf").real() == -std::numeric_limits<double>::infinity());
  for (const char* const wrong : {"", "1.5", "0x10", "12a", "+-1", "--1", "1 2"}) {
    INFO(wrong);
    CHECK(refusal_from([&] { field(wrong).integer(); }).code == errc::corrupt_header);
  }
  for (const char* const wrong : {"", "1.5.5", "0x10p1", "1e999", "one", "+-1", "-"}) {
    INFO(wrong);
    CHECK(refusal_from([&] { field(wrong).real(); }).code == errc::corrupt_header);
  }
  const auto large = refusal_from([] { field("9223372036854775808").integer(); });
  CHECK(large.message ==
        "line 7: size '9223372036854775808' is not what was expected: integers of 64 bits");
}

TEST_CASE("header text: a field is found by its name, which occurs once",
          "[formats][header_text]") {
  header_fields fields;
  fields.add("type", " short ", 2);
  CHECK(fields.find("type")->value == "short");
  CHECK(fields.find("size") == nullptr);
  CHECK(fields.required("type").line == 2);
  CHECK(refusal_from([&] { fields.required("size"); }).message == "the header has no 'size'");
  const auto twice = refusal_from([&] { fields.add("type", "int", 5); });
  CHECK(twice.code == errc::corrupt_header);
  CHECK(twice.message == "line 5: 'type' occurs twice, first in line 2");
  for (std::size_t i = 1; i < header_fields::max_fields; ++i) fields.add(std::to_string(i), "", i);
  CHECK(refusal_from([&] { fields.add("last", "", 1); }).code == errc::limit_exceeded);
}
