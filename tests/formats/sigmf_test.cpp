// sigmf_test.cpp: SigMF against recordings that sigmf_golden.py made from the specification, by
// either half, and each rule of sigmf.md: what is read, left out, warned of, refused and written.
#include "formats/sigmf/sigmf.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/array/dtype_text.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/golden.hpp"
#include "formats/manifest.hpp"

using golden::descr_text;
using golden::read_file;
using golden::read_table;
using golden::refusal;
using quarry::array_info;
using quarry::catalog;
using quarry::concat;
using quarry::errc;
using quarry::siblings;
using quarry::formats::sigmf;

namespace {

// A directory of one neighbour.
siblings beside(std::string name, std::string neighbour, std::string contents) {
  siblings out;
  out.file_name = std::move(name);
  out.exists = [=](std::string_view asked) { return asked == neighbour; };
  out.look = [=](std::string_view asked, std::size_t bytes) {
    if (asked != neighbour) throw quarry::error(errc::not_found, concat("no file ", asked));
    return quarry::neighbour{contents.size(), contents.substr(0, bytes)};
  };
  out.read = [=](std::string_view asked) {
    return asked == neighbour ? std::optional(contents) : std::nullopt;
  };
  return out;
}

catalog parse(std::string_view file, const siblings& around) {
  return sigmf.parse(std::as_bytes(std::span(file)), around);
}

int probe(std::string_view file, const siblings& around) {
  return sigmf.probe({std::as_bytes(std::span(file)), file.size(), around});
}

// The recording a, by its metadata.
catalog by_meta(std::string_view meta, std::size_t data_bytes) {
  return parse(meta, beside("a.sigmf-meta", "a.sigmf-data", std::string(data_bytes, 'd')));
}

refusal refusal_of(std::string_view meta, std::size_t data_bytes = 24) {
  return golden::refusal_from([&] { by_meta(meta, data_bytes); });
}

// Metadata with these entries in "global" behind the datatype, and these captures.
std::string meta_of(std::string_view global = "", std::string_view captures = "",
                    std::string_view datatype = "ri16_le") {
  return concat(R"({"global":{"core:version":"1.2.0","core:datatype":")", datatype, "\"",
                global.empty() ? "" : ",", global, R"(},"captures":[)", captures, "]}");
}

const quarry::attribute_value* value_of(const array_info& of, std::string_view name) {
  return find_attribute(of.attrs, name);
}

// Captures of one sample each, behind a header of one byte each.
std::string headed_captures(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    out += concat(i > 0 ? "," : "", R"({"core:header_bytes":1,"core:sample_start":)", i, "}");
  }
  return out;
}

}  // namespace

TEST_CASE("sigmf: golden recordings are read by either half", "[formats][sigmf]") {
  const auto folder = golden::folder / "sigmf";
  const auto rows = read_table(folder / "manifest.txt");
  REQUIRE(rows.size() > 30);
  std::string file_name;
  std::size_t position = 0;
  for (const auto& row : rows) {
    REQUIRE(row.size() == 8);
    INFO(row[0] << " " << row[2]);
    position = row[0] == file_name ? position + 1 : 0;
    file_name = row[0];
    const std::string stem = file_name.substr(0, file_name.find('.'));
    const bool has_dataset = std::filesystem::exists(folder / (stem + ".dat"));
    const std::string data_name = stem + (has_dataset ? ".dat" : ".sigmf-data");
    const std::string meta = read_file(folder / file_name);
    const std::string data = read_file(folder / data_name);
    std::vector<catalog> found{parse(meta, beside(file_name, data_name, data))};
    CHECK(found[0].arrays.at(position).data_file == data_name);
    if (!has_dataset) {
      found.push_back(parse(data, beside(data_name, file_name, meta)));
      CHECK(found[1].arrays.at(position).data_file.empty());
    }
    for (const catalog& half : found) {
      CHECK(std::to_string(half.warnings.size()) == row[1]);
      const array_info& array = half.arrays.at(position);
      CHECK(array.name == row[2]);
      CHECK(descr_text(array.type) == row[3]);
      CHECK(quarry::tuple_text(array.where.shape()) == row[4]);
      CHECK(quarry::tuple_text(array.where.strides()) == row[5]);
      CHECK(std::to_string(array.offset_bytes) == row[6]);
      CHECK(std::to_string(golden::fnv1a(golden::elements_of(data, array))) == row[7]);
      CHECK(std::get<double>(value_of(array, "sample_rate")->value) == 8000);
    }
  }
}

