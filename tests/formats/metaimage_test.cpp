// metaimage_test.cpp: MetaImage against ITK (metaimage_golden.py), and every rule that refuses a
// header.
#include "formats/metaimage/metaimage.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry.hpp"
#include "quarry/base/text.hpp"

#include "formats/directory.hpp"
#include "formats/golden.hpp"
#include "formats/manifest.hpp"

using golden::directory_of;
using golden::refusal;
using golden::refusal_from;
using quarry::array_info;
using quarry::catalog;
using quarry::concat;
using quarry::errc;
using quarry::formats::metaimage;

namespace {

const std::filesystem::path folder = golden::folder / "metaimage";

catalog parse(std::string_view file, const quarry::siblings& beside = {}) {
  return golden::parse(metaimage, file, beside);
}

int probe(std::string_view file, const quarry::siblings& beside = {}) {
  return golden::probe(metaimage, file, beside);
}

// A header of 2 x 3 int16 with the lines `more`, and without the line that starts with `left_out`.
std::string header_of(std::string_view more = {}, std::string_view left_out = "-",
                      std::string_view data_file = "LOCAL") {
  std::string out = "ObjectType = Image\n";
  for (const std::string_view line : {"NDims = 2\n", "DimSize = 3 2\n", "ElementType = MET_SHORT\n",
                                      "BinaryDataByteOrderMSB = False\n"}) {
    if (!line.starts_with(left_out)) out += line;
  }
  return concat(out, more, "ElementDataFile = ", data_file, "\n");
}

refusal refusal_of(std::string_view file, const quarry::siblings& beside = {}) {
  return refusal_from([&] { parse(file, beside); });
}

std::string text_of(const array_info& array, std::string_view name) {
  for (const quarry::attribute& each : array.attrs) {
    if (each.name == name) return std::get<std::string>(each.value.value);
  }
  return {};
}

}  // namespace

TEST_CASE("metaimage: golden files are read as ITK reads them", "[formats][metaimage]") {
  CHECK(golden::check_manifest(metaimage, "metaimage") == 31);
}

TEST_CASE("metaimage: the data file of a header opens as well", "[formats][metaimage]") {
  for (const std::string name : {"detached", "detached_skip", "detached_end", "itk"}) {
    INFO(name);
    const quarry::file header = quarry::open_file(folder / (name + ".mhd"));
    const quarry::file data = quarry::open_file(folder / (name + ".raw"));
    CHECK(data.format_name() == "metaimage");
    REQUIRE(data.contents().arrays.size() == 1);
    const array_info& half = data.contents().arrays[0];
    CHECK(half.data_file.empty());
    CHECK(half.offset_bytes == header.contents().arrays.at(0).offset_bytes);
    CHECK(half.where == header.contents().arrays[0].where);
  }
}

TEST_CASE("metaimage: slope and offset are a scaling", "[formats][metaimage]") {
  const auto contents = quarry::open_file(folder / "scaled.mha").contents();
  CHECK(contents.arrays.at(0).scale.scale == std::vector<double>{0.5});
  CHECK(contents.arrays[0].scale.offset == std::vector<double>{-1.0});
}

TEST_CASE("metaimage: other fields are attributes", "[formats][metaimage]") {
  const auto contents = quarry::open_file(folder / "volume.mha").contents();
  const array_info& array = contents.arrays.at(0);
  REQUIRE(array.attrs.size() == 4);
  CHECK(array.attrs[0].name == "ElementSpacing");
  const auto& spacing = std::get<std::vector<quarry::attribute_value>>(array.attrs[0].value.value);
  REQUIRE(spacing.size() == 3);
  CHECK(std::get<double>(spacing[0].value) == 2.0);
  CHECK(std::get<double>(spacing[2].value) == 0.5);
  CHECK(text_of(array, "description") == "a test volume");
  CHECK(text_of(array, "Modality") == "MET_MOD_CT");
  CHECK(text_of(array, "Offset") == "1 2 3");
}

TEST_CASE("metaimage: what cannot be mapped is skipped with a reason and a remedy",
          "[formats][metaimage]") {
  for (const auto& [file, reason] : std::vector<std::pair<std::string, std::string>>{
           {"compressed.mha", "its data is compressed"},
           {"text.mha", "its data is written as text"},
           {"list.mhd", "its data lies in a list of files"},
           {"pattern.mhd", "its data lies in the files of a pattern, 'plane%d.raw 0 1 1'"}}) {
    INFO(file);
    const auto contents = quarry::open_file(folder / file).contents();
    CHECK(contents.arrays.empty());
    REQUIRE(contents.skipped.size() == 1);
    CHECK(contents.skipped[0].reason == reason);
    CHECK(contents.skipped[0].remedy ==
          concat("'plastimatch convert --input ", file,
                 " --output-img raw.mha' writes it as it can be mapped"));
  }
}

