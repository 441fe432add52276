// npz_write_test.cpp: what is planned for a new .npz, byte by byte and as the
// reader sees it. That NumPy, zipfile and unzip agree is tests/tools/npz_test.py's.
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
#include "formats/npz/npz.hpp"
#include "formats/npz/zip_directory.hpp"
#include "formats/zip_files.hpp"

using golden::characters;
using golden::little_endian;
using golden::refusal;
using quarry::array_info;
using quarry::catalog;
using quarry::concat;
using quarry::errc;
using quarry::file_plan;
using quarry::layout;
using quarry::memory_order;
using quarry::formats::npz;

namespace {

array_info info(std::string name, std::string_view type, std::initializer_list<std::int64_t> shape,
                memory_order order = memory_order::c) {
  array_info out;
  out.name = std::move(name);
  out.type = quarry::parse_dtype(type);
  out.where = layout::contiguous(std::vector(shape), out.type.item_bytes(), order);
  return out;
}

void store(std::string& file, std::uint64_t at, std::span<const std::byte> bytes) {
  std::ranges::copy(characters(bytes), file.begin() + static_cast<std::ptrdiff_t>(at));
}

// The whole file: elements are `fill`.
std::string made(std::span<const array_info> arrays, char fill) {
  const file_plan plan = npz.plan(arrays);
  std::string file(static_cast<std::size_t>(plan.file_bytes), fill);
  store(file, 0, plan.header);
  for (const quarry::patch& each : plan.between) store(file, each.offset_bytes, each.bytes);
  store(file, file.size() - plan.trailer.size(), plan.trailer);
  for (const quarry::checksum& each : plan.checksums) {
    const auto covered = std::string_view(file).substr(each.offset_bytes, each.size_bytes);
    const std::string sum = little_endian(zip_files::crc32(covered), 4);
    for (const std::uint64_t at : each.stored_at) store(file, at, std::as_bytes(std::span(sum)));
  }
  return file;
}

refusal plan_refusal(std::vector<array_info> arrays) {
  return golden::refusal_from([&] { npz.plan(arrays); });
}

}  // namespace

TEST_CASE("npz: every array starts at a multiple of 64 and comes back", "[formats][npz]") {
  std::vector<array_info> arrays;
  for (const char* const type :
       {"?", "<i2", ">f4", "<f8", ">c16", "S5", "<U3", "V7", "<M8[ns]", "{a:<i2, b:>f4[2,3]}"}) {
    arrays.push_back(info(concat("full ", type), type, {2, 1, 3}));
    arrays.push_back(info(concat("turned ", type), type, {2, 3}, memory_order::f));
    arrays.push_back(info(concat("none/", type), type, {2, 0}));
    arrays.push_back(info(concat("one ", type), type, {}));
  }
  const file_plan plan = npz.plan(arrays);
  const std::string file = made(arrays, 'x');
  const catalog found =
      npz.parse(std::as_bytes(std::span(file)), quarry::siblings{.file_name = "a.npz"});
  CHECK(found.warnings.empty());
  REQUIRE(found.arrays.size() == arrays.size());
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    INFO(arrays[i].name);
    CHECK(found.arrays[i].name == arrays[i].name);
    CHECK(found.arrays[i].type == arrays[i].type);
    CHECK(found.arrays[i].where == arrays[i].where);
    CHECK(found.arrays[i].offset_bytes == plan.offsets_bytes[i]);
    CHECK(plan.offsets_bytes[i] % 64 == 0);
  }
}

TEST_CASE("npz: names of any length leave the array aligned", "[formats][npz]") {
  for (std::size_t length = 1; length < 200; ++length) {
    const array_info array = info(std::string(length, 'n'), "u1", {3});
    const std::string file = made(std::span(&array, 1), 'x');
    const catalog found = npz.parse(std::as_bytes(std::span(file)), quarry::siblings{});
    CHECK(found.arrays.at(0).name.size() == length);
    CHECK(found.arrays.at(0).offset_bytes % 64 == 0);
  }
}

TEST_CASE("npz: checksums are put into headers and directory", "[formats][npz]") {
  const std::vector<array_info> arrays{info("a", "u1", {5}), info("b", "<f8", {2, 3})};
  const std::string file = made(arrays, 'x');
  const auto members = quarry::formats::read_zip_directory(std::as_bytes(std::span(file))).members;
  REQUIRE(members.size() == 2);
  for (const auto& each : members) {
    const auto data = std::string_view(file).substr(static_cast<std::size_t>(each.data_offset),
                                                    static_cast<std::size_t>(each.stored_bytes));
    CHECK(each.crc32 == zip_files::crc32(data));
    CHECK(data.ends_with("x"));
  }
}

