// bin_rules_test.cpp: each rule of bin.md on the fixed header and the data area: what is refused
// and with which words. The rules of the JSON text are in layout_json_test.cpp.
#include <algorithm>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/bin_files.hpp"
#include "formats/golden.hpp"

using bin_files::file_of;
using bin_files::magic;
using bin_files::parse;
using bin_files::parts;
using bin_files::refusal_of;
using bin_files::sealed;
using golden::little_endian;
using golden::refusal;
using quarry::concat;
using quarry::errc;

namespace {

const std::string json = R"({"arrays":[{"dtype":"<i2","shape":[2,3]}]})";
const std::string data = "012345678901";

int probe(std::string_view bytes) {
  const quarry::siblings beside{.file_name = "a.bin"};
  return quarry::formats::bin.probe({std::as_bytes(std::span(bytes)), bytes.size(), beside});
}

std::string with(std::string file, std::size_t at, std::string_view bytes) {
  std::ranges::copy(bytes, file.begin() + static_cast<std::ptrdiff_t>(at));
  return file;
}

// A file of 64 bytes of data whose one array has that layout.
std::string file_with(std::string_view layout) {
  return file_of(concat(R"({"arrays":[{"name":"a","dtype":"<i2",)", layout, "}]}"),
                 std::string(64, 'd'));
}

}  // namespace

TEST_CASE("bin: the magic is recognised, the name is not", "[formats][bin]") {
  CHECK(probe(file_of(json, data)) == 95);
  CHECK(probe(magic) == 95);
  CHECK(probe("") == 0);
  CHECK(probe("\x89PNG\r\n\x1a\n") == 0);
  CHECK(probe("some bytes of an instrument") == 0);
}

TEST_CASE("bin: another magic is refused", "[formats][bin]") {
  const refusal found = refusal_of(with(file_of(json, data), 0, "\x89PNG"));
  CHECK(found.code == errc::corrupt_header);
  CHECK(found.message ==
        "not a typed .bin: bytes 0 to 7 are not its magic 89 51 52 59 0D 0A 1A 0A");
}

TEST_CASE("bin: a file that ends inside its fixed header is truncated", "[formats][bin]") {
  const std::string file = file_of(json, data);
  for (std::size_t bytes = 0; bytes < 64; ++bytes) {
    INFO(bytes);
    CHECK(refusal_of(file.substr(0, bytes)).code == errc::truncated);
  }
  CHECK(refusal_of(file.substr(0, 13)).message ==
        "the length of the JSON text at byte 12 needs 4 bytes, the file has 1 left");
}

TEST_CASE("bin: a header that ends inside its JSON text or room is truncated", "[formats][bin]") {
  const std::string file = file_of(json, data);
  for (std::size_t bytes = 64; bytes < 128; ++bytes) {
    INFO(bytes);
    CHECK(refusal_of(file.substr(0, bytes)).code == errc::truncated);
  }
}

TEST_CASE("bin: a wrong checksum names both numbers", "[formats][bin]") {
  parts wrong{.json = json, .data = data, .header_crc = 7};
  const refusal header = refusal_of(file_of(wrong));
  CHECK(header.code == errc::corrupt_header);
  const std::string right = file_of(json, data);
  CHECK(header.message == concat("the checksum of bytes 0 to 35 is ",
                                 bin_files::crc32c(right.substr(0, 36)), ", byte 36 says 7"));
  wrong = {.json = json, .data = data, .json_crc = 8};
  const refusal text = refusal_of(file_of(wrong));
  CHECK(text.code == errc::corrupt_header);
  CHECK(text.message ==
        concat("the checksum of the JSON text is ", bin_files::crc32c(json), ", byte 32 says 8"));
}

TEST_CASE("bin: every single wrong bit of the header is noticed", "[formats][bin]") {
  const std::string right = file_of(json, data);
  for (std::size_t at = 0; at < 128; ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string file = right;
      file[at] = static_cast<char>(static_cast<unsigned char>(file[at]) ^ (1U << bit));
      INFO("bit " << bit << " of byte " << at);
      CHECK_FALSE(refusal_of(file).message.empty());
    }
  }
}

TEST_CASE("bin: versions other than 1 are named", "[formats][bin]") {
  for (const std::uint32_t version : {0U, 2U, 0xffffffffU}) {
    const refusal found = refusal_of(file_of({.json = json, .data = data, .version = version}));
    CHECK(found.code == errc::unsupported);
    CHECK(found.message == concat("version ", version, " at byte 8; this program reads version 1"));
  }
}

TEST_CASE("bin: reserved bytes are zero", "[formats][bin]") {
  for (std::size_t at = 40; at < 64; ++at) {
    const refusal found = refusal_of(with(file_of(json, data), at, "\x01"));
    CHECK(found.code == errc::corrupt_header);
    CHECK(found.message == "the reserved bytes 40 to 63 are not zero");
  }
}

TEST_CASE("bin: only spaces lie between the JSON text and the data", "[formats][bin]") {
  const std::size_t end = 64 + json.size();
  const refusal found = refusal_of(with(file_of(json, data), end, "x"));
  CHECK(found.code == errc::corrupt_header);
  CHECK(found.message == concat("byte ", end, " between JSON text and data is no space"));
  CHECK(refusal_of(file_of({.json = json, .data = data, .fill = '\0'})).code ==
        errc::corrupt_header);
}

