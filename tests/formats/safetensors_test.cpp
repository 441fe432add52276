// safetensors_test.cpp: safetensors against files that safetensors_golden.py made from the format's
// description, and each rule of safetensors.md.
#include "formats/safetensors/safetensors.hpp"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/array/dtype_text.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/golden.hpp"
#include "formats/manifest.hpp"

using golden::characters;
using golden::little_endian;
using golden::refusal;
using quarry::array_info;
using quarry::catalog;
using quarry::concat;
using quarry::errc;
using quarry::layout;
using quarry::memory_order;
using quarry::formats::safetensors;

namespace {

catalog parse(std::string_view file) {
  return safetensors.parse(std::as_bytes(std::span(file)), quarry::siblings{});
}

std::string file_of(std::string_view header, std::string_view data = {}) {
  return concat(little_endian(header.size(), 8), header, data);
}

refusal refusal_of(std::string_view header, std::string_view data = {}) {
  const std::string file = file_of(header, data);
  return golden::refusal_from([&] { parse(file); });
}

std::string tensor(std::string_view name, std::string_view type, std::string_view shape,
                   std::string_view offsets) {
  return concat("\"", name, "\":{\"dtype\":\"", type, "\",\"shape\":", shape,
                ",\"data_offsets\":", offsets, "}");
}

std::string header_of(std::initializer_list<std::string> tensors) {
  std::string out;
  for (const std::string& each : tensors) out += concat(out.empty() ? "{" : ",", each);
  return out.append("}");
}

catalog golden_catalog(std::string_view name) {
  return parse(golden::read_file(golden::folder / "safetensors" / name));
}

array_info info(std::string name, std::string_view type, std::initializer_list<std::int64_t> shape,
                memory_order order = memory_order::c) {
  array_info out;
  out.name = std::move(name);
  out.type = quarry::parse_dtype(type);
  out.where = layout::contiguous(std::vector(shape), out.type.item_bytes(), order);
  return out;
}

refusal plan_refusal(std::vector<array_info> arrays) {
  return golden::refusal_from([&] { safetensors.plan(arrays); });
}

int probe(std::string_view head, std::string name) {
  const quarry::siblings beside{.file_name = std::move(name)};
  return safetensors.probe({std::as_bytes(std::span(head)), head.size(), beside});
}

}  // namespace

TEST_CASE("safetensors: golden files are read as NumPy reads them", "[formats][safetensors]") {
  CHECK(golden::check_manifest(safetensors, "safetensors") == 26);
}

TEST_CASE("safetensors: texts of the metadata are attributes of the file",
          "[formats][safetensors]") {
  const catalog found = golden_catalog("named.safetensors");
  REQUIRE(found.attrs.size() == 2);
  CHECK(found.attrs[0].name == "format");
  CHECK(std::get<std::string>(found.attrs[0].value.value) == "np");
  CHECK(std::get<std::string>(found.attrs[1].value.value) == "a \"b\"");
}

TEST_CASE("safetensors: types that quarry lacks are skipped with a layout for their bytes",
          "[formats][safetensors]") {
  const catalog found = golden_catalog("eight_bits.safetensors");
  CHECK(found.arrays.size() == 1);
  REQUIRE(found.skipped.size() == 1);
  CHECK(found.skipped[0].name == "f8");
  CHECK(found.skipped[0].reason == "its type F8_E4M3 is none of quarry's");
  CHECK(found.skipped[0].remedy == "--as '|u1[4]@128' gives its bytes");
}

TEST_CASE("safetensors: a file may hold no tensor", "[formats][safetensors]") {
  CHECK(golden_catalog("no_tensors.safetensors").arrays.empty());
}

TEST_CASE("safetensors: a file may hold 100000 tensors", "[formats][safetensors]") {
  constexpr int many = 100'000;
  std::string header = "{";
  for (int i = 0; i < many; ++i) {
    header += concat(i > 0 ? "," : "",
                     tensor(concat("t", i), "U8", "[1]", concat("[", i, ",", i + 1, "]")));
  }
  const catalog found = parse(file_of(header + "}", std::string(many, 'x')));
  REQUIRE(found.arrays.size() == many);
  CHECK(found.arrays.back().name == "t99999");
  CHECK(found.arrays.back().offset_bytes == 8 + header.size() + 1 + many - 1);
}

