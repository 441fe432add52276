#include "quarry/map/mapping.hpp"

#include <csignal>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/base/log.hpp"

#include "map/child.hpp"
#include "map/failure.hpp"
#include "map/scratch.hpp"

namespace fs = std::filesystem;
using quarry::access;
using quarry::advice;
using quarry::errc;
using quarry::mapping;

namespace {

std::byte* writable(const mapping& m) { return m.share()->data; }

int open_descriptors() { return static_cast<int>(names_in("/proc/self/fd").size()); }

}  // namespace

TEST_CASE("mapping: the bytes are those of the file", "[map][mapping]") {
  const scratch dir;
  put(dir / "a", "mountain");
  const auto mode = GENERATE(access::read_only, access::read_write, access::copy_on_write);
  const mapping m = mapping::open(dir / "a", mode);
  CHECK(text_of(m.bytes()) == "mountain");
  const auto share = m.share();
  CHECK(share->data == m.bytes().data());
  CHECK(share->bytes == 8);
  CHECK(share->writable == (mode != access::read_only));
  CHECK(share->path == dir / "a");
  struct stat status {};
  REQUIRE(::stat((dir / "a").c_str(), &status) == 0);
  CHECK(share->device == status.st_dev);
  CHECK(share->inode == status.st_ino);
}

TEST_CASE("mapping: an empty file maps to no bytes", "[map][mapping]") {
  const scratch dir;
  put(dir / "empty", "");
  const auto mode = GENERATE(access::read_only, access::read_write, access::copy_on_write);
  mapping m = mapping::open(dir / "empty", mode);
  CHECK(m.bytes().empty());
  CHECK(m.share()->bytes == 0);
  CHECK_NOTHROW(m.advise(advice::willneed));
  CHECK_NOTHROW(m.verify_unchanged());
  if (mode == access::read_write) CHECK_NOTHROW(m.flush());
  CHECK_NOTHROW(m.close());
}

TEST_CASE("mapping: stores reach the file in read_write alone", "[map][mapping]") {
  const scratch dir;
  put(dir / "a", "mountain");
  SECTION("read_write") {
    const mapping m = mapping::open(dir / "a", access::read_write);
    std::memcpy(writable(m), "f", 1);
    CHECK(text_of(dir / "a") == "fountain");
  }
  SECTION("copy_on_write") {
    const mapping m = mapping::open(dir / "a", access::copy_on_write);
    std::memcpy(writable(m), "f", 1);
    CHECK(text_of(m.bytes()) == "fountain");
    CHECK(text_of(dir / "a") == "mountain");
  }
}

TEST_CASE("mapping: a store into a read_only mapping ends the process", "[map][mapping]") {
  const scratch dir;
  put(dir / "a", "mountain");
  const mapping m = mapping::open(dir / "a");
  const int result = in_child([&] {
    std::signal(SIGSEGV, SIG_DFL);
    *static_cast<volatile std::byte*>(writable(m)) = std::byte{0};
    return true;
  });
  CHECK(result == 128 + SIGSEGV);
}

TEST_CASE("mapping: what the system refuses keeps its code and its path", "[map][mapping]") {
  const scratch dir;
  put(dir / "a", "x");
  const auto missing = failure_of([&] { mapping::open(dir / "missing"); });
  CHECK(missing.code() == std::errc::no_such_file_or_directory);
  CHECK(missing.path() == dir / "missing");
  CHECK(missing.message() == "cannot open: No such file or directory");
  fs::create_symlink("nowhere", dir / "dangling");
  fs::create_symlink("loop", dir / "loop");
  CHECK(fails_with(ENOENT, [&] { mapping::open(dir / "dangling"); }));
  CHECK(fails_with(ELOOP, [&] { mapping::open(dir / "loop"); }));
  CHECK(fails_with(ENOTDIR, [&] { mapping::open(dir / "a" / "b"); }));
  CHECK(fails_with(ENAMETOOLONG, [&] { mapping::open(dir / std::string(256, 'n')); }));
  CHECK(fails_with(ENOENT, [] { mapping::open(""); }));
}

