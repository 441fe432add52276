// lost_header_test.cpp: files that lose bytes while their header is read.
#include <cstring>
#include <string>

#include <catch2/catch.hpp>

#include "quarry.hpp"

#include "map/failure.hpp"
#include "map/lost_pages.hpp"
#include "map/mount.hpp"
#include "store/made_formats.hpp"

using quarry::catalog;
using quarry::errc;
using quarry::file;
using quarry::format;

namespace {

// What the format below does with the file's bytes.
std::filesystem::path victim;
bool refuses_zeros = false;

// Truncates the file behind the reader's back, and reads on: what is there by then are zeros.
catalog parse_while_it_shrinks(std::span<const std::byte> bytes, const quarry::siblings&) {
  truncate_to(page + 10, victim);
  if (at(bytes, 3 * page) != 'x' && refuses_zeros) {
    throw quarry::error(errc::corrupt_header, "byte 12288 is not x");
  }
  return {};
}

const format shrinking[] = {{"shrinking", {}, made::sure<95>, parse_while_it_shrinks, nullptr}};

}  // namespace

TEST_CASE("file: what a header says that was lost meanwhile is told to nobody",
          "[store][file][fault_guard]") {
  const scratch here;
  const auto mode = GENERATE(quarry::access::read_only, quarry::access::read_write,
                             quarry::access::copy_on_write);
  victim = file_of(5, here / "a");
  refuses_zeros = GENERATE(false, true);
  const auto failure = failure_of([&] { file::open(victim, shrinking, {.mode = mode}); });
  CHECK(failure.code() == errc::changed);
  CHECK(failure.path() == victim);
  CHECK(failure.message() == "the file was truncated to " + std::to_string(page + 10) +
                                 " bytes while it was in use (offset " + std::to_string(3 * page) +
                                 ")");
}

TEST_CASE("file: a header on a disk that fails is its error (needs root)",
          "[store][file][fault_guard]") {
  const scratch here;
  const loop_disk disk(here.path(), 32, 16);
  QUARRY_SKIP_UNLESS_MOUNTED(disk);
  quarry::create(disk / "a.npy", quarry::dtype(), std::vector<std::int64_t>{10}).commit();
  put(disk / "b.raw", std::string(80, 'x'));
  quarry::describe(disk / "b.raw", "f8[10]");
  REQUIRE(disk.forget_pages());
  // Cached again: where the files are, and the headerless one.
  REQUIRE(exists(disk / "a.npy"));
  REQUIRE(exists(disk / "b.raw.layout.json"));
  REQUIRE(text_of(disk / "b.raw") == std::string(80, 'x'));
  REQUIRE(disk.fail());
  const auto of_header = failure_of([&] { quarry::open_file(disk / "a.npy"); });
  CHECK(of_header.code() == std::errc::io_error);
  CHECK(of_header.path() == disk / "a.npy");
  CHECK(of_header.message() == "reading failed at offset 0: Input/output error");
  const auto of_sidecar = failure_of([&] { quarry::open_file(disk / "b.raw"); });
  CHECK(of_sidecar.code() == std::errc::io_error);
  CHECK(of_sidecar.path() == disk / "b.raw.layout.json");
  CHECK(of_sidecar.message() == "reading failed at offset 0: Input/output error");
}
