// Where a new_file may go: bad targets, links, rights and modes.
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/map/new_file.hpp"

#include "map/child.hpp"
#include "map/failure.hpp"
#include "map/scratch.hpp"

namespace fs = std::filesystem;
using names = std::vector<std::string>;
using quarry::durability;
using quarry::errc;
using quarry::new_file;
using quarry::new_file_options;

namespace {

void fill(const new_file& file, std::string_view text) {
  REQUIRE(file.bytes().size() >= text.size());
  std::memcpy(file.bytes().data(), text.data(), text.size());
}

}  // namespace

TEST_CASE("new_file: bad targets are the system's errors", "[map][new_file]") {
  const scratch dir;
  put(dir / "file", "x");
  fs::create_directory(dir / "d");
  fs::create_symlink("loop", dir / "loop");
  const new_file_options options{.overwrite = GENERATE(false, true)};
  const auto make = [&](const fs::path& target) { return [=] { new_file(target, 1, options); }; };
  CHECK(fails_with(ENOENT, make(dir / "missing" / "a")));
  CHECK(fails_with(ENOENT, make("")));
  CHECK(fails_with(ENOTDIR, make(dir / "file" / "a")));
  CHECK(fails_with(ENOTDIR, make(dir / "file/")));
  CHECK(fails_with(EISDIR, make(dir / "d")));
  CHECK(fails_with(EISDIR, make(dir / "d/")));
  CHECK(fails_with(EISDIR, make(dir / "d/.")));
  CHECK(fails_with(EISDIR, make(dir / "d/..")));
  CHECK(fails_with(EISDIR, make("/")));
  CHECK(fails_with(EISDIR, make(dir / "missing/")));
  CHECK(fails_with(ELOOP, make(dir / "loop")));
  CHECK(fails_with(ENAMETOOLONG, make(dir / std::string(256, 'n'))));
  CHECK(fails_with(errc::invalid_argument, make((dir / "a").string() + '\0' + "b")));
  CHECK(failure_of(make(dir / "missing" / "a")).path() == dir / "missing" / "a");
  CHECK(names_in(dir.path()) == names{"d", "file", "loop"});
}