TEST_CASE("sigmf: names decide what a file is", "[formats][sigmf]") {
  const std::string meta = meta_of();
  const std::string tar = std::string(257, 'x') + "ustar";
  const siblings nobody{};
  const auto alone = [](std::string name) { return siblings{.file_name = std::move(name)}; };
  CHECK(probe(meta, alone("a.sigmf-meta")) == 95);
  CHECK(probe(" \r\n{", alone("a.sigmf-meta")) == 95);
  CHECK(probe("[]", alone("a.sigmf-meta")) == 20);
  CHECK(probe(meta, alone("a.json")) == 0);
  CHECK(probe("data", beside("a.sigmf-data", "a.sigmf-meta", meta)) == 95);
  CHECK(probe("data", alone("a.sigmf-data")) == 20);
  CHECK(probe(tar, alone("a.sigmf")) == 95);
  CHECK(probe(tar, alone("a.tar")) == 0);
  CHECK(probe("x", alone("a.sigmf")) == 0);
  CHECK(probe("{}", alone("a.sigmf-collection")) == 95);
}

TEST_CASE("sigmf: a half without the other says what is missing", "[formats][sigmf]") {
  const refusal meta =
      golden::refusal_from([] { parse(meta_of(), siblings{.file_name = "a.sigmf-meta"}); });
  CHECK(meta.code == errc::not_found);
  CHECK(meta.message == "no file 'a.sigmf-data' is beside the header");
  const refusal data =
      golden::refusal_from([] { parse("data", siblings{.file_name = "a.sigmf-data"}); });
  CHECK(data.code == errc::not_found);
  CHECK(data.message == "its metadata a.sigmf-meta is not beside it, or larger than 64 MiB");
}

TEST_CASE("sigmf: archives, collections and bare metadata are skipped", "[formats][sigmf]") {
  const std::string tar = std::string(257, 'x') + "ustar";
  const catalog archive = parse(tar, siblings{.file_name = "a.sigmf"});
  CHECK(archive.arrays.empty());
  CHECK(archive.skipped.at(0).reason == "a SigMF archive is a tar of recordings");
  CHECK(archive.skipped.at(0).remedy == "unpack it: tar -xf FILE");
  const catalog collection = parse("{}", siblings{.file_name = "a.sigmf-collection"});
  CHECK(collection.skipped.at(0).reason == "a SigMF collection only names recordings");
  const catalog bare = by_meta(meta_of(R"("core:metadata_only":true)"), 24);
  CHECK(bare.arrays.empty());
  CHECK(bare.skipped.at(0).reason == "the recording is metadata without data");
}

TEST_CASE("sigmf: keys of the recording become attributes", "[formats][sigmf]") {
  const std::string meta =
      concat(R"({"global":{"core:datatype":"ri8","core:version":"1.0.0","core:sample_rate":48000,)",
             R"("core:hw":"mixer 3","core:description":"pump","my:gain":2.5},)",
             R"("captures":[{"core:sample_start":0,"core:frequency":1e6}],)",
             R"("annotations":[{"core:sample_start":1},{"core:sample_start":2}]})");
  const catalog found = by_meta(meta, 5);
  REQUIRE(found.arrays.size() == 1);
  const array_info& array = found.arrays[0];
  CHECK(array.attrs.size() == 6);
  CHECK(std::get<std::int64_t>(value_of(array, "sample_rate")->value) == 48000);
  CHECK(std::get<std::string>(value_of(array, "core:hw")->value) == "mixer 3");
  CHECK(std::get<std::string>(value_of(array, "description")->value) == "pump");
  CHECK(std::get<double>(value_of(array, "my:gain")->value) == 2.5);
  CHECK(std::get<std::int64_t>(value_of(array, "annotations")->value) == 2);
  const auto& captures =
      std::get<std::vector<quarry::attribute_value>>(value_of(array, "captures")->value);
  CHECK(captures.size() == 1);
}

