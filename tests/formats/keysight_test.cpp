// keysight_test.cpp: the .bin of Agilent's and Keysight's oscilloscopes: files that
// keysight_golden.py made, and each rule of keysight.md.
#include "formats/keysight/keysight.hpp"

#include <cstdint>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"

#include "formats/bin/bin.hpp"
#include "formats/golden.hpp"
#include "formats/manifest.hpp"
#include "formats/patched.hpp"
#include "formats/reading.hpp"

using golden::attribute_of;
using golden::little_endian;
using golden::with;
using quarry::catalog;
using quarry::errc;
using quarry::formats::keysight;

namespace {

// A file of one waveform of one buffer of 5 points: its header at byte 12, the buffer's at 152.
std::string plain() { return golden::read_file(golden::folder / "keysight" / "one_10.bin"); }

void check_refusal(std::string_view file, errc code, std::string_view message) {
  golden::check_refusal(keysight, file, code, message);
}

}  // namespace

TEST_CASE("keysight: golden files are read as their generator describes them",
          "[formats][keysight]") {
  CHECK(golden::check_manifest(keysight, "keysight") == 17);
}

TEST_CASE("keysight: three versions are recognised, the typed .bin is not", "[formats][keysight]") {
  for (const char* const magic : {"AG01", "AG03", "AG10"}) {
    CHECK(golden::probe(keysight, magic) == 95);
    CHECK(golden::probe(quarry::formats::bin, magic) == 0);
  }
  CHECK(golden::probe(keysight, "AG") == 0);
  CHECK(golden::probe(keysight, "AG02") == 0);
  CHECK(golden::probe(keysight, "\x89QRY\r\n\x1a\n") == 0);
  check_refusal("AG02", errc::corrupt_header, "bytes 0 to 3 are not AG01, AG03 or AG10");
}

TEST_CASE("keysight: what a waveform's header says becomes attributes", "[formats][keysight]") {
  const catalog found = golden::parse(keysight, plain());
  const quarry::attributes& attrs = found.arrays.at(0).attrs;
  CHECK(attribute_of<double>(attrs, "x_increment") == 5e-7);
  CHECK(attribute_of<double>(attrs, "x_origin") == -1.1e-3);
  CHECK(attribute_of<std::string>(attrs, "x_units") == "s");
  CHECK(attribute_of<std::int64_t>(attrs, "waveform_type") == 1);
  CHECK(attribute_of<std::string>(attrs, "date") == "14 MAR 2024");
  CHECK(attribute_of<std::string>(attrs, "time") == "10:20:30:00");
  CHECK(attribute_of<std::string>(attrs, "frame") == "DSO-X 1102G:CN00000000");
  CHECK(attribute_of<double>(attrs, "time_tag") == 0.25);
  CHECK(attribute_of<std::int64_t>(attrs, "segment_index") == 0);
}

TEST_CASE("keysight: buffers that nobody agrees on are skipped with a layout",
          "[formats][keysight]") {
  for (const char* const type : {"\x04", "\x05", "\x00", "\x07"}) {
    const catalog found = golden::parse(keysight, with(plain(), 156, std::string_view(type, 1)));
    CHECK(found.arrays.empty());
    REQUIRE(found.skipped.size() == 1);
    CHECK(found.skipped[0].name == "1");
    CHECK(found.skipped[0].remedy == "read it by a layout, such as --as '<f4[5]@164'");
  }
  CHECK(golden::parse(keysight, with(plain(), 158, "\x02")).skipped.size() == 1);
}

TEST_CASE("keysight: headers are no shorter than their fields", "[formats][keysight]") {
  check_refusal(with(plain(), 12, "\x8b"), errc::corrupt_header,
                "byte 12: the header of a waveform has 139 bytes, not 140 or more");
  check_refusal(with(plain(), 12, little_endian(0, 4)), errc::corrupt_header,
                "byte 12: the header of a waveform has 0 bytes, not 140 or more");
  check_refusal(with(plain(), 152, "\x0b"), errc::corrupt_header,
                "byte 152: the header of a buffer has 11 bytes, not 12 or more");
  check_refusal(with(plain(), 12, little_endian(0xffffffff, 4)), errc::truncated,
                "the end of a waveform's header at byte 4294967307 lies past the end at byte 184");
}

TEST_CASE("keysight: a buffer has whole points", "[formats][keysight]") {
  check_refusal(with(plain(), 160, "\x12"), errc::corrupt_header,
                "the buffer at byte 164 has 18 bytes in points of 4");
}

TEST_CASE("keysight: counts beyond the file are truncated", "[formats][keysight]") {
  check_refusal(with(plain(), 8, little_endian(0xffffffff, 4)), errc::truncated,
                "a waveform's header at byte 184 needs 4 bytes, the file has 0 left");
  check_refusal(with(plain(), 20, little_endian(0xffffffff, 4)), errc::truncated,
                "a buffer's header at byte 184 needs 4 bytes, the file has 0 left");
  const std::string wide = golden::read_file(golden::folder / "keysight" / "one_03.bin");
  const std::string huge = with(wide, 164, little_endian(UINT64_MAX - 3, 8));
  check_refusal(huge, errc::limit_exceeded,
                "the size of shape (4611686018427387903,) with items of 4 bytes overflows 64 bits");
}

TEST_CASE("keysight: more buffers than a program can list are refused", "[formats][keysight]") {
  const std::string empty =
      little_endian(12, 4) + little_endian(1, 2) + little_endian(4, 2) + little_endian(0, 4);
  std::string file = with(plain(), 20, little_endian(16385, 4)).substr(0, 152);
  for (int i = 0; i < 16385; ++i) file += empty;
  check_refusal(file, errc::limit_exceeded, "more than 16384 buffers");
}
