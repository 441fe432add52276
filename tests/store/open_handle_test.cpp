// open_handle_test.cpp: views of files, passed as text, are the same views or errors.
#include "quarry/store/open_handle.hpp"

#include <cerrno>
#include <cstring>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry.hpp"

#include "map/failure.hpp"
#include "map/scratch.hpp"

using quarry::array;
using quarry::array_handle;
using quarry::errc;
using quarry::handle_of;
using quarry::open_handle;
using quarry::parse_handle;

namespace {

// 256 different bytes.
std::string all_bytes() {
  std::string out(256, '\0');
  std::iota(out.begin(), out.end(), '\0');
  return out;
}

array opened_again(const array& view) {
  return open_handle(parse_handle(to_string(handle_of(view))));
}

// That `again` is the view `view` over another mapping of the same file.
void check_same(const array& view, const array& again) {
  CHECK(again.type() == view.type());
  CHECK(again.where() == view.where());
  CHECK(again.origin().offset_bytes == view.origin().offset_bytes);
  CHECK(again.data() != view.data());
  const array copy_of_one = quarry::to_native(view);
  const array copy_of_other = quarry::to_native(again);
  CHECK(std::memcmp(copy_of_one.data(), copy_of_other.data(),
                    static_cast<std::size_t>(copy_of_one.size_bytes())) == 0);
}

}  // namespace

TEST_CASE("open_handle: every kind of view comes back as it was", "[store][handle]") {
  const scratch here;
  put(here / "all.dat", all_bytes());
  const array a = quarry::open_raw(here / "all.dat", ">i2[4,5,6]@7");
  const array records = quarry::open_raw(here / "all.dat", "{t@2:>u4, v@6:<i2[2], @12}[2,10]@1");
  const std::vector<std::int64_t> wide{3, 4, 5, 6};
  const std::vector<std::int64_t> window{2};
  const std::vector<int> first{0};
  const std::vector<std::string> names{"v"};
  for (const array& view :
       {a, a.slice("1:3, ::2, 4"), a.slice("::-1, ::-2, 1:-1"), a.slice("3, -1, 0"), a.transpose(),
        a.transpose().flip(), a.slice("5:"), a.slice(":, 2:2"), a.slice("..., None"),
        a.broadcast_to(wide), a.sliding_window(window, first), a.diagonal(1), a.reshape({-1}),
        a.with_byte_order(quarry::byte_order::little), a.reinterpret(quarry::parse_dtype("|u1")),
        records, records.field("v"), records.slice("::-1, 3:").field("t"), records.fields(names)}) {
    check_same(view, opened_again(view));
  }
}

TEST_CASE("open_handle: names of any bytes lead back to their file", "[store][handle]") {
  const scratch here;
  for (const std::string_view name : {"plain.dat", "a b.dat", "it's \"so\".dat", "new\nline.dat",
                                      "back\\slash.dat", "\xc3\xa4.dat", "\xff\xfe.dat"}) {
    put(here / name, all_bytes());
    const array view = quarry::open_raw(here / name, "u1[256]").slice("::-3");
    check_same(view, opened_again(view));
  }
}

TEST_CASE("open_handle: a relative name means the file that it meant when it was opened",
          "[store][handle]") {
  const scratch here;
  put(here / "all.dat", all_bytes());
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(here.path());
  const array view = quarry::open_raw("all.dat", "u1[256]");
  std::filesystem::current_path(before);
  CHECK(handle_of(view).path == here / "all.dat");
  check_same(view, opened_again(view));
}

TEST_CASE("open_handle: a view of an empty file and one behind the last byte are views",
          "[store][handle]") {
  const scratch here;
  put(here / "none.dat", "");
  const array none = quarry::open_raw(here / "none.dat", "<f4[0]");
  CHECK(opened_again(none).size() == 0);
  put(here / "all.dat", all_bytes());
  const array last = quarry::open_raw(here / "all.dat", "<f4[0,3]@256");
  CHECK(opened_again(last).where() == last.where());
}

