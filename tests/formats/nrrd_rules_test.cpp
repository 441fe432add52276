// nrrd_rules_test.cpp: every rule of NRRD headers that refuses a file, or lets it pass with a
// warning.
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/array/dtype_text.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/directory.hpp"
#include "formats/golden.hpp"
#include "formats/nrrd/nrrd.hpp"
#include "formats/reading.hpp"

using golden::directory_of;
using golden::refusal;
using golden::refusal_from;
using quarry::catalog;
using quarry::concat;
using quarry::errc;
using quarry::formats::nrrd;

namespace {

catalog parse(std::string_view file, const quarry::siblings& beside = {}) {
  return golden::parse(nrrd, file, beside);
}

int probe(std::string_view file, const quarry::siblings& beside = {}) {
  return golden::probe(nrrd, file, beside);
}

// A header of 2 x 3 int16 with the lines `more`, and without the line that starts with `left_out`.
std::string header_of(std::string_view more = {}, std::string_view left_out = "-") {
  std::string out = "NRRD0004\n";
  for (const std::string_view line :
       {"type: short\n", "dimension: 2\n", "sizes: 3 2\n", "endian: little\n", "encoding: raw\n"}) {
    if (!line.starts_with(left_out)) out += line;
  }
  return concat(out, more, "\n");
}

refusal refusal_of(std::string_view file, const quarry::siblings& beside = {}) {
  return refusal_from([&] { parse(file, beside); });
}

struct broken {
  std::string file;
  std::string message;
  errc code = errc::corrupt_header;
};

}  // namespace

TEST_CASE("nrrd: each rule that a header breaks has its own message", "[formats][nrrd]") {
  const std::vector<broken> cases = {
      {"NRRD0007\n\n", "starts with 'NRRD0007', expected 'NRRD0001' to 'NRRD0006'"},
      {"NRRD00.1\n\n", "starts with 'NRRD00.1', expected 'NRRD0001' to 'NRRD0006'"},
      {"NRRD0004 x\n\n", "line 1: 'NRRD0004 x' goes on behind the version"},
      {header_of("no colon\n"),
       "line 7: expected 'field: value' or 'key:=value', found 'no colon'"},
      {header_of("type: int\n"), "line 7: 'type' occurs twice, first in line 2"},
      {header_of("a:=1\na:=2\n"), "line 8: 'a' occurs twice, first in line 7"},
      {header_of("", "type"), "the header has no 'type'"},
      {header_of("", "dimension"), "the header has no 'dimension'"},
      {header_of("", "sizes"), "the header has no 'sizes'"},
      {header_of("", "encoding"), "the header has no 'encoding'"},
      {header_of("", "endian"), "the header has no 'endian'"},
      {header_of("type: char\n", "type"), "line 6: type 'char' is no type of NRRD"},
      {header_of("type: block\n", "type"), "the header has no 'block size'"},
      {header_of("type: block\nblock size: 0\n", "type"),
       "line 7: block size '0' is not 1 or more"},
      {header_of("dimension: 17\n", "dimension"), "line 6: dimension '17' is not 1 to 16"},
      {header_of("dimension: 0\n", "dimension"), "line 6: dimension '0' is not 1 to 16"},
      {header_of("sizes: 3\n", "sizes"), "line 6: sizes '3' has 1 sizes for 2 axes"},
      {header_of("sizes: 3 0\n", "sizes"), "line 6: sizes '3 0' has a size that is not 1 or more"},
      {header_of("sizes: 3 x\n", "sizes"),
       "line 6: sizes '3 x' is not what was expected: integers of 64 bits"},
      {header_of("sizes: 3037000500 3037000500\n", "sizes"),
       "the size of shape (3037000500, 3037000500) with items of 2 bytes overflows 64 bits",
       errc::limit_exceeded},
      {header_of("endian: middle\n", "endian"),
       "line 6: endian 'middle' is neither little nor big"},
      {header_of("encoding: lzma\n", "encoding"), "line 6: encoding 'lzma' is no encoding of NRRD"},
      {header_of("line skip: -1\n"), "line 7: line skip '-1' is negative"},
      {header_of("line skip: 2\n") + "one line\n",
       "the data ends in line 1 of 2 that are to be skipped", errc::truncated},
      {header_of("byte skip: -1\n") + "0123456789",
       "the data needs the last 12 bytes of the file, 10 are there: 2 are missing",
       errc::truncated},
      {header_of("data file:\n"), "line 7: data file '' names no file"}};
  for (const auto& [file, message, code] : cases) {
    INFO(message);
    const refusal found = refusal_of(file);
    CHECK(found.message == message);
    CHECK(found.code == code);
  }
}

