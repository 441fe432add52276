// The disk under a new_file: reservation, limits, what is left when it is full.
#include <csignal>
#include <cstring>
#include <sys/mount.h>
#include <sys/stat.h>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/map/new_file.hpp"

#include "map/child.hpp"
#include "map/failure.hpp"
#include "map/mount.hpp"
#include "map/scratch.hpp"

namespace fs = std::filesystem;
using names = std::vector<std::string>;
using quarry::errc;
using quarry::new_file;
using quarry::new_file_options;

namespace {

void fill(const new_file& file, std::string_view text) {
  REQUIRE(file.bytes().size() >= text.size());
  std::memcpy(file.bytes().data(), text.data(), text.size());
}

std::uint64_t disk_bytes(const fs::path& file) {
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

}  // namespace

TEST_CASE("new_file: space is reserved unless the file is sparse", "[map][new_file]") {
  const scratch dir;
  constexpr std::uint64_t bytes = 1 << 20;
  new_file full(dir / "full", bytes);
  new_file sparse(dir / "sparse", bytes, {.sparse = true});
  full.commit();
  sparse.commit();
  CHECK(fs::file_size(dir / "full") == bytes);
  CHECK(fs::file_size(dir / "sparse") == bytes);
  CHECK(disk_bytes(dir / "full") >= bytes);
  CHECK(disk_bytes(dir / "sparse") < bytes);
}

TEST_CASE("new_file: a sparse file may be larger than the disk", "[map][new_file]") {
  const scratch dir;
  constexpr std::uint64_t tebibyte = std::uint64_t{1} << 40U;
  try {
    new_file file(dir / "a", tebibyte, {.sparse = true});
    file.bytes()[tebibyte - 1] = std::byte{7};
    file.commit();
    CHECK(fs::file_size(dir / "a") == tebibyte);
  } catch (const quarry::error& e) {
    REQUIRE(e.code() == std::errc::file_too_large);
    WARN("skipped: the filesystem has no files of 1 TiB");
  }
}

TEST_CASE("new_file: sizes that no file can have are refused", "[map][new_file]") {
  const scratch dir;
  const bool sparse = GENERATE(false, true);
  const new_file_options options{.sparse = sparse};
  CHECK(fails_with(errc::limit_exceeded, [&] { new_file(dir / "a", UINT64_MAX, options); }));
  CHECK(fails_with(errc::limit_exceeded,
                   [&] { new_file(dir / "a", std::uint64_t{1} << 63U, options); }));
  const auto most = failure_of([&] { new_file(dir / "a", INT64_MAX, options); });
  CHECK((most.code() == std::errc::file_too_large || most.code() == std::errc::no_space_on_device ||
         most.code() == std::errc::not_enough_memory));
  CHECK(names_in(dir.path()).empty());
}

TEST_CASE("new_file: what the disk cannot hold is refused before the disk is full",
          "[map][new_file]") {
  const scratch dir;
  constexpr std::uint64_t bytes = std::uint64_t{1} << 43U;
  CHECK_THROWS_WITH(new_file(dir / "a", bytes),
                    Catch::Contains("8796093022208") && Catch::Contains("are free"));
  CHECK(fs::is_empty(dir.path()));
}

TEST_CASE("new_file: a size past the process's limit is an error", "[map][new_file]") {
  const scratch dir;
  const bool sparse = GENERATE(false, true);
  CHECK(in_child([&] {
          std::signal(SIGXFSZ, SIG_IGN);
          return limit_to(10000, RLIMIT_FSIZE) &&
                 fails_with(EFBIG, [&] { new_file(dir / "a", 10001, {.sparse = sparse}); });
        }) == 0);
  CHECK(names_in(dir.path()).empty());
}

TEST_CASE("new_file: a full disk is an error and leaves nothing (needs root)", "[map][new_file]") {
  const scratch dir;
  const mounted disk("tmpfs", dir / "disk", "size=1m");
  QUARRY_SKIP_UNLESS_MOUNTED(disk);
  const fs::path target = dir / "disk" / "a";
  put(target, "old");
  const auto failure = failure_of([&] { new_file(target, 2 << 20, {.overwrite = true}); });
  CHECK(failure.code() == std::errc::no_space_on_device);
  CHECK(failure.path() == target);
  CHECK(failure.message() ==
        "cannot reserve 2097152 bytes, 1044480 bytes are free: No space left on device");
  CHECK(fails_with(ENOSPC, [&] { new_file(dir / "disk" / "b", 2 << 20); }));
  CHECK(names_in(dir / "disk") == names{"a"});
  CHECK(text_of(target) == "old");
  // What was reserved in vain is free again.
  CHECK_NOTHROW(new_file(target, 900 << 10, {.overwrite = true}).commit());
}

TEST_CASE("new_file: write to a sparse file on a full disk throws (needs root)",
          "[map][new_file]") {
  const scratch dir;
  const mounted disk("tmpfs", dir / "disk", "size=1m");
  QUARRY_SKIP_UNLESS_MOUNTED(disk);
  new_file file(dir / "disk" / "a", 2 << 20, {.sparse = true});
  const std::string much(2 << 20, 'x');
  CHECK(fails_with(ENOSPC, [&] { file.write(0, bytes_of(much)); }));
}

TEST_CASE("new_file: where the filesystem cannot reserve, blocks are written (needs root)",
          "[map][new_file]") {
  const scratch dir;
  const mounted disk("ramfs", dir / "disk", "");
  QUARRY_SKIP_UNLESS_MOUNTED(disk);
  new_file file(dir / "disk" / "a", 100001);
  CHECK(text_of(file.bytes()) == std::string(100001, '\0'));
  fill(file, "mountain");
  file.commit();
  CHECK(fs::file_size(dir / "disk" / "a") == 100001);
  CHECK(disk_bytes(dir / "disk" / "a") >= 100001);
}

TEST_CASE("new_file: a read-only filesystem takes no file (needs root)", "[map][new_file]") {
  const scratch dir;
  const mounted disk("tmpfs", dir / "disk", "size=1m");
  QUARRY_SKIP_UNLESS_MOUNTED(disk);
  const std::string where = dir / "disk";
  REQUIRE(::mount("none", where.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0);
  CHECK(fails_with(EROFS, [&] { new_file(dir / "disk" / "a", 1); }));
}