TEST_CASE("open_handle: what may be stored to is the opener's choice", "[store][handle]") {
  const scratch here;
  put(here / "all.dat", all_bytes());
  const array view = quarry::open_raw(here / "all.dat", "u1[256]").slice("10:20");
  const array_handle handle = handle_of(view);
  CHECK_FALSE(open_handle(handle).writable());
  const array stored = open_handle(handle, quarry::access::read_write);
  *stored.mutable_data() = std::byte{99};
  CHECK(text_of(here / "all.dat")[10] == 99);
  CHECK(*open_handle(handle, quarry::access::read_only, quarry::io_method::pread).data() ==
        std::byte{99});
}

TEST_CASE("open_handle: memory and files that are being made have no handles", "[store][handle]") {
  const scratch here;
  const std::vector<std::int64_t> shape{4};
  const quarry::dtype type = quarry::parse_dtype("<f4");
  CHECK(fails_with(errc::unsupported, [&] { handle_of(array::zeros(type, shape)); }));
  CHECK(fails_with(errc::unsupported, [&] { handle_of(array()); }));
  const quarry::new_array made = quarry::create(here / "a.npy", type, shape);
  const quarry::error failure = failure_of([&] { handle_of(made.elements()); });
  CHECK(failure.code() == errc::unsupported);
  CHECK(failure.path() == here / "a.npy");
}

TEST_CASE("open_handle: a file that was replaced, shortened or removed is an error",
          "[store][handle]") {
  const scratch here;
  const std::filesystem::path path = here / "all.dat";
  put(path, all_bytes());
  const array view = quarry::open_raw(path, "u1[256]");
  const array_handle handle = handle_of(view);
  const array_handle start = handle_of(view.slice(":100"));

  std::filesystem::resize_file(path, 255);
  const quarry::error shortened = failure_of([&] { open_handle(handle); });
  CHECK(shortened.code() == errc::out_of_bounds);
  CHECK(shortened.path() == path);
  CHECK(open_handle(start).size() == 100);

  put(here / "other.dat", all_bytes());
  std::filesystem::rename(here / "other.dat", path);
  const quarry::error replaced = failure_of([&] { open_handle(start); });
  CHECK(replaced.code() == errc::changed);
  CHECK(replaced.path() == path);
  CHECK(replaced.message().find("is another file than that of the handle") == 0);

  std::filesystem::remove(path);
  CHECK(fails_with(ENOENT, [&] { open_handle(start); }));
  std::filesystem::create_directory(path);
  CHECK(fails_with(errc::unsupported, [&] { open_handle(start); }));
}

TEST_CASE("open_handle: no text reaches a byte outside of the file", "[store][handle]") {
  const scratch here;
  put(here / "all.dat", all_bytes());
  const array whole = quarry::open_raw(here / "all.dat", "u1[4,64]");
  array_handle handle = handle_of(whole);
  for (const std::int64_t offset :
       {std::int64_t{1}, std::int64_t{-1}, std::int64_t{257}, INT64_MAX, INT64_MIN}) {
    handle.offset_bytes = offset;
    CHECK(fails_with(errc::out_of_bounds, [&] { open_handle(handle); }));
  }
  CHECK(fails_with(errc::unsupported, [&] {
    array_handle objects = handle_of(whole);
    std::string text = to_string(objects);
    text.replace(text.find("'|u1'"), 5, "'|O'");
    text.replace(text.find("(4, 64)"), 7, "(4, 8) ");
    open_handle(parse_handle(text));
  }));
}

TEST_CASE("open_handle: a damaged text is an error or a view inside of the file",
          "[store][handle]") {
  const scratch here;
  put(here / "all.dat", all_bytes());
  const array view = quarry::open_raw(here / "all.dat", "{a:>i2, b:|u1}[8,9]@3").slice("::-2, 1:");
  const std::string text = to_string(handle_of(view));
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = text;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      try {
        const array found = open_handle(parse_handle(damaged));
        const quarry::byte_range touched = found.origin().touched;
        CHECK((touched.begin >= 0 && touched.end <= 256));
        CHECK(quarry::to_native(found).size() == found.size());
      } catch (const quarry::error& refused) {
        CHECK(refused.what() != std::string());
      }
    }
  }
}
