// What growing_file owes: one at a time, space that is there or not taken, and no second try after
// a failure of the disk.
#include "quarry/map/growing_file.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/map/mapping.hpp"
#include "quarry/map/new_file.hpp"

#include "map/child.hpp"
#include "map/failure.hpp"
#include "map/mount.hpp"
#include "map/scratch.hpp"

using namespace std::chrono_literals;
using quarry::errc;
using quarry::growing_file;

namespace {

std::uint64_t disk_bytes(const std::filesystem::path& file) {
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

std::string text_in(const growing_file& file, std::uint64_t offset, std::size_t bytes) {
  std::string text(bytes, '\0');
  file.read(offset, std::as_writable_bytes(std::span(text)));
  return text;
}

}  // namespace

TEST_CASE("growing_file: bytes go behind the end and over others", "[map][growing_file]") {
  const scratch dir;
  put(dir / "f", "0123456789");
  growing_file file(dir / "f", 0ms);
  CHECK(file.path() == dir / "f");
  CHECK(file.size_bytes() == 10);
  file.write(10, bytes_of("abc"));
  file.overwrite(3, bytes_of("xy"));
  file.sync();
  CHECK(text_of(dir / "f") == "012xy56789abc");
  CHECK(text_in(file, 9, 3) == "9ab");
  CHECK(fails_with(errc::truncated, [&] { text_in(file, 9, 5); }));
  file.truncate(4);
  CHECK(text_of(dir / "f") == "012x");
  CHECK_FALSE(file.poisoned());
}

TEST_CASE("growing_file: it knows the file behind a mapping", "[map][growing_file]") {
  const scratch dir;
  put(dir / "f", "0123");
  put(dir / "g", "0123");
  const growing_file file(dir / "f", 0ms);
  CHECK(file.is_behind(*quarry::mapping::open(dir / "f").share()));
  CHECK_FALSE(file.is_behind(*quarry::mapping::open(dir / "g").share()));
}

TEST_CASE("growing_file: there is one of a file at a time", "[map][growing_file]") {
  const scratch dir;
  put(dir / "f", "0123");
  std::filesystem::create_symlink("f", dir / "link");
  auto file = std::make_unique<growing_file>(dir / "f", 0ms);
  for (const char* name : {"f", "link"}) {
    const auto failure = failure_of([&] { growing_file(dir / name, 0ms); });
    CHECK(failure.code() == errc::busy);
    CHECK(failure.path() == dir / name);
    CHECK(fails_with(errc::busy, [&] { growing_file(dir / name, 20ms); }));
  }
  CHECK(in_child([&] { return fails_with(errc::busy, [&] { growing_file(dir / "f", 0ms); }); }) ==
        0);
  for (const std::chrono::milliseconds wait :
       {std::chrono::milliseconds(100s), std::chrono::milliseconds::max()}) {
    std::thread later([&] {
      std::this_thread::sleep_for(5ms);
      file.reset();
    });
    CHECK_NOTHROW(growing_file(dir / "f", wait));
    later.join();
    file = std::make_unique<growing_file>(dir / "f", 0ms);
  }
}

TEST_CASE("growing_file: a new file is locked before it has its name", "[map][growing_file]") {
  const scratch dir;
  put(dir / "f", "old");
  quarry::new_file made(dir / "f", 3, {.overwrite = true});
  made.write(0, bytes_of("new"));
  {
    growing_file file(made, dir / "f");
    CHECK(file.path() == dir / "f");
    CHECK_NOTHROW(growing_file(dir / "f", 0ms));
    made.commit();
    CHECK(fails_with(errc::busy, [&] { growing_file(dir / "f", 0ms); }));
    file.write(3, bytes_of("er"));
    CHECK(text_of(dir / "f") == "newer");
  }
  CHECK_NOTHROW(growing_file(dir / "f", 0ms));
  CHECK(fails_with(errc::invalid_argument, [&] { const growing_file file(made, dir / "f"); }));
}

TEST_CASE("growing_file: the lock of a process that was killed is free", "[map][growing_file]") {
  const scratch dir;
  put(dir / "f", "0123");
  CHECK(in_child([&] {
          const growing_file file(dir / "f", 0ms);
          return std::raise(SIGKILL) == 0;
        }) == 128 + SIGKILL);
  CHECK_NOTHROW(growing_file(dir / "f", 0ms));
}

TEST_CASE("growing_file: who waits gets the file that has the name then", "[map][growing_file]") {
  const scratch dir;
  put(dir / "f", "old");
  auto first = std::make_unique<growing_file>(dir / "f", 0ms);
  put(dir / "new", "newer");
  std::thread later([&] {
    std::this_thread::sleep_for(20ms);
    std::filesystem::rename(dir / "new", dir / "f");
    first.reset();
  });
  const growing_file second(dir / "f", 100s);
  later.join();
  CHECK(second.size_bytes() == 5);
}

TEST_CASE("growing_file: reserved space makes no file longer", "[map][growing_file]") {
  const scratch dir;
  put(dir / "f", "0123");
  growing_file file(dir / "f", 0ms);
  file.reserve(4, 1 << 20);
  CHECK(file.size_bytes() == 4);
  CHECK(disk_bytes(dir / "f") >= 1 << 20);
  file.truncate(4);
  CHECK(disk_bytes(dir / "f") < 1 << 20);
}

TEST_CASE("growing_file: a reservation that fails takes no space (root)", "[map][growing_file]") {
  const scratch dir;
  const mounted disk("tmpfs", dir / "disk", "size=1m");
  QUARRY_SKIP_UNLESS_MOUNTED(disk);
  put(dir / "disk" / "f", std::string(5000, 'x'));
  const std::uint64_t before = disk_bytes(dir / "disk" / "f");
  growing_file file(dir / "disk" / "f", 0ms);
  CHECK(fails_with(ENOSPC, [&] { file.reserve(5000, 2 << 20); }));
  CHECK(file.size_bytes() == 5000);
  CHECK(disk_bytes(dir / "disk" / "f") == before);
  CHECK_FALSE(file.poisoned());
  file.write(5000, bytes_of("more"));
  CHECK(file.size_bytes() == 5004);
}

TEST_CASE("growing_file: a disk that fails poisons it (root)", "[map][growing_file]") {
  const scratch dir;
  const loop_disk disk(dir.path(), 20, 64);
  QUARRY_SKIP_UNLESS_MOUNTED(disk);
  put(disk / "f", "start");
  growing_file file(disk / "f", 0ms);
  file.write(5, bytes_of(std::string(40U << 20U, 'x')));
  const auto failure = failure_of([&] { file.sync(); });
  CHECK(failure.code().category() == std::system_category());
  CHECK(file.poisoned());
  // The system itself may say that all is well by now.
  for (int i = 0; i < 3; ++i) CHECK(failure_of([&] { file.sync(); }).code() == failure.code());
  CHECK(failure_of([&] { file.write(5, bytes_of("x")); }).code() == failure.code());
  CHECK(failure_of([&] { file.overwrite(5, bytes_of("x")); }).code() == failure.code());
  CHECK(failure_of([&] { file.reserve(5, 1); }).code() == failure.code());
  file.truncate(5);
  CHECK(file.size_bytes() == 5);
}

TEST_CASE("growing_file: what is no regular file is refused", "[map][growing_file]") {
  const scratch dir;
  REQUIRE(::mkfifo((dir / "fifo").c_str(), 0600) == 0);
  CHECK(fails_with(errc::unsupported, [&] { growing_file(dir / "fifo", 0ms); }));
  CHECK(fails_with(errc::unsupported, [&] { growing_file(dir.path(), 0ms); }));
  CHECK(fails_with(ENOENT, [&] { growing_file(dir / "none", 0ms); }));
  CHECK(fails_with(errc::invalid_argument,
                   [&] { growing_file(dir / std::string_view("f\0g", 3), 0ms); }));
  put(dir / "f", "0123");
  std::filesystem::permissions(dir / "f", std::filesystem::perms(0444));
  CHECK(in_child([&] {
          return without_privilege() && fails_with(EACCES, [&] { growing_file(dir / "f", 0ms); });
        }) == 0);
}

TEST_CASE("growing_file: a limit on the size of files is an error", "[map][growing_file]") {
  const scratch dir;
  put(dir / "f", "0123");
  CHECK(in_child([&] {
          ::signal(SIGXFSZ, SIG_IGN);
          growing_file file(dir / "f", 0ms);
          return limit_to(1000, RLIMIT_FSIZE) &&
                 fails_with(EFBIG, [&] { file.write(4, bytes_of(std::string(5000, 'x'))); });
        }) == 0);
}
