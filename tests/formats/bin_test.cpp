// bin_test.cpp: the typed .bin against files that bin_golden.py made from the byte map: what is
// read, what is written, and that both agree. Its header's rules are in bin_rules_test.cpp.
#include "formats/bin/bin.hpp"

#include <cstring>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/array/dtype_text.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/array_infos.hpp"
#include "formats/bin_files.hpp"
#include "formats/golden.hpp"
#include "formats/manifest.hpp"

using golden::characters;
using golden::descr_text;
using golden::info;
using golden::read_file;
using golden::refusal;
using quarry::array_info;
using quarry::attribute;
using quarry::attribute_value;
using quarry::attributes;
using quarry::byte_order;
using quarry::catalog;
using quarry::dtype;
using quarry::errc;
using quarry::layout;
using quarry::memory_order;
using quarry::type_kind;
using quarry::formats::bin;

namespace {

using extents = std::vector<std::int64_t>;

refusal plan_refusal(std::span<const array_info> arrays) {
  return golden::refusal_from([&] { bin.plan(arrays); });
}

// What a planned file says when it is read; its data are zeros.
catalog read_back(std::span<const array_info> arrays) {
  const quarry::file_plan plan = bin.plan(arrays);
  std::string file(characters(plan.header));
  file.resize(plan.file_bytes);
  return bin_files::parse(file);
}

const attribute_value& value_of(const attributes& all, std::string_view name) {
  for (const attribute& each : all) {
    if (each.name == name) return each.value;
  }
  FAIL("no attribute " << name);
  return all.front().value;
}

}  // namespace

TEST_CASE("bin: golden files are read as their generator describes them", "[formats][bin]") {
  CHECK(golden::check_manifest(bin, "bin") > 60);
}

TEST_CASE("bin: attributes keep their values and the order of the file", "[formats][bin]") {
  const catalog found = bin_files::parse(read_file(golden::folder / "bin" / "attributes.bin"));
  const attributes& attrs = found.arrays.at(0).attrs;
  REQUIRE(attrs.size() == 7);
  CHECK(attrs.front().name == "unit");
  CHECK(std::get<std::string>(value_of(attrs, "unit").value) == "mm");
  CHECK(std::get<double>(value_of(attrs, "scale").value) == 0.5);
  CHECK(std::get<std::int64_t>(value_of(attrs, "count").value) == 3);
  CHECK(std::get<bool>(value_of(attrs, "good").value));
  CHECK(std::holds_alternative<std::monostate>(value_of(attrs, "none").value));
  const auto& axes = std::get<std::vector<attribute_value>>(value_of(attrs, "axes").value);
  CHECK(std::get<std::string>(axes.at(0).value) == "t");
  CHECK(std::get<std::int64_t>(axes.at(1).value) == 1);
  const auto& more = std::get<attributes>(value_of(attrs, "more").value);
  CHECK(more.at(0).name == "b");
  CHECK(more.at(1).name == "a");
  CHECK(std::get<std::string>(value_of(found.attrs, "site").value) == "K\xc3\xb6ln");
}

