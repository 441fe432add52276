// isf_test.cpp: Tektronix' .isf: files that isf_golden.py made, and each rule of isf.md.
#include "formats/isf/isf.hpp"

#include <cstdint>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/golden.hpp"
#include "formats/manifest.hpp"
#include "formats/reading.hpp"

using golden::attribute_of;
using quarry::catalog;
using quarry::errc;
using quarry::formats::isf;

namespace {

const std::string type_words = "BYT_NR 2;BN_FMT RI;BYT_OR MSB;";
const std::string words = type_words + "NR_PT 2;";

std::string file_of(std::string_view statements, std::string_view block = "#14abcd") {
  return quarry::concat(":WFMPRE:", statements, ":CURVE ", block);
}

catalog parse(std::string_view file) { return golden::parse(isf, file); }

void check_refusal(std::string_view file, errc code, std::string_view message) {
  INFO(file);
  golden::check_refusal(isf, file, code, message);
}

}  // namespace

TEST_CASE("isf: golden files are read as their generator describes them", "[formats][isf]") {
  CHECK(golden::check_manifest(isf, "isf") == 13);
}

TEST_CASE("isf: a preamble is recognised in any case, other text is not", "[formats][isf]") {
  CHECK(golden::probe(isf, ":WFMPRE:") == 95);
  CHECK(golden::probe(isf, ":wfmp:") == 95);
  CHECK(golden::probe(isf, "WFMOutpre:") == 95);
  CHECK(golden::probe(isf, "") == 0);
  CHECK(golden::probe(isf, ":") == 0);
  CHECK(golden::probe(isf, "WFM#001") == 0);
  CHECK(golden::probe(isf, ":CURVE #12ab") == 0);
  check_refusal(":CURVE #12ab", errc::corrupt_header,
                "does not start with :WFMPRE: or :WFMOUTPRE:");
}

TEST_CASE("isf: statements that the array does not say become attributes", "[formats][isf]") {
  const catalog found = parse(file_of(
      words +
      "WFID \"Ch1; 5 V\";XINCR 2e-3;XUNIT \"s\";YUNIT \"V\";PT_OFF -3;NR_FR +1;MODE fast;"));
  const quarry::attributes& attrs = found.arrays.at(0).attrs;
  CHECK(attribute_of<std::string>(attrs, "units") == "V");
  CHECK(attribute_of<std::string>(attrs, "description") == "Ch1; 5 V");
  CHECK(attribute_of<double>(attrs, "sample_rate") == 500.0);
  CHECK(attribute_of<double>(attrs, "XINCR") == 2e-3);
  CHECK(attribute_of<std::string>(attrs, "XUNIT") == "s");
  CHECK(attribute_of<std::int64_t>(attrs, "PT_OFF") == -3);
  CHECK(attribute_of<std::int64_t>(attrs, "NR_FR") == 1);
  CHECK(attribute_of<std::string>(attrs, "MODE") == "fast");
  CHECK(attrs.size() == 8);
}

TEST_CASE("isf: text that is no UTF-8 is read as Latin-1", "[formats][isf]") {
  const catalog found = parse(file_of(words + "YUNIT \"\xb5V\";"));
  CHECK(attribute_of<std::string>(found.arrays.at(0).attrs, "units") == "\xc2\xb5V");
}

TEST_CASE("isf: a step that is no positive time gives no sample rate", "[formats][isf]") {
  for (const char* const step :
       {"XINCR 0;", "XINCR -1;", "XINCR 2;XUNIT \"Hz\";", "XINCR 2;PT_FMT ENV;"}) {
    const catalog found = parse(file_of(words + step));
    CHECK(find_attribute(found.arrays.at(0).attrs, "sample_rate") == nullptr);
  }
}

TEST_CASE("isf: decimal text is skipped with a remedy", "[formats][isf]") {
  for (const char* const name : {"ASC", "ASCII"}) {
    const catalog found = parse(quarry::concat(":WFMPRE:ENCDG ", name, ";", words, ":CURVE 1,-2"));
    CHECK(found.arrays.empty());
    REQUIRE(found.skipped.size() == 1);
    CHECK(found.skipped[0].reason == "its values are decimal text (ENCDG ASCII)");
    CHECK(found.skipped[0].remedy == "save it again with the command DATA:ENCDG RIBINARY");
  }
}

TEST_CASE("isf: a word may come twice if it says the same", "[formats][isf]") {
  CHECK(parse(file_of(words + "NR_P 2;")).arrays.size() == 1);
  check_refusal(file_of(words + "NR_P 4;"), errc::corrupt_header, "NR_PT is '2' and '4'");
}

