// every_format_test.cpp: what holds for each row of the table of formats: no file, however
// damaged, does worse than an error.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/array/array.hpp"
#include "quarry/base/error.hpp"

#include "formats/npy/npy.hpp"

using quarry::array_info;
using quarry::byte_order;
using quarry::dtype;
using quarry::format;
using quarry::layout;
using quarry::type_kind;

namespace {

const format* const table[] = {&quarry::formats::npy};

// A small file of that format: its plan for `array`, filled with 1, 2, 3, ...
std::vector<std::byte> small_file(const format& of, const array_info& array) {
  const quarry::file_plan plan = of.plan(std::span(&array, 1));
  std::vector<std::byte> file = plan.header;
  file.resize(static_cast<std::size_t>(plan.file_bytes));
  for (std::size_t i = plan.header.size(); i < file.size(); ++i) {
    file[i] = static_cast<std::byte>(i - plan.header.size() + 1);
  }
  return file;
}

std::vector<array_info> samples() {
  const dtype number(type_kind::floating, 4, byte_order::big);
  const dtype record = dtype::packed_record(
      {{.name = "a", .type = number}, {.name = "b", .type = {type_kind::bytes, 3}}});
  const std::vector<std::int64_t> shape = {2, 3};
  std::vector<array_info> out;
  for (const dtype& type : {number, record}) {
    const layout where = layout::contiguous(shape, type.item_bytes(), quarry::memory_order::f);
    out.push_back({.name = "", .type = type, .where = where});
  }
  return out;
}

// Reads the first and the last byte of up to 1000 elements; under asan each must lie in `file`.
unsigned touch(const quarry::array& array) {
  unsigned sum = 0;
  if (array.size() == 0) return sum;
  std::vector<std::int64_t> index(static_cast<std::size_t>(array.rank()), 0);
  for (int count = 0; count < 1000; ++count) {
    const std::byte* const element = array.data() + array.where().offset_of(index);
    sum += std::to_integer<unsigned>(element[0]);
    sum += std::to_integer<unsigned>(element[array.where().item_bytes() - 1]);
    int axis = array.rank() - 1;
    for (; axis >= 0; --axis) {
      std::int64_t& at = index[static_cast<std::size_t>(axis)];
      if (++at < array.where().extent(axis)) break;
      at = 0;
    }
    if (axis < 0) break;
  }
  return sum;
}

// What became of a damaged file.
struct outcomes {
  int refused = 0;
  int outside = 0;   // described, but its data lies outside the file
  int readable = 0;  // described, and every element was read
};

// Any exception but quarry::error fails the test. `file` is copied to memory of its exact size.
void read_damaged(const format& of, const std::vector<std::byte>& file, outcomes& count) {
  const std::vector<std::byte> exact(file.begin(), file.end());
  quarry::catalog found;
  try {
    found = of.parse(exact, quarry::siblings{});
  } catch (const quarry::error& e) {
    ++count.refused;
    if (e.message().empty()) FAIL("an error without a message");
    return;
  }
  for (const array_info& each : found.arrays) {
    if (each.stored_as != quarry::encoding::plain || !each.data_file.empty()) continue;
    if (each.where.item_bytes() != each.type.item_bytes()) FAIL("layout and dtype disagree");
    if (each.offset_bytes > exact.size()) {
      ++count.outside;
      continue;
    }
    try {
      touch(quarry::array::over(std::span<const std::byte>(exact), each.type, each.where,
                                static_cast<std::int64_t>(each.offset_bytes)));
      ++count.readable;
    } catch (const quarry::error& e) {
      if (e.code() != quarry::errc::out_of_bounds) throw;
      ++count.outside;
    }
  }
}

}  // namespace

TEST_CASE("every format: reads back what it plans", "[formats]") {
  for (const format* const each : table) {
    if (!each->plan) continue;
    INFO(each->name);
    for (const array_info& sample : samples()) {
      const auto file = small_file(*each, sample);
      const quarry::siblings beside;
      CHECK(each->probe({file, file.size(), beside}) == 95);
      const quarry::catalog found = each->parse(file, beside);
      REQUIRE(found.arrays.size() == 1);
      CHECK(found.warnings.empty());
      CHECK(found.arrays[0].type == sample.type);
      CHECK(found.arrays[0].where == sample.where);
      outcomes count;
      read_damaged(*each, file, count);
      CHECK(count.readable == 1);
    }
  }
}

TEST_CASE("every format: each prefix of a file is refused or promises more than there is",
          "[formats]") {
  for (const format* const each : table) {
    if (!each->plan) continue;
    INFO(each->name);
    for (const array_info& sample : samples()) {
      const auto file = small_file(*each, sample);
      outcomes count;
      for (std::size_t bytes = 0; bytes < file.size(); ++bytes) {
        read_damaged(*each, {file.begin(), file.begin() + static_cast<std::ptrdiff_t>(bytes)},
                     count);
      }
      CHECK(count.readable == 0);
      CHECK(count.refused + count.outside == static_cast<int>(file.size()));
    }
  }
}

TEST_CASE("every format: no single wrong byte of a header leads outside the file", "[formats]") {
  for (const format* const each : table) {
    if (!each->plan) continue;
    INFO(each->name);
    for (const array_info& sample : samples()) {
      auto file = small_file(*each, sample);
      const std::size_t header_bytes = each->plan(std::span(&sample, 1)).header.size();
      outcomes count;
      for (std::size_t at = 0; at < header_bytes; ++at) {
        const std::byte right = file[at];
        for (int wrong = 0; wrong < 256; ++wrong) {
          file[at] = static_cast<std::byte>(wrong);
          if (file[at] != right) read_damaged(*each, file, count);
        }
        file[at] = right;
      }
      CHECK(count.refused > 0);
      CHECK(count.readable > 0);
    }
  }
}

TEST_CASE("every format: probes say no to bytes that are not theirs", "[formats]") {
  const std::vector<std::byte> zeros(4096);
  const quarry::siblings beside{.file_name = "name.without-a-known-ending"};
  for (const format* const each : table) {
    INFO(each->name);
    CHECK(each->probe({{}, 0, beside}) == 0);
    CHECK(each->probe({zeros, zeros.size(), beside}) == 0);
  }
}
