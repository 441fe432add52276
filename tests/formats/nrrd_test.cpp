// nrrd_test.cpp: NRRD against unu, the command of its reference implementation (nrrd_golden.py):
// attached and detached files, skips, remarks; what is written is given to unu by
// tools/nrrd_test.py.
#include "formats/nrrd/nrrd.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry.hpp"
#include "quarry/base/text.hpp"

#include "formats/array_infos.hpp"
#include "formats/golden.hpp"
#include "formats/layout_json.hpp"
#include "formats/manifest.hpp"

using golden::info;
using golden::refusal_from;
using quarry::array_info;
using quarry::attributes;
using quarry::byte_order;
using quarry::concat;
using quarry::dtype;
using quarry::errc;
using quarry::layout;
using quarry::memory_order;
using quarry::type_kind;
using quarry::formats::nrrd;

namespace {

const std::filesystem::path folder = golden::folder / "nrrd";

std::string attributes_text(const array_info& array) {
  const std::string json = quarry::formats::layout_json(std::span(&array, 1), {});
  const std::size_t start = json.find(R"("attributes":)");
  return json.substr(start, json.rfind(R"(}],"attributes")") - start);
}

std::string planned(const array_info& array) {
  const quarry::file_plan plan = nrrd.plan(std::span(&array, 1));
  return {reinterpret_cast<const char*>(plan.header.data()), plan.header.size()};
}

}  // namespace

TEST_CASE("nrrd: golden files are read as unu reads them", "[formats][nrrd]") {
  CHECK(golden::check_manifest(nrrd, "nrrd") == 33);
}

TEST_CASE("nrrd: the data file of a detached header opens as well", "[formats][nrrd]") {
  for (const std::string name : {"detached", "detached_lines", "detached_end"}) {
    INFO(name);
    const quarry::file header = quarry::open_file(folder / (name + ".nhdr"));
    const quarry::file data = quarry::open_file(folder / (name + ".raw"));
    CHECK(data.format_name() == "nrrd");
    REQUIRE(data.contents().arrays.size() == 1);
    const array_info& half = data.contents().arrays[0];
    CHECK(half.data_file.empty());
    CHECK(half.offset_bytes == header.contents().arrays.at(0).offset_bytes);
    CHECK(half.where == header.contents().arrays[0].where);
    CHECK(half.type == header.contents().arrays[0].type);
  }
}

TEST_CASE("nrrd: what belongs to axes is told in the order of the shape", "[formats][nrrd]") {
  const auto remarks = quarry::open_file(folder / "remarks.nrrd").contents();
  CHECK(attributes_text(remarks.arrays.at(0)) ==
        R"("attributes":{"description":"a test volume","units":"T",)"
        R"("axis_names":["time","y","x"],"axis_units":["s","mm","mm"],)"
        R"("kinds":["time","domain","domain"],"spacings":[2.0,0.25,0.5],)"
        "\"key_values\":{\"site\":\"K\xc3\xb6ln\"}}");
  const auto space = quarry::open_file(folder / "space.nrrd").contents();
  CHECK(attributes_text(space.arrays.at(0)) ==
        R"x("attributes":{"kinds":["list","space","space"],)x"
        R"x("space directions":["none","(0, 0.25, 0)","(0.5,0,0)"],"space":"scanner-xyz",)x"
        R"x("space origin":"(1,2,3)"})x");
}

TEST_CASE("nrrd: what cannot be mapped is skipped with a reason and a remedy", "[formats][nrrd]") {
  for (const auto& [file, reason] : std::vector<std::pair<std::string, std::string>>{
           {"gzip.nrrd", "its data is encoded as gzip"},
           {"bzip2.nrrd", "its data is encoded as bzip2"},
           {"ascii.nrrd", "its data is encoded as ascii"},
           {"hex.nrrd", "its data is encoded as hex"},
           {"list.nhdr", "its data lies in a list of 2 files"},
           {"pattern.nhdr", "its data lies in the files of a pattern, './row%d.raw 0 1 1'"}}) {
    INFO(file);
    const auto contents = quarry::open_file(folder / file).contents();
    CHECK(contents.arrays.empty());
    REQUIRE(contents.skipped.size() == 1);
    CHECK(contents.skipped[0].reason == reason);
    CHECK(contents.skipped[0].remedy == concat("'unu save -f nrrd -e raw -i ", file,
                                               " -o raw.nrrd' writes it as it can be mapped"));
  }
}

TEST_CASE("nrrd: a header is written with its data at a multiple of 64", "[formats][nrrd]") {
  array_info array = info({type_kind::signed_integer, 2, byte_order::big}, {2, 3, 4});
  const std::string frame =
      "NRRD0005\ntype: int16\nendian: big\ndimension: 3\nsizes: 4 3 2\n"
      "encoding: raw\n";
  CHECK(planned(array) == concat(frame, "#", std::string(128 - frame.size() - 3, ' '), "\n\n"));
  array.attrs = {{"description", {std::string("a volume")}},
                 {"units", {std::string("T")}},
                 {"axis_names",
                  {std::vector<quarry::attribute_value>{
                      {std::string("time")}, {std::string("y")}, {std::string("x")}}}},
                 {"key_values", {attributes{{"site", {std::string("a\\b\nc")}}}}}};
  const std::string remarks =
      "content: a volume\nsample units: T\nlabels: \"x\" \"y\" \"time\"\n"
      "site:=a\\\\b\\nc\n";
  CHECK(planned(array).starts_with(concat(frame, remarks, "#")));
  CHECK(planned(array).size() % 64 == 0);
}

TEST_CASE("nrrd: remarks that a line cannot hold are left out", "[formats][nrrd]") {
  array_info array = info({type_kind::unsigned_integer, 1}, {2});
  const std::string plain = planned(array);
  array.attrs = {
      {"description", {std::string("two\nlines")}},
      {"units", {std::int64_t{3}}},
      {"axis_names", {std::vector<quarry::attribute_value>{{std::string("a\"b")}}}},
      {"axis_units",
       {std::vector<quarry::attribute_value>{{std::string("s")}, {std::string("m")}}}},
      {"key_values", {attributes{{"a:b", {std::string("c")}}, {"#d", {std::string("e")}}}}}};
  CHECK(planned(array) == plain);
}

TEST_CASE("nrrd: opaque items are written as blocks", "[formats][nrrd]") {
  CHECK(planned(info({type_kind::raw, 12}, {5}))
            .starts_with("NRRD0005\ntype: block\nblock size: 12\nendian: little\n"
                         "dimension: 1\nsizes: 5\n"));
}

TEST_CASE("nrrd: what it cannot hold is not written", "[formats][nrrd]") {
  const dtype number(type_kind::floating, 8);
  for (const array_info& wrong :
       {info(number, {}), info(number, {3, 0}), info(number, {2, 3}, memory_order::f),
        info(number, std::vector<std::int64_t>(17, 1)), info({type_kind::boolean, 1}, {2}),
        info({type_kind::complex_floating, 8}, {2}), info({type_kind::floating, 2}, {2}),
        info({type_kind::bytes, 3}, {2})}) {
    CHECK(refusal_from([&] { planned(wrong); }).code == errc::unsupported);
  }
  const std::vector<array_info> two(2, info(number, {2}));
  CHECK(refusal_from([&] { nrrd.plan(two); }).code == errc::unsupported);
}