TEST_CASE("metaimage: each rule that a header breaks has its own message", "[formats][metaimage]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {header_of("no sign\n"), "line 6: expected 'Name = value', found 'no sign'"},
      {header_of("NDims = 3\n"), "line 6: 'NDims' occurs twice, first in line 2"},
      {header_of("", "NDims"), "the header has no 'NDims'"},
      {header_of("", "DimSize"), "the header has no 'DimSize'"},
      {header_of("", "ElementType"), "the header has no 'ElementType'"},
      {"ObjectType = Image\n", "the header has no 'ElementDataFile', which ends it"},
      {header_of("NDims = 11\n", "NDims"), "line 5: NDims '11' is not 1 to 10"},
      {header_of("DimSize = 3\n", "DimSize"), "line 5: DimSize '3' has 1 sizes for 2 axes"},
      {header_of("DimSize = 3 0\n", "DimSize"),
       "line 5: DimSize '3 0' has a size that is not 1 or more"},
      {header_of("ElementType = MET_NONE\n", "ElementType"),
       "line 5: ElementType 'MET_NONE' is no type of MetaImage"},
      {header_of("ElementNumberOfChannels = 0\n"),
       "line 6: ElementNumberOfChannels '0' is not 1 or more"},
      {header_of("ElementByteOrderMSB = True\n"),
       "line 6: ElementByteOrderMSB 'True' contradicts BinaryDataByteOrderMSB"},
      {header_of("CompressedData = maybe\n"),
       "line 6: CompressedData 'maybe' is neither True nor False"},
      {header_of("HeaderSize = -2\n"), "line 6: HeaderSize '-2' is less than -1"},
      {header_of("", "-", ""), "line 6: ElementDataFile '' names no file"}};
  for (const auto& [file, message] : cases) {
    INFO(message);
    const refusal found = refusal_of(file);
    CHECK(found.message == message);
    CHECK(found.code == errc::corrupt_header);
  }
  CHECK(refusal_of(header_of("HeaderSize = -1\n") + "0123456789").code == errc::truncated);
  CHECK(refusal_of(header_of("DimSize = 3037000500 3037000500\n", "DimSize")).code ==
        errc::limit_exceeded);
}

TEST_CASE("metaimage: spacings that are none are left out with a warning", "[formats][metaimage]") {
  const catalog found = parse(header_of("ElementSpacing = 1\nElementSize = 1 x\n"));
  CHECK(found.warnings ==
        std::vector<std::string>{"line 6: ElementSpacing '1' has 1 entries for 2 axes",
                                 "line 7: ElementSize '1 x' is not what was expected: numbers"});
  CHECK(found.arrays.at(0).attrs.empty());
}

TEST_CASE("metaimage: files are known by their first line, or by the header that names them",
          "[formats][metaimage]") {
  CHECK(probe(header_of()) == 95);
  CHECK(probe("NDims = 2\nElementDataFile = LOCAL\n") == 60);
  CHECK(probe("NDims = 2\n") == 0);
  CHECK(probe("NDims = 2\n", {.file_name = "long-header.mha"}) == 60);
  CHECK(probe("ObjectType = Scene\n") == 0);
  const std::string header = header_of("", "-", "a.raw");
  CHECK(probe("data", directory_of("a.raw", {{"a.mhd", header}})) == 90);
  CHECK(probe("data", directory_of("a.raw", {{"a.mhd", header_of()}})) == 0);
  CHECK(probe("data", directory_of("a.img", {{"a.mhd", header}})) == 0);
  CHECK(probe("data", directory_of("a.raw", {{"a.mhd", "ObjectType = Image\nbroken"}})) == 0);
}

TEST_CASE("metaimage: a remedy names the header, also where the data was opened",
          "[formats][metaimage]") {
  const std::string header = header_of("CompressedData = True\n", "-", "a.zraw");
  const catalog found = parse("data", directory_of("a.zraw", {{"a.mhd", header}}));
  REQUIRE(found.skipped.size() == 1);
  CHECK(found.skipped[0].remedy ==
        "'plastimatch convert --input a.mhd --output-img raw.mha' writes it as it can be mapped");
}