TEST_CASE("sigmf: what is said of a recording in several pieces is said once", "[formats][sigmf]") {
  const std::string global = R"("core:description":"pump","core:sample_rate":48000,"core:hw":"x")";
  const catalog found = by_meta(meta_of(global, headed_captures(3)), 9);
  CHECK(found.attrs.size() == 3);
  CHECK(found.attrs.at(0).name == "description");
  REQUIRE(found.arrays.size() == 3);
  for (const array_info& each : found.arrays) {
    CHECK(each.attrs.size() == 2);
    CHECK(std::get<std::int64_t>(value_of(each, "sample_rate")->value) == 48000);
    CHECK(value_of(each, "captures") != nullptr);
  }
  const std::string odd = R"("core:sample_rate":"48 kHz")";
  for (const array_info& each : by_meta(meta_of(odd, headed_captures(2)), 6).arrays) {
    CHECK(value_of(each, "sample_rate") == nullptr);
  }
}

TEST_CASE("sigmf: headers cut the samples into at most 16384 pieces", "[formats][sigmf]") {
  CHECK(by_meta(meta_of("", headed_captures(16384)), 3 * 16384).arrays.size() == 16384);
  const refusal found = refusal_of(meta_of("", headed_captures(16385)), 3 * 16385);
  CHECK(found.code == errc::limit_exceeded);
  CHECK(found.message == "headers cut the samples into more than 16384 pieces");
}

TEST_CASE("sigmf: a cut sample counts, so that the store can say what is missing",
          "[formats][sigmf]") {
  const catalog found = by_meta(meta_of(R"("core:num_channels":3)"), 20);
  CHECK(quarry::tuple_text(found.arrays.at(0).where.shape()) == "(4, 3)");
  const refusal trailing =
      refusal_of(meta_of(R"("core:num_channels":3,"core:trailing_bytes":2)"), 21);
  CHECK(trailing.code == errc::truncated);
  CHECK(trailing.message == "the last sample has 1 of 6 bytes before the 2 trailing ones");
}

TEST_CASE("sigmf: captures behind the end of the data", "[formats][sigmf]") {
  CHECK(by_meta(meta_of("", R"({"core:sample_start":13})"), 24).warnings ==
        std::vector<std::string>{"the last capture starts at sample 13, the data file has 12"});
  const refusal split = refusal_of(
      meta_of("", R"({"core:sample_start":0},{"core:sample_start":12,"core:header_bytes":4})"));
  CHECK(split.code == errc::truncated);
  CHECK(split.message == "captures[1] starts at sample 12, the data file has 10");
  const refusal headers =
      refusal_of(meta_of("", R"({"core:sample_start":0,"core:header_bytes":25})"));
  CHECK(headers.code == errc::truncated);
  CHECK(headers.message == "headers and trailing bytes take 25 bytes, the data file has 24");
}

