// paged_file_test.cpp: files that are read where they are touched behave as mapped ones do.
#include "quarry/map/paged_file.hpp"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/map/fault_guard.hpp"
#include "quarry/map/filesystem.hpp"
#include "quarry/map/mapping.hpp"
#include "quarry/map/page_cache.hpp"

#include "map/child.hpp"
#include "map/failure.hpp"
#include "map/scratch.hpp"

using quarry::access;
using quarry::errc;
using quarry::fault_guard;
using quarry::io_method;
using quarry::mapping;

namespace {

std::string noise(std::size_t bytes) {
  std::string out(bytes, '\0');
  std::uint32_t state = 7;
  for (char& each : out) {
    state = state * 1664525U + 1013904223U;
    each = static_cast<char>(state >> 24U);
  }
  return out;
}

// The temporary directory's filesystem may know no direct reads.
bool reads_directly(const std::filesystem::path& file) {
  try {
    mapping::open(file, access::read_only, io_method::direct);
    return true;
  } catch (const quarry::error& failure) {
    REQUIRE(failure.code() == errc::unsupported);
    return false;
  }
}

std::uint64_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  in >> all >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// Of this process: it may have 65530.
std::size_t mappings() {
  std::ifstream in("/proc/self/maps");
  return static_cast<std::size_t>(
      std::count(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>(), '\n'));
}

char at(const mapping& file, std::size_t offset) {
  return static_cast<char>(*static_cast<const volatile std::byte*>(file.bytes().data() + offset));
}

}  // namespace

TEST_CASE("paged file: its bytes are those of the file, whatever its size", "[map][paged]") {
  const scratch here;
  for (const std::size_t size : {0, 1, 4095, 4096, 4097, 65536, 65537, 1 << 20, (3 << 20) + 5}) {
    const std::string text = noise(size);
    put(here / "f", text);
    for (const io_method how : {io_method::pread, io_method::direct}) {
      if (how == io_method::direct && !reads_directly(here / "f")) continue;
      const mapping file = mapping::open(here / "f", access::read_only, how);
      INFO(size << " bytes");
      CHECK(text_of(file.bytes()) == text);
      file.verify_unchanged();
    }
  }
}

TEST_CASE("paged file: pages that were let go are read again", "[map][paged]") {
  const scratch here;
  const std::string text = noise(300000);
  put(here / "f", text);
  const mapping file = mapping::open(here / "f", access::read_only, io_method::pread);
  CHECK(text_of(file.bytes()) == text);
  file.advise(quarry::advice::dontneed, 5000, 70000);
  CHECK(text_of(file.bytes()) == text);
  quarry::page_cache(file.share()).let_go(0, 300000);
  CHECK(text_of(file.bytes()) == text);
}

TEST_CASE("paged file: threads that touch the same pages all read the file", "[map][paged]") {
  const scratch here;
  const std::string text = noise(std::size_t{4} << 20U);
  put(here / "f", text);
  const mapping file = mapping::open(here / "f", access::read_only, io_method::pread);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 3; ++round) {
        if (std::memcmp(file.bytes().data(), text.data(), text.size()) != 0) ++wrong;
        if (i == 0) file.advise(quarry::advice::dontneed);
      }
    });
  }
  for (std::thread& each : threads) each.join();
  CHECK(wrong == 0);
}

TEST_CASE("paged file: stores of threads to one chunk that is not there yet all stay",
          "[map][paged]") {
  const scratch here;
  put(here / "f", std::string(65536, '\0'));
  int lost = 0;
  for (int round = 0; round < 500; ++round) {
    const mapping file = mapping::open(here / "f", access::copy_on_write, io_method::pread);
    auto* const bytes = reinterpret_cast<volatile std::uint8_t*>(file.share()->data);
    std::barrier together(3);
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&, i] {
        together.arrive_and_wait();
        bytes[i * 4096] = 1;
      });
    }
    for (std::thread& each : threads) each.join();
    lost += 3 - bytes[0] - bytes[4096] - bytes[8192];
  }
  CHECK(lost == 0);
}

TEST_CASE("paged file: what was let go leaves no mapping of its own behind", "[map][paged]") {
  const scratch here;
  put(here / "f", "");
  std::filesystem::resize_file(here / "f", std::uintmax_t{64} << 20U);
  const mapping file = mapping::open(here / "f", access::read_only, io_method::pread);
  const std::size_t before = mappings();
  for (std::size_t offset = 0; offset < file.bytes().size(); offset += 1 << 20) at(file, offset);
  CHECK(mappings() > before + 32);
  for (std::size_t offset = 0; offset < file.bytes().size(); offset += 1 << 20) {
    file.advise(quarry::advice::dontneed, offset, 1);
  }
  CHECK(mappings() < before + 8);
}

TEST_CASE("paged file: what is stored all over a large file takes few mappings", "[map][paged]") {
  const scratch here;
  put(here / "f", "");
  std::filesystem::resize_file(here / "f", std::uintmax_t{8} << 30U);
  const mapping file = mapping::open(here / "f", access::copy_on_write, io_method::pread);
  const std::size_t before = mappings();
  for (std::size_t i = 0; i < 16; ++i) file.share()->data[i * 300000] = std::byte{1};
  CHECK(mappings() < before + 2 * 4);  // 2 MiB each
}

TEST_CASE("paged file: what is read of a large file does not stay", "[map][paged]") {
  const scratch here;
  put(here / "f", "");
  std::filesystem::resize_file(here / "f", std::uintmax_t{1} << 30U);
  CHECK(in_child([&] {
          const mapping file = mapping::open(here / "f", access::read_only, io_method::pread);
          const std::uint64_t before = resident_bytes();
          for (std::size_t i = 0; i < file.bytes().size(); i += 4096) {
            if (at(file, i) != 0) return false;
          }
          return resident_bytes() < before + (std::uint64_t{300} << 20U);
        }) == 0);
}