TEST_CASE("isf: what gives the type and the shape must be there", "[formats][isf]") {
  check_refusal(file_of("BN_FMT RI;BYT_OR MSB;NR_PT 2;"), errc::corrupt_header,
                "there is no BYT_NR");
  check_refusal(file_of("BYT_NR 2;BYT_OR MSB;NR_PT 2;"), errc::corrupt_header,
                "there is no BN_FMT");
  check_refusal(file_of("BYT_NR 2;BN_FMT RI;NR_PT 2;"), errc::corrupt_header, "there is no BYT_OR");
  check_refusal(file_of(type_words), errc::corrupt_header, "there is no NR_PT");
  CHECK(parse(file_of("BYT_NR 1;BN_FMT RI;NR_PT 4;")).arrays.size() == 1);
}

TEST_CASE("isf: values that mean nothing are refused", "[formats][isf]") {
  check_refusal(file_of("BYT_NR 2;BN_FMT RI;BYT_OR PDP;NR_PT 2;"), errc::corrupt_header,
                "BYT_OR is 'PDP', not MSB or LSB");
  check_refusal(file_of("BYT_NR 2;BN_FMT XX;BYT_OR MSB;NR_PT 2;"), errc::unsupported,
                "BN_FMT is 'XX', not RI, RP or FP");
  check_refusal(file_of("BYT_NR 3;BN_FMT RI;BYT_OR MSB;NR_PT 2;"), errc::unsupported,
                "BYT_NR is 3, not 1, 2, 4 or 8");
  check_refusal(file_of("BYT_NR -2;BN_FMT RI;BYT_OR MSB;NR_PT 2;"), errc::unsupported,
                "BYT_NR is -2, not 1, 2, 4 or 8");
  check_refusal(file_of("BYT_NR 2;BN_FMT FP;BYT_OR MSB;NR_PT 2;"), errc::unsupported,
                "BYT_NR is 2, not 4 or 8");
  check_refusal(file_of("BYT_NR two;BN_FMT RI;BYT_OR MSB;NR_PT 2;"), errc::corrupt_header,
                "BYT_NR is 'two', no integer");
  check_refusal(file_of(words + "PT_FMT XY;"), errc::unsupported, "PT_FMT is 'XY', not Y or ENV");
  check_refusal(file_of(words + "ENCDG HEX;"), errc::unsupported, "ENCDG is 'HEX', not BINARY");
  check_refusal(file_of(words + "YMULT 1.0x;"), errc::corrupt_header, "YMULT is '1.0x', no number");
  check_refusal(file_of(words + "YMULT nan;"), errc::corrupt_header, "YMULT is 'nan', no number");
}

TEST_CASE("isf: points and bytes of the curve must agree", "[formats][isf]") {
  check_refusal(file_of(type_words + "NR_PT 3;"), errc::corrupt_header,
                "the CURVE has 4 bytes, NR_PT points of BYT_NR bytes are 6");
  check_refusal(file_of(type_words + "NR_PT -2;"), errc::corrupt_header, "NR_PT is -2");
  check_refusal(file_of(type_words + "NR_PT 3;PT_FMT ENV;", "#16abcdef"), errc::corrupt_header,
                "NR_PT is 3, odd for points in pairs");
  check_refusal(file_of(type_words + "NR_PT 9223372036854775807;"), errc::limit_exceeded,
                "the size of shape (9223372036854775807,) with items of 2 bytes overflows 64 bits");
  check_refusal(file_of(words, "#0abcd"), errc::unsupported,
                "the CURVE is a block of indefinite length, #0");
  check_refusal(file_of(words, "1,2"), errc::corrupt_header,
                "byte 53: expected a data block, '#' and a digit, found '1,'");
}

TEST_CASE("isf: a file without a curve is truncated or too long", "[formats][isf]") {
  check_refusal(":WFMPRE:" + words, errc::truncated, "the file ends at byte 46, before its CURVE");
  check_refusal(":WFMPRE:WFID \"no end;:CURVE #12ab", errc::truncated,
                "the file ends at byte 33, before its CURVE");
  check_refusal(":WFMPRE:WFID \"" + std::string(70000, 'x') + "\";" + words + ":CURVE #14abcd",
                errc::limit_exceeded, "no CURVE in the first 65536 bytes");
  std::string many;
  for (int i = 0; i < 1025; ++i) many += "A 1;";
  check_refusal(file_of(many + words), errc::limit_exceeded,
                "more than 1024 statements before the CURVE");
}
