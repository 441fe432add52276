// What an appender owes programs: rows that are pending, committed or dropped. What NumPy sees of
// the files is tested by tests/tools/append_test.py.
#include "quarry/store/append.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <sys/mman.h>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry.hpp"
#include "quarry/map/process_limits.hpp"

#include "map/child.hpp"
#include "map/failure.hpp"
#include "map/scratch.hpp"

using quarry::append_options;
using quarry::appender;
using quarry::array;
using quarry::errc;
using quarry::layout;
using quarry::memory_order;

namespace {

using extents = std::vector<std::int64_t>;

constexpr std::uintmax_t header_bytes = 128;  // of a .npy with a short description

const quarry::dtype int32_type = quarry::element<std::int32_t>::type();

// Numbers first, first + 1, ... in C order.
array numbers(const extents& shape, std::int32_t first, const quarry::dtype& type = int32_type) {
  const array counted = array::zeros(int32_type, shape);
  auto* const values = reinterpret_cast<std::int32_t*>(counted.mutable_data());
  std::iota(values, values + counted.size(), first);
  const array out = array::zeros(type, shape);
  quarry::convert(counted, out);
  return out;
}

std::filesystem::path make(const std::filesystem::path& path, const extents& shape,
                           memory_order order = memory_order::c,
                           const quarry::dtype& type = int32_type) {
  quarry::create_options how;
  how.order = order;
  quarry::new_array out = quarry::create(path, type, shape, how);
  quarry::convert(numbers(shape, 0), out.elements());
  out.commit();
  return path;
}

std::vector<std::int32_t> values_in(const std::filesystem::path& path) {
  const array native = quarry::to_native(quarry::open(path));
  const auto* const values = reinterpret_cast<const std::int32_t*>(native.data());
  return {values, values + native.size()};
}

std::vector<std::int32_t> counted(std::int32_t count) {
  std::vector<std::int32_t> out(static_cast<std::size_t>(count));
  std::iota(out.begin(), out.end(), 0);
  return out;
}

}  // namespace

TEST_CASE("appender: rows are seen when they are committed", "[store][append]") {
  const scratch here;
  for (const char* name : {"a.npy", "a.bin"}) {
    INFO(name);
    const auto path = make(here / name, {2, 3});
    appender out = quarry::append_to(path);
    CHECK(out.rows() == 2);
    CHECK(out.axis() == 0);
    CHECK(out.type() == int32_type);
    CHECK(out.commit() == 2);
    out.append(numbers({1, 3}, 6));
    out.append(numbers({3, 3}, 9));
    out.append(numbers({0, 3}, 0));
    CHECK(out.pending() == 4);
    CHECK(values_in(path) == counted(6));
    CHECK(out.commit() == 6);
    CHECK(out.pending() == 0);
    CHECK(out.rows() == 6);
    CHECK(out.where() == layout::contiguous(extents{6, 3}, 4));
    CHECK(values_in(path) == counted(18));
    CHECK_FALSE(out.rewrote());
    CHECK_FALSE(out.poisoned());
  }
}

TEST_CASE("appender: what is not committed is dropped, also from the disk", "[store][append]") {
  const scratch here;
  for (const std::size_t buffer : {std::size_t{16}, std::size_t{1} << 20U}) {
    const auto path = make(here / "a.npy", {2, 3});
    {
      append_options how;
      how.buffer_bytes = buffer;
      appender out = quarry::append_to(path, how);
      out.append(numbers({4, 3}, 6));
      out.commit();
      out.append(numbers({1000, 3}, 18));
      out.append(numbers({1, 3}, 0));
      CHECK((std::filesystem::file_size(path) > header_bytes + 72) == (buffer == 16));
    }
    CHECK(std::filesystem::file_size(path) == header_bytes + 72);
    CHECK(values_in(path) == counted(18));
    quarry::open_options strict;
    strict.strict = true;
    CHECK_NOTHROW(quarry::open(path, strict));
    std::filesystem::remove(path);
  }
}

TEST_CASE("appender: one that did nothing changes nothing", "[store][append]") {
  const scratch here;
  const auto path = make(here / "a.npy", {2, 3});
  const std::string before = text_of(path);
  {
    appender out = quarry::append_to(path);
    out.append(numbers({0, 3}, 0));
    CHECK(out.commit() == 2);
    appender moved = std::move(out);
    CHECK(moved.rows() == 2);
  }
  CHECK(text_of(path) == before);
}

