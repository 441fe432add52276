// What a follower sees of a file that others add to, cut, damage and replace.
#include "quarry/store/follow.hpp"

#include <atomic>
#include <chrono>
#include <fstream>
#include <numeric>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry.hpp"
#include "quarry/array/growth.hpp"

#include "formats/npy/npy.hpp"
#include "map/failure.hpp"
#include "map/scratch.hpp"

using namespace std::chrono_literals;
using quarry::appender;
using quarry::array;
using quarry::errc;
using quarry::follower;

namespace {

using extents = std::vector<std::int64_t>;

const quarry::dtype int64_type = quarry::element<std::int64_t>::type();

void make(const std::filesystem::path& path, const extents& shape,
          quarry::memory_order order = quarry::memory_order::c) {
  quarry::create_options how;
  how.order = order;
  how.file.overwrite = true;
  quarry::new_array out = quarry::create(path, int64_type, shape, how);
  out.commit();
}

// Rows whose numbers go on from those that are there.
void append(appender& to, std::int64_t count) {
  extents shape(to.where().shape().begin(), to.where().shape().end());
  shape[static_cast<std::size_t>(to.axis())] = count;
  const bool is_c = to.axis() == 0;
  const array rows =
      array::zeros(int64_type, shape, is_c ? quarry::memory_order::c : quarry::memory_order::f);
  const array flat = (is_c ? rows : rows.transpose()).ravel();
  const auto values = flat.as<std::int64_t, 1>();
  std::iota(values.begin(), values.end(), (to.rows() + to.pending()) * (flat.size() / count));
  to.append(rows);
}

bool counts(const array& rows) {
  const array flat = rows.ravel();
  const auto values = flat.as<const std::int64_t, 1>();
  std::int64_t next = 0;
  for (const std::int64_t each : values) {
    if (each != next++) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("follower: rows are seen once they are committed", "[store][follow]") {
  const scratch here;
  for (const char* name : {"a.npy", "a.bin"}) {
    INFO(name);
    make(here / name, {0, 3});
    follower seen = quarry::follow(here / name);
    CHECK(seen.count() == 0);
    CHECK(seen.axis() == 0);
    CHECK_FALSE(seen.refresh());
    appender out = quarry::append_to(here / name);
    append(out, 4);
    CHECK_FALSE(seen.refresh());
    out.commit();
    CHECK(seen.refresh());
    CHECK(seen.count() == 4);
    CHECK_FALSE(seen.refresh());
    const array early = seen.rows();
    append(out, 20);
    out.commit();
    CHECK(seen.refresh());
    CHECK(seen.count() == 24);
    CHECK(counts(seen.rows()));
    CHECK(early.shape()[0] == 4);
    CHECK(counts(early));
  }
}

TEST_CASE("follower: in Fortran order the last axis grows", "[store][follow]") {
  const scratch here;
  make(here / "a.npy", {3, 2}, quarry::memory_order::f);
  follower seen = quarry::follow(here / "a.npy");
  CHECK(seen.axis() == 1);
  appender out = quarry::append_to(here / "a.npy");
  append(out, 2);
  out.commit();
  CHECK(seen.refresh());
  CHECK(seen.count() == 4);
  CHECK(seen.rows().shape()[0] == 3);
  const array columns = seen.rows().transpose().ravel();
  const auto values = columns.as<const std::int64_t, 1>();
  CHECK(std::vector<std::int64_t>(values.begin(), values.end()) ==
        std::vector<std::int64_t>{0, 0, 0, 0, 0, 0, 6, 7, 8, 9, 10, 11});
}

namespace {

std::filesystem::path changing_path;

// As the file's own header is parsed once, somebody stores another number of rows.
quarry::catalog parse_and_change(std::span<const std::byte> bytes, const quarry::siblings& beside) {
  quarry::catalog out = quarry::formats::npy.parse(bytes, beside);
  if (changing_path.empty()) return out;
  const auto at = text_of(changing_path).find("(1, 3)");
  std::fstream(changing_path, std::ios::in | std::ios::out | std::ios::binary)
      .seekp(static_cast<std::streamoff>(at) + 1)
      .put('9');
  changing_path.clear();
  return out;
}

}  // namespace

TEST_CASE("follower: a header that changes is seen however it is read", "[store][follow]") {
  const scratch here;
  const std::string header = "{'descr': '<i8', 'fortran_order': False, 'shape': (1, 3), }     \n";
  quarry::format npy = quarry::formats::npy;
  npy.parse = parse_and_change;
  for (const quarry::io_method io : {quarry::io_method::mmap, quarry::io_method::pread}) {
    put(here / "a.npy", std::string("\x93NUMPY\1\0", 8) + static_cast<char>(header.size()) + '\0' +
                            header + std::string(216, '\0'));
    changing_path = here / "a.npy";
    CHECK(follower::open(here / "a.npy", std::span(&npy, 1), {.io = io}).count() == 9);
    CHECK(changing_path.empty());
  }
}

TEST_CASE("follower: it never sees a wrong row while others append", "[store][follow]") {
  const scratch here;
  for (const char* name : {"a.npy", "a.bin"}) {
    INFO(name);
    const auto path = here / name;
    make(path, {0, 3});
    std::atomic<bool> is_done = false;
    std::thread writer([&] {
      quarry::append_options how;
      how.buffer_bytes = 256;
      for (int times = 0; times < 20; ++times) {
        appender out = quarry::append_to(path, how);
        for (int i = 0; i < 100; ++i) {
          append(out, 1 + i % 7);
          if (i % 3 != 0) out.commit();  // also rows that are dropped
        }
      }
      is_done = true;
    });
    follower seen = quarry::follow(path);
    std::int64_t before = 0;
    int wrong = 0;
    while (!is_done) {
      seen.refresh();
      if (seen.count() < before || !counts(seen.rows())) ++wrong;
      before = seen.count();
    }
    writer.join();
    CHECK(wrong == 0);
    seen.refresh();
    CHECK(seen.count() == quarry::open(path).shape()[0]);
  }
}

TEST_CASE("follower: waiting ends with the first rows", "[store][follow]") {
  const scratch here;
  make(here / "a.npy", {0, 3});
  follower seen = quarry::follow(here / "a.npy");
  CHECK_FALSE(seen.wait(0ms));
  CHECK_FALSE(seen.wait(10ms));
  for (int i = 1; i <= 3; ++i) {
    std::thread writer([&] {
      std::this_thread::sleep_for(5ms);
      appender out = quarry::append_to(here / "a.npy");
      append(out, 1);
      out.commit();
    });
    CHECK(seen.wait(i == 1 ? std::chrono::milliseconds::max() : 100s));
    CHECK(seen.count() == i);
    writer.join();
  }
  std::stop_source stop;
  std::thread stopper([&] {
    std::this_thread::sleep_for(5ms);
    stop.request_stop();
  });
  CHECK_FALSE(seen.wait(100s, stop.get_token()));
  stopper.join();
  CHECK_FALSE(seen.wait(100s, stop.get_token()));
}

TEST_CASE("follower: a file that is written anew is followed", "[store][follow]") {
  const scratch here;
  const auto path = here / "a.npy";
  const std::string header = "{'descr': '<i8', 'fortran_order': False, 'shape': (0, 3)}\n";
  put(path, std::string("\x93NUMPY\1\0", 8) + static_cast<char>(header.size()) + '\0' + header);
  follower seen = quarry::follow(path);
  for (int i = 1; i <= 2; ++i) {
    std::thread writer([&] {
      appender out = quarry::append_to(path);
      append(out, 2);
      out.commit();
      CHECK(out.rewrote() == (i == 1));
    });
    CHECK(seen.wait(100s));
    CHECK(seen.count() == 2 * i);
    CHECK(counts(seen.rows()));
    writer.join();
  }
}

TEST_CASE("follower: other rows than before are an error", "[store][follow]") {
  const scratch here;
  const auto path = here / "a.npy";
  make(path, {4, 3});
  follower seen = quarry::follow(path);
  const array before = seen.rows();
  SECTION("fewer") { make(path, {3, 3}); }
  SECTION("of another shape") { make(path, {4, 4}); }
  SECTION("along another axis") { make(path, {4, 3}, quarry::memory_order::f); }
  SECTION("in place of the last one") {
    make(path, {9, 3});
    quarry::new_array out = quarry::create(here / "b.npy", int64_type, extents{9, 3});
    out.elements().as<std::int64_t, 2>()(3, 2) = 7;
    out.commit();
    std::filesystem::rename(here / "b.npy", path);
  }
  SECTION("of another dtype") {
    quarry::create_options how;
    how.file.overwrite = true;
    quarry::create<double>(path, extents{9, 3}, how).commit();
  }
  const auto failure = failure_of([&] { seen.refresh(); });
  CHECK(failure.code() == errc::changed);
  CHECK(failure.path() == path);
  CHECK(seen.rows().shape()[0] == 4);
  CHECK(quarry::to_native(before).size() == 12);
}

TEST_CASE("follower: the array is asked for by its name", "[store][follow]") {
  const scratch here;
  const auto make_named = [&](const char* name) {
    quarry::array_info what;
    what.name = name;
    what.type = int64_type;
    what.where = quarry::layout::contiguous(extents{4, 3}, 8);
    quarry::create_options how;
    how.file.overwrite = true;
    quarry::create(here / "a.bin", std::span(&what, 1), how).commit();
  };
  make_named("heights");
  CHECK(quarry::follow(here / "a.bin").count() == 4);
  CHECK(quarry::follow(here / "a.bin", {}, "0").count() == 4);
  follower seen = quarry::follow(here / "a.bin", {}, "heights");
  CHECK_FALSE(seen.refresh());
  const auto failure = failure_of([&] { quarry::follow(here / "a.bin", {}, "depths"); });
  CHECK(failure.code() == errc::not_found);
  CHECK(failure.path() == here / "a.bin");
  make_named("depths");
  CHECK(fails_with(errc::changed, [&] { seen.refresh(); }));
}

TEST_CASE("follower: a file that is damaged or gone is an error", "[store][follow]") {
  const scratch here;
  const auto path = here / "a.npy";
  make(path, {4, 3});
  follower seen = quarry::follow(path);
  put(path, "\x93NUMPY and nothing more");
  CHECK(fails_with(errc::changed, [&] { seen.refresh(); }));
  std::filesystem::remove(path);
  CHECK(fails_with(errc::changed, [&] { seen.refresh(); }));
  CHECK(fails_with(ENOENT, [&] { quarry::follow(path); }));
  make(here / "b.npz", {4, 3});
  CHECK(fails_with(errc::unsupported, [&] { quarry::follow(here / "b.npz"); }));
}
