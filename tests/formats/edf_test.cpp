// edf_test.cpp: .edf and .bdf: files that edf_golden.py made and MNE agrees on. The header's rules
// are in edf_rules_test.cpp.
#include "formats/edf/edf.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "formats/golden.hpp"
#include "formats/manifest.hpp"
#include "formats/reading.hpp"

using golden::attribute_of;
using quarry::catalog;
using quarry::formats::edf;

namespace {

catalog parse(const char* name) {
  return golden::parse(edf, golden::read_file(golden::folder / "edf" / name));
}

}  // namespace

TEST_CASE("edf: golden files are read as their generator describes them", "[formats][edf]") {
  CHECK(golden::check_manifest(edf, "edf") == 37);
}

TEST_CASE("edf: the header's texts become attributes", "[formats][edf]") {
  const catalog found = parse("plain.edf");
  CHECK(attribute_of<std::string>(found.attrs, "patient") == "X X X X");
  CHECK(attribute_of<std::string>(found.attrs, "recording") == "Startdate 02-MAR-2024 X X X");
  CHECK(attribute_of<std::string>(found.attrs, "start_date") == "02.03.24");
  CHECK(attribute_of<std::string>(found.attrs, "start_time") == "10.20.30");
  CHECK(attribute_of<double>(found.attrs, "record_seconds") == 2.0);
  CHECK(find_attribute(found.attrs, "reserved") == nullptr);
  CHECK(attribute_of<std::string>(found.arrays.at(0).attrs, "transducer") == "AgAgCl electrode");
  CHECK(attribute_of<std::string>(found.arrays.at(0).attrs, "prefilter") == "HP:0.1Hz LP:75Hz");
  CHECK(find_attribute(found.arrays.at(1).attrs, "transducer") == nullptr);
  using list = std::vector<quarry::attribute_value>;
  const list axes = attribute_of<list>(found.arrays.at(0).attrs, "axis_names");
  REQUIRE(axes.size() == 2);
  CHECK(std::get<std::string>(axes[0].value) == "record");
  CHECK(std::get<std::string>(axes[1].value) == "sample");
}

TEST_CASE("edf: a recording with gaps says so", "[formats][edf]") {
  CHECK(attribute_of<std::string>(parse("gaps.edf").attrs, "reserved") == "EDF+D");
}

TEST_CASE("edf: an unknown number of records is counted, with a warning", "[formats][edf]") {
  const catalog found = parse("unknown_rest.edf");
  REQUIRE(found.warnings.size() == 2);
  CHECK(found.warnings[0] == "byte 236: the number of records is -1, unknown; the file has 3");
  CHECK(found.warnings[1] == "7 bytes behind the last record at byte 1102 are left alone");
}

TEST_CASE("edf: a signal whose limits give no scale has none, with a warning", "[formats][edf]") {
  for (const char* const name : {"same_limits.edf", "no_limits.edf"}) {
    const catalog found = parse(name);
    REQUIRE(found.warnings.size() == 1);
    CHECK(found.warnings[0] ==
          "signal 'EEG' has no scale: its physical or its digital limits are equal, too far apart "
          "or no numbers");
  }
}
