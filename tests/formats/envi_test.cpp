// envi_test.cpp: ENVI against GDAL (envi_golden.py): types, interleaves, scalings, the two files of
// a pair; what is written is given to GDAL by tools/envi_test.py.
#include "formats/envi/envi.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry.hpp"
#include "quarry/base/text.hpp"

#include "formats/array_infos.hpp"
#include "formats/directory.hpp"
#include "formats/golden.hpp"
#include "formats/layout_json.hpp"
#include "formats/manifest.hpp"

using golden::directory_of;
using golden::info;
using golden::refusal_from;
using quarry::array_info;
using quarry::byte_order;
using quarry::concat;
using quarry::dtype;
using quarry::errc;
using quarry::layout;
using quarry::memory_order;
using quarry::type_kind;
using quarry::formats::envi;

namespace {

const std::filesystem::path folder = golden::folder / "envi";

std::string planned(const array_info& array) {
  const quarry::file_plan plan = envi.plan(std::span(&array, 1));
  CHECK(plan.header.empty());
  CHECK(plan.offsets_bytes == std::vector<std::uint64_t>{0});
  CHECK(plan.file_bytes == static_cast<std::uint64_t>(array.where.size_bytes()));
  return {reinterpret_cast<const char*>(plan.detached.data()), plan.detached.size()};
}

std::string plain_header(std::string_view more = {}) {
  return concat(
      "ENVI\nsamples = 4\nlines = 3\nbands = 2\nheader offset = 0\nfile type = ENVI Standard\n"
      "data type = 2\ninterleave = bsq\nbyte order = 1\n",
      more);
}

std::vector<quarry::attribute_value> texts(std::vector<std::string> from) {
  std::vector<quarry::attribute_value> out;
  for (std::string& text : from) out.push_back({std::move(text)});
  return out;
}

}  // namespace

TEST_CASE("envi: golden files are read as GDAL reads them, by either half", "[formats][envi]") {
  CHECK(golden::check_manifest(envi, "envi") == 64);
}

TEST_CASE("envi: a value to ignore is the blank", "[formats][envi]") {
  const auto contents = quarry::open_file(folder / "scaled.hdr").contents();
  CHECK(contents.arrays.at(0).scale.axis == 0);
  CHECK(contents.arrays[0].scale.blank == -9999.0);
}

TEST_CASE("envi: other fields are attributes", "[formats][envi]") {
  const auto contents = quarry::open_file(folder / "spelled.img").contents();
  const array_info& array = contents.arrays.at(0);
  const std::string json = quarry::formats::layout_json(std::span(&array, 1), {});
  CHECK(json.find(R"("attributes":{"axis_names":["band","line","sample"],)"
                  R"("file type":"ENVI Standard","band names":["red","green"],)"
                  R"("wavelength units":"Nanometers","wavelength":[650.5,550.0],)"
                  R"("sensor type":"Unknown","default bands":["2","1"]})") != std::string::npos);
  CHECK(contents.warnings ==
        std::vector<std::string>{"line 11: 'not a field' is no field",
                                 "line 16: fwhm '{10}' has 1 entries for 2 bands"});
}

TEST_CASE("envi: what cannot be mapped is skipped with a reason and a remedy", "[formats][envi]") {
  for (const auto& [file, reason] : std::vector<std::pair<std::string, std::string>>{
           {"compressed.hdr", "its data is compressed"},
           {"frames.img", "it has bytes around its frames (major frame offsets)"}}) {
    INFO(file);
    const auto contents = quarry::open_file(folder / file).contents();
    CHECK(contents.arrays.empty());
    REQUIRE(contents.skipped.size() == 1);
    CHECK(contents.skipped[0].reason == reason);
    CHECK(contents.skipped[0].remedy ==
          "'gdal_translate -of ENVI IN OUT.img' writes it as it can be mapped");
  }
}

TEST_CASE("envi: data is found by the header's name, and must be the only one", "[formats][envi]") {
  const auto data_of = [](std::string name, std::map<std::string, std::string, std::less<>> files) {
    return golden::parse(envi, plain_header(), directory_of(std::move(name), std::move(files)))
        .arrays.at(0)
        .data_file;
  };
  CHECK(data_of("a.hdr", {{"a", ""}, {"b.img", ""}}) == "a");
  CHECK(data_of("a.hdr", {{"a.hdr", ""}, {"a.bil", ""}, {"a.tif", ""}}) == "a.bil");
  CHECK(data_of("a.img.hdr", {{"a.img", ""}, {"a.dat", ""}}) == "a.img");
  const auto none = refusal_from([&] { data_of("a.hdr", {{"a.tif", ""}}); });
  CHECK(none.code == errc::not_found);
  const auto several = refusal_from([&] { data_of("a.hdr", {{"a.img", ""}, {"a.dat", ""}}); });
  CHECK(several.code == errc::invalid_argument);
  CHECK(several.message ==
        "several files may be its data ('a.img', 'a.dat'); open the one that is");
}

