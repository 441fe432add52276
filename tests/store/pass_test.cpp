// pass_test.cpp: conversion in pieces gives what conversion at once gives, whatever the budget.
#include "quarry/store/pass.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry.hpp"
#include "quarry/kernels/tasks.hpp"

#include "map/scratch.hpp"
#include "store/pass_sample.hpp"

using quarry::array;
using quarry::convert;
using quarry::dtype;
using quarry::memory_order;
using quarry::type_kind;

namespace {

// The most bytes between two calls.
std::uint64_t largest_step(const report& told) {
  std::uint64_t before = 0;
  std::uint64_t largest = 0;
  for (const auto& [done, all] : told.calls) {
    largest = std::max(largest, done - before);
    before = done;
  }
  return largest;
}

void check_progress(const report& told, const array& to) {
  REQUIRE_FALSE(told.calls.empty());
  std::uint64_t before = 0;
  for (const auto& [done, all] : told.calls) {
    CHECK(done > before);
    CHECK(all == static_cast<std::uint64_t>(to.size_bytes()));
    before = done;
  }
  CHECK(before == static_cast<std::uint64_t>(to.size_bytes()));
}

}  // namespace

TEST_CASE("pass: any budget gives the result of one conversion", "[store][pass]") {
  const scratch here;
  const array shorts = shorts_in(here / "shorts.raw");
  const std::pair<const char*, array> sources[] = {
      {"as it lies", shorts},
      {"transposed", shorts.transpose()},
      {"backwards", shorts.flip()},
      {"every other", shorts.slice("::2, 1::3")},
      {"windows",
       shorts.slice("0, :").sliding_window(std::vector<std::int64_t>{101}, std::vector<int>{0})},
      {"one row", shorts.slice("7:8, :").broadcast_to(extents{300, 500})},
      {"three axes", shorts.reshape({30, 10, 500}).transpose(std::vector<int>{2, 0, 1})},
  };
  for (const auto& [name, from] : sources) {
    const array expected = array::zeros(wide, from.shape());
    convert(from, expected, {.scale = 0.5});
    for (const std::uint64_t budget : {0ULL, 1ULL, 100000ULL, 1000000ULL, ~0ULL}) {
      for (const memory_order order : {memory_order::c, memory_order::f}) {
        INFO(name << ", " << budget << " bytes, order " << static_cast<int>(order));
        report told;
        auto out = quarry::create(here / "out.bin", wide, from.shape(),
                                  {.order = order, .file = {.overwrite = true}});
        convert(from, out, {.scale = 0.5}, told.options(budget));
        out.commit();
        CHECK(bytes_of_elements(quarry::open(here / "out.bin")) == bytes_of_elements(expected));
        check_progress(told, expected);
        report mapped;
        auto again = quarry::create(here / "again.bin", wide, from.shape(),
                                    {.order = order, .file = {.overwrite = true}});
        convert(from, again.elements(), {.scale = 0.5}, mapped.options(budget));
        CHECK(bytes_of_elements(again.elements()) == bytes_of_elements(expected));
        check_progress(mapped, expected);
      }
    }
  }
}

TEST_CASE("pass: a small budget makes many pieces", "[store][pass]") {
  const scratch here;
  const array from = shorts_in(here / "shorts.raw").transpose();
  const array to = array::zeros(wide, from.shape());
  report told;
  convert(from, to, {}, told.options(4096));
  CHECK(largest_step(told) <= 65536);
  check_progress(told, to);
}

TEST_CASE("pass: pieces are of at most 16 MiB, but for single items", "[store][pass]") {
  const dtype item(type_kind::raw, std::int64_t{1} << 20U);
  const array to = array::zeros(item, extents{40});
  const array from = array::zeros(item, {}).broadcast_to(extents{40});
  report told;
  convert(from, to, {}, told.options(std::uint64_t{1} << 30U));
  CHECK(largest_step(told) <= std::uint64_t{16} << 20U);
  check_progress(told, to);

  const dtype huge(type_kind::raw, std::int64_t{20} << 20U);
  report alone;
  convert(array::zeros(huge, {}), array::zeros(huge, {}), {}, alone.options(0));
  CHECK(alone.calls.size() == 1);
}

