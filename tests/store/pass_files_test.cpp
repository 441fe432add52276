// pass_files_test.cpp: passes over files that are truncated, or changed by others, on the way.
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry.hpp"

#include "map/failure.hpp"
#include "map/scratch.hpp"
#include "store/pass_sample.hpp"

using quarry::array;
using quarry::convert;
using quarry::convert_options;
using quarry::dtype;
using quarry::errc;
using quarry::pass_options;
using quarry::type_kind;

namespace {

// Options of a pass in many boxes that does `action` after each of them.
template <class Action>
pass_options doing(Action action) {
  return {.memory_bytes = 0, .progress = [=](std::uint64_t, std::uint64_t) { action(); }};
}

}  // namespace

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

TEST_CASE("pass: a source that somebody changes on the way is an error at the end",
          "[store][pass]") {
  const scratch here;
  const std::filesystem::path source = here / "shorts.raw";
  const array from = shorts_in(source);
  const array to = array::zeros(wide, from.shape());
  SECTION("other bytes") {
    const auto failure = failure_of([&] {
      convert(from, to, {}, doing([&] {
                std::fstream(source, std::ios::in | std::ios::out | std::ios::binary) << 'y';
              }));
    });
    CHECK(failure.code() == errc::changed);
    CHECK(failure.path() == source);
    CHECK(failure.message() == "the file was modified after it was opened");
  }
  SECTION("cut within its last page, which raises no signal") {
    const auto failure =
        failure_of([&] { convert(from, to, {}, doing([&] { resize_file(source, 299999); })); });
    CHECK(failure.code() == errc::changed);
    CHECK(failure.path() == source);
    CHECK(failure.message() == "the file has 299999 bytes, it had 300000 when it was opened");
  }
  SECTION("another file of its name") {
    put(here / "other", "other");
    const auto failure = failure_of([&] {
      convert(from, to, {}, doing([&] {
                if (exists(here / "other")) rename(here / "other", source);
              }));
    });
    CHECK(failure.code() == errc::changed);
  }
  SECTION("removed, which keeps its bytes") {
    CHECK_NOTHROW(convert(from, to, {}, doing([&] { remove(source); })));
  }
}

TEST_CASE("pass: an existing target that is cut within its last page is an error",
          "[store][pass]") {
  const scratch here;
  const array from = shorts_in(here / "shorts.raw");
  put(here / "to.raw", std::string(1200000, '\0'));
  const array to = quarry::open_raw(here / "to.raw", "f8[300,500]", quarry::access::read_write);
  const auto cut = doing([&] { resize_file(here / "to.raw", 1199999); });
  const auto failure = failure_of([&] { convert(from, to, {}, cut); });
  CHECK(failure.code() == errc::changed);
  CHECK(failure.path() == here / "to.raw");
}

TEST_CASE("pass: its own stores are no change of the source", "[store][pass]") {
  const scratch here;
  put(here / "a.raw", std::string(200000, '\1'));
  const array from = quarry::open_raw(here / "a.raw", "u1[100000]");
  const array to =
      quarry::open_raw(here / "a.raw", "u1[100000]@100000", quarry::access::read_write);
  convert(from, to, {.rule = quarry::casting::unsafe, .scale = 7}, {.memory_bytes = 0});
  CHECK(text_of(here / "a.raw") == std::string(100000, '\1') + std::string(100000, '\7'));
}

TEST_CASE("pass: a file that was just made can be a source", "[store][pass]") {
  const scratch here;
  auto made = quarry::create(here / "a.npy", wide, std::vector<std::int64_t>{1000});
  const array to = array::zeros(wide, made.elements().shape());
  CHECK_NOTHROW(convert(made.elements(), to, {}, {.memory_bytes = 0}));
  made.commit();
  put(here / "b", "other");
  const std::ifstream takes_its_descriptor(here / "b");
  CHECK_NOTHROW(convert(made.elements(), to, {}, {.memory_bytes = 0}));
}
