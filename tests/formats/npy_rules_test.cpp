// npy_rules_test.cpp: each rule of npy.md on reading: what is refused and with which words, what is
// accepted with a warning.
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/npy/npy.hpp"
#include "formats/npy_files.hpp"

using npy_files::file_of;
using npy_files::header_of;
using npy_files::little_endian;
using npy_files::parse;
using npy_files::refusal;
using npy_files::refusal_of;
using quarry::catalog;
using quarry::encoding;
using quarry::errc;
using quarry::formats::npy;

namespace {

int probe(std::string_view bytes, std::string file_name) {
  const quarry::siblings beside{.file_name = std::move(file_name)};
  return npy.probe({std::as_bytes(std::span(bytes)), bytes.size(), beside});
}

}  // namespace

TEST_CASE("npy: the magic is recognised, the name alone hardly", "[formats][npy]") {
  CHECK(probe(file_of(""), "a.dat") == 95);
  CHECK(probe("\x93NUMPY", "a.npy") == 95);
  CHECK(probe("\x93NUMP", "a.dat") == 0);
  CHECK(probe("", "a.npy") == 20);
  CHECK(probe("PK\x03\x04", "a.npy") == 20);
  CHECK(probe("anything", "npy") == 0);
  CHECK(probe("anything", "a.npy.bak") == 0);
}

TEST_CASE("npy: a file without the whole magic is refused", "[formats][npy]") {
  CHECK(refusal_of("").code == errc::truncated);
  CHECK(refusal_of("").message == "empty file");
  const std::string whole = file_of(header_of("'<f4'", "()"));
  for (std::size_t bytes = 1; bytes < 10; ++bytes) {
    INFO(bytes);
    CHECK(refusal_of(whole.substr(0, bytes)).code == errc::truncated);
  }
  CHECK(refusal_of("\x93NUM").message ==
        "the file ends at byte 4, inside the magic string of"
        " .npy (6 bytes)");
  const refusal wrong = refusal_of("\x93NUMPX\x01");
  CHECK(wrong.code == errc::corrupt_header);
  CHECK(wrong.message ==
        "byte 0: found 93 4e 55 4d 50 58, expected the magic string of .npy,"
        " 93 4e 55 4d 50 59");
  CHECK(refusal_of("\x80\x04\x95 a pickle").code == errc::corrupt_header);
  CHECK(refusal_of("X").code == errc::corrupt_header);
}

TEST_CASE("npy: unknown versions are named", "[formats][npy]") {
  const refusal found = refusal_of(file_of(header_of("'<f4'", "()"), 4, 0));
  CHECK(found.code == errc::unsupported);
  CHECK(found.message == "byte 6: found .npy version 4.0, expected 1.0, 2.0 or 3.0");
  CHECK(refusal_of(file_of("{}", 1, 1)).code == errc::unsupported);
  CHECK(refusal_of(file_of("{}", 0, 1)).code == errc::unsupported);
}

TEST_CASE("npy: a header longer than the file is truncated", "[formats][npy]") {
  const std::string whole = file_of(header_of("'<f4'", "()"));
  for (std::size_t bytes = 10; bytes < whole.size(); ++bytes) {
    CHECK(refusal_of(whole.substr(0, bytes)).code == errc::truncated);
  }
  const std::string huge = std::string("\x93NUMPY\x02\0", 8) + little_endian(0xfffffff0U, 4);
  const refusal found = refusal_of(huge);
  CHECK(found.code == errc::truncated);
  CHECK(found.message == "the header at byte 12 needs 4294967280 bytes, the file has 0 left");
}

TEST_CASE("npy: headers up to 64 MiB are read", "[formats][npy]") {
  const std::string dictionary = header_of("'<f4'", "(2, 3)");
  constexpr std::size_t limit = std::size_t{64} << 20U;
  for (const std::size_t bytes :
       {std::size_t{10001}, std::size_t{1} << 16U, std::size_t{1} << 20U, limit}) {
    const std::string padding(bytes - dictionary.size(), ' ');
    const std::string header = dictionary.substr(0, dictionary.size() - 1) + padding + "\n";
    const catalog found = parse(file_of(header, 2));
    CHECK(found.arrays.at(0).offset_bytes == 12 + bytes);
    CHECK(found.warnings.empty());
  }
  const refusal found = refusal_of(file_of(std::string(limit + 1, ' '), 2));
  CHECK(found.code == errc::limit_exceeded);
  CHECK(found.message == "byte 8: found a header of 67108865 bytes, at most 67108864 are read");
}

TEST_CASE("npy: ten thousand brackets are refused without recursion", "[formats][npy]") {
  for (const char bracket : {'(', '[', '{'}) {
    CHECK(refusal_of(file_of(std::string(10000, bracket))).code == errc::limit_exceeded);
  }
  const std::string nested(10000, '[');
  CHECK(refusal_of(file_of(header_of(nested, "()"))).code == errc::limit_exceeded);
}

