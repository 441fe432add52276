// When a new_file is seen, what it holds, and who may use it.
#include "quarry/map/new_file.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <initializer_list>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/base/log.hpp"

#include "map/child.hpp"
#include "map/failure.hpp"
#include "map/scratch.hpp"

namespace fs = std::filesystem;
using names = std::vector<std::string>;
using quarry::durability;
using quarry::errc;
using quarry::new_file;
using quarry::page_cache;

namespace {

void fill(const new_file& file, std::string_view text) {
  REQUIRE(file.bytes().size() >= text.size());
  std::memcpy(file.bytes().data(), text.data(), text.size());
}

}  // namespace

TEST_CASE("new_file: nothing is visible before commit, all of it after", "[map][new_file]") {
  const scratch dir;
  const auto sync = GENERATE(durability::process_crash, durability::power_loss);
  new_file file(dir / "a", 8, {.sync = sync});
  CHECK(text_of(file.bytes()) == std::string(8, '\0'));
  fill(file, "mountain");
  CHECK(names_in(dir.path()).empty());
  file.commit();
  CHECK(names_in(dir.path()) == names{"a"});
  CHECK(text_of(dir / "a") == "mountain");
}

TEST_CASE("new_file: destruction without commit leaves nothing", "[map][new_file]") {
  const scratch dir;
  put(dir / "old", "old");
  {
    const new_file fresh(dir / "a", 8);
    const new_file over(dir / "old", 8, {.overwrite = true});
    fill(over, "mountain");
  }
  CHECK(names_in(dir.path()) == names{"old"});
  CHECK(text_of(dir / "old") == "old");
}

TEST_CASE("new_file: an empty file is a file", "[map][new_file]") {
  const scratch dir;
  const bool sparse = GENERATE(false, true);
  new_file file(dir / "a", 0, {.sparse = sparse});
  CHECK(file.bytes().empty());
  CHECK_NOTHROW(file.write(0, {}));
  CHECK_NOTHROW(file.pages().let_go(0, 100));
  file.commit();
  CHECK(fs::file_size(dir / "a") == 0);
}

TEST_CASE("new_file: an existing file stays unless it may be replaced", "[map][new_file]") {
  const scratch dir;
  put(dir / "a", "old");
  const auto failure = failure_of([&] { new_file(dir / "a", 8); });
  CHECK(failure.code() == std::errc::file_exists);
  CHECK(failure.path() == dir / "a");
  CHECK(text_of(dir / "a") == "old");
  new_file file(dir / "a", 8, {.overwrite = true});
  fill(file, "mountain");
  CHECK(text_of(dir / "a") == "old");
  file.commit();
  CHECK(text_of(dir / "a") == "mountain");
  CHECK(names_in(dir.path()) == names{"a"});
}

TEST_CASE("new_file: a mapping of the replaced file keeps the old bytes", "[map][new_file]") {
  const scratch dir;
  put(dir / "a", "mountain");
  const auto old = quarry::mapping::open(dir / "a");
  new_file file(dir / "a", 8, {.overwrite = true});
  fill(file, "fountain");
  file.commit();
  CHECK(text_of(old.bytes()) == "mountain");
  CHECK(fails_with(errc::changed, [&] { old.verify_unchanged(); }));
}

TEST_CASE("new_file: a target that appears before commit is not replaced", "[map][new_file]") {
  const scratch dir;
  const auto sync = GENERATE(durability::process_crash, durability::power_loss);
  new_file file(dir / "a", 8, {.sync = sync});
  put(dir / "a", "theirs");
  CHECK(fails_with(EEXIST, [&] { file.commit(); }));
  CHECK(names_in(dir.path()) == names{"a"});
  CHECK(text_of(dir / "a") == "theirs");
}

TEST_CASE("new_file: of many that create one target a single commit succeeds", "[map][new_file]") {
  const scratch dir;
  constexpr int writers = 8;
  std::vector<new_file> files;
  for (int i = 0; i < writers; ++i) {
    files.emplace_back(dir / "a", 1);
    fill(files.back(), std::string(1, static_cast<char>('0' + i)));
  }
  std::vector<int> outcomes(writers);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < writers; ++i)
    threads.emplace_back(
        [&, i] { outcomes[i] = fails_with(EEXIST, [&] { files[i].commit(); }) ? 1 : 0; });
  for (std::thread& thread : threads) thread.join();
  CHECK(std::count(outcomes.begin(), outcomes.end(), 0) == 1);
  const auto winner = std::find(outcomes.begin(), outcomes.end(), 0) - outcomes.begin();
  CHECK(text_of(dir / "a") == std::to_string(winner));
  CHECK(names_in(dir.path()) == names{"a"});
}

TEST_CASE("new_file: a target that appears is replaced where that is allowed", "[map][new_file]") {
  const scratch dir;
  new_file file(dir / "a", 8, {.overwrite = true});
  fill(file, "mountain");
  SECTION("a file appears") { put(dir / "a", "theirs"); }
  SECTION("none appears") {}
  file.commit();
  CHECK(text_of(dir / "a") == "mountain");
  CHECK(names_in(dir.path()) == names{"a"});
}