TEST_CASE("bin: the data starts at a multiple of 64 behind the JSON text", "[formats][bin]") {
  for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{64}, std::uint64_t{127},
                                     std::uint64_t{129}, std::uint64_t{0xffffffffffffffff}}) {
    INFO(offset);
    const refusal found = refusal_of(file_of({.json = json, .data = data, .data_offset = offset}));
    CHECK(found.code == errc::corrupt_header);
    CHECK(found.message == concat("the data's offset ", offset,
                                  " at byte 16 is no multiple of 64 behind the JSON text, which "
                                  "ends at byte 106"));
  }
}

TEST_CASE("bin: lengths past the end of the file are truncation", "[formats][bin]") {
  const auto code_of = [](const parts& of) { return refusal_of(file_of(of)).code; };
  CHECK(code_of({.json = json, .data = data, .data_offset = 1U << 20U}) == errc::truncated);
  CHECK(code_of({.json = json, .data = data, .data_offset = 0xffffffffffffffc0U}) ==
        errc::truncated);
  CHECK(code_of({.json = json,
                 .data = data,
                 .json_bytes = 0xffffffffU,
                 .data_offset = std::uint64_t{1} << 33U}) == errc::truncated);
}

TEST_CASE("bin: bytes behind the data area are a warning", "[formats][bin]") {
  const quarry::catalog found = parse(file_of(json, data) + "tail");
  CHECK(found.warnings ==
        std::vector<std::string>{"4 bytes behind the end of the data at byte 140"});
  CHECK(found.arrays.size() == 1);
}

TEST_CASE("bin: arrays lie inside the data area", "[formats][bin]") {
  struct row {
    std::string layout;
    std::string message;  // empty: it lies inside
  };
  const row rows[] = {
      {R"("shape":[32])", ""},
      {R"("shape":[32],"offset":1)", "array 'a' covers bytes 1 to 65 of a data area of 64"},
      {R"("shape":[33])", "array 'a' covers bytes 0 to 66 of a data area of 64"},
      {R"("shape":[8],"strides":[8],"offset":6)", ""},
      {R"("shape":[8],"strides":[8],"offset":7)",
       "array 'a' covers bytes 7 to 65 of a data area of 64"},
      {R"("shape":[32],"strides":[-2],"offset":62)", ""},
      {R"("shape":[32],"strides":[-2],"offset":61)",
       "array 'a' covers bytes -1 to 63 of a data area of 64"},
      {R"("shape":[4,4],"strides":[-16,2],"offset":48)", ""},
      {R"("shape":[1000000,32],"strides":[0,2])", ""},
      {R"("shape":[0],"offset":64)", ""},
      {R"("shape":[0],"offset":65)", "array 'a' covers bytes 65 to 65 of a data area of 64"},
      {R"("shape":[],"offset":63)", "array 'a' covers bytes 63 to 65 of a data area of 64"},
  };
  for (const auto& [layout, message] : rows) {
    INFO(layout);
    const refusal found = refusal_of(file_with(layout));
    CHECK(found.message == message);
    if (!message.empty()) CHECK(found.code == errc::out_of_bounds);
  }
}

TEST_CASE("bin: offsets at the edge of 64 bits are refused without overflow", "[formats][bin]") {
  for (const char* const offset :
       {"9223372036854775807", "9223372036854775808", "18446744073709551615"}) {
    INFO(offset);
    CHECK(refusal_of(file_with(concat(R"("shape":[2],"offset":)", offset))).code ==
          errc::limit_exceeded);
  }
  CHECK(refusal_of(file_with(R"("shape":[2],"offset":9223372036854775800)")).code ==
        errc::out_of_bounds);
}

TEST_CASE("bin: an array in another file is refused", "[formats][bin]") {
  const refusal found = refusal_of(file_with(R"("shape":[2],"file":"other.dat")"));
  CHECK(found.code == errc::corrupt_header);
  CHECK(found.message == "a typed .bin holds its own data; it cannot name a file");
}

TEST_CASE("bin: damage by a transfer as text shows in the magic", "[formats][bin]") {
  const std::string rest = file_of(json, data).substr(8);
  const std::string damaged[] = {
      "\x89QRY\n\x1a\n",           // CR LF became LF
      "\x89QRY\r\r\n\x1a\r\n",     // LF became CR LF
      "\x89QRY\r\x1a\r",           // LF became CR or was lost
      "\x09QRY\r\n\x1a\n",         // the eighth bit was lost
      "\xc2\x89QRY\r\n\x1a\n",     // latin-1 became UTF-8
      "\xef\xbf\xbdQRY\r\n\x1a\n"  // what is no UTF-8 was replaced
  };
  for (const std::string& start : damaged) {
    INFO(start);
    CHECK(probe(start + rest) == 90);
    const refusal found = refusal_of(start + rest);
    CHECK(found.code == errc::corrupt_header);
    CHECK(found.message ==
          "bytes 0 to 7 are the magic of a typed .bin that a transfer as text has damaged; copy "
          "the file again as binary");
  }
  CHECK(probe("\x89QRY\r") == 90);
  CHECK(refusal_of("\x89QRY\r").code == errc::truncated);
  CHECK(probe("QRY") == 0);
}

TEST_CASE("bin: a data area that ends behind the file is a warning", "[formats][bin]") {
  // whether the arrays lie in the file is asked once for all formats, where files are opened
  const quarry::catalog found =
      parse(file_of({.json = json, .data = data.substr(0, 5), .data_bytes = 12}));
  CHECK(found.warnings == std::vector<std::string>{
                              "the data ends at byte 140, the file has 133 bytes: 7 are missing"});
  CHECK(found.arrays.size() == 1);
  CHECK(refusal_of(file_of({.json = json, .data_bytes = 0xffffffffffffffffU})).code ==
        errc::limit_exceeded);
}