TEST_CASE("bin: integers beyond 63 bits become floating attributes", "[formats][bin]") {
  const catalog found = bin_files::parse(bin_files::file_of(
      R"({"arrays":[{"dtype":"|u1","shape":[1]}],"attributes":{"a":18446744073709551615,)"
      R"("b":-9223372036854775808,"c":9223372036854775807}})",
      "x"));
  CHECK(std::get<double>(value_of(found.attrs, "a").value) == 18446744073709551616.0);
  CHECK(std::get<std::int64_t>(value_of(found.attrs, "b").value) ==
        std::numeric_limits<std::int64_t>::min());
  CHECK(std::get<std::int64_t>(value_of(found.attrs, "c").value) ==
        std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("bin: what is planned is the golden file byte for byte", "[formats][bin]") {
  array_info plain = info({type_kind::floating, 4, byte_order::big}, {2, 3}, memory_order::f);
  plain.attrs = {{"unit", {std::string("K")}}};
  const dtype low(type_kind::unsigned_integer, 2, byte_order::little);
  const dtype whole(type_kind::unsigned_integer, 4, byte_order::little);
  const dtype record =
      dtype::record({{.name = "whole", .type = whole, .offset_bytes = 4},
                     {.name = "low", .type = low, .offset_bytes = 4},
                     {.name = "high", .type = dtype(), .shape = {2}, .offset_bytes = 6}},
                    12);
  const std::pair<const char*, array_info> golden_plans[] = {
      {"written.bin", plain}, {"written_record.bin", info(record, {2})}};
  for (const auto& [name, array] : golden_plans) {
    INFO(name);
    const std::string file = read_file(golden::folder / "bin" / name);
    const quarry::file_plan plan = bin.plan(std::span(&array, 1));
    REQUIRE(plan.header.size() == 4096);
    CHECK(characters(plan.header) == file.substr(0, 4096));
    CHECK(plan.offsets_bytes == std::vector<std::uint64_t>{4096});
    CHECK(plan.file_bytes == file.size());
  }
}

TEST_CASE("bin: every dtype and order comes back as it was planned", "[formats][bin]") {
  std::vector<array_info> arrays;
  for (const char* const text : {"bool",     "i1",  "<i2",
                                 ">i3",      "<i4", ">i8",
                                 "u1",       ">u2", "<u3",
                                 ">u4",      "<u8", "<f2",
                                 ">bf16",    "<f4", ">f8",
                                 "<f16",     "<c8", ">c16",
                                 "<c32",     "S5",  "<U3",
                                 ">U1",      "V7",  "<M8[ns]",
                                 ">m8[25s]", "<M8", "{a:<i2, b:>f4[2,3]}"}) {
    const dtype type = quarry::parse_dtype(text);
    for (const memory_order order : {memory_order::c, memory_order::f}) {
      arrays.push_back(info(type, {2, 0, 3}, order, quarry::concat("empty ", arrays.size())));
      arrays.push_back(info(type, {2, 1, 3}, order, quarry::concat("full ", arrays.size())));
    }
    arrays.push_back(info(type, {}, memory_order::c, quarry::concat("scalar ", arrays.size())));
  }
  const dtype inner =
      dtype::record({{.name = "z", .type = {type_kind::floating, 8}, .offset_bytes = 8},
                     {.name = "a", .type = dtype(), .offset_bytes = 0}},
                    24);
  const dtype outer = dtype::record(
      {{.name = "two words", .type = inner, .shape = {2, 1}},
       {.name = "\xe6\xb8\xa9", .type = dtype(), .offset_bytes = 50, .title = "a title"}},
      64);
  arrays.push_back(info(outer, {3}, memory_order::c, "record"));

  const catalog found = read_back(arrays);
  CHECK(found.warnings.empty());
  REQUIRE(found.arrays.size() == arrays.size());
  const quarry::file_plan plan = bin.plan(arrays);
  std::uint64_t end = plan.header.size();
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    INFO(arrays[i].name << " " << descr_text(arrays[i].type));
    CHECK(found.arrays[i].name == arrays[i].name);
    CHECK(found.arrays[i].type == arrays[i].type);
    CHECK(found.arrays[i].where == arrays[i].where);
    CHECK(found.arrays[i].offset_bytes == plan.offsets_bytes[i]);
    CHECK(plan.offsets_bytes[i] % 64 == 0);
    CHECK(plan.offsets_bytes[i] >= end);
    end = plan.offsets_bytes[i] + static_cast<std::uint64_t>(arrays[i].where.size_bytes());
  }
  CHECK(plan.file_bytes == end);
}

TEST_CASE("bin: attributes of an array are written and read", "[formats][bin]") {
  array_info array = info(dtype(), {1});
  array.attrs = {{"quote \" and \\", {std::string("line\nbreak\0nul", 14)}},
                 {"list", {std::vector<attribute_value>{{true}, {std::monostate{}}, {-0.25}}}},
                 {"named", {attributes{{"z", {std::int64_t{1}}}, {"a", {std::int64_t{2}}}}}},
                 {"not a number", {std::numeric_limits<double>::quiet_NaN()}}};
  const catalog found = read_back(std::span(&array, 1));
  const attributes& attrs = found.arrays.at(0).attrs;
  REQUIRE(attrs.size() == 4);
  CHECK(std::get<std::string>(value_of(attrs, "quote \" and \\").value) ==
        std::string("line\nbreak\0nul", 14));
  const auto& list = std::get<std::vector<attribute_value>>(value_of(attrs, "list").value);
  CHECK(std::get<bool>(list.at(0).value));
  CHECK(std::get<double>(list.at(2).value) == -0.25);
  CHECK(std::get<attributes>(value_of(attrs, "named").value).at(0).name == "z");
  // JSON has no such number
  CHECK(std::holds_alternative<std::monostate>(value_of(attrs, "not a number").value));
}

TEST_CASE("bin: the header grows by pages", "[formats][bin]") {
  for (const std::size_t padding : {std::size_t{0}, std::size_t{4000}, std::size_t{100000}}) {
    const array_info array = info(dtype(), {1}, memory_order::c, std::string(padding, 'n'));
    const quarry::file_plan plan = bin.plan(std::span(&array, 1));
    CHECK(plan.header.size() == (padding + 64 + 100 + 4095) / 4096 * 4096);
    CHECK(read_back(std::span(&array, 1)).arrays.at(0).name.size() == padding);
  }
}

TEST_CASE("bin: Python objects are not planned", "[formats][bin]") {
  const array_info object = info({type_kind::object, 8}, {2});
  const array_info inside = info(dtype::packed_record({{.name = "o", .type = object.type}}), {2});
  CHECK(plan_refusal(std::span(&object, 1)).code == errc::unsupported);
  CHECK(plan_refusal(std::span(&inside, 1)).code == errc::unsupported);
}

TEST_CASE("bin: sizes beyond 64 bits are not planned", "[formats][bin]") {
  const auto huge = std::numeric_limits<std::int64_t>::max();
  const std::vector<array_info> arrays(3, info(dtype(), {huge}));
  CHECK(plan_refusal(arrays).code == errc::limit_exceeded);
}
