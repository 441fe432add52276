// idx_test.cpp: IDX against files that idx_golden.py made from the byte map, and each rule of
// idx.md.
#include "formats/idx/idx.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/array/dtype_text.hpp"
#include "quarry/base/error.hpp"

#include "formats/array_infos.hpp"
#include "formats/golden.hpp"
#include "formats/manifest.hpp"

using golden::characters;
using golden::info;
using golden::refusal;
using quarry::array_info;
using quarry::errc;
using quarry::layout;
using quarry::memory_order;
using quarry::formats::idx;

namespace {

quarry::catalog parse(std::string_view file) {
  return idx.parse(std::as_bytes(std::span(file)), quarry::siblings{});
}

refusal refusal_of(std::string_view file) {
  return golden::refusal_from([&] { parse(file); });
}

int probe(std::string_view head, std::uint64_t file_bytes, std::string name) {
  const quarry::siblings beside{.file_name = std::move(name)};
  return idx.probe({std::as_bytes(std::span(head)), file_bytes, beside});
}

refusal plan_refusal(const array_info& array) {
  return golden::refusal_from([&] { idx.plan(std::span(&array, 1)); });
}

// 2 x 3 int16
const std::string small("\0\0\x0b\x02\0\0\0\x02\0\0\0\x03", 12);

}  // namespace

TEST_CASE("idx: golden files are read as NumPy reads them", "[formats][idx]") {
  CHECK(golden::check_manifest(idx, "idx") == 12);
}

TEST_CASE("idx: a header that the size of its file confirms is recognised", "[formats][idx]") {
  CHECK(probe(small, 24, "a.dat") == 95);
  CHECK(probe(small, 23, "a.dat") == 0);
  CHECK(probe(small, 25, "a.dat") == 0);
  CHECK(probe(small, 23, "train-labels-idx2-short") == 60);
  CHECK(probe(small.substr(0, 11), 11, "a.idx") == 0);
  CHECK(probe(std::string("\0\0\x0a\x01\0\0\0\0", 8), 8, "a.idx") == 0);
  CHECK(probe(std::string("\0\x01\x08\x01\0\0\0\0", 8), 8, "a.idx") == 0);
  // extents whose product does not fit 64 bits
  CHECK(probe(std::string("\0\0\x08\x03", 4) + std::string(12, '\xff'), 16, "a.idx") == 0);
}

TEST_CASE("idx: what is no header is refused with its byte", "[formats][idx]") {
  CHECK(refusal_of("").code == errc::truncated);
  for (std::size_t bytes = 1; bytes < small.size(); ++bytes) {
    CHECK(refusal_of(small.substr(0, bytes)).code == errc::truncated);
  }
  const refusal magic = refusal_of(std::string("\x1f\x8b\x08\x01\0\0\0\x01", 8));
  CHECK(magic.code == errc::corrupt_header);
  CHECK(magic.message == "byte 0: found 1f8b, expected the zeros of IDX, 0000");
  const refusal type = refusal_of(std::string("\0\0\x0a\x01\0\0\0\x01", 8));
  CHECK(type.code == errc::corrupt_header);
  CHECK(type.message == "byte 2: found 0a, expected the code of a type: 08, 09, 0b, 0c, 0d or 0e");
}

TEST_CASE("idx: sizes and axes have their limits", "[formats][idx]") {
  const std::string three("\0\0\x08\x03", 4);
  CHECK(refusal_of(three + std::string(12, '\xff')).code == errc::limit_exceeded);
  const std::string many("\0\0\x08\x41", 4);
  std::string ones;
  for (int axis = 0; axis < 65; ++axis) ones += std::string("\0\0\0\x01", 4);
  CHECK(refusal_of(many + ones + "x").code == errc::limit_exceeded);
  const quarry::catalog found = parse(std::string("\0\0\x08\x40", 4) + ones.substr(4) + "x");
  CHECK(found.arrays.at(0).where.rank() == 64);
}

TEST_CASE("idx: warnings tell what is odd", "[formats][idx]") {
  const quarry::catalog found = parse(std::string("\0\0\x08\x01\0\0\0\x02", 8) + "abcde");
  CHECK(found.warnings == std::vector<std::string>{"byte 10: 3 bytes follow the data"});
  const quarry::catalog single = parse(std::string("\0\0\x08\0x", 5));
  CHECK(single.warnings ==
        std::vector<std::string>{"byte 3: found no axes, so the file is a single element"});
}

TEST_CASE("idx: what is planned is the golden header", "[formats][idx]") {
  const std::pair<const char*, array_info> plans[] = {
      {"type_u1.idx", info("u1", {3, 4})},   {"type_i1.idx", info("i1", {3, 4})},
      {"type_i2.idx", info(">i2", {3, 4})},  {"type_i4.idx", info(">i4", {3, 4})},
      {"type_f4.idx", info(">f4", {3, 4})},  {"type_f8.idx", info(">f8", {3, 4})},
      {"digits.idx", info("u1", {2, 5, 4})}, {"empty.idx", info("u1", {0, 28, 28})},
      {"vector.idx", info("u1", {7})}};
  for (const auto& [name, array] : plans) {
    INFO(name);
    const std::string file = golden::read_file(golden::folder / "idx" / name);
    const quarry::file_plan plan = idx.plan(std::span(&array, 1));
    CHECK(characters(plan.header) == file.substr(0, plan.header.size()));
    CHECK(plan.offsets_bytes == std::vector<std::uint64_t>{plan.header.size()});
    CHECK(plan.file_bytes == file.size());
  }
}

TEST_CASE("idx: what it cannot hold is not planned", "[formats][idx]") {
  for (const char* const type : {"<i2", "<f8", ">u2", ">i8", ">f2", ">i3", "?", "S3", ">c8"}) {
    INFO(type);
    CHECK(plan_refusal(info(type, {2})).code == errc::unsupported);
  }
  CHECK(plan_refusal(info("<i2", {2})).message ==
        "an IDX holds big-endian numbers only: convert to that order");
  CHECK(plan_refusal(info("u1", {})).code == errc::unsupported);
  CHECK(plan_refusal(info("u1", {2, 3}, memory_order::f)).code == errc::unsupported);
  CHECK(plan_refusal(info("u1", {std::int64_t{1} << 32})).code == errc::unsupported);
  const std::vector<array_info> two(2, info("u1", {1}));
  CHECK(golden::refusal_from([&] { idx.plan(two); }).code == errc::unsupported);
}