TEST_CASE("nrrd: a header without the empty line behind it is cut off", "[formats][nrrd]") {
  std::string file = header_of();
  file.pop_back();
  const refusal found = refusal_of(file);
  CHECK(found.code == errc::truncated);
  CHECK(found.message ==
        "the file ends in its header at byte 74, before the empty line that ends it");
}

TEST_CASE("nrrd: lines to skip are looked for in 1 MiB", "[formats][nrrd]") {
  const std::string data((std::size_t{1} << 20U) + 100, 'x');
  CHECK(refusal_of(header_of("line skip: 1\n") + data + "\n").code == errc::limit_exceeded);
  const auto beside = directory_of("a.nhdr", {{"a.raw", data + "\n"}});
  CHECK(refusal_of(header_of("line skip: 1\ndata file: a.raw\n"), beside).code ==
        errc::limit_exceeded);
}

TEST_CASE("nrrd: fields that NRRD lacks and remarks that do not fit are warnings",
          "[formats][nrrd]") {
  const catalog found =
      parse(header_of("colour: red\nlabels: \"x\"\nunits: mm mm\n"
                      "spacings: 1 x\nspace directions: (1,0\n"
                      "kinds: domain domain\n"));
  REQUIRE(found.arrays.size() == 1);
  CHECK(found.warnings ==
        std::vector<std::string>{
            "line 7: NRRD has no field 'colour'", "line 8: labels '\"x\"' has 1 entries for 2 axes",
            "line 9: units 'mm mm' is not what was expected: texts in double quotes",
            "line 10: spacings '1 x' is not what was expected: numbers",
            "line 11: space directions '(1,0' ends inside a vector"});
  CHECK(found.arrays[0].attrs.size() == 1);
}

TEST_CASE("nrrd: single bytes and blocks need no byte order", "[formats][nrrd]") {
  CHECK(to_string(parse("NRRD0001\ntype: uchar\ndimension: 1\nsizes: 2\nencoding: raw\n\nab")
                      .arrays.at(0)
                      .type) == "|u1");
  CHECK(to_string(parse("NRRD0001\ntype: block\nblock size: 5\ndimension: 1\nsizes: 2\n"
                        "encoding: raw\n\n")
                      .arrays.at(0)
                      .type) == "|V5");
}

TEST_CASE("nrrd: a data file is claimed by the header that names it", "[formats][nrrd]") {
  const std::string header = header_of("data file: ./a.raw\n");
  CHECK(probe("NRRD0005\n") == 95);
  CHECK(probe("NRRD000") == 0);
  CHECK(probe("data", directory_of("a.raw", {{"a.nhdr", header}})) == 90);
  CHECK(probe("data", directory_of("a.img", {{"a.nhdr", header}})) == 0);
  CHECK(probe("data", directory_of("a.raw", {{"a.nhdr", "not NRRD"}})) == 0);
  CHECK(probe("data", directory_of("a.raw", {{"a.nhdr", "NRRD0001\nbroken"}})) == 0);
  CHECK(probe("data", directory_of("a.raw", {{"a.nhdr", header_of()}})) == 0);
  CHECK(probe("data", directory_of("a.nhdr", {{"a.nhdr", header}})) == 0);
}

TEST_CASE("nrrd: a detached header names a file and never opens it", "[formats][nrrd]") {
  const catalog found = parse(header_of("datafile: data/a.raw\nbyte skip: 0\n"),
                              directory_of("a.nhdr", {{"data/a.raw", "123456789012"}}));
  REQUIRE(found.arrays.size() == 1);
  CHECK(found.arrays[0].data_file == "data/a.raw");
  CHECK(found.arrays[0].offset_bytes == 0);
}

TEST_CASE("nrrd: a remedy names the header, also where the data was opened", "[formats][nrrd]") {
  const std::string header = header_of("encoding: gzip\ndata file: a.raw\n", "encoding");
  const catalog found = parse("data", directory_of("a.raw", {{"a.nhdr", header}}));
  REQUIRE(found.skipped.size() == 1);
  CHECK(found.skipped[0].remedy ==
        "'unu save -f nrrd -e raw -i a.nhdr -o raw.nrrd' writes it as it can be mapped");
}
