// What is done on filesystems without unnamed files, which the tests cannot count on finding.
#include "quarry/map/temporary_file.hpp"

#include <cerrno>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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
using quarry::detail::naming;
using quarry::detail::temporary_file;

namespace {

void write(const temporary_file& file, std::string_view text) {
  REQUIRE(::write(file.file().descriptor(), text.data(), text.size()) ==
          static_cast<ssize_t>(text.size()));
}

}  // namespace

TEST_CASE("temporary_file: a named one is hidden beside its target", "[map][new_file]") {
  const scratch dir;
  const temporary_file file(dir / "a.npy", {false}, naming::named);
  const names found = names_in(dir.path());
  REQUIRE(found.size() == 1);
  const std::string& name = found[0];
  REQUIRE(name.size() == std::string_view(".a.npy.0123456789abcdef.tmp").size());
  CHECK(name.starts_with(".a.npy."));
  CHECK(name.ends_with(".tmp"));
  CHECK(name.substr(7, 16).find_first_not_of("0123456789abcdef") == std::string::npos);
}

TEST_CASE("temporary_file: two of one target have two names", "[map][new_file]") {
  const scratch dir;
  const temporary_file one(dir / "a", {false}, naming::named);
  const temporary_file two(dir / "a", {false}, naming::named);
  CHECK(names_in(dir.path()).size() == 2);
}

TEST_CASE("temporary_file: the longest names can be used", "[map][new_file]") {
  const scratch dir;
  const auto how = GENERATE(naming::named, naming::unnamed_if_possible);
  const bool overwrite = GENERATE(false, true);
  const std::string name(255, 'n');
  if (overwrite) put(dir / name, "old");
  temporary_file(dir / name, {overwrite}, how).publish(durability::process_crash);
  CHECK(names_in(dir.path()) == names{name});
  CHECK(fs::file_size(dir / name) == 0);
}

TEST_CASE("temporary_file: publish gives the name once", "[map][new_file]") {
  const scratch dir;
  const auto how = GENERATE(naming::named, naming::unnamed_if_possible);
  const auto sync = GENERATE(durability::process_crash, durability::power_loss);
  const bool overwrite = GENERATE(false, true);
  if (overwrite) put(dir / "a", "old");
  {
    temporary_file file(dir / "a", {overwrite}, how);
    write(file, "new");
    file.publish(sync);
    CHECK(names_in(dir.path()) == names{"a"});
  }
  CHECK(names_in(dir.path()) == names{"a"});
  CHECK(text_of(dir / "a") == "new");
}

TEST_CASE("temporary_file: a named one that is not published is removed", "[map][new_file]") {
  const scratch dir;
  { const temporary_file file(dir / "a", {false}, naming::named); }
  CHECK(names_in(dir.path()).empty());
}

TEST_CASE("temporary_file: a named one does not replace what appeared meanwhile",
          "[map][new_file]") {
  const scratch dir;
  {
    temporary_file file(dir / "a", {false}, naming::named);
    put(dir / "a", "theirs");
    CHECK(fails_with(EEXIST, [&] { file.publish(durability::process_crash); }));
  }
  CHECK(names_in(dir.path()) == names{"a"});
  CHECK(text_of(dir / "a") == "theirs");
}

TEST_CASE("temporary_file: a named one has the modes of an unnamed one", "[map][new_file]") {
  const scratch dir;
  const auto how = GENERATE(naming::named, naming::unnamed_if_possible);
  put(dir / "old", "old");
  fs::permissions(dir / "old", fs::perms(0640));
  const mode_t before = ::umask(0027);
  temporary_file fresh(dir / "fresh", {false}, how);
  temporary_file over(dir / "old", {true}, how);
  ::umask(before);
  fresh.publish(durability::process_crash);
  over.publish(durability::process_crash);
  CHECK(mode_of(dir / "fresh") == 0640);
  CHECK(mode_of(dir / "old") == 0640);
}

TEST_CASE("temporary_file: what replaces a private file is private all the time",
          "[map][new_file]") {
  const scratch dir;
  put(dir / "old", "old");
  fs::permissions(dir / "old", fs::perms(0600));
  const temporary_file file(dir / "old", {true}, naming::named);
  for (const std::string& name : names_in(dir.path())) CHECK(mode_of(dir / name) == 0600);
}

TEST_CASE("temporary_file: a named one follows the rules of the directory", "[map][new_file]") {
  const scratch dir;
  CHECK(fails_with(ENOENT, [&] { temporary_file(dir / "d" / "a", {false}, naming::named); }));
  fs::permissions(dir.path(), fs::perms(0555));
  CHECK(in_child([&] {
          return without_privilege() &&
                 fails_with(EACCES, [&] { temporary_file(dir / "a", {false}, naming::named); });
        }) == 0);
  fs::permissions(dir.path(), fs::perms(0755));
}

TEST_CASE("discard_temporaries: all files with temporary names go, published ones stay",
          "[map][new_file]") {
  const scratch dir;
  temporary_file done(dir / "done", {false}, naming::named);
  done.publish(durability::process_crash);
  const temporary_file one(dir / "one", {false}, naming::named);
  temporary_file two(dir / "two", {false}, naming::named);
  CHECK(names_in(dir.path()).size() == 3);
  errno = EDOM;
  quarry::discard_temporaries();
  CHECK(errno == EDOM);
  CHECK(names_in(dir.path()) == names{"done"});
  quarry::discard_temporaries();
  CHECK(fails_with(ENOENT, [&] { two.publish(durability::process_crash); }));
  CHECK(names_in(dir.path()) == names{"done"});
}

TEST_CASE("discard_temporaries: a signal handler can call it", "[map][new_file]") {
  const scratch dir;
  CHECK(in_child([&] {
          std::signal(SIGTERM, [](int) {
            quarry::discard_temporaries();
            ::_exit(143);
          });
          std::vector<std::unique_ptr<temporary_file>> files;
          for (int i = 0; i < 100; ++i)
            files.push_back(std::make_unique<temporary_file>(
                dir / "a", quarry::detail::target_rules{}, naming::named));
          return names_in(dir.path()).size() == 100 && ::raise(SIGTERM) != 0;
        }) == 143);
  CHECK(names_in(dir.path()).empty());
}

TEST_CASE("discard_temporaries: a signal at any moment leaves nothing", "[map][new_file]") {
  const scratch dir;
  for (useconds_t delay = 0; delay < 40; ++delay) {
    CHECK(in_child([&]() -> bool {
            std::signal(SIGALRM, [](int) {
              quarry::discard_temporaries();
              ::_exit(0);
            });
            ::ualarm(2000 + 100 * delay, 0);
            for (;;) {
              temporary_file file(dir / "a", {true}, naming::named);
              file.publish(durability::process_crash);
              const temporary_file dropped(dir / "b", {true}, naming::named);
            }
          }) == 0);
    const names left = names_in(dir.path());
    CHECK((left.empty() || left == names{"a"}));
  }
}

TEST_CASE("discard_temporaries: a forked child leaves its parent's files", "[map][new_file]") {
  const scratch dir;
  std::optional<temporary_file> file;
  file.emplace(dir / "a", quarry::detail::target_rules{}, naming::named);
  CHECK(in_child([&] {
          quarry::discard_temporaries();
          file.reset();
          return true;
        }) == 0);
  CHECK(names_in(dir.path()).size() == 1);
  file->publish(durability::process_crash);
  CHECK(names_in(dir.path()) == names{"a"});
}
