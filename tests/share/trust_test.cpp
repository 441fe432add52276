// Which segments are refused before a byte of them is mapped.
#include <fstream>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "quarry/share/directory.hpp"
#include "quarry/share/segment.hpp"
#include "quarry/share/segment_header.hpp"
#include "quarry/share/writers.hpp"

#include "map/child.hpp"
#include "map/failure.hpp"
#include "map/mount.hpp"
#include "map/scratch.hpp"
#include "share/made.hpp"

using namespace quarry::share;
using quarry::access;
using quarry::errc;

namespace {

std::filesystem::path path_of(const scratch& dir) {
  return dir / ("quarry." + std::to_string(::geteuid()) + ".a");
}

quarry::error refusal(const place& where) {
  return failure_of([&] { segment::attach("a", access::read_only, where); });
}

}  // namespace

TEST_CASE("segment: it is the owner's alone, or readable by the group", "[share]") {
  const scratch dir;
  const ::mode_t before = ::umask(0777);
  const segment own = segment::create("a", numbers(), {dir.path()});
  segment_spec shared = numbers();
  shared.group = true;
  const segment groups = segment::create("b", shared, {dir.path()});
  ::umask(before);
  CHECK(mode_of(own.path()) == 0600);
  CHECK(mode_of(groups.path()) == 0640);
}

TEST_CASE("segment: one that others may write to is refused unless asked for", "[share]") {
  const scratch dir;
  const segment made = segment::create("a", numbers(), {dir.path()});
  const auto mode = GENERATE(0602, 0660);
  std::filesystem::permissions(made.path(), std::filesystem::perms(mode));
  CHECK(refusal({dir.path()}).code() == std::errc::permission_denied);
  CHECK_FALSE(refusal({.directory = dir.path(), .trust_other_writers = true}).code());
}

TEST_CASE("segment: one of another user is refused unless asked for (needs root)", "[share]") {
  const scratch dir;
  if (::geteuid() != 0) {
    WARN("skipped: only root can make files of others");
    return;
  }
  const segment made = segment::create("a", numbers(), {dir.path()});
  REQUIRE(::chown(made.path().c_str(), 4242, 0) == 0);
  const auto failure = refusal({dir.path()});
  CHECK(failure.code() == std::errc::permission_denied);
  CHECK_THAT(failure.message(), Catch::StartsWith("belongs to user 4242, not to 0"));
  std::filesystem::rename(made.path(), dir / "quarry.4242.a");
  CHECK_FALSE(refusal({.directory = dir.path(), .owner = 4242}).code());
  CHECK(fails_with(errc::invalid_argument, [&] {
    segment::create("b", numbers(), {.directory = dir.path(), .owner = 4242});
  }));
}

TEST_CASE("segment: a peer of the group reads and holds versions (needs root)", "[share]") {
  const scratch dir;
  if (::geteuid() != 0) {
    WARN("skipped: only root can become somebody else");
    return;
  }
  segment_spec shared = numbers();
  shared.group = true;
  const segment made = segment::create("a", shared, {dir.path()});
  const segment secret = segment::create("b", numbers(), {dir.path()});
  slot_writer writer = made.write();
  publish(writer, 8);
  const place roots{.directory = dir.path(), .owner = 0};
  CHECK(in_child([&] {
          // Of root's group, but not root.
          if (::setegid(0) != 0 || ::seteuid(65534) != 0) return false;
          const segment peer = segment::attach("a", access::read_only, roots);
          const auto found = peer.latest();
          return found && values_of(found->elements)[0] == 8 &&
                 !peer.latest(1, std::chrono::milliseconds(2)) &&
                 fails_with(EACCES, [&] { segment::attach("a", access::read_write, roots); }) &&
                 fails_with(EACCES, [&] { segment::attach("b", access::read_only, roots); });
        }) == 0);
}

TEST_CASE("segment: what is no regular file is refused", "[share]") {
  const scratch dir;
  const auto path = path_of(dir);
  SECTION("a directory") { std::filesystem::create_directory(path); }
  SECTION("a FIFO") { REQUIRE(::mkfifo(path.c_str(), 0600) == 0); }
  SECTION("a symbolic link") {
    const segment made = segment::create("b", numbers(), {dir.path()});
    std::filesystem::create_symlink(made.path(), path);
    CHECK(refusal({dir.path()}).code() == errc::unsupported);
  }
  if (std::filesystem::symlink_status(path).type() != std::filesystem::file_type::symlink) {
    CHECK(refusal({dir.path()}).code() == errc::unsupported);
  }
}

TEST_CASE("segment: a link in the place of its file is not followed", "[share]") {
  const scratch dir;
  std::filesystem::create_symlink(dir / "elsewhere", path_of(dir));
  CHECK(fails_with(EEXIST, [&] { segment::create("a", numbers(), {dir.path()}); }));
  CHECK_FALSE(std::filesystem::exists(dir / "elsewhere"));
}

