// What mapping says when its file changes or its disk fails.
#include <cstring>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "quarry/map/mapping.hpp"

#include "map/failure.hpp"
#include "map/mount.hpp"
#include "map/scratch.hpp"

namespace fs = std::filesystem;
using quarry::access;
using quarry::durability;
using quarry::errc;
using quarry::mapping;

namespace {

void resize(const fs::path& file, off_t bytes) { REQUIRE(::truncate(file.c_str(), bytes) == 0); }

// Until the kernel's clock has ticked, or a change could carry the time of the opening.
void touch_until_ctime_moves(const fs::path& file) {
  struct stat before {};
  struct stat now {};
  REQUIRE(::stat(file.c_str(), &before) == 0);
  do {
    REQUIRE(::chmod(file.c_str(), 0600) == 0);
    REQUIRE(::stat(file.c_str(), &now) == 0);
  } while (now.st_ctim.tv_sec == before.st_ctim.tv_sec &&
           now.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
}

class working_directory {
 public:
  explicit working_directory(const fs::path& to) : before_(fs::current_path()) {
    fs::current_path(to);
  }
  working_directory(const working_directory&) = delete;
  working_directory& operator=(const working_directory&) = delete;
  ~working_directory() {
    std::error_code ignored;
    fs::current_path(before_, ignored);
  }

 private:
  fs::path before_;
};

}  // namespace

TEST_CASE("verify_unchanged: an untouched file is unchanged", "[map][mapping]") {
  const scratch dir;
  put(dir / "a", "mountain");
  const auto mode = GENERATE(access::read_only, access::read_write, access::copy_on_write);
  const mapping m = mapping::open(dir / "a", mode);
  CHECK(text_of(dir / "a") == "mountain");
  CHECK_NOTHROW(m.verify_unchanged());
}

TEST_CASE("verify_unchanged: a file that became shorter is changed", "[map][mapping]") {
  const scratch dir;
  put(dir / "a", "mountain");
  const auto mode = GENERATE(access::read_only, access::read_write, access::copy_on_write);
  const mapping m = mapping::open(dir / "a", mode);
  resize(dir / "a", 3);
  const auto failure = failure_of([&] { m.verify_unchanged(); });
  CHECK(failure.code() == errc::changed);
  CHECK(failure.path() == dir / "a");
  CHECK(failure.message() == "the file has 3 bytes, it had 8 when it was opened");
}

TEST_CASE("verify_unchanged: a file that grew is changed", "[map][mapping]") {
  const scratch dir;
  put(dir / "a", "mountain");
  const auto mode = GENERATE(access::read_only, access::read_write, access::copy_on_write);
  const mapping m = mapping::open(dir / "a", mode);
  resize(dir / "a", 9);
  CHECK(fails_with(errc::changed, [&] { m.verify_unchanged(); }));
}

TEST_CASE("verify_unchanged: an edit of the same size is a change", "[map][mapping]") {
  const scratch dir;
  put(dir / "a", "mountain");
  const auto mode = GENERATE(access::read_only, access::copy_on_write);
  const mapping m = mapping::open(dir / "a", mode);
  touch_until_ctime_moves(dir / "a");
  const auto time = fs::last_write_time(dir / "a");
  put(dir / "a", "fountain");
  SECTION("as it is") {}
  SECTION("also when the modification time is set back") { fs::last_write_time(dir / "a", time); }
  CHECK(fails_with(errc::changed, [&] { m.verify_unchanged(); }));
}

TEST_CASE("verify_unchanged: stores through a read_write mapping are no change", "[map][mapping]") {
  const scratch dir;
  put(dir / "a", "mountain");
  mapping m = mapping::open(dir / "a", access::read_write);
  touch_until_ctime_moves(dir / "a");
  std::memcpy(m.share()->data, "f", 1);
  m.flush();
  CHECK_NOTHROW(m.verify_unchanged());
}

TEST_CASE("verify_unchanged: another file under the path is a change", "[map][mapping]") {
  const scratch dir;
  put(dir / "a", "mountain");
  put(dir / "b", "mountain");
  const auto mode = GENERATE(access::read_only, access::read_write, access::copy_on_write);
  const mapping m = mapping::open(dir / "a", mode);
  fs::rename(dir / "b", dir / "a");
  CHECK(fails_with(errc::changed, [&] { m.verify_unchanged(); }));
  CHECK(text_of(m.bytes()) == "mountain");
}

TEST_CASE("verify_unchanged: a deleted or renamed file is unchanged", "[map][mapping]") {
  const scratch dir;
  fs::create_directory(dir / "d");
  put(dir / "d" / "a", "mountain");
  const mapping m = mapping::open(dir / "d" / "a");
  SECTION("deleted") { fs::remove(dir / "d" / "a"); }
  SECTION("renamed") { fs::rename(dir / "d" / "a", dir / "b"); }
  SECTION("its directory gone") { fs::remove_all(dir / "d"); }
  SECTION("its directory replaced by a file") {
    fs::remove_all(dir / "d");
    put(dir / "d", "x");
  }
  CHECK_NOTHROW(m.verify_unchanged());
  CHECK(text_of(m.bytes()) == "mountain");
}

TEST_CASE("verify_unchanged: a path that cannot be looked up is the system's error",
          "[map][mapping]") {
  const scratch dir;
  put(dir / "a", "mountain");
  const mapping m = mapping::open(dir / "a");
  fs::remove(dir / "a");
  fs::create_symlink("a", dir / "a");
  CHECK(fails_with(ELOOP, [&] { m.verify_unchanged(); }));
}

TEST_CASE("mapping: a relative path means the same file after chdir", "[map][mapping]") {
  const scratch dir;
  put(dir / "a", "mountain");
  const working_directory back(dir.path());
  mapping m = mapping::open("a", access::read_write);
  CHECK(m.share()->path == "a");
  fs::current_path("/");
  CHECK_NOTHROW(m.flush());
  resize(dir / "a", 3);
  CHECK(fails_with(errc::changed, [&] { m.verify_unchanged(); }));
}

TEST_CASE("mapping: a deleted current directory does not stop an absolute path", "[map][mapping]") {
  const scratch dir;
  put(dir / "a", "mountain");
  fs::create_directory(dir / "gone");
  const working_directory back(dir / "gone");
  fs::remove(dir / "gone");
  CHECK(text_of(mapping::open(dir / "a").bytes()) == "mountain");
  CHECK(fails_with(ENOENT, [] { mapping::open("a"); }));
}

TEST_CASE("flush: only a read_write mapping can be flushed", "[map][mapping]") {
  const scratch dir;
  put(dir / "a", "mountain");
  const auto mode = GENERATE(access::read_only, access::copy_on_write);
  const auto level = GENERATE(durability::process_crash, durability::power_loss);
  mapping m = mapping::open(dir / "a", mode);
  CHECK(fails_with(errc::read_only, [&] { m.flush(level); }));
}

TEST_CASE("flush: stores are in the file afterwards, again and again", "[map][mapping]") {
  const scratch dir;
  put(dir / "a", "mountain");
  const auto level = GENERATE(durability::process_crash, durability::power_loss);
  mapping m = mapping::open(dir / "a", access::read_write);
  for (const char letter : {'f', 'c'}) {
    std::memcpy(m.share()->data, &letter, 1);
    m.flush(level);
    CHECK(text_of(dir / "a") == letter + std::string("ountain"));
  }
}

TEST_CASE("flush: a path that leads elsewhere is told, the stores are kept", "[map][mapping]") {
  const scratch dir;
  put(dir / "a", "mountain");
  mapping m = mapping::open(dir / "a", access::read_write);
  std::memcpy(m.share()->data, "f", 1);
  fs::rename(dir / "a", dir / "b");
  SECTION("nothing there") {}
  SECTION("another file there") { put(dir / "a", "other"); }
  SECTION("a directory there") { fs::create_directory(dir / "a"); }
  CHECK(fails_with(errc::changed, [&] { m.flush(); }));
  CHECK_NOTHROW(m.flush(durability::process_crash));
  CHECK(text_of(dir / "b") == "fountain");
  fs::remove(dir / "a");
  fs::rename(dir / "b", dir / "a");
  CHECK_NOTHROW(m.flush());
}

TEST_CASE("flush: after the disk failed no flush succeeds (needs root)", "[map][mapping]") {
  const scratch dir;
  const loop_disk disk(dir.path(), 16, 64);  // writing it all back must fail
  QUARRY_SKIP_UNLESS_MOUNTED(disk);
  const fs::path file = disk / "a";
  put(file, "");
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(::posix_fallocate(descriptor, 0, 40 << 20) == 0);
  ::close(descriptor);
  mapping m = mapping::open(file, access::read_write);
  std::memset(m.share()->data, 'x', m.bytes().size());
  const auto first = failure_of([&] { m.flush(); });
  CHECK((first.code() == std::errc::io_error || first.code() == std::errc::no_space_on_device));
  const auto second = failure_of([&] { m.flush(); });
  CHECK(second.code() == first.code());
  CHECK(second.message().starts_with("an earlier flush failed"));
  CHECK(failure_of([&] { m.flush(durability::process_crash); }).code() == first.code());
}
