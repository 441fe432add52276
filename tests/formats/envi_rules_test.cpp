// envi_rules_test.cpp: every rule of ENVI headers that refuses a file.
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/directory.hpp"
#include "formats/envi/envi.hpp"
#include "formats/golden.hpp"
#include "formats/reading.hpp"

using quarry::concat;
using quarry::errc;
using quarry::formats::envi;

namespace {

// A header of 2 x 3 x 4 int16 with the lines `more`, and without the line that starts with
// `left_out`.
std::string header_of(std::string_view more = {}, std::string_view left_out = "-") {
  std::string out = "ENVI\n";
  for (const std::string_view line :
       {"samples = 4\n", "lines = 3\n", "bands = 2\n", "data type = 2\n", "interleave = bsq\n",
        "byte order = 0\n"}) {
    if (!line.starts_with(left_out)) out += line;
  }
  return concat(out, more);
}

golden::refusal refusal_of(std::string_view header) {
  const auto beside = golden::directory_of("a.hdr", {{"a.img", ""}});
  return golden::refusal_from([&] { golden::parse(envi, header, beside); });
}

}  // namespace

TEST_CASE("envi: each rule that a header breaks has its own message", "[formats][envi]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"ENVI header\n", "starts with 'ENVI hea', expected a line 'ENVI'"},
      {header_of("a = {b\nc\n"), "line 8: the brace does not end before the header does"},
      {header_of("a = {b\nc} d\n"), "line 8: 'd' stands behind the closing brace"},
      {header_of("Lines = 5\n"), "line 8: 'lines' occurs twice, first in line 3"},
      {header_of("", "samples"), "the header has no 'samples'"},
      {header_of("", "lines"), "the header has no 'lines'"},
      {header_of("", "bands"), "the header has no 'bands'"},
      {header_of("", "data type"), "the header has no 'data type'"},
      {header_of("", "interleave"), "the header has no 'interleave'"},
      {header_of("", "byte order"), "the header has no 'byte order'"},
      {header_of("samples = 0\n", "samples"), "line 7: samples '0' is not 1 or more"},
      {header_of("lines = x\n", "lines"),
       "line 7: lines 'x' is not what was expected: integers of 64 bits"},
      {header_of("data type = 7\n", "data type"), "line 7: data type '7' is no type of ENVI"},
      {header_of("interleave = tile\n", "interleave"),
       "line 7: interleave 'tile' is none of bsq, bil, bip"},
      {header_of("byte order = 2\n", "byte order"), "line 7: byte order '2' is neither 0 nor 1"},
      {header_of("header offset = -1\n"), "line 8: header offset '-1' is negative"},
      {header_of("data gain values = {1}\n"),
       "line 8: data gain values '{1}' has 1 entries for 2 bands"},
      {header_of("data offset values = {1, a}\n"),
       "line 8: data offset values '{1, a}' is not what was expected: numbers"},
      {header_of("reflectance scale factor = 0\n"),
       "line 8: reflectance scale factor '0' is no number to divide by"}};
  for (const auto& [header, message] : cases) {
    INFO(message);
    const golden::refusal found = refusal_of(header);
    CHECK(found.message == message);
    CHECK(found.code == errc::corrupt_header);
  }
}

TEST_CASE("envi: sizes beyond 63 bits are refused", "[formats][envi]") {
  for (const std::string_view interleave : {"bsq", "bil", "bip"}) {
    const std::string header =
        concat("ENVI\nsamples = 3037000500\nlines = 3037000500\n",
               "bands = 3037000500\ndata type = 1\ninterleave = ", interleave, "\n");
    CHECK(refusal_of(header).code == errc::limit_exceeded);
  }
}

TEST_CASE("envi: single bytes need no byte order", "[formats][envi]") {
  CHECK(refusal_of("ENVI\nsamples = 4\nlines = 3\nbands = 2\ndata type = 1\ninterleave = BIP\n")
            .message.empty());
}
