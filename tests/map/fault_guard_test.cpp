// fault_guard_test.cpp: files that lose bytes under a guard: what is read then, what the error
// says, who gets it. How the guard lives with signal handlers: fault_guard_signals_test.cpp.
#include "quarry/map/fault_guard.hpp"

#include <atomic>
#include <cstdint>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <optional>
#include <sstream>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/map/fault_record.hpp"
#include "quarry/map/mapping.hpp"
#include "quarry/map/new_file.hpp"

#include "map/child.hpp"
#include "map/failure.hpp"
#include "map/lost_pages.hpp"
#include "map/mount.hpp"
#include "map/scratch.hpp"

namespace fs = std::filesystem;
using quarry::access;
using quarry::errc;
using quarry::fault_guard;
using quarry::mapping;

namespace {

quarry::error failure_of_check(const fault_guard& guard) {
  return failure_of([&] { guard.check(); });
}

std::uint32_t faults_of(const mapping& m) { return m.share()->faults->faults.load(); }

// How many mappings of the kernel's the pages of `bytes` consist of.
int kernel_mappings(std::span<const std::byte> bytes) {
  const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data());
  std::istringstream lines(text_of("/proc/self/maps"));
  int count = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream range(line);
    std::uintptr_t from = 0;
    std::uintptr_t to = 0;
    char dash = 0;
    range >> std::hex >> from >> dash >> to;
    if (from < begin + bytes.size() && begin < to) ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("fault guard: bytes that are there are read as ever", "[map][fault_guard]") {
  const scratch dir;
  const auto mode = GENERATE(access::read_only, access::read_write, access::copy_on_write);
  const mapping m = mapping::open(file_of(3, dir / "a"), mode);
  const fault_guard guard(m);
  CHECK(a_byte_of_each_page(m.bytes()) == "xxx");
  CHECK_NOTHROW(guard.check());
  CHECK(faults_of(m) == 0);
}

TEST_CASE("fault guard: a truncated file is an error that names size and offset",
          "[map][fault_guard]") {
  const scratch dir;
  const auto mode = GENERATE(access::read_only, access::read_write, access::copy_on_write);
  const mapping m = mapping::open(file_of(5, dir / "a"), mode);
  const fault_guard guard(m);
  truncate_to(page + 7, dir / "a");
  CHECK(at(m.bytes(), page + 6) == 'x');
  CHECK(at(m.bytes(), page + 7) == '\0');  // of the last page the kernel itself makes zeros
  CHECK_NOTHROW(guard.check());
  CHECK(at(m.bytes(), 3 * page + 5) == '\0');
  const auto failure = failure_of_check(guard);
  CHECK(failure.code() == errc::changed);
  CHECK(failure.path() == dir / "a");
  CHECK(failure.message() == "the file was truncated to " + std::to_string(page + 7) +
                                 " bytes while it was in use (offset " +
                                 std::to_string(3 * page + 5) + ")");
  CHECK(at(m.bytes(), page + 6) == 'x');  // what was not lost stays
}

TEST_CASE("fault guard: the whole lost tail takes one fault and one mapping",
          "[map][fault_guard]") {
  constexpr std::size_t pages = 65536;  // more than a process may have mappings
  const scratch dir;
  put(dir / "a", "");
  truncate_to(pages * page, dir / "a");
  const mapping m = mapping::open(dir / "a");
  const fault_guard guard(m);
  const std::size_t kept = GENERATE(0U, 256U);
  truncate_to(kept * page, dir / "a");
  REQUIRE(kernel_mappings(m.bytes()) == 1);
  int found = 0;
  for (std::size_t i = pages; i-- > kept;) found += at(m.bytes(), i * page) == '\0' ? 0 : 1;
  CHECK(found == 0);
  CHECK(faults_of(m) == 1);
  CHECK(kernel_mappings(m.bytes()) == (kept == 0 ? 1 : 2));
  CHECK(failure_of_check(guard).code() == errc::changed);
}

TEST_CASE("fault guard: without the file's name a lost tail takes few faults",
          "[map][fault_guard]") {
  constexpr std::size_t pages = 65536;
  const scratch dir;
  put(dir / "a", "");
  truncate_to(pages * page, dir / "a");
  const int descriptor = ::open((dir / "a").c_str(), O_RDWR | O_CLOEXEC);
  const mapping m = mapping::open(dir / "a");
  const fault_guard guard(m);
  fs::remove(dir / "a");
  SECTION("nothing has its name") {}
  SECTION("another file has its name") { file_of(1, dir / "a"); }
  REQUIRE(::ftruncate(descriptor, 0) == 0);
  ::close(descriptor);
  a_byte_of_each_page(m.bytes());
  CHECK(faults_of(m) == 17);  // 1 + 2 + 4 + ... pages
  CHECK(kernel_mappings(m.bytes()) == 1);
  const auto failure = failure_of_check(guard);
  CHECK(failure.code() == std::errc::io_error);
  CHECK(failure.message() ==
        "the file could not be read or written at offset 0: Input/output error");
}

TEST_CASE("fault guard: what a later look at the file tells", "[map][fault_guard]") {
  const scratch dir;
  const auto mode = GENERATE(access::read_only, access::read_write);
  const mapping m = mapping::open(file_of(4, dir / "a"), mode);
  const fault_guard guard(m);
  fs::rename(dir / "a", dir / "b");
  truncate_to(page, dir / "b");
  CHECK(at(m.bytes(), 2 * page) == '\0');
  CHECK(faults_of(m) == 1);
  CHECK(kernel_mappings(m.bytes()) == 3);  // a cause that is unknown replaces one page at first
  SECTION("it is truncated") {
    fs::rename(dir / "b", dir / "a");
    CHECK(failure_of_check(guard).message() == "the file was truncated to " + std::to_string(page) +
                                                   " bytes while it was in use (offset " +
                                                   std::to_string(2 * page) + ")");
  }
  SECTION("it has grown again") {
    fs::rename(dir / "b", dir / "a");
    truncate_to(4 * page, dir / "a");
    CHECK(failure_of_check(guard).message() ==
          "bytes were missing at offset " + std::to_string(2 * page) +
              " while the file was in use; it can be read there by now");
    CHECK(failure_of_check(guard).code() == errc::changed);
  }
}

TEST_CASE("fault guard: a disk that fails is its error (needs root)", "[map][fault_guard]") {
  const scratch dir;
  const loop_disk disk(dir.path(), 32, 16);
  QUARRY_SKIP_UNLESS_MOUNTED(disk);
  file_of(2048, disk / "a");  // 8 MiB
  REQUIRE(disk.forget_pages());
  const mapping m = mapping::open(disk / "a");
  m.advise(quarry::advice::random);
  const fault_guard guard(m);
  REQUIRE(at(m.bytes(), 0) == 'x');
  REQUIRE(disk.fail());
  CHECK(at(m.bytes(), 2000 * page + 3) == '\0');
  CHECK(kernel_mappings(m.bytes()) == 3);
  CHECK(at(m.bytes(), 0) == 'x');
  const auto failure = failure_of_check(guard);
  CHECK(failure.code() == std::errc::io_error);
  CHECK(failure.message() ==
        "reading failed at offset " + std::to_string(2000 * page + 3) + ": Input/output error");
}

TEST_CASE("fault guard: a store into a hole on a full disk is an error (needs root)",
          "[map][fault_guard]") {
  const scratch dir;
  const mounted small("tmpfs", dir / "small", "size=1m");
  QUARRY_SKIP_UNLESS_MOUNTED(small);
  const auto store_all = [](const quarry::region& into) {
    const fault_guard guard(into);
    std::memset(into.data, 7, into.bytes);
    return failure_of_check(guard);
  };
  SECTION("an existing file") {
    put(dir / "small/a", "");
    truncate_to(std::size_t{4} << 20U, dir / "small/a");
    const mapping m = mapping::open(dir / "small/a", access::read_write);
    const auto failure = store_all(*m.share());
    CHECK(failure.code() == std::errc::no_space_on_device);
    CHECK(failure.path() == dir / "small/a");
    CHECK(failure.message().find("storing failed at offset ") == 0);
  }
  SECTION("a new file, which has no name yet") {
    const quarry::new_file out(dir / "small/new", std::size_t{4} << 20U, {.sparse = true});
    const auto failure = store_all(*out.share());
    CHECK(failure.code() == std::errc::no_space_on_device);
    CHECK(failure.path() == dir / "small/new");
  }
}

TEST_CASE("fault guard: a mapping that lost something stays lost, one opened anew is good",
          "[map][fault_guard]") {
  const scratch dir;
  file_of(4, dir / "a");
  const mapping lost = mapping::open(dir / "a");
  const mapping other = mapping::open(dir / "a");
  {
    const fault_guard guard(lost);
    truncate_to(page, dir / "a");
    at(lost.bytes(), 3 * page);
    CHECK(failure_of_check(guard).code() == errc::changed);
    CHECK(failure_of_check(guard).code() == errc::changed);
  }
  file_of(4, dir / "a");
  CHECK(fails_with(errc::changed, [&] { fault_guard{lost}; }));
  CHECK(at(lost.bytes(), 3 * page) == '\0');
  const mapping anew = mapping::open(dir / "a");
  for (const mapping* good : {&other, &anew}) {
    const fault_guard guard(*good);
    CHECK(a_byte_of_each_page(good->bytes()) == "xxxx");
    CHECK_NOTHROW(guard.check());
  }
}

TEST_CASE("fault guard: guards may be nested", "[map][fault_guard]") {
  const scratch dir;
  const mapping a = mapping::open(file_of(4, dir / "a"));
  const mapping b = mapping::open(file_of(4, dir / "b"));
  const fault_guard outer(a);
  {
    const fault_guard inner(a);
    const fault_guard of_b(b);
    CHECK_NOTHROW(inner.check());
  }
  truncate_to(page, dir / "a");
  at(a.bytes(), page);
  const fault_guard of_b(b);
  CHECK(failure_of_check(outer).code() == errc::changed);
  CHECK_NOTHROW(of_b.check());
}

TEST_CASE("fault guard: there may be hundreds of guards", "[map][fault_guard]") {
  constexpr std::size_t count = 500;
  const scratch dir;
  std::vector<mapping> mappings;
  std::deque<fault_guard> guards;
  for (std::size_t i = 0; i < count; ++i) {
    mappings.push_back(mapping::open(file_of(2, dir / std::to_string(i))));
    guards.emplace_back(mappings.back());
  }
  for (const std::size_t i : {std::size_t{0}, count / 2, count - 1}) {
    truncate_to(page, dir / std::to_string(i));
    CHECK(at(mappings[i].bytes(), page) == '\0');
  }
  for (std::size_t i = 0; i < count; ++i)
    CHECK((failure_of_check(guards[i]).code() == errc::changed) ==
          (i == 0 || i == count / 2 || i == count - 1));
}

TEST_CASE("fault guard: the copy of a lost page may be the memory library's",
          "[map][fault_guard]") {
  const scratch dir;
  const mapping m = mapping::open(file_of(64, dir / "a"));
  std::vector<std::byte> copy(m.bytes().size(), std::byte{1});
  const fault_guard guard(m);
  truncate_to(10 * page, dir / "a");
  std::memcpy(copy.data(), m.bytes().data(), copy.size());
  CHECK(std::memcmp(copy.data(), m.bytes().data(), copy.size()) == 0);
  CHECK(a_byte_of_each_page(copy) == std::string(10, 'x') + std::string(54, '\0'));
  CHECK(failure_of_check(guard).code() == errc::changed);
}

TEST_CASE("fault guard: stores into lost private pages are lost, those before stay",
          "[map][fault_guard]") {
  const scratch dir;
  const mapping m = mapping::open(file_of(4, dir / "a"), access::copy_on_write);
  std::byte* bytes = m.share()->data;
  std::memset(bytes, 'y', 4 * page);
  const fault_guard guard(m);
  truncate_to(2 * page, dir / "a");
  std::memset(bytes + 3 * page, 'z', 1);
  CHECK(a_byte_of_each_page(m.bytes()) == std::string("yy\0z", 4));
  CHECK(failure_of_check(guard).code() == errc::changed);
  CHECK(text_of(dir / "a") == std::string(2 * page, 'x'));
}

TEST_CASE("fault guard: every thread that meets lost pages gets the error", "[map][fault_guard]") {
  constexpr int rounds = 50;
  constexpr int threads = 8;
  const scratch dir;
  for (int round = 0; round < rounds; ++round) {
    const mapping m = mapping::open(file_of(64, dir / "a"));
    std::atomic<int> failed = 0;
    std::atomic<int> ready = 0;
    std::vector<std::thread> all;
    for (int i = 0; i < threads; ++i)
      all.emplace_back([&] {
        const fault_guard guard(m);
        ++ready;
        while (a_byte_of_each_page(m.bytes()).find('\0') == std::string::npos) continue;
        failed += failure_of_check(guard).code() == errc::changed ? 1 : 0;
      });
    while (ready < threads) std::this_thread::yield();
    truncate_to(static_cast<std::size_t>(round) * page, dir / "a");
    for (std::thread& each : all) each.join();
    REQUIRE(failed == threads);
  }
}

TEST_CASE("fault guard: who sees a zero finds the flag already set", "[map][fault_guard]") {
  constexpr int rounds = 200;
  const scratch dir;
  for (int round = 0; round < rounds; ++round) {
    const mapping m = mapping::open(file_of(2, dir / "a"));
    const fault_guard guard(m);
    std::atomic<int> unseen = 0;
    std::vector<std::thread> all;
    for (int i = 0; i < 4; ++i)
      all.emplace_back([&] {
        while (at(m.bytes(), page) == 'x') continue;
        if (!failure_of_check(guard).code()) ++unseen;
      });
    truncate_to(page, dir / "a");
    for (std::thread& each : all) each.join();
    REQUIRE(unseen == 0);
  }
}

TEST_CASE("fault guard: mappings come and go while others lose their pages", "[map][fault_guard]") {
  const scratch dir;
  file_of(8, dir / "good");
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([&] {
      while (!done) {
        const mapping m = mapping::open(dir / "good");
        const fault_guard guard(m);
        if (a_byte_of_each_page(m.bytes()) != "xxxxxxxx") ++wrong;
        if (failure_of_check(guard).code()) ++wrong;
      }
    });
  for (int round = 0; round < 500; ++round) {
    const mapping m = mapping::open(file_of(8, dir / "bad"));
    const fault_guard guard(m);
    truncate_to(page, dir / "bad");
    if (a_byte_of_each_page(m.bytes()) != std::string("x\0\0\0\0\0\0\0", 8)) ++wrong;
    if (failure_of_check(guard).code() != errc::changed) ++wrong;
  }
  done = true;
  for (std::thread& each : readers) each.join();
  CHECK(wrong == 0);
}

TEST_CASE("fault guard: memory without a file and empty files need no guard",
          "[map][fault_guard]") {
  const scratch dir;
  const quarry::region plain{.data = nullptr, .bytes = 0};
  CHECK_NOTHROW(fault_guard(plain).check());
  put(dir / "empty", "");
  CHECK_NOTHROW(fault_guard(mapping::open(dir / "empty")).check());
  mapping closed = mapping::open(dir / "empty");
  closed.close();
  CHECK(fails_with(errc::invalid_argument, [&] { fault_guard{closed}; }));
}