TEST_CASE("pass: what needs no conversion is written as it lies", "[store][pass]") {
  const scratch here;
  const array shorts = shorts_in(here / "shorts.raw");
  const std::pair<const char*, array> sources[] = {
      {"whole", shorts},
      {"rows", shorts.slice("3:200")},
      {"long parts of rows", shorts.slice("::2, 5:")},
      {"short parts of rows", shorts.slice(":, 5:9")},
      {"transposed", shorts.transpose()},
  };
  for (const auto& [name, from] : sources) {
    for (const memory_order order : {memory_order::c, memory_order::f}) {
      for (const std::uint64_t budget : {0ULL, ~0ULL}) {
        INFO(name << ", order " << static_cast<int>(order));
        auto out = quarry::create(here / "out.npy", big_short, from.shape(),
                                  {.order = order, .file = {.overwrite = true}});
        convert(from, out, {}, {.memory_bytes = budget});
        out.commit();
        CHECK(bytes_of_elements(quarry::open(here / "out.npy")) == bytes_of_elements(from));
      }
    }
  }
}

TEST_CASE("pass: the padding of records is zero in a new file", "[store][pass]") {
  const scratch here;
  const dtype narrow = dtype::packed_record({{.name = "a", .type = dtype()}});
  const dtype padded = dtype::record({{.name = "a", .type = dtype(), .offset_bytes = 2}}, 4);
  const array from = array::zeros(narrow, extents{200000});
  for (std::int64_t i = 0; i < from.size(); ++i) from.mutable_data()[i] = std::byte{7};
  auto out = quarry::create(here / "out.npy", padded, from.shape());
  convert(from, out, {}, {.memory_bytes = 0});
  const std::string stored(reinterpret_cast<const char*>(out.elements().data()), 800000);
  for (std::size_t i = 0; i < stored.size(); ++i) {
    if (stored[i] != (i % 4 == 2 ? 7 : 0)) FAIL("byte " << i << " is " << int{stored[i]});
  }
}

TEST_CASE("pass: a plan says what will be read and written", "[store][pass]") {
  const extents shape{4096, 4096};
  const auto turned = quarry::layout::contiguous(shape, 8, memory_order::f);
  const auto straight = quarry::layout::contiguous(shape, 8);
  const std::uint64_t cores = static_cast<std::uint64_t>(quarry::threads_for(0));
  CHECK(quarry::explain(turned, straight, 128, {.memory_bytes = cores << 26U}) ==
        "boxes: 12 of (1024, 2048) elements\n"
        "source: 134217728 bytes in runs of 8192, 1 pass\n"
        "target: 134217728 bytes in runs of 16384, 1 pass\n"
        "pages: no two boxes share one of the target\n"
        "in the caches: tiles, steps of 32768 bytes in the source and 8 in the target\n");
  CHECK(quarry::explain(turned, straight, 0, {.memory_bytes = 0}) ==
        "boxes: 2048 of (64, 128) elements\n"
        "source: 134217728 bytes in runs of 512, 8 passes\n"
        "target: 134217728 bytes in runs of 1024, 4 passes\n"
        "pages: neighbouring boxes may share one of the target\n"
        "in the caches: tiles, steps of 32768 bytes in the source and 8 in the target\n");
}

TEST_CASE("pass: arrays without elements are done at once", "[store][pass]") {
  const array to = array::zeros(wide, extents{3, 0});
  convert(array::zeros(big_short, extents{3, 0}), to, {}, {.memory_bytes = 0});
  const array scalar = array::zeros(wide, {});
  report told;
  convert(array::zeros(big_short, {}), scalar, {}, told.options(0));
  CHECK(told.calls == std::vector<std::pair<std::uint64_t, std::uint64_t>>{{8, 8}});
}

TEST_CASE("pass: private stores survive the pages that are let go", "[store][pass]") {
  const scratch here;
  const array from = shorts_in(here / "shorts.raw");
  put(here / "to.raw", std::string(1200000, '\0'));
  const array to = quarry::open_raw(here / "to.raw", "f8[300,500]", quarry::access::copy_on_write);
  const array expected = array::zeros(wide, from.shape());
  convert(from, expected);
  convert(from, to, {}, {.memory_bytes = 0});
  CHECK(bytes_of_elements(to) == bytes_of_elements(expected));
  CHECK(text_of(here / "to.raw") == std::string(1200000, '\0'));
}