TEST_CASE("safetensors: a short length and the start of an object are recognised",
          "[formats][safetensors]") {
  CHECK(probe(file_of("{\"a"), "a.dat") == 95);
  CHECK(probe(file_of("{}"), "a.dat") == 95);
  CHECK(probe(file_of("{ "), "a.dat") == 95);
  CHECK(probe(file_of("{1"), "a.dat") == 0);
  CHECK(probe(file_of("[\""), "a.dat") == 0);
  CHECK(probe(file_of("[\""), "a.safetensors") == 20);
  CHECK(probe(little_endian(0x06000000, 8) + "{\"", "a.dat") == 0);
  CHECK(probe(little_endian(0x100000002, 8) + "{\"", "a.dat") == 0);
  CHECK(probe(file_of("{}").substr(0, 9), "a.dat") == 0);
}

TEST_CASE("safetensors: a file shorter than its header is truncated", "[formats][safetensors]") {
  const std::string whole = file_of(header_of({tensor("a", "U8", "[1]", "[0,1]")}));
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    const std::string_view part = std::string_view(whole).substr(0, bytes);
    CHECK(golden::refusal_from([&] { parse(part); }).code == errc::truncated);
  }
  CHECK(parse(whole).warnings ==
        std::vector<std::string>{"the data ends at byte 62, the file has 61 bytes: 1 are missing"});
}

TEST_CASE("safetensors: a header of more than 100 MB is refused", "[formats][safetensors]") {
  const std::string file = little_endian(100'000'001, 8) + "{";
  const refusal found = golden::refusal_from([&] { parse(file); });
  CHECK(found.code == errc::limit_exceeded);
  CHECK(found.message == "byte 0: found a header of 100000001 bytes, at most 100000000 are read");
}

TEST_CASE("safetensors: broken headers are refused with the tensor's name",
          "[formats][safetensors]") {
  const std::pair<std::string, std::string> rules[] = {
      {" {}", "byte 8 is not the { of a JSON object"},
      {"[]", "byte 8 is not the { of a JSON object"},
      {"{\"a\":1}", "'a' is no object"},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", "'a' has no data_offsets"},
      {"{\"a\":{\"dtype\":1,\"shape\":[1],\"data_offsets\":[0,1]}}", "dtype of 'a' is no text"},
      {header_of({tensor("a", "U8", "1", "[0,1]")}), "shape of 'a' must be a list, found number"},
      {header_of({tensor("a", "U8", "[1.0]", "[0,1]")}),
       "shape of 'a' must hold integers from 0 on, found 1.0"},
      {header_of({tensor("a", "U8", "[-1]", "[0,1]")}),
       "shape of 'a' must hold integers from 0 on, found -1"},
      {header_of({tensor("a", "U8", "[1]", "[0]")}),
       "data_offsets of 'a' must be a begin and an end behind it"},
      {header_of({tensor("a", "U8", "[1]", "[1,0]")}),
       "data_offsets of 'a' must be a begin and an end behind it"},
      {header_of({tensor("a", "U8", "[2]", "[0,1]")}),
       "'a' has 1 bytes of data, 2 by its type and shape"},
      {header_of({tensor("a", "U8", "[1]", "[1,2]")}),
       "'a' begins at byte 1 of the data, expected 0: tensors follow each other without gaps"},
      {header_of({tensor("a", "U8", "[2]", "[0,2]"), tensor("b", "U8", "[2]", "[1,3]")}),
       "'b' begins at byte 1 of the data, expected 2: tensors follow each other without gaps"},
      {header_of({tensor("a", "U8", "[1]", "[0,1]"), tensor("a", "U8", "[1]", "[1,2]")}),
       "the key 'a' occurs twice"},
      {"{\"__metadata__\":[]}", "__metadata__ is no object"},
      {"{\"__metadata__\":{\"a\":1}}", "__metadata__: 'a' is no text"}};
  for (const auto& [header, message] : rules) {
    INFO(header);
    const refusal found = refusal_of(header, "xyz");
    CHECK(found.code == errc::corrupt_header);
    CHECK(found.message == concat("safetensors header: ", message));
  }
}

TEST_CASE("safetensors: bytes behind the last tensor are refused", "[formats][safetensors]") {
  const refusal found = refusal_of(header_of({tensor("a", "U8", "[1]", "[0,1]")}), "ab");
  CHECK(found.code == errc::corrupt_header);
  CHECK(found.message == "safetensors header: the data ends at byte 62, the file at byte 63");
}

TEST_CASE("safetensors: what is no JSON is refused", "[formats][safetensors]") {
  for (const char* const text : {"{", "{\"a\":}", "{}x", "{\"\xff\":{}}", "{'a':1}"}) {
    INFO(text);
    CHECK(refusal_of(text).code == errc::corrupt_header);
  }
  CHECK(refusal_of(concat("{\"a\":", std::string(100000, '['))).code == errc::corrupt_header);
}

