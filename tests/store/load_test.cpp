// load_test.cpp: arrays that a file holds deflated: inflated into a file without a name.
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry.hpp"
#include "quarry/base/error.hpp"

#include "map/failure.hpp"
#include "map/scratch.hpp"
#include "store/made_formats.hpp"

using quarry::array;
using quarry::array_info;
using quarry::errc;
using quarry::error;
using quarry::file;

namespace {

// The bytes 1 to 12, deflated by zlib, between others.
constexpr std::string_view stream("\x63\x64\x62\x66\x61\x65\x63\xe7\xe0\xe4\xe2\xe6\x01\x00", 14);
const std::string content = "head" + std::string(stream) + "tail";

// 2 x 5 uint8 behind two bytes of what comes out.
array_info deflated_array() {
  array_info out = made::bytes_at({2, 5}, {5, 1}, 4, "zipped");
  out.stored_as = quarry::encoding::deflate;
  out.stream = {.stored_bytes = 14, .inflated_bytes = 12, .offset_bytes = 2, .crc32 = 0x925FC655U};
  return out;
}

file opened(const scratch& here, const array_info& info, const quarry::open_options& options = {}) {
  put(here / "a", content);
  const quarry::format table[] = {made::described({.arrays = {info}})};
  return file::open(here / "a", table, options);
}

error failure_for(const scratch& here, const array_info& info) {
  return failure_of([&] { opened(here, info).load(); });
}

}  // namespace

TEST_CASE("load: a deflated array is a copy of what comes out", "[store][load]") {
  const scratch here;
  std::filesystem::create_directory(here / "scratch");
  array found;
  {
    const file source = opened(here, deflated_array(), {.scratch = here / "scratch"});
    found = source.load("zipped");
    CHECK(names_in(here / "scratch").empty());
  }
  const auto view = found.as<const std::uint8_t, 2>();
  CHECK(std::vector<int>(view.begin(), view.end()) ==
        std::vector<int>{3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  CHECK_FALSE(found.writable());
  CHECK(found.origin().path.empty());
}

TEST_CASE("load: a deflated array is not mapped", "[store][load]") {
  const scratch here;
  const file source = opened(here, deflated_array());
  const error failure = failure_of([&] { source.at(0); });
  CHECK(failure.code() == errc::unsupported);
  CHECK(failure.path() == here / "a");
  CHECK(failure.message() == "array 'zipped' is deflated and cannot be mapped; load() inflates it");
  CHECK(fails_with(errc::out_of_bounds, [&] { source.load(1); }));
  CHECK(fails_with(errc::not_found, [&] { source.load("none"); }));
}

TEST_CASE("load: a plain array is mapped as ever", "[store][load]") {
  const scratch here;
  const file source = opened(here, made::bytes_at({4}, {1}, 0));
  CHECK(source.load().origin().path == here / "a");
  CHECK(source.load(0).memory() == source.at(0).memory());
}

TEST_CASE("load: a file that was written to since it was opened is an error", "[store][load]") {
  const scratch here;
  const file source = opened(here, deflated_array());
  CHECK_NOTHROW(source.load());
  put(here / "a", content);  // the same bytes, but who knows when they were there
  const error failure = failure_of([&] { source.load(); });
  CHECK(failure.code() == errc::changed);
  CHECK(failure.path() == here / "a");
}

TEST_CASE("load: the copy needs a directory that can be written", "[store][load]") {
  const scratch here;
  const file source = opened(here, deflated_array(), {.scratch = here / "none"});
  CHECK(fails_with(ENOENT, [&] { source.load(); }));
}

TEST_CASE("load: a stream that is not what its header says is refused", "[store][load]") {
  const scratch here;
  const auto with = [&](auto change) {
    array_info info = deflated_array();
    change(info);
    return failure_for(here, info);
  };
  const error more = with([](array_info& info) { info.stream.inflated_bytes = 13; });
  CHECK(more.code() == errc::corrupt_header);
  CHECK(more.message() == "the deflate stream holds 12 bytes, its header says 13");
  const error less = with([](array_info& info) {
    info.stream.inflated_bytes = 11;
    info.where = quarry::layout::contiguous(std::vector<std::int64_t>{9}, 1);
  });
  CHECK(less.code() == errc::corrupt_header);
  CHECK(less.message() == "the deflate stream holds more than the 11 bytes its header says");
  const error longer = with([](array_info& info) { info.stream.stored_bytes = 15; });
  CHECK(longer.code() == errc::corrupt_header);
  CHECK(longer.message() == "the deflate stream ends after 14 bytes, its header says 15");
  const error shorter = with([](array_info& info) { info.stream.stored_bytes = 13; });
  CHECK(shorter.code() == errc::truncated);
  const error checksum = with([](array_info& info) { info.stream.crc32 = 1; });
  CHECK(checksum.code() == errc::corrupt_header);
  CHECK(checksum.message() ==
        "the checksum of the inflated bytes is 2455750229, the header says 1");
  CHECK(checksum.path() == here / "a");
  CHECK_FALSE(with([](array_info& info) { info.stream.crc32.reset(); }).code());
}

TEST_CASE("load: what cannot be in the stream is refused when the file is opened",
          "[store][load]") {
  const scratch here;
  const auto with = [&](auto change) {
    array_info info = deflated_array();
    change(info);
    return failure_of([&] { opened(here, info); });
  };
  const error cut = with([](array_info& info) { info.stream.stored_bytes = 20; });
  CHECK(cut.code() == errc::truncated);
  CHECK(cut.message() ==
        "the deflate stream of array 'zipped' ends at byte 24, the file has 22 bytes: 2 are "
        "missing");
  CHECK(with([](array_info& info) { info.offset_bytes = UINT64_MAX; }).code() ==
        errc::limit_exceeded);
  const error bomb = with([](array_info& info) { info.stream.inflated_bytes = 1032 * 15; });
  CHECK(bomb.code() == errc::corrupt_header);
  CHECK(bomb.message() == "array 'zipped': 14 bytes of a deflate stream cannot become 15480");
  const error outside = with([](array_info& info) { info.stream.offset_bytes = 3; });
  CHECK(outside.code() == errc::out_of_bounds);
  CHECK(outside.message() == "array 'zipped' ends at byte 13 of 12 inflated bytes");
  CHECK(with([](array_info& info) { info.stream.offset_bytes = UINT64_MAX; }).code() ==
        errc::limit_exceeded);
}