TEST_CASE("appender: rows get the byte order and the memory order of the file", "[store][append]") {
  const scratch here;
  const auto big = int32_type.with_byte_order(quarry::byte_order::big);
  for (const memory_order order : {memory_order::c, memory_order::f}) {
    for (const std::size_t buffer : {std::size_t{4}, std::size_t{40}, std::size_t{1} << 20U}) {
      const auto path = make(here / "a.npy", {3, 5, 3}, order, big);
      append_options how;
      how.buffer_bytes = buffer;
      const array all = numbers({6, 5, 6}, 0);
      appender out = quarry::append_to(path, how);
      const bool is_c = order == memory_order::c;
      CHECK(out.axis() == (is_c ? 0 : 2));
      const array rows = is_c ? all.slice("2:5, :, ::2") : all.slice("::2, ::-1, 1:6:2");
      out.append(rows);
      out.append(rows);
      CHECK(out.commit() == 9);
      const array found = quarry::to_native(quarry::open(path));
      const array part = found.slice(is_c ? "6:9" : "..., 6:9");
      const array expected = quarry::to_native(rows);
      CHECK(std::equal(expected.data(), expected.data() + expected.size_bytes(),
                       quarry::to_native(part).data()));
      CHECK(values_in(path).front() == 0);
      std::filesystem::remove(path);
    }
  }
}

TEST_CASE("appender: a buffer of no bytes is one of an element", "[store][append]") {
  const scratch here;
  const std::string text = "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3)}\n";
  put(here / "a.npy", std::string("\x93NUMPY\1\0", 8) + static_cast<char>(text.size()) + '\0' +
                          text + std::string(24, '\0'));
  append_options how;
  how.buffer_bytes = 0;
  appender out = quarry::append_to(here / "a.npy", how);
  out.append(numbers({2, 3}, 6));
  CHECK(out.rewrote());
  CHECK(out.commit() == 4);
  CHECK(values_in(here / "a.npy") ==
        std::vector<std::int32_t>{0, 0, 0, 0, 0, 0, 6, 7, 8, 9, 10, 11});
}

TEST_CASE("appender: rows of another dtype or shape are refused", "[store][append]") {
  const scratch here;
  const auto path = make(here / "a.npy", {2, 3});
  const std::string before = text_of(path);
  appender out = quarry::append_to(path);
  const auto refused = [&](const array& rows) {
    const auto failure = failure_of([&] { out.append(rows); });
    CHECK(failure.path() == path);
    CHECK(failure.code() == failure_of([&] { out.require_fitting(rows); }).code());
    return failure.code();
  };
  CHECK(refused(array::zeros(quarry::element<std::int64_t>::type(), extents{1, 3})) ==
        errc::type_mismatch);
  CHECK(refused(array::zeros(quarry::element<std::int16_t>::type(), extents{1, 3})) ==
        errc::type_mismatch);
  CHECK(refused(numbers({1, 4}, 0)) == errc::shape_mismatch);
  CHECK(refused(numbers({3}, 0)) == errc::shape_mismatch);
  CHECK(refused(numbers({1, 1, 3}, 0)) == errc::shape_mismatch);
  CHECK(text_of(path) == before);
  out.append(numbers({1, 3}, 6));
  CHECK(refused(numbers({1, 4}, 0)) == errc::shape_mismatch);
  CHECK(out.commit() == 3);
  CHECK(values_in(path) == counted(9));
}

TEST_CASE("appender: files that do not grow are refused", "[store][append]") {
  const scratch here;
  const auto code_of = [&](const std::filesystem::path& path) {
    const auto failure = failure_of([&] { quarry::append_to(path); });
    CHECK(failure.path() == path);
    return failure.code();
  };
  CHECK(code_of(make(here / "a.npz", {2})) == errc::unsupported);
  CHECK(code_of(make(here / "scalar.npy", {})) == errc::shape_mismatch);
  std::vector<quarry::array_info> two(2);
  for (auto& each : two) each.where = layout::contiguous(extents{2}, 1);
  two[0].name = "a";
  quarry::create(here / "two.bin", two).commit();
  CHECK(code_of(here / "two.bin") == errc::unsupported);
  std::filesystem::copy(std::filesystem::path(QUARRY_TEST_DATA) / "bin" / "padded.bin",
                        here / "strided.bin");
  CHECK(code_of(here / "strided.bin") == errc::layout_error);
  put(here / "objects.npy", [] {
    std::string text = "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }\n";
    return std::string("\x93NUMPY\1\0", 8) + static_cast<char>(text.size()) + '\0' + text + "xx";
  }());
  CHECK(code_of(here / "objects.npy") == errc::unsupported);
}

TEST_CASE("appender: the rows of an append that fails are not pending", "[store][append]") {
  const scratch here;
  const auto path = make(here / "a.npy", {2, 3});
  std::stop_source stop;
  append_options how;
  how.buffer_bytes = 120;
  std::vector<std::uint64_t> told;
  how.progress = [&](std::uint64_t done, std::uint64_t total) {
    told.push_back(done);
    CHECK(total == 1200);
    if (told.size() == 3) stop.request_stop();
  };
  how.stop = stop.get_token();
  appender out = quarry::append_to(path, how);
  out.append(numbers({1, 3}, 6));
  CHECK(failure_of([&] {
          out.append(numbers({100, 3}, 0));
        }).code() == std::errc::operation_canceled);
  CHECK(told == std::vector<std::uint64_t>{120, 240, 360});
  CHECK(out.pending() == 1);
  CHECK(std::filesystem::file_size(path) == header_bytes + 36);
  CHECK(out.commit() == 3);
  CHECK(values_in(path) == counted(9));
}