TEST_CASE("new_file: what is not a regular file is not replaced", "[map][new_file]") {
  const scratch dir;
  REQUIRE(::mkfifo((dir / "fifo").c_str(), 0600) == 0);
  const new_file_options options{.overwrite = GENERATE(false, true)};
  const auto failure = failure_of([&] { new_file(dir / "fifo", 1, options); });
  CHECK(failure.code() == errc::unsupported);
  CHECK(failure.message() == "cannot replace: not a regular file but a FIFO");
  CHECK(fails_with(errc::unsupported, [&] { new_file("/dev/null", 1, options); }));
  int ends[2] = {};
  REQUIRE(::pipe(ends) == 0);
  const std::string pipe_name = "/dev/fd/" + std::to_string(ends[1]);
  CHECK(fails_with(errc::unsupported, [&] { new_file(pipe_name, 1, options); }));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("new_file: a directory without write permission takes no file", "[map][new_file]") {
  const scratch dir;
  put(dir / "old", "x");
  fs::permissions(dir.path(), fs::perms(0555));
  CHECK(in_child([&] {
          return without_privilege() && fails_with(EACCES, [&] { new_file(dir / "a", 1); }) &&
                 fails_with(EACCES, [&] { new_file(dir / "old", 1, {.overwrite = true}); });
        }) == 0);
  fs::permissions(dir.path(), fs::perms(0755));
  CHECK(names_in(dir.path()) == names{"old"});
}

TEST_CASE("new_file: a directory that can be written but not read takes files", "[map][new_file]") {
  const scratch dir;
  fs::create_directory(dir / "drop");
  fs::permissions(dir / "drop", fs::perms(0333));
  CHECK(in_child([&] {
          if (!without_privilege()) return false;
          new_file(dir / "drop" / "a", 1).commit();
          new_file synced(dir / "drop" / "b", 1, {.sync = durability::power_loss});
          return fails_with(EACCES, [&] { synced.commit(); });
        }) == 0);
  fs::permissions(dir / "drop", fs::perms(0755));
  CHECK(names_in(dir / "drop") == names{"a"});
}

TEST_CASE("new_file: a symbolic link stays and what it leads to is replaced", "[map][new_file]") {
  const scratch dir;
  fs::create_directories(dir / "far" / "off");
  put(dir / "far" / "off" / "real", "old");
  fs::create_symlink("off/real", dir / "far" / "second");
  fs::create_symlink(dir / "far" / "second", dir / "first");
  CHECK(fails_with(EEXIST, [&] { new_file(dir / "first", 8); }));
  new_file file(dir / "first", 8, {.overwrite = true});
  fill(file, "mountain");
  file.commit();
  CHECK(fs::is_symlink(dir / "first"));
  CHECK(fs::is_symlink(dir / "far" / "second"));
  CHECK_FALSE(fs::is_symlink(dir / "far" / "off" / "real"));
  CHECK(text_of(dir / "first") == "mountain");
  CHECK(names_in(dir / "far" / "off") == names{"real"});
}

TEST_CASE("new_file: a symbolic link to nothing gets what it leads to", "[map][new_file]") {
  const scratch dir;
  fs::create_directory(dir / "d");
  fs::create_symlink("d/real", dir / "link");
  new_file(dir / "link", 8).commit();
  CHECK(fs::is_symlink(dir / "link"));
  CHECK(names_in(dir / "d") == names{"real"});
}

TEST_CASE("new_file: the link is resolved when the file is made", "[map][new_file]") {
  const scratch dir;
  put(dir / "one", "1");
  put(dir / "two", "2");
  fs::create_symlink("one", dir / "link");
  new_file file(dir / "link", 8, {.overwrite = true});
  fill(file, "mountain");
  fs::remove(dir / "link");
  fs::create_symlink("two", dir / "link");
  file.commit();
  CHECK(text_of(dir / "one") == "mountain");
  CHECK(text_of(dir / "two") == "2");
}

TEST_CASE("new_file: the directory is the one that was there at first", "[map][new_file]") {
  const scratch dir;
  fs::create_directory(dir / "d");
  new_file file(dir / "d" / "a", 8);
  fs::rename(dir / "d", dir / "e");
  fs::create_directory(dir / "d");
  file.commit();
  CHECK(names_in(dir / "d").empty());
  CHECK(names_in(dir / "e") == names{"a"});
}

TEST_CASE("new_file: the mode is 0666 less the umask", "[map][new_file]") {
  const scratch dir;
  const auto [umask, expected] =
      GENERATE(table<unsigned, unsigned>({{0022, 0644}, {0027, 0640}, {0, 0666}, {0777, 0}}));
  const mode_t before = ::umask(umask);
  new_file file(dir / "a", 8);
  new_file over(dir / "b", 8, {.overwrite = true});
  ::umask(before);
  file.commit();
  over.commit();
  CHECK(mode_of(dir / "a") == expected);
  CHECK(mode_of(dir / "b") == expected);
}

TEST_CASE("new_file: the permission bits of a replaced file stay", "[map][new_file]") {
  const scratch dir;
  put(dir / "a", "old");
  const auto [old_mode, expected] = GENERATE(
      table<unsigned, unsigned>({{0600, 0600}, {0444, 0444}, {0777, 0777}, {06755, 0755}}));
  REQUIRE(::chmod((dir / "a").c_str(), old_mode) == 0);
  new_file(dir / "a", 8, {.overwrite = true}).commit();
  CHECK(mode_of(dir / "a") == expected);
}

TEST_CASE("new_file: owner and group of a replaced file stay (needs root)", "[map][new_file]") {
  const scratch dir;
  if (::geteuid() != 0) {
    WARN("skipped: only root gives files to others");
    return;
  }
  put(dir / "a", "old");
  REQUIRE(::chown((dir / "a").c_str(), 1234, 4321) == 0);
  new_file(dir / "a", 8, {.overwrite = true}).commit();
  struct stat status {};
  REQUIRE(::stat((dir / "a").c_str(), &status) == 0);
  CHECK(status.st_uid == 1234);
  CHECK(status.st_gid == 4321);
}

TEST_CASE("new_file: replacing breaks hard links", "[map][new_file]") {
  const scratch dir;
  put(dir / "a", "old");
  fs::create_hard_link(dir / "a", dir / "b");
  new_file(dir / "a", 8, {.overwrite = true}).commit();
  CHECK(fs::file_size(dir / "a") == 8);
  CHECK(text_of(dir / "b") == "old");
}

TEST_CASE("same_file: names of one file are told from names of two", "[map][new_file]") {
  const scratch dir;
  put(dir / "a", "x");
  put(dir / "b", "x");
  fs::create_hard_link(dir / "a", dir / "hard");
  fs::create_symlink("a", dir / "soft");
  CHECK(quarry::same_file(dir / "a", dir / "a"));
  CHECK(quarry::same_file(dir / "a", dir / "hard"));
  CHECK(quarry::same_file(dir / "a", dir / "soft"));
  CHECK(quarry::same_file(dir / "a", dir / "." / "a"));
  CHECK(quarry::same_file(dir.path(), dir / "."));
  CHECK_FALSE(quarry::same_file(dir / "a", dir / "b"));
  CHECK_FALSE(quarry::same_file(dir / "a", dir / "missing"));
  CHECK_FALSE(quarry::same_file(dir / "missing", dir / "missing"));
  CHECK_FALSE(quarry::same_file(dir / "a", (dir / "a").string() + '\0'));
  CHECK_FALSE(quarry::same_file("", ""));
}

TEST_CASE("new_file: a name given can be taken away again", "[map][new_file]") {
  const scratch dir;
  new_file file(dir / "a", 1);
  file.retract();  // nothing to take away yet
  file.commit();
  CHECK(names_in(dir.path()) == names{"a"});
  file.retract();
  CHECK(names_in(dir.path()).empty());
  put(dir / "a", "another one");
  file.retract();
  CHECK(text_of(dir / "a") == "another one");
}

TEST_CASE("new_file: a file is removed where its links lead", "[map][new_file]") {
  const scratch dir;
  const auto sync = GENERATE(durability::process_crash, durability::power_loss);
  put(dir / "a", "x");
  fs::create_symlink("a", dir / "link");
  quarry::remove_file(dir / "link", sync);
  CHECK(names_in(dir.path()) == names{"link"});
  quarry::remove_file(dir / "link", sync);  // leads to nothing by now
  quarry::remove_file(dir / "missing", sync);
  fs::create_directory(dir / "d");
  CHECK(fails_with(EISDIR, [&] { quarry::remove_file(dir / "d", sync); }));
  CHECK(fails_with(errc::invalid_argument,
                   [&] { quarry::remove_file((dir / "d").string() + '\0' + "b", sync); }));
}
