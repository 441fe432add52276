// trc_test.cpp: LeCroy's .trc: files that trc_golden.py made, and each rule of trc.md.
#include "formats/trc/trc.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"

#include "formats/golden.hpp"
#include "formats/manifest.hpp"
#include "formats/patched.hpp"
#include "formats/reading.hpp"

using golden::attribute_of;
using golden::little_endian;
using golden::with;
using quarry::array_info;
using quarry::attributes;
using quarry::errc;
using quarry::formats::trc;

namespace {

// A file of 9 words, the descriptor at byte 0, little-endian.
std::string plain() { return golden::read_file(golden::folder / "trc" / "word_little.trc"); }

// The same with another 32-bit number at `offset`.
std::string with_number(std::size_t offset, std::int32_t number) {
  return with(plain(), offset, little_endian(static_cast<std::uint32_t>(number), 4));
}

void check_refusal(std::string_view file, errc code, std::string_view message) {
  golden::check_refusal(trc, file, code, message);
}

attributes attributes_of(std::string_view file) {
  return golden::parse(trc, file).arrays.at(0).attrs;
}

}  // namespace

TEST_CASE("trc: golden files are read as their generator describes them", "[formats][trc]") {
  CHECK(golden::check_manifest(trc, "trc") == 19);
}

TEST_CASE("trc: a descriptor in the first 64 bytes is recognised", "[formats][trc]") {
  CHECK(golden::probe(trc, "WAVEDESC") == 95);
  CHECK(golden::probe(trc, std::string(64, ' ') + "WAVEDESC") == 95);
  CHECK(golden::probe(trc, std::string(65, ' ') + "WAVEDESC") == 0);
  CHECK(golden::probe(trc, "WAVEDES") == 0);
  CHECK(golden::probe(trc, "") == 0);
  check_refusal("#9000000010 no scope", errc::corrupt_header,
                "no WAVEDESC starts in the first 64 bytes");
}

TEST_CASE("trc: what the descriptor says beside its samples becomes attributes", "[formats][trc]") {
  const attributes found = attributes_of(plain());
  CHECK(attribute_of<std::string>(found, "TRIGGER_TIME") == "2022-11-09T09:23:14.500000000");
  CHECK(attribute_of<std::string>(found, "INSTRUMENT_NAME") == "LECROYWR64Xi");
  CHECK(attribute_of<std::string>(found, "HORUNIT") == "S");
  CHECK(attribute_of<double>(found, "HORIZ_OFFSET") == -1e-7);
  CHECK(attribute_of<double>(found, "HORIZ_INTERVAL") == static_cast<double>(2e-9F));
  CHECK(attribute_of<std::int64_t>(found, "NOMINAL_BITS") == 8);
  CHECK(attribute_of<std::int64_t>(found, "WAVE_SOURCE") == 3);
  CHECK(attribute_of<std::int64_t>(found, "RECORD_TYPE") == 0);
  CHECK(find_attribute(found, "description") == nullptr);
  CHECK(find_attribute(found, "axis_names") == nullptr);
}

TEST_CASE("trc: a label is the description", "[formats][trc]") {
  CHECK(attribute_of<std::string>(attributes_of(with(plain(), 96, "Chirp")), "description") ==
        "Chirp");
}

TEST_CASE("trc: segments name their axes", "[formats][trc]") {
  const std::string file = golden::read_file(golden::folder / "trc" / "sequence.trc");
  using list = std::vector<quarry::attribute_value>;
  const list axes = attribute_of<list>(attributes_of(file), "axis_names");
  REQUIRE(axes.size() == 2);
  CHECK(std::get<std::string>(axes[0].value) == "segment");
  CHECK(std::get<std::string>(axes[1].value) == "sample");
}

TEST_CASE("trc: a trigger time that is no date is left out", "[formats][trc]") {
  for (const std::size_t at : {305U, 306U, 307U}) {
    CHECK(find_attribute(attributes_of(with(plain(), at, "\x63")), "TRIGGER_TIME") == nullptr);
  }
  const std::string nan("\0\0\0\0\0\0\xf8\x7f", 8);
  CHECK(find_attribute(attributes_of(with(plain(), 296, nan)), "TRIGGER_TIME") == nullptr);
}

TEST_CASE("trc: other templates are refused", "[formats][trc]") {
  check_refusal(with(plain(), 16, "LECROY_1_0"), errc::unsupported,
                "byte 16: TEMPLATE_NAME is 'LECROY_1_0', not LECROY_2_3");
}

TEST_CASE("trc: types and orders are 0 or 1", "[formats][trc]") {
  check_refusal(with(plain(), 34, "\x02"), errc::corrupt_header,
                "byte 34: COMM_ORDER is 2, not 0 to 1");
  check_refusal(with(plain(), 32, "\x02"), errc::corrupt_header,
                "byte 32: COMM_TYPE is 2, not 0 to 1");
}

TEST_CASE("trc: sizes are not negative and reserved blocks are not there", "[formats][trc]") {
  check_refusal(with_number(36, 345), errc::corrupt_header,
                "byte 36: WAVE_DESCRIPTOR is 345, not 346 or more");
  check_refusal(with_number(40, -1), errc::corrupt_header, "byte 40: USER_TEXT is -1");
  check_refusal(with_number(116, -9), errc::corrupt_header, "byte 116: WAVE_ARRAY_COUNT is -9");
  check_refusal(with_number(144, -1), errc::corrupt_header, "byte 144: SUBARRAY_COUNT is -1");
  for (const auto& [offset, name] : {std::pair(44U, "RES_DESC1"), std::pair(56U, "RES_ARRAY1"),
                                     std::pair(68U, "RES_ARRAY2"), std::pair(72U, "RES_ARRAY3")}) {
    check_refusal(with_number(offset, 1), errc::unsupported,
                  quarry::concat("byte ", offset, ": ", name, " is not 0"));
  }
}

TEST_CASE("trc: blocks have the bytes of their items", "[formats][trc]") {
  check_refusal(with_number(60, 17), errc::corrupt_header, "WAVE_ARRAY_1 is 17, not 9 * 2 bytes");
  check_refusal(with_number(116, 2147483647), errc::corrupt_header,
                "WAVE_ARRAY_1 is 18, not 2147483647 * 2 bytes");
  check_refusal(with_number(64, 2), errc::corrupt_header, "WAVE_ARRAY_2 is 2, not 9 * 2 bytes");
  check_refusal(with_number(48, 15), errc::corrupt_header,
                "TRIGTIME_ARRAY is 15, not 1 * 16 bytes");
  check_refusal(with_number(52, 15), errc::corrupt_header, "RIS_TIME_ARRAY is 15, not 1 * 8 bytes");
  check_refusal(with_number(144, 2), errc::corrupt_header,
                "WAVE_ARRAY_COUNT is 9, no multiple of SUBARRAY_COUNT, 2");
}

TEST_CASE("trc: a gain is a number", "[formats][trc]") {
  check_refusal(with(plain(), 158, "\x80\x7f"), errc::corrupt_header,
                "byte 156: VERTICAL_GAIN is not finite");
}

TEST_CASE("trc: a descriptor that is cut off is truncated", "[formats][trc]") {
  check_refusal(plain().substr(0, 345), errc::truncated,
                "WAVE_SOURCE at byte 344 needs 2 bytes, the file has 1 left");
}