TEST_CASE("new_file: a commit that fails leaves nothing", "[map][new_file]") {
  const scratch dir;
  fs::create_directory(dir / "d");
  new_file file(dir / "d" / "a", 8, {.overwrite = true});
  SECTION("a directory took the name") {
    fs::create_directory(dir / "d" / "a");
    CHECK(fails_with(EISDIR, [&] { file.commit(); }));
    CHECK(names_in(dir / "d") == names{"a"});
  }
  SECTION("the directory is gone") {
    fs::remove(dir / "d");
    CHECK(fails_with(ENOENT, [&] { file.commit(); }));
  }
  CHECK(fails_with(errc::invalid_argument, [&] { file.commit(); }));
}

TEST_CASE("new_file: only one commit succeeds", "[map][new_file]") {
  const scratch dir;
  new_file file(dir / "a", 8);
  file.commit();
  CHECK(fails_with(errc::invalid_argument, [&] { file.commit(); }));
  CHECK(fs::file_size(dir / "a") == 8);
}

TEST_CASE("new_file: the mapping is that of the committed file", "[map][new_file]") {
  const scratch dir;
  std::shared_ptr<const quarry::region> share;
  {
    new_file file(dir / "a", 8);
    share = file.share();
    file.commit();
    fill(file, "mountain");
  }
  CHECK(text_of(dir / "a") == "mountain");
  std::memcpy(share->data, "f", 1);
  CHECK(text_of(dir / "a") == "fountain");
  CHECK(share->writable);
  CHECK(share->bytes == 8);
  CHECK(share->path == dir / "a");
  struct stat status {};
  REQUIRE(::stat((dir / "a").c_str(), &status) == 0);
  CHECK(share->device == status.st_dev);
  CHECK(share->inode == status.st_ino);
}

TEST_CASE("new_file: write puts bytes where it is told and nowhere else", "[map][new_file]") {
  const scratch dir;
  new_file file(dir / "a", 8);
  file.write(0, bytes_of("moun"));
  file.write(4, bytes_of("tain"));
  file.write(8, {});
  CHECK(text_of(file.bytes()) == "mountain");
  CHECK(fails_with(errc::out_of_bounds, [&] { file.write(5, bytes_of("tain")); }));
  CHECK(fails_with(errc::out_of_bounds, [&] { file.write(9, {}); }));
  const auto failure = failure_of([&] { file.write(UINT64_MAX, bytes_of("xx")); });
  CHECK(failure.code() == errc::out_of_bounds);
  CHECK(failure.message() == "write of 2 bytes at 18446744073709551615 in a file of 8 bytes");
  file.commit();
  CHECK(text_of(dir / "a") == "mountain");
  CHECK(fails_with(errc::invalid_argument, [&] { file.write(0, bytes_of("x")); }));
}

TEST_CASE("new_file: pages that are let go keep their bytes", "[map][new_file]") {
  const scratch dir;
  constexpr std::size_t bytes = 100000;
  new_file file(dir / "a", bytes);
  std::memset(file.bytes().data(), 'x', bytes);
  const page_cache pages = file.pages();
  for (const auto& [offset, length] :
       std::initializer_list<std::pair<std::uint64_t, std::uint64_t>>{
           {5000, 10000}, {0, UINT64_MAX}, {UINT64_MAX, UINT64_MAX}, {bytes, 1}, {0, 0}}) {
    pages.write_back(offset, length);
    pages.let_go(offset, length);
    pages.read_ahead(offset, length);
  }
  CHECK(text_of(file.bytes()) == std::string(bytes, 'x'));
  file.commit();
  pages.let_go(0, bytes);
  file.pages().let_go(0, bytes);
  CHECK(text_of(dir / "a") == std::string(bytes, 'x'));
}

TEST_CASE("new_file: a moved-from one has no bytes and says so", "[map][new_file]") {
  const scratch dir;
  new_file file(dir / "a", 8);
  new_file taken = std::move(file);
  CHECK(file.bytes().empty());
  CHECK(fails_with(errc::invalid_argument, [&] { file.pages(); }));
  CHECK(fails_with(errc::invalid_argument, [&] { file.share(); }));
  CHECK(fails_with(errc::invalid_argument, [&] { file.write(0, {}); }));
  CHECK(fails_with(errc::invalid_argument, [&] { file.commit(); }));
  taken.commit();
  file = new_file(dir / "b", 1);
  file.commit();
  CHECK(names_in(dir.path()) == names{"a", "b"});
}

TEST_CASE("new_file: SIGKILL leaves nothing", "[map][new_file]") {
  const scratch dir;
  put(dir / "old", "old");
  CHECK(in_child([&] {
          const new_file fresh(dir / "a", 8);
          const new_file over(dir / "old", 8, {.overwrite = true});
          std::memcpy(over.bytes().data(), "mountain", 8);
          return ::raise(SIGKILL) == 0;
        }) == 128 + SIGKILL);
  CHECK(names_in(dir.path()) == names{"old"});
  CHECK(text_of(dir / "old") == "old");
}

TEST_CASE("new_file: commit is told to the debug log", "[map][new_file]") {
  const scratch dir;
  std::vector<std::string> heard;
  quarry::log::set_sink(
      [&](quarry::log::level, std::string_view text) { heard.emplace_back(text); });
  quarry::log::set_level(quarry::log::level::debug);
  new_file(dir / "a", 8).commit();
  quarry::log::set_level(quarry::log::level::off);
  quarry::log::set_sink({});
  const std::string name = dir / "a";
  CHECK(heard == names{"mapped " + name + " (8 bytes, writable)", "commits " + name,
                       "unmapping " + name + " (8 bytes, writable)"});
}