TEST_CASE("mapping: a name with a NUL byte is refused", "[map][mapping]") {
  const scratch dir;
  put(dir / "a", "x");
  const std::string name = (dir / "a").string() + '\0' + "b";
  CHECK(fails_with(errc::invalid_argument, [&] { mapping::open(name); }));
}

TEST_CASE("mapping: rights of the file are kept", "[map][mapping]") {
  const scratch dir;
  put(dir / "secret", "x");
  put(dir / "fixed", "x");
  fs::permissions(dir / "secret", fs::perms(0));
  fs::permissions(dir / "fixed", fs::perms(0444));
  CHECK(in_child([&] {
          return without_privilege() &&
                 fails_with(EACCES, [&] { mapping::open(dir / "secret"); }) &&
                 fails_with(EACCES, [&] { mapping::open(dir / "fixed", access::read_write); }) &&
                 text_of(mapping::open(dir / "fixed", access::copy_on_write).bytes()) == "x";
        }) == 0);
}

TEST_CASE("mapping: what is not a regular file is refused and named", "[map][mapping]") {
  const scratch dir;
  const auto mode = GENERATE(access::read_only, access::read_write, access::copy_on_write);
  const auto refusal = [&](const fs::path& path) {
    const auto failure = failure_of([&] { mapping::open(path, mode); });
    CHECK(failure.code() == errc::unsupported);
    CHECK(failure.path() == path);
    return failure.message();
  };
  CHECK(refusal(dir.path()) == "not a regular file but a directory");
  CHECK(refusal("/dev/null") == "not a regular file but a device");
  CHECK(refusal("/dev/zero") == "not a regular file but a device");
  SECTION("a FIFO without a writer does not block") {
    REQUIRE(::mkfifo((dir / "fifo").c_str(), 0600) == 0);
    CHECK(refusal(dir / "fifo") == "not a regular file but a FIFO");
  }
  SECTION("a socket") {
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = dir / "socket";
    REQUIRE(name.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
    REQUIRE(::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    CHECK(refusal(name) == "not a regular file but a socket");
    ::close(descriptor);
  }
}

TEST_CASE("mapping: files that are made up while read are refused", "[map][mapping]") {
  CHECK(fails_with(errc::unsupported, [] { mapping::open("/proc/cpuinfo"); }));
  CHECK(fails_with(errc::unsupported, [] { mapping::open("/proc/self/status"); }));
  CHECK(fails_with(errc::unsupported, [] { mapping::open("/proc/self/mem"); }));
  if (fs::exists("/sys/kernel/mm/transparent_hugepage/enabled"))
    CHECK(fails_with(errc::unsupported,
                     [] { mapping::open("/sys/kernel/mm/transparent_hugepage/enabled"); }));
}

TEST_CASE("mapping: a file larger than memory maps", "[map][mapping]") {
  const scratch dir;
  put(dir / "huge", "");
  constexpr std::uint64_t tebibyte = std::uint64_t{1} << 40U;
  if (::truncate((dir / "huge").c_str(), static_cast<off_t>(tebibyte)) != 0) {
    WARN("skipped: the filesystem has no files of 1 TiB");
    return;
  }
  const auto mode = GENERATE(access::read_only, access::read_write, access::copy_on_write);
  const mapping m = mapping::open(dir / "huge", mode);
  REQUIRE(m.bytes().size() == tebibyte);
  CHECK(m.bytes()[0] == std::byte{0});
  CHECK(m.bytes()[tebibyte - 1] == std::byte{0});
  CHECK_NOTHROW(m.advise(advice::random));
}

TEST_CASE("mapping: 20000 files are mapped with 1024 descriptors", "[map][mapping]") {
  const scratch dir;
  constexpr std::size_t files = 20000;
  for (std::size_t i = 0; i < files; ++i) put(dir / std::to_string(i), std::to_string(i));
  CHECK(in_child([&] {
          if (!limit_to(1024, RLIMIT_NOFILE)) return false;
          std::vector<mapping> all;
          for (std::size_t i = 0; i < files; ++i)
            all.push_back(mapping::open(dir / std::to_string(i)));
          for (std::size_t i = 0; i < files; ++i)
            if (text_of(all[i].bytes()) != std::to_string(i)) return false;
          return true;
        }) == 0);
}

TEST_CASE("mapping: no descriptor stays open", "[map][mapping]") {
  const scratch dir;
  put(dir / "a", "x");
  const int before = open_descriptors();
  mapping m = mapping::open(dir / "a", access::read_write);
  m.flush();
  m.verify_unchanged();
  CHECK_THROWS(mapping::open(dir.path()));
  CHECK_THROWS(mapping::open("/proc/cpuinfo"));
  CHECK(open_descriptors() == before);
}

TEST_CASE("mapping: opening changes neither size nor time of a file", "[map][mapping]") {
  const scratch dir;
  put(dir / "a", "mountain");
  const auto time = fs::last_write_time(dir / "a");
  const auto mode = GENERATE(access::read_only, access::read_write, access::copy_on_write);
  mapping::open(dir / "a", mode).close();
  CHECK(text_of(dir / "a") == "mountain");
  CHECK(fs::last_write_time(dir / "a") == time);
}

TEST_CASE("mapping: a share keeps the bytes after the handle is gone", "[map][mapping]") {
  const scratch dir;
  put(dir / "a", "mountain");
  std::shared_ptr<const quarry::region> share;
  {
    const mapping m = mapping::open(dir / "a");
    share = m.share();
    fs::remove(dir / "a");
  }
  CHECK(text_of(std::span<const std::byte>(share->data, share->bytes)) == "mountain");
}

TEST_CASE("mapping: close is refused while others hold the mapping", "[map][mapping]") {
  const scratch dir;
  put(dir / "a", "mountain");
  mapping m = mapping::open(dir / "a");
  CHECK(m.holders() == 0);
  auto first = m.share();
  CHECK(m.holders() == 1);
  const auto one = failure_of([&] { m.close(); });
  CHECK(one.code() == errc::busy);
  CHECK(one.message() == "cannot unmap: 1 still holds the mapping");
  auto second = first;
  const auto two = failure_of([&] { m.close(); });
  CHECK(two.message() == "cannot unmap: 2 still hold the mapping");
  CHECK(two.path() == dir / "a");
  CHECK(text_of(m.bytes()) == "mountain");
  first.reset();
  second.reset();
  CHECK(m.holders() == 0);
  CHECK_NOTHROW(m.close());
  CHECK(m.bytes().empty());
  CHECK_NOTHROW(m.close());
}

TEST_CASE("mapping: a closed or moved-from handle has no bytes and says so", "[map][mapping]") {
  const scratch dir;
  put(dir / "a", "mountain");
  mapping m = mapping::open(dir / "a", access::read_write);
  SECTION("closed") { m.close(); }
  SECTION("moved from") {
    const mapping taken = std::move(m);
    CHECK(text_of(taken.bytes()) == "mountain");
  }
  CHECK(m.bytes().empty());
  CHECK(m.holders() == 0);
  CHECK_NOTHROW(m.advise(advice::dontneed));
  CHECK(fails_with(errc::invalid_argument, [&] { m.share(); }));
  CHECK(fails_with(errc::invalid_argument, [&] { m.flush(); }));
  CHECK(fails_with(errc::invalid_argument, [&] { m.verify_unchanged(); }));
  m = mapping::open(dir / "a");
  CHECK(text_of(m.bytes()) == "mountain");
}

TEST_CASE("mapping: advice is taken for any range", "[map][mapping]") {
  const scratch dir;
  put(dir / "a", std::string(10000, 'x'));
  const auto mode = GENERATE(access::read_only, access::read_write, access::copy_on_write);
  const auto what = GENERATE(advice::normal, advice::sequential, advice::random, advice::willneed,
                             advice::huge_pages);
  const mapping m = mapping::open(dir / "a", mode);
  CHECK_NOTHROW(m.advise(what));
  CHECK_NOTHROW(m.advise(what, 5000, 1));
  CHECK_NOTHROW(m.advise(what, 4095, 4098));
  CHECK_NOTHROW(m.advise(what, 9999));
  CHECK_NOTHROW(m.advise(what, 10000));
  CHECK_NOTHROW(m.advise(what, 0, 0));
  CHECK_NOTHROW(m.advise(what, UINT64_MAX, UINT64_MAX));
  CHECK_NOTHROW(m.advise(what, 1, UINT64_MAX));
  CHECK(text_of(m.bytes()) == std::string(10000, 'x'));
}

TEST_CASE("mapping: dontneed loses no store", "[map][mapping]") {
  const scratch dir;
  put(dir / "a", "mountain");
  SECTION("the file keeps those of read_write") {
    const mapping m = mapping::open(dir / "a", access::read_write);
    std::memcpy(writable(m), "f", 1);
    m.advise(advice::dontneed);
    CHECK(text_of(m.bytes()) == "fountain");
    CHECK(text_of(dir / "a") == "fountain");
  }
  SECTION("it is refused for copy_on_write") {
    const mapping m = mapping::open(dir / "a", access::copy_on_write);
    std::memcpy(writable(m), "f", 1);
    const auto failure = failure_of([&] { m.advise(advice::dontneed, 0, 1); });
    CHECK(failure.code() == errc::unsupported);
    CHECK(failure.path() == dir / "a");
    CHECK(text_of(m.bytes()) == "fountain");
  }
}

TEST_CASE("mapping: mapping and unmapping are told to the debug log", "[map][mapping]") {
  const scratch dir;
  put(dir / "a", "mountain");
  std::vector<std::string> heard;
  quarry::log::set_sink(
      [&](quarry::log::level, std::string_view text) { heard.emplace_back(text); });
  quarry::log::set_level(quarry::log::level::debug);
  mapping::open(dir / "a", access::copy_on_write).close();
  quarry::log::set_level(quarry::log::level::off);
  quarry::log::set_sink({});
  const std::string name = dir / "a";
  CHECK(heard == std::vector<std::string>{"mapped " + name + " (8 bytes, writable)",
                                          "unmapping " + name + " (8 bytes, writable)"});
}

TEST_CASE("mapping: without room in the address space the error is the system's",
          "[map][mapping]") {
#ifdef __SANITIZE_ADDRESS__
  WARN("skipped: the address sanitizer needs the address space");
#else
  const scratch dir;
  put(dir / "a", "");
  REQUIRE(::truncate((dir / "a").c_str(), off_t{1} << 33U) == 0);
  CHECK(in_child([&] {
          return limit_to(rlim_t{1} << 32U, RLIMIT_AS) &&
                 fails_with(ENOMEM, [&] { mapping::open(dir / "a"); });
        }) == 0);
#endif
}

TEST_CASE("mapping: bytes that others keep are held by shares, and let go by close",
          "[map][mapping]") {
  std::string text = "mountain";
  const auto memory = std::make_shared<const quarry::region>(
      quarry::region{.data = reinterpret_cast<std::byte*>(text.data()), .bytes = text.size()});
  mapping over = mapping::over(memory);
  CHECK(text_of(over.bytes()) == "mountain");
  CHECK(over.holders() == 1);  // the caller itself
  CHECK(fails_with(errc::busy, [&] { over.close(); }));
  CHECK(fails_with(errc::read_only, [&] { over.flush(); }));
  CHECK_NOTHROW(over.verify_unchanged());
  CHECK(over.share() == memory);
}