TEST_CASE("npy: errors name the byte, what was found and what was expected", "[formats][npy]") {
  struct rule {
    std::string header;
    errc code;
    std::string message;
  };
  // The dictionary starts at byte 10; 'descr' has its value at 20, a shape behind
  // "{'descr': '<f4', 'fortran_order': False, 'shape': " at 60.
  const rule rules[] = {
      {"[1]\n", errc::corrupt_header, "byte 10: found [1], expected a dictionary"},
      {"{'descr': '<f4', 'shape': ()}\n", errc::corrupt_header,
       "byte 10: found a dictionary without the key 'fortran_order', expected 'descr', "
       "'fortran_order' and 'shape'"},
      {"{'x': 1}\n", errc::corrupt_header,
       "byte 11: found 'x', expected no keys but 'descr', 'fortran_order' and 'shape'"},
      {"{'shape': (), 'shape': ()}\n", errc::corrupt_header,
       "byte 24: found 'shape', expected each key once"},
      {header_of("'<f4'", "[2, 3]"), errc::corrupt_header,
       "byte 60: found [2, 3], expected a shape, a tuple of integers"},
      {header_of("'<f4'", "(2)"), errc::corrupt_header,
       "byte 61: found 2, expected a shape, a tuple of integers"},
      {header_of("'<f4'", "(2, -2)"), errc::corrupt_header,
       "byte 64: found -2, expected an extent, an integer that is not negative"},
      {header_of("'<f4'", "(True, 2)"), errc::corrupt_header,
       "byte 61: found True, expected an extent, an integer that is not negative"},
      {header_of("'<f4'", "()", "1"), errc::corrupt_header,
       "byte 44: found 1, expected True or False"},
      {header_of("'<f4'", "(4194305, 4194305, 211106198978564)"), errc::limit_exceeded,
       "byte 60: the size of shape (4194305, 4194305, 211106198978564) with items of 4 bytes "
       "overflows 64 bits"},
      {header_of("'<f4'", "(0, 9223372036854775807, 3)"), errc::limit_exceeded,
       "byte 60: the size of shape (0, 9223372036854775807, 3) with items of 4 bytes "
       "overflows 64 bits"},
      {header_of("'|S0'", "(2,)"), errc::unsupported,
       "byte 20: found the type '|S0' of 0 bytes an item, expected items that hold something"},
      {header_of("[]", "(2,)"), errc::unsupported,
       "byte 20: found the type [] of 0 bytes an item, expected items that hold something"},
      {header_of("{'names': ['a'], 'formats': ['<f4']}", "()"), errc::corrupt_header,
       "byte 20: found {'names': ['a'], 'formats': ['<f4']}, expected a list of fields"},
  };
  for (const rule& each : rules) {
    const refusal found = refusal_of(file_of(each.header));
    CHECK(found.code == each.code);
    CHECK(found.message == each.message);
  }
  const refusal utf8 = refusal_of(file_of("{'descr': '\xff'}", 3));
  CHECK(utf8.code == errc::corrupt_header);
  CHECK(utf8.message == "byte 23: found ff, expected UTF-8 (.npy version 3.0)");
}

TEST_CASE("npy: the errors of the parts carry a byte of the file", "[formats][npy]") {
  const auto starts = [](const std::string& header, const std::string& with, errc code) {
    const refusal found = refusal_of(file_of(header));
    INFO(found.message);
    CHECK(found.code == code);
    CHECK(found.message.starts_with(with));
  };
  starts("", "byte 10: ", errc::corrupt_header);
  starts("{'descr': '<f4', x", "byte 27: ", errc::corrupt_header);
  starts(header_of("'<f3'", "()"), "byte 20", errc::corrupt_header);
  starts(header_of("[('a', '<i4'), ('b', 'zz')]", "()"), "byte 41", errc::corrupt_header);
  starts(header_of("'|V4294967296'", "()"), "byte 20", errc::limit_exceeded);
  starts(header_of("'<U536870912'", "()"), "byte 20", errc::limit_exceeded);
  starts(header_of("'<f4'", "(9223372036854775808,)"), "byte 61: ", errc::limit_exceeded);
  starts(header_of("'<f4'", "(" + std::string(65, '1') + ",)"), "byte 61: ", errc::limit_exceeded);
}

TEST_CASE("npy: a NumPy scalar printed into the shape is explained", "[formats][npy]") {
  const refusal found = refusal_of(file_of(header_of("'<f4'", "(np.int64(2), 2)")));
  CHECK(found.code == errc::corrupt_header);
  CHECK(found.message.starts_with("byte 61: "));
  CHECK(found.message.ends_with("(a NumPy scalar was printed in place of a number)"));
}