TEST_CASE("paged file: stores are private or forbidden", "[map][paged]") {
  const scratch here;
  put(here / "f", "abc");
  const mapping copy = mapping::open(here / "f", access::copy_on_write, io_method::pread);
  std::byte* const bytes = copy.share()->data;
  CHECK(text_of(copy.bytes()) == "abc");
  bytes[1] = std::byte{'x'};
  CHECK(text_of(copy.bytes()) == "axc");
  CHECK(text_of(here / "f") == "abc");
  CHECK(fails_with(errc::unsupported, [&] { copy.advise(quarry::advice::dontneed); }));
  const mapping only = mapping::open(here / "f", access::read_only, io_method::pread);
  CHECK(in_child([&] {
          std::signal(SIGSEGV, SIG_DFL);  // not the test's own report
          *static_cast<volatile std::byte*>(only.share()->data) = std::byte{1};
          return true;
        }) == 128 + SIGSEGV);
}

TEST_CASE("paged file: a file to be changed in place is mapped", "[map][paged]") {
  const scratch here;
  put(here / "f", "abc");
  for (const io_method how : {io_method::pread, io_method::direct}) {
    CHECK(fails_with(errc::invalid_argument,
                     [&] { mapping::open(here / "f", access::read_write, how); }));
  }
}

TEST_CASE("paged file: a truncation is an error under a guard and a signal without",
          "[map][paged]") {
  const scratch here;
  put(here / "f", noise(400000));
  const mapping file = mapping::open(here / "f", access::read_only, io_method::pread);
  CHECK(at(file, 0) == noise(1)[0]);
  std::filesystem::resize_file(here / "f", 100000);
  // By the signal, or by what a sanitizer makes of it.
  CHECK(in_child([&] {
          at(file, 399999);
          return true;
        }) != 0);
  const fault_guard guard(file);
  CHECK(at(file, 399999) == 0);
  const quarry::error failure = failure_of([&] { guard.check(); });
  CHECK(failure.code() == errc::changed);
  CHECK(failure.message() ==
        "the file was truncated to 100000 bytes while it was in use (offset 399999)");
  CHECK(failure.path() == here / "f");
}

TEST_CASE("paged file: reads past the pages end where the file does", "[map][paged]") {
  const scratch here;
  const std::string text = noise(200001);
  put(here / "f", text);
  for (const io_method how : {io_method::pread, io_method::direct}) {
    if (how == io_method::direct && !reads_directly(here / "f")) continue;
    put(here / "f", text);
    const mapping file = mapping::open(here / "f", access::read_only, how);
    const auto share = file.share();
    for (const auto& [offset, length] : {std::pair{0, 200001},
                                         {4096, 8192},
                                         {4096, 8193},
                                         {4095, 100},
                                         {1, 150000},
                                         {200000, 1},
                                         {200001, 0}}) {
      std::vector<std::byte> room(static_cast<std::size_t>(length) + 4096 + 4096);
      // Buffers that lie as the file does, and others.
      for (const std::size_t shift : {0, 1, 1000}) {
        std::byte* const page =
            room.data() + (4096 - reinterpret_cast<std::uintptr_t>(room.data()) % 4096);
        std::byte* const start = page + (static_cast<std::size_t>(offset) + shift) % 4096;
        if (start + length > room.data() + room.size()) continue;
        const std::span into(start, static_cast<std::size_t>(length));
        share->paged->read(static_cast<std::uint64_t>(offset), into);
        CHECK(text_of(into) == text.substr(static_cast<std::size_t>(offset), into.size()));
      }
    }
    std::filesystem::resize_file(here / "f", 5000);
    std::vector<std::byte> into(8000);
    const quarry::error failure = failure_of([&] { share->paged->read(1000, into); });
    CHECK(failure.code() == errc::changed);
    CHECK(failure.message() ==
          "the file was truncated to 5000 bytes while it was in use (offset 5000)");
  }
}

// Attributes of the kernel have a size and can be read, but not mapped.
TEST_CASE("paged file: what cannot be mapped is read", "[map][paged]") {
  const std::filesystem::path notes = "/sys/kernel/notes";
  if (!std::filesystem::exists(notes)) {
    WARN("skipped: the kernel's attributes are not mounted at /sys");
    return;
  }
  const std::string text = text_of(notes);
  REQUIRE_FALSE(text.empty());
  CHECK(fails_with(errc::unsupported,
                   [&] { mapping::open(notes, access::read_only, io_method::mmap); }));
  const mapping file = mapping::open(notes);
  CHECK(text_of(file.bytes()).substr(0, text.size()) == text);
}

TEST_CASE("paged file: a forked process reads on", "[map][paged]") {
  const scratch here;
  const std::string text = noise(200000);
  put(here / "f", text);
  const mapping file = mapping::open(here / "f", access::read_only, io_method::pread);
  CHECK(in_child([&] { return text_of(file.bytes()) == text; }) == 0);
  CHECK(text_of(file.bytes()) == text);
}

TEST_CASE("filesystem: those of other machines are known by their numbers", "[map][paged]") {
  using quarry::detail::is_remote;
  for (const long type : {0x6969L, 0x517BL, 0xFF534D42L, 0xFE534D42L, 0x01021997L}) {
    CHECK(is_remote(type));
  }
  CHECK(is_remote(static_cast<long>(static_cast<std::int32_t>(0xFF534D42U))));
  for (const long type : {0xEF53L, 0x01021994L, 0x58465342L, 0x9123683EL, 0x794C7630L}) {
    CHECK_FALSE(is_remote(type));
  }
}