TEST_CASE("segment: files that are none are refused", "[share]") {
  const scratch dir;
  const auto path = path_of(dir);
  put(path, "");
  std::filesystem::permissions(path, std::filesystem::perms(0600));
  CHECK(refusal({dir.path()}).code() == errc::truncated);
  put(path, std::string(95, 'x'));
  CHECK(refusal({dir.path()}).code() == errc::truncated);
  put(path, std::string(5000, 'x'));
  const auto failure = refusal({dir.path()});
  CHECK(failure.code() == errc::corrupt_header);
  CHECK(failure.path() == path);
  CHECK(failure.message() ==
        "bytes 0 to 7 are not the magic of a segment, 89 51 53 48 0D 0A 1A 0A");
}

TEST_CASE("segment: one from before the machine was started anew is refused", "[share]") {
  const scratch dir;
  segment_header header = plan_segment(segment_kind::slots, numbers().type, numbers().max_shape, 3);
  header.booted[0] ^= std::byte{1};
  const auto start = bytes_of(header);
  put(path_of(dir), text_of(start));
  std::filesystem::resize_file(path_of(dir), header.file_bytes);
  std::filesystem::permissions(path_of(dir), std::filesystem::perms(0600));
  const auto failure = refusal({dir.path()});
  CHECK(failure.code() == errc::unsupported);
  CHECK(failure.message() == "made before the machine was started anew: what it holds may be torn");
}

TEST_CASE("segment: what a hostile writer says of a version is checked", "[share]") {
  const scratch dir;
  const segment made = segment::create("a", numbers({2, 4}), {dir.path()});
  slot_writer writer = made.write();
  publish(writer, 1);
  std::fstream file(made.path(), std::ios::binary | std::ios::in | std::ios::out);
  const auto store = [&](std::uint64_t offset, std::uint64_t number) {
    file.seekp(static_cast<std::streamoff>(offset));
    file.write(reinterpret_cast<const char*>(&number), sizeof number).flush();
  };
  SECTION("a slot that is not there") { store(made.header().control_offset, 1 << 8 | 77); }
  SECTION("a version that the slot does not hold") { store(made.header().data_offset, 7); }
  SECTION("a shape that is too large") { store(made.header().data_offset + 8, 3); }
  SECTION("a shape that is negative") { store(made.header().data_offset + 16, UINT64_MAX); }
  CHECK(fails_with(errc::corrupt_header, [&] { made.latest(); }));
}

TEST_CASE("directory: what a hostile writer says of a version is checked", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  const segment made = segment::create("a", numbers({2, 4}), here);
  slot_writer writer = made.write();
  publish(writer, 1);
  const auto store = [&](std::uint64_t offset, std::uint64_t number) {
    std::fstream file(made.path(), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(offset));
    file.write(reinterpret_cast<const char*>(&number), sizeof number);
  };
  SECTION("a slot that is not there") { store(made.header().control_offset, 1 << 8 | 77); }
  SECTION("a shape that is too large") { store(made.header().data_offset + 8, 3); }
  CHECK(fails_with(errc::corrupt_header, [&] { status("a", here); }));
  CHECK_FALSE(list(here).front().problem.empty());
}

TEST_CASE("segment: one from before the machine was started anew makes way for a writer",
          "[share]") {
  const scratch dir;
  segment_header header = plan_segment(segment_kind::slots, numbers().type, numbers().max_shape, 3);
  header.booted[0] ^= std::byte{1};
  put(path_of(dir), text_of(bytes_of(header)));
  std::filesystem::resize_file(path_of(dir), header.file_bytes);
  std::filesystem::permissions(path_of(dir), std::filesystem::perms(0600));
  const segment made = segment::attach_or_create("a", numbers(), {dir.path()});
  CHECK_FALSE(made.latest());
}

TEST_CASE("segment: a full disk refuses a new one and keeps nothing of it (needs root)",
          "[share]") {
  const scratch dir;
  const mounted disk("tmpfs", dir / "disk", "size=1m");
  QUARRY_SKIP_UNLESS_MOUNTED(disk);
  const place here{dir / "disk"};
  CHECK(fails_with(ENOSPC, [&] { segment::create("a", numbers({100000}), here); }));
  CHECK(names_in(dir / "disk").empty());
  // What fits can be filled to the last byte.
  const segment made = segment::create("a", numbers({40000}), here);
  slot_writer writer = made.write();
  for (std::uint64_t version = 1; version < 5; ++version) publish(writer, version);
  CHECK(values_of(made.latest()->elements)[39999] == 4);
  CHECK(fails_with(ENOSPC, [&] { segment::create("b", numbers({10000}), here); }));
}
