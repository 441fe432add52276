// pass_io_test.cpp: every way to and from the disk gives the same file.
#include <cstdint>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry.hpp"
#include "quarry/base/error.hpp"

#include "map/failure.hpp"
#include "map/scratch.hpp"
#include "store/pass_sample.hpp"

using quarry::access;
using quarry::array;
using quarry::convert;
using quarry::errc;
using quarry::error;
using quarry::io_method;

namespace {

constexpr io_method methods[] = {io_method::automatic, io_method::mmap, io_method::pread,
                                 io_method::direct};

array opened(const std::filesystem::path& path, io_method how) {
  quarry::open_options options;
  options.layout = ">i2[300,500]";
  options.io = how;
  return quarry::open(path, options);
}

// Not every filesystem has a way past its cache.
bool is_there(io_method how, const std::filesystem::path& file) {
  if (how != io_method::direct) return true;
  try {
    opened(file, how);
    return true;
  } catch (const error& failure) {
    REQUIRE(failure.code() == errc::unsupported);
    return false;
  }
}

int cached_pages(const std::filesystem::path& path) {
  const quarry::mapping file = quarry::mapping::open(path);
  std::vector<unsigned char> pages(file.bytes().size() / 4096 + 1);
  REQUIRE(::mincore(file.share()->data, file.bytes().size(), pages.data()) == 0);
  return static_cast<int>(
      std::ranges::count_if(pages, [](unsigned char each) { return (each & 1U) != 0; }));
}

// False on filesystems that live in memory.
bool drop_cached(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  ::fdatasync(descriptor);
  ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
  ::close(descriptor);
  return cached_pages(path) == 0;
}

}  // namespace

TEST_CASE("pass: stores into a file that was read copy on write are passed on", "[store][pass]") {
  const scratch here;
  shorts_in(here / "shorts.raw");
  quarry::open_options options{.mode = quarry::access::copy_on_write, .layout = ">i2[300,500]"};
  options.io = io_method::pread;
  const array changed = quarry::open(here / "shorts.raw", options);
  changed.mutable_data()[1] = std::byte{77};
  auto out = quarry::create(here / "out.npy", big_short, changed.shape());
  convert(changed, out, {}, {});
  out.commit();
  CHECK(quarry::open(here / "out.npy").data()[1] == std::byte{77});
}

TEST_CASE("pass: a file that is read past the cache is not read ahead into it", "[store][pass]") {
  const scratch here;
  shorts_in(here / "shorts.raw");
  if (!is_there(io_method::direct, here / "shorts.raw")) return;
  if (!drop_cached(here / "shorts.raw")) return;
  const array shorts = opened(here / "shorts.raw", io_method::direct);
  auto out = quarry::create(here / "out.npy", big_short, shorts.shape());
  convert(shorts, out, {}, {});
  CHECK(cached_pages(here / "shorts.raw") == 0);
}

TEST_CASE("pass: every way of reading and writing gives the same file", "[store][pass]") {
  const scratch here;
  const array shorts = shorts_in(here / "shorts.raw");
  for (const io_method from_how : methods) {
    if (!is_there(from_how, here / "shorts.raw")) continue;
    const array whole = opened(here / "shorts.raw", from_how);
    for (const io_method to_how : methods) {
      if (!is_there(to_how, here / "shorts.raw")) continue;
      for (const char* part : {":", "3:200", "::-1, ::7", "::2, 5:9", "250:10:-3", "0:0"}) {
        for (const bool turned : {false, true}) {
          for (const std::uint64_t budget : {0ULL, ~0ULL}) {
            INFO(static_cast<int>(from_how) << " to " << static_cast<int>(to_how) << ", " << part
                                            << (turned ? " turned, " : ", ") << budget);
            const auto taken = [&](const array& of) {
              return turned ? of.slice(part).transpose() : of.slice(part);
            };
            quarry::create_options options;
            options.file.overwrite = true;
            options.file.io = to_how;
            auto plain =
                quarry::create(here / "plain.npy", big_short, taken(whole).shape(), options);
            convert(taken(whole), plain, {}, {.memory_bytes = budget});
            plain.commit();
            CHECK(bytes_of_elements(quarry::open(here / "plain.npy")) ==
                  bytes_of_elements(taken(shorts)));
            auto cast = quarry::create(here / "cast.npy", wide, taken(whole).shape(), options);
            convert(taken(whole), cast, {.scale = 0.5}, {.memory_bytes = budget});
            cast.commit();
            const array expected = array::zeros(wide, taken(shorts).shape());
            convert(taken(shorts), expected, {.scale = 0.5});
            CHECK(bytes_of_elements(quarry::open(here / "cast.npy")) ==
                  bytes_of_elements(expected));
          }
        }
      }
    }
  }
}

TEST_CASE("pass: a file that is read and gets shorter is an error with its name and place",
          "[store][pass]") {
  const scratch here;
  shorts_in(here / "shorts.raw");
  const array from = opened(here / "shorts.raw", io_method::pread);
  std::filesystem::resize_file(here / "shorts.raw", 100000);
  quarry::create_options options;
  options.file.io = io_method::pread;
  auto to = quarry::create(here / "out.npy", wide, from.shape(), options);
  const error failure = failure_of([&] { convert(from, to, {}, {.memory_bytes = 0}); });
  CHECK(failure.code() == errc::changed);
  CHECK(failure.path() == here / "shorts.raw");
  CHECK(failure.message() ==
        "the file was truncated to 100000 bytes while it was in use (offset 100000)");
}

TEST_CASE("pass: a value that does not fit is told of the file that is read", "[store][pass]") {
  const scratch here;
  shorts_in(here / "shorts.raw");
  const array from = opened(here / "shorts.raw", io_method::pread);
  const array to = array::zeros({quarry::type_kind::signed_integer, 1}, from.shape());
  const error failure =
      failure_of([&] { convert(from, to, {.rule = quarry::casting::unsafe, .clip = false}, {}); });
  CHECK_FALSE(failure.code());
  const error refused = failure_of([&] { convert(from, to, {}, {}); });
  const error mapped =
      failure_of([&] { convert(opened(here / "shorts.raw", io_method::mmap), to, {}, {}); });
  CHECK(refused.code() == errc::out_of_bounds);
  CHECK(refused.path() == here / "shorts.raw");
  CHECK(refused.message() == mapped.message());
}

TEST_CASE("new array: elements of a file that is not mapped are not for storing", "[store]") {
  const scratch here;
  quarry::create_options options;
  options.file.io = io_method::pread;
  auto out = quarry::create(here / "out.npy", wide, extents{5}, options);
  CHECK(fails_with(errc::read_only, [&] { out.elements().mutable_data(); }));
  const double three = 3;
  out.write(128 + 8, std::as_bytes(std::span(&three, 1)));
  CHECK(out.elements().as<const double, 1>()(1) == 3.0);
  out.commit();
  const array stored = quarry::open(here / "out.npy");
  CHECK(stored.as<const double, 1>()(1) == 3.0);
}