TEST_CASE("npz: arrays without a name are called as np.savez calls them", "[formats][npz]") {
  const std::vector<array_info> arrays{info("", "u1", {1}), info("b", "u1", {1}),
                                       info("", "u1", {1})};
  const std::string file = made(arrays, 'x');
  const catalog found = npz.parse(std::as_bytes(std::span(file)), quarry::siblings{});
  CHECK(found.arrays.at(0).name == "arr_0");
  CHECK(found.arrays.at(1).name == "b");
  CHECK(found.arrays.at(2).name == "arr_2");
}

TEST_CASE("npz: names beyond ASCII are flagged as UTF-8", "[formats][npz]") {
  const array_info array = info("gr\xc3\xbcn", "u1", {1});
  const std::string file = made(std::span(&array, 1), 'x');
  CHECK(file.substr(6, 2) == little_endian(1U << 11U, 2));
  CHECK(npz.parse(std::as_bytes(std::span(file)), {}).arrays.at(0).name == "gr\xc3\xbcn");
}

TEST_CASE("npz: a member of 4 GiB has its sizes in Zip64 fields", "[formats][npz]") {
  const std::int64_t four_gib = std::int64_t{1} << 32;
  const array_info large = info("a", "u1", {four_gib - 129});
  const array_info small = info("a", "u1", {four_gib - 130});
  // 128 bytes of .npy header: one byte below the limit no Zip64 is needed
  const file_plan narrow = npz.plan(std::span(&small, 1));
  CHECK(characters(narrow.header).substr(18, 8) ==
        little_endian(0xfffffffe, 4) + little_endian(0xfffffffe, 4));
  const file_plan wide = npz.plan(std::span(&large, 1));
  CHECK(characters(wide.header).substr(4, 2) == little_endian(45, 2));
  CHECK(characters(wide.header).substr(18, 8) == std::string(8, '\xff'));
  // name a.npy: the extra field starts at 35
  CHECK(characters(wide.header).substr(35, 20) == little_endian(1, 2) + little_endian(16, 2) +
                                                      little_endian(0xffffffff, 8) +
                                                      little_endian(0xffffffff, 8));
  CHECK(wide.offsets_bytes.at(0) % 64 == 0);
  // the entry: both sizes; the directory starts behind 4 GiB, so there are Zip64 records as well
  const std::string_view trailer = characters(wide.trailer);
  CHECK(trailer.substr(46 + 5, 20) == little_endian(1, 2) + little_endian(16, 2) +
                                          little_endian(0xffffffff, 8) +
                                          little_endian(0xffffffff, 8));
  CHECK(
      trailer.substr(71) ==
      zip_files::zip64_records(1, 71, wide.file_bytes - trailer.size()).replace(13, 1, 1, '\x03') +
          zip_files::end_record(1, 71, 0xffffffff));
}

TEST_CASE("npz: more than 65534 arrays need Zip64 records", "[formats][npz]") {
  for (const std::size_t count : {std::size_t{65534}, std::size_t{65536}}) {
    std::vector<array_info> arrays;
    for (std::size_t i = 0; i < count; ++i) arrays.push_back(info("", "u1", {0}));
    const file_plan plan = npz.plan(arrays);
    const bool is_wide =
        characters(plan.trailer).substr(plan.trailer.size() - 42).starts_with("PK\x06\x07");
    CHECK(is_wide == (count > 65534));
    const std::string file = made(arrays, 'x');
    const catalog found = npz.parse(std::as_bytes(std::span(file)), quarry::siblings{});
    CHECK(found.arrays.size() == count);
    CHECK(found.arrays.back().name == concat("arr_", count - 1));
  }
}

TEST_CASE("npz: what it cannot hold is not planned", "[formats][npz]") {
  CHECK(plan_refusal({info("o", "O", {1})}).code == errc::unsupported);
  CHECK(plan_refusal({info("a", ">bf16", {1})}).code == errc::unsupported);
  CHECK(plan_refusal({info("", "u1", {1}), info("arr_0", "u1", {1})}).code ==
        errc::invalid_argument);
  CHECK(plan_refusal({info("\xff", "u1", {1})}).code == errc::invalid_argument);
  CHECK(plan_refusal({info(std::string("a\0b", 3), "u1", {1})}).code == errc::invalid_argument);
  CHECK(plan_refusal({info(std::string(65532, 'n'), "u1", {1})}).code == errc::invalid_argument);
  const auto huge = std::numeric_limits<std::int64_t>::max();
  CHECK(plan_refusal({info("a", "u1", {huge}), info("b", "u1", {huge}), info("c", "u1", {huge})})
            .code == errc::limit_exceeded);
}