TEST_CASE("appender: rows whose file is cut are an error and no zeros", "[store][append]") {
  const scratch here;
  const auto path = make(here / "a.npy", {2, 1024});
  const array rows = quarry::open(make(here / "b.npy", {64, 1024}));
  std::filesystem::resize_file(here / "b.npy", 8192);
  appender out = quarry::append_to(path);
  CHECK(fails_with(errc::changed, [&] { out.append(rows); }));
  CHECK(out.pending() == 0);
  CHECK(out.commit() == 2);
}

TEST_CASE("appender: more rows than 63 bits count are refused", "[store][append]") {
  const scratch here;
  const auto path = here / "a.npy";
  const std::string text =
      "{'descr': '|u1', 'fortran_order': False, 'shape': (9223372036854775807, 0), }      \n";
  put(path, std::string("\x93NUMPY\1\0", 8) + static_cast<char>(text.size()) + '\0' + text);
  appender out = quarry::append_to(path);
  CHECK(fails_with(errc::limit_exceeded, [&] {
    out.append(array::zeros(out.type(), extents{1, 0}));
  }));
}

TEST_CASE("appender: in a forked child it changes nothing", "[store][append]") {
  const scratch here;
  const auto path = make(here / "a.npy", {2, 3});
  append_options how;
  how.buffer_bytes = 1;
  std::optional<appender> out = quarry::append_to(path, how);
  out->append(numbers({1, 3}, 6));
  CHECK(in_child([&] {
          const bool is_refused =
              fails_with(errc::invalid_argument, [&] { out->append(numbers({1, 3}, 0)); }) &&
              fails_with(errc::invalid_argument, [&] { out->commit(); });
          out.reset();
          return is_refused;
        }) == 0);
  out->append(numbers({1, 3}, 9));
  CHECK(out->commit() == 4);
  out.reset();
  // Nor is a file written anew there, whose header has no room.
  const auto narrow = here / "narrow.npy";
  put(narrow, std::string("\x93NUMPY\1\0\x36\0", 10) +
                  "{'descr':'<i4','fortran_order':False,'shape':(0, 3)} \n");
  appender other = quarry::append_to(narrow);
  CHECK(in_child([&] {
          return fails_with(errc::invalid_argument, [&] { other.append(numbers({1, 3}, 0)); });
        }) == 0);
  other.append(numbers({2, 3}, 0));
  CHECK(other.commit() == 2);
  CHECK(other.rewrote());
  CHECK(values_in(path) == counted(12));
  CHECK(text_of(path).substr(0, header_bytes).find('\t') == std::string::npos);
}

TEST_CASE("appender: the mark of a killed one goes with the next, whatever that does",
          "[store][append]") {
  const scratch here;
  const auto path = make(here / "a.npy", {2, 3});
  append_options how;
  how.buffer_bytes = 1;
  CHECK(in_child([&] {
          auto* const killed = new appender(quarry::append_to(path, how));
          killed->append(numbers({5, 3}, 6));
          return killed->pending() == 5;
        }) == 0);
  CHECK(std::filesystem::file_size(path) > header_bytes + 24);
  CHECK(text_of(path).find('\t') != std::string::npos);
  quarry::append_to(path);
  CHECK(std::filesystem::file_size(path) == header_bytes + 24);
  CHECK(text_of(path).find('\t') == std::string::npos);
  CHECK(values_in(path) == counted(6));
}

TEST_CASE("appender: rows of a file without a name are not committed", "[store][append]") {
  const scratch here;
  const auto path = make(here / "a.npy", {2, 3});
  appender out = quarry::append_to(path);
  out.append(numbers({1, 3}, 6));
  std::filesystem::remove(path);
  make(path, {1, 3});
  const auto failure = failure_of([&] { out.commit(); });
  CHECK(failure.code() == errc::changed);
  CHECK(failure.path() == path);
  CHECK(out.rows() == 2);
}

TEST_CASE("appender: pages that every row touches stay while they fit the memory",
          "[store][append]") {
  const scratch here;
  const auto path = make(here / "a.npy", {1, 1024});
  const quarry::file source = quarry::open_file(make(here / "b.npy", {1024, 1024}, memory_order::f));
  const array rows = source.get();
  const auto resident_pages = [&] {
    std::vector<unsigned char> pages(rows.memory()->bytes / quarry::page_bytes() + 1);
    REQUIRE(::mincore(rows.memory()->data, rows.memory()->bytes, pages.data()) == 0);
    return std::ranges::count_if(pages, [](unsigned char each) { return (each & 1U) != 0; });
  };
  append_options how;
  how.memory_bytes = 16 << 20;
  appender out = quarry::append_to(path, how);
  for (int row = 0; row < 20; ++row) out.append(rows.slice({quarry::range{row, row + 1}}));
  CHECK(resident_pages() >= static_cast<std::ptrdiff_t>((4 << 20) / quarry::page_bytes()));
}
