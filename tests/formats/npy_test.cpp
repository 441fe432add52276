// npy_test.cpp: .npy against NumPy 1.24: headers of every spelling (npy_cases.py), golden files
// (npy_golden.py), and what is written for dtypes that NumPy does not have.
#include "formats/npy/npy.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/array/literal.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/array_infos.hpp"
#include "formats/golden.hpp"
#include "formats/npy_files.hpp"

using golden::descr_text;
using golden::info;
using golden::read_file;
using golden::read_table;
using golden::refusal;
using golden::tuple_of;
using npy_files::file_of;
using npy_files::header_of;
using npy_files::parse;
using quarry::array_info;
using quarry::byte_order;
using quarry::catalog;
using quarry::dtype;
using quarry::encoding;
using quarry::errc;
using quarry::error;
using quarry::layout;
using quarry::memory_order;
using quarry::type_kind;
using quarry::formats::npy;

namespace {

refusal plan_refusal(std::span<const array_info> arrays) {
  return golden::refusal_from([&] { npy.plan(arrays); });
}

std::string header_text(const quarry::file_plan& plan) {
  return {reinterpret_cast<const char*>(plan.header.data()), plan.header.size()};
}

std::string planned(const array_info& array) { return header_text(npy.plan(std::span(&array, 1))); }

std::string with_escapes_read(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    out += static_cast<char>(std::stoi(std::string(text.substr(i + 2, 2)), nullptr, 16));
    i += 3;
  }
  return out;
}

}  // namespace

TEST_CASE("npy: headers mean what NumPy reads, but for the listed differences", "[formats][npy]") {
  const auto cases = read_table(golden::folder / "npy_cases.txt");
  REQUIRE(cases.size() > 1000);
  for (const auto& row : cases) {
    REQUIRE(row.size() == 10);
    const std::string& ours = row[5];
    INFO(row[0] << ": " << row[3]);
    CHECK((row[4] == ours || !row[6].empty()));  // a difference has a reason
    std::string verdict = "accept";
    catalog found;
    std::string message;
    try {
      found = parse(file_of(with_escapes_read(row[3]), std::stoi(row[1]), std::stoi(row[2])));
      if (found.arrays.at(0).stored_as == encoding::pickle) verdict = "object";
    } catch (const error& e) {
      verdict = "refuse";
      message = e.message();
    }
    INFO(message);
    CHECK(verdict == ours);
    if (verdict != ours || verdict == "refuse") continue;
    const array_info& array = found.arrays[0];
    CHECK(quarry::tuple_text(array.where.shape()) == row[7]);
    if (!row[8].empty()) CHECK(quarry::tuple_text(array.where.strides()) == row[8]);
    CHECK(descr_text(array.type) == row[9]);
    CHECK(array.where.item_bytes() == array.type.item_bytes());
  }
}

TEST_CASE("npy: golden files are read as NumPy describes them and written byte for byte",
          "[formats][npy]") {
  const auto manifest = read_table(golden::folder / "npy" / "manifest.txt");
  REQUIRE(manifest.size() > 60);
  for (const auto& row : manifest) {
    if (row[0] == "wide") continue;
    REQUIRE(row.size() == 5);
    INFO(row[0]);
    const std::string file = read_file(golden::folder / "npy" / row[0]);
    const auto offset = std::stoull(row[3]);

    std::vector<std::string> warnings;
    std::vector<std::int64_t> subarray;
    const dtype type =
        quarry::dtype_from_descr(quarry::parse_literal(row[4], warnings), subarray, warnings);
    const layout where = layout::strided(tuple_of(row[1]), tuple_of(row[2]), type.item_bytes());

    const catalog found = parse(file);
    REQUIRE(found.arrays.size() == 1);
    CHECK(found.warnings.empty());
    CHECK(found.skipped.empty());
    const array_info& array = found.arrays[0];
    CHECK(array.name.empty());
    CHECK(array.data_file.empty());
    CHECK(array.stored_as == encoding::plain);
    CHECK(array.type == type);
    CHECK(descr_text(array.type) == row[4]);
    CHECK(quarry::tuple_text(array.where.shape()) == row[1]);
    for (int axis = 0; axis < where.rank(); ++axis) {
      if (where.size() > 0 && where.extent(axis) > 1) {
        CHECK(array.where.stride(axis) == where.stride(axis));
      }
    }
    CHECK(array.offset_bytes == offset);

    const array_info described{.name = "", .type = type, .where = where};
    const quarry::file_plan plan = npy.plan(std::span(&described, 1));
    CHECK(header_text(plan) == file.substr(0, offset));
    CHECK(plan.offsets_bytes == std::vector<std::uint64_t>{offset});
    CHECK(plan.file_bytes == file.size());
  }
}

TEST_CASE("npy: a header beyond 65535 bytes is written in version 2 as NumPy writes it",
          "[formats][npy]") {
  const auto manifest = read_table(golden::folder / "npy" / "manifest.txt");
  const auto wide = std::find_if(manifest.begin(), manifest.end(),
                                 [](const auto& row) { return row[0] == "wide"; });
  REQUIRE(wide != manifest.end());
  std::vector<quarry::field> fields(std::stoul(wide->at(1)));
  for (std::size_t i = 0; i < fields.size(); ++i) {
    fields[i].name = quarry::concat("f", i);
    fields[i].type = dtype(type_kind::floating, 4, byte_order::little);
  }
  const array_info array = info(dtype::packed_record(std::move(fields)), {0});
  const std::string header = planned(array);
  CHECK(header.size() == std::stoul(wide->at(2)));
  CHECK(std::to_string(golden::fnv1a(header)) == wide->at(3));
  CHECK(header[6] == 2);
  CHECK(parse(header).arrays.at(0).type == array.type);
}