TEST_CASE("envi: a data file is known by its header", "[formats][envi]") {
  const auto sure = [](std::string name, std::map<std::string, std::string, std::less<>> files) {
    return golden::probe(envi, "data", directory_of(std::move(name), std::move(files)));
  };
  CHECK(golden::probe(envi, "ENVI\r\n") == 95);
  CHECK(golden::probe(envi, "ENVIRONMENT\n") == 0);
  CHECK(golden::probe(envi, "ENVI") == 0);
  CHECK(sure("a.IMG", {{"a.hdr", plain_header()}}) == 90);
  CHECK(sure("a", {{"a.hdr", plain_header()}}) == 90);
  CHECK(sure("a.tif", {{"a.hdr", plain_header()}}) == 0);
  CHECK(sure("a.tif", {{"a.tif.hdr", plain_header()}}) == 90);
  CHECK(sure("a.img", {{"a.hdr", "BYTEORDER I\n"}}) == 0);
  CHECK(sure("a.hdr", {{"a.hdr", plain_header()}}) == 0);
}

TEST_CASE("envi: a header is written for the data beside it", "[formats][envi]") {
  array_info array = info({type_kind::signed_integer, 2, byte_order::big}, {2, 3, 4});
  CHECK(planned(array) == plain_header());
  array.scale = {.scale = {0.5}, .offset = {-1, 0.1}, .axis = 0, .blank = -9999};
  array.attrs = {
      {"description", {std::string("a test")}},
      {"wavelength units", {std::string("Nanometers")}},
      {"band names", {texts({"red", "green"})}},
      {"wavelength", {std::vector<quarry::attribute_value>{{650.5}, {std::int64_t{550}}}}}};
  CHECK(planned(array) ==
        plain_header("data gain values = { 0.5, 0.5 }\ndata offset values = { -1, 0.1 }\n"
                     "data ignore value = -9999\ndescription = {a test}\n"
                     "wavelength units = Nanometers\nband names = { red, green }\n"
                     "wavelength = { 650.5, 550 }\n"));
}

TEST_CASE("envi: remarks that a header cannot hold are left out", "[formats][envi]") {
  array_info array = info({type_kind::signed_integer, 2, byte_order::big}, {2, 3, 4});
  array.scale = {.scale = {1, 2, 3}, .offset = {}, .axis = 1, .blank = {}};
  array.attrs = {{"description", {std::string("a } brace")}},
                 {"wavelength units", {std::int64_t{3}}},
                 {"band names", {texts({"a, b", "c"})}},
                 {"wavelength", {std::vector<quarry::attribute_value>{{1.0}}}},
                 {"fwhm", {texts({"a", "b"})}}};
  CHECK(planned(array) == plain_header());
}

TEST_CASE("envi: two axes are one band", "[formats][envi]") {
  const std::string header = planned(info({type_kind::floating, 4, byte_order::little}, {3, 4}));
  CHECK(header ==
        "ENVI\nsamples = 4\nlines = 3\nbands = 1\nheader offset = 0\nfile type = ENVI Standard\n"
        "data type = 4\ninterleave = bsq\nbyte order = 0\n");
}

TEST_CASE("envi: what it cannot hold is not written", "[formats][envi]") {
  const dtype number(type_kind::floating, 8);
  for (const array_info& wrong :
       {info(number, {}), info(number, {3}), info(number, {2, 2, 2, 2}), info(number, {3, 0}),
        info(number, {2, 3}, memory_order::f), info({type_kind::boolean, 1}, {2, 3}),
        info({type_kind::signed_integer, 1}, {2, 3}), info({type_kind::floating, 2}, {2, 3}),
        info({type_kind::raw, 4}, {2, 3})}) {
    CHECK(refusal_from([&] { planned(wrong); }).code == errc::unsupported);
  }
  const std::vector<array_info> two(2, info(number, {2, 3}));
  CHECK(refusal_from([&] { envi.plan(two); }).code == errc::unsupported);
}