TEST_CASE("safetensors: sizes beyond 63 bits are refused", "[formats][safetensors]") {
  // the product wraps to 4 in 64 bits
  CHECK(refusal_of(header_of({tensor("a", "U8", "[4194305,4194305,211106198978564]", "[0,4]")}),
                   "abcd")
            .code == errc::limit_exceeded);
  CHECK(refusal_of(header_of({tensor("a", "U8", "[9223372036854775808]", "[0,1]")}), "a").code ==
        errc::limit_exceeded);
  CHECK(refusal_of(header_of({tensor("a", "F4", "[1]", "[0,18446744073709551615]")}), "a").code ==
        errc::limit_exceeded);
}

TEST_CASE("safetensors: unknown keys of a tensor are warned of", "[formats][safetensors]") {
  const catalog found = parse(
      file_of(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"colour":"red"}})", "x"));
  CHECK(found.warnings ==
        std::vector<std::string>{"safetensors header: 'a' has an unknown key 'colour'"});
}

TEST_CASE("safetensors: what is planned is the golden file, larger items first",
          "[formats][safetensors]") {
  const std::vector<array_info> arrays{info("mask", "?", {2, 2}), info("wide", "<f8", {2})};
  const quarry::file_plan plan = safetensors.plan(arrays);
  const std::string file = golden::read_file(golden::folder / "safetensors/written.safetensors");
  REQUIRE(plan.header.size() == 128);
  CHECK(characters(plan.header) == file.substr(0, 128));
  CHECK(plan.offsets_bytes == std::vector<std::uint64_t>{144, 128});
  CHECK(plan.file_bytes == file.size());
}

TEST_CASE("safetensors: every type comes back as it was planned", "[formats][safetensors]") {
  std::vector<array_info> arrays;
  for (const char* const type : {"?", "u1", "i1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8", "<f2",
                                 "<bf16", "<f4", "<f8", "<c8"}) {
    arrays.push_back(info(concat("full ", type), type, {3, 1, 5}));
    arrays.push_back(info(concat("none ", type), type, {2, 0}));
    arrays.push_back(info(concat("one \" ", type), type, {}));
  }
  const quarry::file_plan plan = safetensors.plan(arrays);
  std::string file(characters(plan.header));
  file.resize(plan.file_bytes);
  const catalog found = parse(file);
  CHECK(found.warnings.empty());
  REQUIRE(found.arrays.size() == arrays.size());
  CHECK(plan.header.size() % 64 == 0);
  for (const array_info& each : found.arrays) {
    INFO(each.name);
    CHECK(each.offset_bytes % static_cast<std::uint64_t>(each.type.item_bytes()) == 0);
    const auto made = std::ranges::find(arrays, each.name, &array_info::name);
    REQUIRE(made != arrays.end());
    CHECK(each.type == made->type);
    CHECK(each.where == made->where);
    CHECK(each.offset_bytes == plan.offsets_bytes[static_cast<std::size_t>(made - arrays.begin())]);
  }
}

TEST_CASE("safetensors: an array without a name is called data", "[formats][safetensors]") {
  const array_info array = info("", "u1", {0});
  const quarry::file_plan plan = safetensors.plan(std::span(&array, 1));
  CHECK(parse(characters(plan.header)).arrays.at(0).name == "data");
}

TEST_CASE("safetensors: what it cannot hold is not planned", "[formats][safetensors]") {
  for (const char* const type :
       {">f4", ">bf16", "<i3", "<f16", "<c16", "S3", "<U1", "V2", "<M8[s]", "{a:<i2}"}) {
    INFO(type);
    CHECK(plan_refusal({info("a", type, {2})}).code == errc::unsupported);
  }
  CHECK(plan_refusal({info("a", "<f4", {2, 3}, memory_order::f)}).code == errc::unsupported);
  CHECK(plan_refusal({info("a", "u1", {1}), info("a", "u1", {1})}).code == errc::invalid_argument);
  CHECK(plan_refusal({info("", "u1", {1}), info("data", "u1", {1})}).code ==
        errc::invalid_argument);
  CHECK(plan_refusal({info("__metadata__", "u1", {1})}).code == errc::invalid_argument);
  CHECK(plan_refusal({info("\xff", "u1", {1})}).code == errc::invalid_argument);
  const auto huge = std::numeric_limits<std::int64_t>::max();
  CHECK(plan_refusal({info("a", "u1", {huge}), info("b", "u1", {huge}), info("c", "u1", {huge})})
            .code == errc::limit_exceeded);
}
