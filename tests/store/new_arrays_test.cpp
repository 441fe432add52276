// new_arrays_test.cpp: new files of several arrays, arrays with names, and what is stored last.
#include <array>
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry.hpp"
#include "quarry/base/error.hpp"

#include "map/failure.hpp"
#include "map/scratch.hpp"
#include "store/made_formats.hpp"

using quarry::array_info;
using quarry::errc;
using quarry::new_array;

namespace {

array_info described(std::string_view name, const quarry::dtype& type,
                     const std::vector<std::int64_t>& shape,
                     quarry::memory_order order = quarry::memory_order::c) {
  array_info out;
  out.name = name;
  out.type = type;
  out.where = quarry::layout::contiguous(shape, type.item_bytes(), order);
  return out;
}

const quarry::dtype int16{quarry::type_kind::signed_integer, 2};

// The checksum of the elements stands before and behind them.
quarry::format checked_format() {
  quarry::format out = made::claiming<95>("checked");
  out.plan = [](std::span<const array_info> arrays) {
    const auto bytes = static_cast<std::uint64_t>(arrays[0].where.size_bytes());
    quarry::file_plan plan{std::vector<std::byte>(4), {4}, 4 + bytes + 4};
    plan.checksums = {{.offset_bytes = 4, .size_bytes = bytes, .stored_at = {0, 4 + bytes}}};
    return plan;
  };
  return out;
}

}  // namespace

TEST_CASE("new arrays: each is found under its name", "[store][new_array]") {
  const scratch here;
  array_info first = described("signal", int16, {3});
  first.attrs = {{"units", {std::string("V")}}};
  first.scale = {.scale = {0.5}};
  const array_info second =
      described("mask", {quarry::type_kind::boolean, 1}, {2, 2}, quarry::memory_order::f);
  const std::array both{first, second};
  {
    new_array out = quarry::create(here / "a.bin", both);
    REQUIRE(out.count() == 2);
    const auto numbers = out.elements(0).as<std::int16_t, 1>();
    numbers(0) = 7;
    numbers(2) = -9;
    out.elements(1).as<quarry::boolean, 2>()(1, 0) = true;
    out.commit();
  }
  const quarry::file found = quarry::open_file(here / "a.bin");
  REQUIRE(found.contents().arrays.size() == 2);
  const quarry::array signal = found.get("signal");
  const quarry::array mask = found.get("mask");
  const auto numbers = signal.as<const std::int16_t, 1>();
  CHECK(std::vector<int>(numbers.begin(), numbers.end()) == std::vector<int>{7, 0, -9});
  CHECK(quarry::tuple_text(mask.strides()) == "(1, 2)");
  CHECK(mask.as<const quarry::boolean, 2>()(1, 0));
  CHECK(found.contents().arrays[0].attrs.at(0).name == "units");
  CHECK(found.contents().arrays[0].scale.scale == std::vector{0.5});
}

TEST_CASE("new arrays: an archive has a header before each", "[store][new_array]") {
  const scratch here;
  const std::array both{described("a", int16, {3}), described("b", int16, {2, 2})};
  {
    new_array out = quarry::create(here / "a.npz", both);
    out.elements(0).as<std::int16_t, 1>()(2) = -9;
    out.elements(1).as<std::int16_t, 2>()(1, 1) = 4;
    out.commit();
  }
  const quarry::file found = quarry::open_file(here / "a.npz");
  const quarry::array a = found.get("a");
  const quarry::array b = found.get("b");
  CHECK(a.as<const std::int16_t, 1>()(2) == -9);
  CHECK(b.as<const std::int16_t, 2>()(1, 1) == 4);
}

TEST_CASE("new arrays: names are for formats that have them, each once", "[store][new_array]") {
  const scratch here;
  const auto failure_for = [&](const char* path, const std::vector<array_info>& arrays) {
    return failure_of([&] { quarry::create(here / path, arrays); });
  };
  const array_info named = described("x", int16, {3});
  const quarry::error none = failure_for("a.npy", {named});
  CHECK(none.code() == errc::invalid_argument);
  CHECK(none.message() == "arrays in the format npy have no names, such as 'x'");
  CHECK(none.path() == here / "a.npy");
  const quarry::error twice = failure_for("a.bin", {named, named});
  CHECK(twice.code() == errc::invalid_argument);
  CHECK(twice.message() == "two arrays are called 'x'");
  CHECK(failure_for("a.npy", {described("", int16, {1}), described("", int16, {1})}).code() ==
        errc::unsupported);
  array_info wrong = named;
  wrong.scale = {.scale = {1, 2}};
  CHECK(failure_for("a.bin", {wrong}).message() == "2 scales for an axis of extent 3");
  CHECK(names_in(here.path()).empty());
}

TEST_CASE("new arrays: checksums of the elements are stored before the file appears",
          "[store][new_array]") {
  const scratch here;
  const quarry::format table[] = {checked_format()};
  const std::array<std::int64_t, 1> shape{9};
  new_array out(here / "a", {quarry::type_kind::bytes, 1}, shape, table, {.format = "checked"});
  out.write(4, bytes_of("123456789"));
  out.commit();
  CHECK(text_of(here / "a") ==
        "\x26\x39\xf4\xcb"
        "123456789"
        "\x26\x39\xf4\xcb");
}

TEST_CASE("new arrays: checksums are made in pieces that fit the memory, until they are stopped",
          "[store][new_array]") {
  const scratch here;
  const quarry::format table[] = {checked_format()};
  const std::array<std::int64_t, 1> shape{3 << 20};
  const auto create = [&](const std::string& name, quarry::io_method io) {
    quarry::create_options options{.format = "checked"};
    options.file.io = io;
    return new_array(here / name, {quarry::type_kind::bytes, 1}, shape, table, options);
  };
  for (const auto io : {quarry::io_method::automatic, quarry::io_method::pread}) {
    const std::string name = io == quarry::io_method::pread ? "read" : "mapped";
    new_array out = create(name, io);
    std::stop_source stop;
    std::vector<std::uint64_t> done;
    quarry::pass_options how{.memory_bytes = 2 << 20, .stop = stop.get_token()};
    how.progress = [&](std::uint64_t done_bytes, std::uint64_t all_bytes) {
      CHECK(all_bytes == 3 << 20);
      done.push_back(done_bytes);
      if (done.size() == 2) stop.request_stop();
    };
    CHECK(failure_of([&] { out.commit(how); }).code() == std::errc::operation_canceled);
    CHECK(done == std::vector<std::uint64_t>{512 << 10, 1 << 20});
    CHECK_FALSE(std::filesystem::exists(here / name));
    how.stop = {};
    out.commit(how);
    CHECK(done.size() == 8);
    CHECK(text_of(here / name).substr(0, 5) == std::string("\xc6\x4f\x72\x79\0", 5));
  }
}