TEST_CASE("npy: what is unusual is accepted with a warning that names the byte", "[formats][npy]") {
  struct habit {
    std::string header;
    std::string warning;  // its beginning
  };
  const std::string plain = header_of("'<f4'", "(2, 3)");
  const habit habits[] = {
      {plain.substr(0, plain.size() - 1), "byte 69: the header does not end with a newline"},
      {"  " + plain, "byte 10: blanks before the dictionary"},
      {"\t" + plain, "byte 10: blanks before the dictionary"},
      {"{'descr': '<f4', 'fortran_order': False, 'shape': ()} # x\n", "byte 64: a comment"},
      {header_of("'<f4'", "(2L,)"), "byte 61: "},
      {header_of("'<f4'", "(0x10,)"), "byte 61: "},
      {header_of("'<f4'", "(1_0,)"), "byte 61: "},
      {header_of("u'<f4'", "()"), "byte 20: "},
      {header_of("'|f8'", "()"), "byte 20: "},
      {header_of("'=f8'", "()"), "byte 20: "},
      {header_of("'f8'", "()"), "byte 20: "},
      {header_of("'int'", "()"), "byte 20: "},
      {header_of("[('', '<i4')]", "()"), "byte "},
      {header_of("('<f4', (2,))", "(3,)"),
       "byte 20: the axes (2,) of the type are appended to the shape"},
  };
  for (const habit& each : habits) {
    INFO(each.header);
    std::string file = file_of(each.header);
    catalog found = parse(file);
    file.resize(file.size() + static_cast<std::size_t>(found.arrays.at(0).where.size_bytes()));
    found = parse(file);
    CHECK(found.warnings.size() == 1);
    CHECK(found.warnings.at(0).substr(0, each.warning.size()) == each.warning);
  }
}

TEST_CASE("npy: every warning is kept up to a limit", "[formats][npy]") {
  std::string shape = "(";
  for (int i = 0; i < 60; ++i) shape += "0x1, ";
  std::string fields = "[";
  for (int i = 0; i < 60; ++i) fields += quarry::concat("('a", i, "', '|f8'), ");
  const catalog found = parse(file_of(header_of(fields + "]", shape + ")")));
  CHECK(found.warnings.size() < 70);
  CHECK(found.warnings.size() > 60);
}

TEST_CASE("npy: bytes behind the data are counted", "[formats][npy]") {
  const std::string header = file_of(header_of("'<i2'", "(3,)"));
  CHECK(header.size() == 68);
  CHECK(parse(header + "123456").warnings.empty());
  const catalog found = parse(header + "123456+++");
  REQUIRE(found.warnings.size() == 1);
  CHECK(found.warnings[0] == "byte 74: 3 bytes follow the data");
  CHECK(parse(file_of(header_of("'<i2'", "(0, 3)")) + "1").warnings.size() == 1);
}

TEST_CASE("npy: missing data is left to the store", "[formats][npy]") {
  const std::string header = file_of(header_of("'<f8'", "(1000, 1000)"));
  const catalog found = parse(header);
  CHECK(found.arrays.at(0).where.size_bytes() == 8000000);
  CHECK(found.arrays[0].offset_bytes == header.size());
}

TEST_CASE("npy: object arrays are described and marked as a pickle", "[formats][npy]") {
  for (const char* const descr : {"'|O'", "[('a', '<i4'), ('b', [('c', '|O')])]"}) {
    const catalog found = parse(file_of(header_of(descr, "(2, 3)")) + "\x80\x03 a pickle.");
    REQUIRE(found.arrays.size() == 1);
    CHECK(found.arrays[0].stored_as == encoding::pickle);
    CHECK(found.arrays[0].type.has_object());
    CHECK(quarry::tuple_text(found.arrays[0].where.shape()) == "(2, 3)");
    CHECK(found.warnings.empty());
  }
}

TEST_CASE("npy: Python 2 integers end with version 2", "[formats][npy]") {
  const std::string header = header_of("'<f4'", "(2L, 3L)");
  CHECK(quarry::tuple_text(parse(file_of(header, 1)).arrays.at(0).where.shape()) == "(2, 3)");
  CHECK(quarry::tuple_text(parse(file_of(header, 2)).arrays.at(0).where.shape()) == "(2, 3)");
  CHECK(refusal_of(file_of(header, 3)).code == errc::corrupt_header);
}

TEST_CASE("npy: names in latin-1 become UTF-8", "[formats][npy]") {
  const std::string header = header_of("[('\xe9t\xe9', '<f4')]", "()");
  for (const int version : {1, 2}) {
    const catalog found = parse(file_of(header, version));
    CHECK(found.arrays.at(0).type.fields()[0].name == "\xc3\xa9t\xc3\xa9");
  }
}
