// edf_rules_test.cpp: each rule of edf.md on the header: what is refused and with which words.
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/edf/edf.hpp"
#include "formats/golden.hpp"
#include "formats/patched.hpp"
#include "formats/reading.hpp"

using golden::with;
using quarry::errc;
using quarry::formats::edf;

namespace {

// Where fields of a file of three signals stand.
constexpr std::size_t header_size_at = 184;
constexpr std::size_t records_at = 236;
constexpr std::size_t signals_at = 252;
constexpr std::size_t physical_min_at = 256 + 3 * (16 + 80 + 8);
constexpr std::size_t samples_at = 256 + 3 * 216;

std::string plain() { return golden::read_file(golden::folder / "edf" / "plain.edf"); }

void check_refusal(std::string_view file, errc code, std::string_view message) {
  golden::check_refusal(edf, file, code, message);
}

}  // namespace

TEST_CASE("edf: version and number of signals are recognised", "[formats][edf]") {
  CHECK(golden::probe(edf, plain()) == 95);
  CHECK(golden::probe(edf, plain().substr(0, 256)) == 95);
  CHECK(golden::probe(edf, plain().substr(0, 255)) == 0);
  CHECK(golden::probe(edf, with(plain(), signals_at, "xxxx")) == 0);
  CHECK(golden::probe(edf, "0       1       2\n") == 0);
  CHECK(golden::probe(edf, "{ HeaderID = EH:000001:000000:000000;") == 0);
  CHECK(golden::probe(edf, "") == 0);
}

TEST_CASE("edf: another version is refused", "[formats][edf]") {
  check_refusal(with(plain(), 0, "1"), errc::corrupt_header,
                "bytes 0 to 7 are neither the version of EDF, 0 and blanks, nor that of BDF");
  check_refusal(with(plain(), 0, "\xff"), errc::corrupt_header,
                "bytes 0 to 7 are neither the version of EDF, 0 and blanks, nor that of BDF");
}

TEST_CASE("edf: the header has 256 bytes and as many per signal", "[formats][edf]") {
  check_refusal(with(plain(), header_size_at, "768     "), errc::corrupt_header,
                "byte 184: the header's size is 768, 3 signals take 1024");
  check_refusal(with(plain(), signals_at, "4   "), errc::corrupt_header,
                "byte 184: the header's size is 1024, 4 signals take 1280");
  check_refusal(plain().substr(0, 1023), errc::truncated,
                "the reserved bytes of the signals at byte 928 needs 96 bytes, the file has 95 "
                "left");
}

TEST_CASE("edf: counts are decimal numbers", "[formats][edf]") {
  check_refusal(with(plain(), header_size_at, "        "), errc::corrupt_header,
                "byte 184: the header's size is '        ', not a number from 0 on");
  check_refusal(with(plain(), records_at, "-2      "), errc::corrupt_header,
                "byte 236: the number of records is '-2      ', not a number from -1 on");
  check_refusal(with(plain(), records_at, "3.5     "), errc::corrupt_header,
                "byte 236: the number of records is '3.5     ', not a number from -1 on");
  check_refusal(with(plain(), signals_at, "-1  "), errc::corrupt_header,
                "byte 252: the number of signals is '-1  ', not a number from 0 on");
  check_refusal(with(plain(), samples_at, "-8      "), errc::corrupt_header,
                "byte 904: a signal's samples is '-8      ', not a number from 0 on");
  check_refusal(with(plain(), samples_at, "eight   "), errc::corrupt_header,
                "byte 904: a signal's samples is 'eight   ', not a number from 0 on");
}

TEST_CASE("edf: a file without signals has no arrays", "[formats][edf]") {
  const std::string file =
      with(with(plain(), header_size_at, "256     "), signals_at, "0   ").substr(0, 256);
  CHECK(golden::parse(edf, file).arrays.empty());
}

TEST_CASE("edf: records of no bytes are as many as the header says", "[formats][edf]") {
  std::string file = plain();
  for (std::size_t i = 0; i < 3; ++i) file = with(file, samples_at + 8 * i, "0       ");
  CHECK(golden::parse(edf, file).arrays.at(0).where.extent(0) == 3);
  const auto unknown = golden::parse(edf, with(file, records_at, "-1      "));
  CHECK(unknown.arrays.at(0).where.extent(0) == 0);
}

TEST_CASE("edf: counts beyond the file are left to the store", "[formats][edf]") {
  const auto found =
      golden::parse(edf, with(with(plain(), records_at, "99999999"), samples_at, "99999999"));
  CHECK(quarry::tuple_text(found.arrays.at(0).where.shape()) == "(99999999, 99999999)");
  CHECK(quarry::tuple_text(found.arrays.at(0).where.strides()) == "(200000008, 2)");
}

TEST_CASE("edf: limits too far apart give no scale", "[formats][edf]") {
  const auto found = golden::parse(edf, with(plain(), physical_min_at, "-1e999  "));
  CHECK(found.arrays.at(0).scale.scale.empty());
  CHECK(found.warnings.size() == 1);
}