TEST_CASE("sigmf: errors name the key, what was found and what was expected", "[formats][sigmf]") {
  struct rule {
    std::string meta;
    std::string message;
  };
  const rule rules[] = {
      {"[]", "the text: must be an object"},
      {"{}", "global: must be there, an object"},
      {R"({"global":{"core:version":"1.0.0"}})", "global: has no 'core:datatype'"},
      {R"({"global":{"core:datatype":7}})", "core:datatype: must be a text, found 7"},
      {meta_of("", "", "ri16"),
       "core:datatype: 'ri16' is none; expected one such as cf32_le, ri16_be or ru8"},
      {meta_of("", "", "f32_le"),
       "core:datatype: 'f32_le' is none; expected one such as cf32_le, ri16_be or ru8"},
      {meta_of(R"("core:num_channels":0)"), "core:num_channels: 0, expected 1 to 2147483647"},
      {meta_of(R"("core:num_channels":-1)"),
       "core:num_channels: must be a whole number, not negative, found -1"},
      {meta_of(R"("core:dataset":"../a.dat")"),
       "core:dataset: '../a.dat' is not the name of a file without a directory"},
      {meta_of(R"("core:dataset":"")"),
       "core:dataset: '' is not the name of a file without a directory"},
      {meta_of(R"("core:metadata_only":1)"), "core:metadata_only: must be true or false, found 1"},
      {meta_of(R"("core:trailing_bytes":1.5)"),
       "core:trailing_bytes: must be a whole number, not negative, found 1.5"},
      {meta_of(R"("core:extensions":{})"), "core:extensions: must be a list, found {}"},
      {meta_of(R"("core:extensions":[1])"), "core:extensions: must be a list of objects, found 1"},
      {meta_of("", "3"), "captures[0]: must be an object, found 3"},
      {meta_of("", R"({"core:sample_start":5},{"core:sample_start":4})"),
       "captures[1]: starts at sample 4, before the one before it"},
      {R"({"global":{"core:datatype":"ri8","core:version":"1.0"},"captures":{}})",
       "captures: must be a list, found {}"},
      {R"({"global":{"core:datatype":"ri8","core:version":"1.0"},"annotations":1})",
       "annotations: must be a list, found 1"},
  };
  for (const rule& each : rules) {
    const refusal found = refusal_of(each.meta);
    CHECK(found.code == errc::corrupt_header);
    CHECK(found.message == "SigMF metadata: " + each.message);
  }
  CHECK(refusal_of(R"({"global":{},"global":{}})").code == errc::corrupt_header);
}

TEST_CASE("sigmf: what a reader must know and does not is unsupported", "[formats][sigmf]") {
  const refusal version = refusal_of(R"({"global":{"core:datatype":"ri8","core:version":"2.0"}})");
  CHECK(version.code == errc::unsupported);
  CHECK(version.message == "SigMF metadata: version '2.0'; this program reads 0 and 1");
  const refusal extension = refusal_of(
      meta_of(R"("core:extensions":[{"name":"packed","version":"1","optional":false}])"));
  CHECK(extension.code == errc::unsupported);
  CHECK(extension.message ==
        "SigMF metadata: the extension \"packed\" must be known to read the data");
  CHECK(by_meta(meta_of(R"("core:extensions":[{"name":"x","optional":true}])"), 2).arrays.size() ==
        1);
}

TEST_CASE("sigmf: metadata without a version is a warning", "[formats][sigmf]") {
  CHECK(by_meta(R"({"global":{"core:datatype":"ri8"}})", 3).warnings ==
        std::vector<std::string>{"SigMF metadata: global: has no 'core:version'"});
}

TEST_CASE("sigmf: sizes at the edge of 64 bits are refused without overflow", "[formats][sigmf]") {
  CHECK(refusal_of(meta_of(R"("core:trailing_bytes":18446744073709551615)",
                           R"({"core:sample_start":0,"core:header_bytes":1})"))
            .code == errc::limit_exceeded);
  CHECK(refusal_of(meta_of("", R"({"core:sample_start":18446744073709551615})")).message.empty());
  CHECK(refusal_of(meta_of("", R"({"core:header_bytes":0},{"core:sample_start":)"
                               R"(9223372036854775807,"core:header_bytes":1})"))
            .code == errc::truncated);
}

TEST_CASE("sigmf: metadata that describe another file do not describe these data",
          "[formats][sigmf]") {
  const siblings around =
      beside("a.sigmf-data", "a.sigmf-meta", meta_of(R"("core:dataset":"b.dat")"));
  const refusal found = golden::refusal_from([&] { parse("data", around); });
  CHECK(found.code == errc::corrupt_header);
  CHECK(found.message == "a.sigmf-meta describes another file, 'b.dat'");
}
