// pass_test.cpp: conversion in pieces gives what conversion at once gives, whatever the budget;
// progress, cancellation and the places that errors name.
#include "quarry/store/pass.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/kernels/tasks.hpp"

#include "map/failure.hpp"
#include "map/scratch.hpp"

using quarry::array;
using quarry::byte_order;
using quarry::concat;
using quarry::convert;
using quarry::convert_options;
using quarry::dtype;
using quarry::errc;
using quarry::error;
using quarry::memory_order;
using quarry::pass_options;
using quarry::type_kind;

namespace {

using extents = std::vector<std::int64_t>;

const dtype big_short(type_kind::signed_integer, 2, byte_order::big);
const dtype wide(type_kind::floating, 8);

std::string bytes_of_elements(const array& elements) {
  const array packed = array::zeros(elements.type(), elements.shape());
  quarry::copy(elements, packed);
  return {reinterpret_cast<const char*>(packed.data()),
          static_cast<std::size_t>(packed.size_bytes())};
}

// A headerless file of shorts that differ, (300, 500) of them.
array shorts_in(const std::filesystem::path& path) {
  std::string text(std::size_t{300} * 500 * 2, '\0');
  std::uint32_t state = 1;
  for (char& each : text) {
    state = state * 1664525U + 1013904223U;
    each = static_cast<char>(state >> 24U);
  }
  put(path, text);
  return quarry::open_raw(path, ">i2[300,500]");
}

// What a pass says of its progress.
struct report {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> calls;
  pass_options options(std::uint64_t memory_bytes) {
    return {.memory_bytes = memory_bytes,
            .progress = [this](auto done, auto all) { calls.emplace_back(done, all); }};
  }
};

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

TEST_CASE("pass: of several values that do not fit one is named, always the same",
          "[store][pass]") {
  const array from = array::zeros(wide, extents{3000, 700});
  const auto values = from.as<double, 2>();
  for (const auto& [i, j] : {std::pair{2999, 3}, {1200, 600}, {1200, 601}, {2000, 0}}) {
    values(i, j) = 1e9;
  }
  const array to = array::zeros(big_short, from.shape());
  for (const int threads : {1, 2, 7}) {
    for (int run = 0; run < 5; ++run) {
      const error failure = failure_of([&] {
        convert(from, to, {.rule = quarry::casting::unsafe, .threads = threads},
                {.memory_bytes = 0});
      });
      CHECK(failure.message().find("index (1200, 600)") != std::string::npos);
    }
  }
}

TEST_CASE("pass: the value named does not depend on the threads", "[store][pass]") {
  const array from = array::zeros({type_kind::signed_integer, 4}, extents{1500, 1201});
  const auto values = from.as<std::int32_t, 2>();
  values(1455, 97) = 1000;
  values(135, 160) = 1001;
  const array to = array::zeros({type_kind::signed_integer, 1}, extents{1201, 1500});
  const auto message = [&](int threads) {
    return failure_of([&] { convert(from.transpose(), to, {.threads = threads}, {}); }).message();
  };
  CHECK_FALSE(message(1).empty());
  CHECK(message(2) == message(1));
  CHECK(message(7) == message(1));
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

TEST_CASE("pass: an error carries the index of the element in the whole", "[store][pass]") {
  const dtype target(type_kind::signed_integer, 2);
  const array from = array::zeros({type_kind::floating, 8}, extents{40, 50, 60});
  const auto values = from.as<double, 3>();
  const array to = array::zeros(target, from.shape());
  const auto failure_with = [&](const array& source, std::uint64_t budget) {
    return failure_of([&] {
      convert(source, array::zeros(target, source.shape()), {.rule = quarry::casting::unsafe},
              {.memory_bytes = budget});
    });
  };
  for (const auto& [i, j, k] : {std::array{0, 0, 0}, std::array{39, 49, 59}, std::array{20, 25, 30},
                                std::array{19, 24, 29}, std::array{31, 1, 58}}) {
    values(i, j, k) = std::numeric_limits<double>::quiet_NaN();
    for (const std::uint64_t budget : {std::uint64_t{0}, std::uint64_t{1} << 30U}) {
      const error failure = failure_with(from, budget);
      INFO(failure.message());
      CHECK(failure.code() == errc::out_of_bounds);
      CHECK(failure.message().find(concat("index (", i, ", ", j, ", ", k, ")")) !=
            std::string::npos);
      const error turned = failure_with(from.transpose(), budget);
      CHECK(turned.message().find(concat("index (", k, ", ", j, ", ", i, ")")) !=
            std::string::npos);
    }
    values(i, j, k) = 0;
  }
  CHECK_FALSE(failure_with(from, 0).code());
}

TEST_CASE("pass: a stop that was asked for before keeps the target as it is", "[store][pass]") {
  std::stop_source stop;
  stop.request_stop();
  const array from = array::zeros(wide, extents{1}).broadcast_to(extents{100});
  const array to = array::zeros(wide, extents{100});
  to.as<double, 1>()(99) = 7;
  const error failure = failure_of([&] { convert(from, to, {}, {.stop = stop.get_token()}); });
  CHECK(failure.code() == std::errc::operation_canceled);
  CHECK(to.as<double, 1>()(99) == 7);
}

TEST_CASE("pass: a stop is heard before the next piece", "[store][pass]") {
  const scratch here;
  const array from = shorts_in(here / "shorts.raw");
  const array to = array::zeros(wide, from.shape());
  std::stop_source stop;
  int pieces = 0;
  const pass_options how{.memory_bytes = 0,
                         .progress =
                             [&](std::uint64_t, std::uint64_t) {
                               if (++pieces == 3) stop.request_stop();
                             },
                         .stop = stop.get_token()};
  CHECK(failure_of([&] { convert(from, to, {.threads = 1}, how); }).code() ==
        std::errc::operation_canceled);
  CHECK(pieces == 3);
}

TEST_CASE("pass: a progress that throws ends the pass", "[store][pass]") {
  const array to = array::zeros(wide, extents{2});
  const pass_options how{
      .progress = [](std::uint64_t, std::uint64_t) { throw error(errc::busy, "enough"); }};
  CHECK(fails_with(errc::busy, [&] { convert(array::zeros(wide, extents{2}), to, {}, how); }));
}

TEST_CASE("pass: a source that is truncated on the way is an error and nothing is published",
          "[store][pass]") {
  const scratch here;
  const std::filesystem::path source = here / "shorts.raw";
  const array from = shorts_in(source);
  const quarry::error failure = failure_of([&] {
    auto out = quarry::create(here / "out.bin", wide, from.shape());
    const pass_options how{.memory_bytes = 0, .progress = [&](std::uint64_t, std::uint64_t) {
                             std::filesystem::resize_file(source, 1000);
                           }};
    convert(from, out.elements(), {}, how);
    out.commit();
  });
  CHECK(failure.code() == errc::changed);
  CHECK(failure.path() == source);
  CHECK(failure.message().find(
            "the file was truncated to 1000 bytes while it was in use (offset ") == 0);
  CHECK_FALSE(std::filesystem::exists(here / "out.bin"));
}

TEST_CASE("pass: a target that is truncated on the way is an error", "[store][pass]") {
  const scratch here;
  const std::filesystem::path target = here / "out.npy";
  const array from = shorts_in(here / "shorts.raw");
  quarry::create(target, wide, from.shape()).commit();
  const auto opened = quarry::open_file(target, {.mode = quarry::access::read_write});
  const pass_options how{.memory_bytes = 0, .progress = [&](std::uint64_t, std::uint64_t) {
                           std::filesystem::resize_file(target, 1000);
                         }};
  const quarry::error failure = failure_of([&] { convert(from, opened.get(), {}, how); });
  CHECK(failure.code() == errc::changed);
  CHECK(failure.path() == target);
}

TEST_CASE("pass: zeros in the place of lost bytes are not what is complained of", "[store][pass]") {
  const scratch here;
  const std::filesystem::path source = here / "fives.raw";
  put(source, std::string(100000, '\5'));
  const array from = quarry::open_raw(source, "u1[100000]");
  const array to = array::zeros(dtype(type_kind::unsigned_integer, 4), from.shape());
  const convert_options minus_three{.rule = quarry::casting::unsafe, .offset = -3.0};
  convert(from, to, minus_three, {});
  CHECK(to.as<std::uint32_t, 1>()(99999) == 2);
  std::filesystem::resize_file(source, 0);
  // Not that -3 is no unsigned value.
  CHECK(fails_with(errc::changed, [&] { convert(from, to, minus_three, {}); }));
}

TEST_CASE("pass: what the kernel refuses is refused", "[store][pass]") {
  const array shorts = array::zeros(big_short, extents{1000, 100});
  const array doubles = array::zeros(wide, extents{1000, 100});
  CHECK(fails_with(errc::read_only, [&] { convert(shorts, doubles.as_read_only(), {}, {}); }));
  CHECK(
      fails_with(errc::type_mismatch, [&] { convert(doubles, shorts, {}, {.memory_bytes = 0}); }));
}

TEST_CASE("pass: shapes that differ are refused whole and before anything is stored",
          "[store][pass]") {
  constexpr std::int64_t many = 4000000;  // more than one piece of doubles
  const array to = array::zeros(wide, extents{many});
  const array one = array::zeros(big_short, extents{1});
  one.as<quarry::big<std::int16_t>, 1>()(0) = 1;
  for (const extents& shape : {extents{many - 1}, extents{many + 1}, extents{1}, extents{},
                               extents{many, 1}, extents{1, many}, extents{0}}) {
    const array from = shape.empty() ? array::zeros(big_short, {}) : one.broadcast_to(shape);
    const error failure = failure_of([&] { convert(from, to, {}, {.memory_bytes = 0}); });
    CHECK(failure.code() == errc::shape_mismatch);
    CHECK(failure.message() == concat("elements of shape ", quarry::tuple_text(shape),
                                      " do not go into shape (4000000,)"));
  }
  CHECK(to.as<double, 1>()(0) == 0.0);
}

TEST_CASE("pass: the caller's own place is added to that of the error", "[store][pass]") {
  const array from = array::zeros(wide, extents{200, 200});
  from.as<double, 2>()(150, 60) = 1e9;
  const array to = array::zeros(big_short, from.shape());
  const extents first = {1000, 20};
  const auto failure_with = [&](const extents& place) {
    const convert_options values{.rule = quarry::casting::unsafe, .first_index = place};
    return failure_of([&] { convert(from, to, values, {.memory_bytes = 0}); });
  };
  CHECK(failure_with(first).message().find("index (1150, 80)") != std::string::npos);
  CHECK(failure_with({}).message().find("index (150, 60)") != std::string::npos);
  CHECK(failure_with({1000}).code() == errc::shape_mismatch);
}