TEST_CASE("npy: version 1 ends where its length no longer fits 16 bits", "[formats][npy]") {
  // The longest header of version 1 is 65526 bytes behind the prefix of 10: a multiple of 64.
  const auto with_name = [](std::size_t length) {
    dtype type = dtype::packed_record(
        {{.name = std::string(length, 'x'), .type = {type_kind::signed_integer, 1}}});
    return planned(info(std::move(type), {}));
  };
  const std::size_t rest = header_of("[('', '|i1')]", "()").size();  // newline included
  const std::string longest = with_name(65526 - 1 - rest);
  CHECK(longest.size() == 65536);
  CHECK(longest[6] == 1);
  CHECK(longest.substr(longest.size() - 2) == " \n");
  const std::string longer = with_name(65526 - rest);
  CHECK(longer[6] == 2);
  CHECK(longer.size() == 65600);
  for (const std::string& file : {longest, longer}) CHECK(parse(file).warnings.empty());
}

TEST_CASE("npy: types that NumPy lacks are written as others write them", "[formats][npy]") {
  const auto descr_in = [](dtype type) {
    const std::string header = planned(info(std::move(type), {2}));
    const std::size_t end = header.find(", 'fortran_order'");
    return header.substr(20, end - 20);
  };
  const dtype brain(type_kind::brain_floating, 2, byte_order::little);
  CHECK(descr_in(brain) == "'<V2'");
  CHECK(descr_in({type_kind::signed_integer, 3, byte_order::little}) == "'<i3'");
  CHECK(descr_in({type_kind::unsigned_integer, 3, byte_order::big}) == "'>u3'");
  CHECK(descr_in(dtype::packed_record(
            {{.name = "<bf16", .type = brain},
             {.name = "b", .type = dtype::packed_record({{.name = "c", .type = brain}})}})) ==
        "[('<bf16', '<V2'), ('b', [('c', '<V2')])]");
  const array_info big = info({type_kind::brain_floating, 2, byte_order::big}, {2});
  CHECK(plan_refusal(std::span(&big, 1)).code == errc::unsupported);
}

TEST_CASE("npy: Fortran order is written only where it differs", "[formats][npy]") {
  const dtype type(type_kind::signed_integer, 4, byte_order::little);
  const auto is_fortran = [](const array_info& array) {
    return planned(array).find("'fortran_order': True") != std::string::npos;
  };
  CHECK(is_fortran(info(type, {2, 3}, memory_order::f)));
  CHECK_FALSE(is_fortran(info(type, {2, 3})));
  CHECK_FALSE(is_fortran(info(type, {5}, memory_order::f)));
  CHECK_FALSE(is_fortran(info(type, {}, memory_order::f)));
  CHECK_FALSE(is_fortran(info(type, {1, 3}, memory_order::f)));
  CHECK_FALSE(is_fortran(info(type, {2, 0}, memory_order::f)));
}

TEST_CASE("npy: what a file cannot hold is not planned", "[formats][npy]") {
  const dtype number(type_kind::floating, 4, byte_order::little);
  const auto code_of = [](const array_info& array) {
    return plan_refusal(std::span(&array, 1)).code;
  };
  const array_info good = info(number, {2, 3});
  CHECK(plan_refusal({}).message == "a .npy holds one array, not 0");
  const array_info two[] = {good, good};
  CHECK(plan_refusal(two).message == "a .npy holds one array, not 2");
  CHECK(plan_refusal(two).code == errc::unsupported);

  CHECK(code_of(info({type_kind::object, 8}, {2})) == errc::unsupported);
  CHECK(code_of(info({type_kind::bytes, 0}, {2})) == errc::unsupported);
  array_info pickle = good;
  pickle.stored_as = encoding::pickle;
  CHECK(code_of(pickle) == errc::unsupported);

  array_info gaps = good;
  gaps.where =
      layout::strided(std::vector<std::int64_t>{2, 3}, std::vector<std::int64_t>{16, 4}, 4);
  CHECK(code_of(gaps) == errc::layout_error);
  array_info other_size = good;
  other_size.type = dtype(type_kind::floating, 8, byte_order::little);
  CHECK(code_of(other_size) == errc::type_mismatch);

  const dtype overlapping = dtype::record({{.name = "a", .type = number, .offset_bytes = 0},
                                           {.name = "b", .type = number, .offset_bytes = 2}},
                                          8);
  const dtype disordered = dtype::record({{.name = "a", .type = number, .offset_bytes = 4},
                                          {.name = "b", .type = number, .offset_bytes = 0}},
                                         8);
  const dtype inside = dtype::packed_record({{.name = "r", .type = overlapping}});
  for (const dtype& type : {overlapping, disordered, inside}) {
    const array_info array = info(type, {2});
    const refusal found = plan_refusal(std::span(&array, 1));
    CHECK(found.code == errc::unsupported);
    CHECK(found.message.ends_with("write a .bin"));
  }
}
