// pair_test.cpp: new files in two halves, data and header: how they are called, in which order they
// appear, and what a process that is killed on the way leaves.
#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry.hpp"
#include "quarry/base/error.hpp"

#include "map/child.hpp"
#include "map/failure.hpp"
#include "map/scratch.hpp"
#include "store/made_formats.hpp"

using quarry::create_options;
using quarry::errc;
using quarry::error;
using quarry::new_array;

namespace {

// The calls that change names, counted where a test asks for it: the process ends in front of the
// call of that number.
int calls_to_live = -1;

void count_call() {
  if (calls_to_live-- == 0) ::raise(SIGKILL);
}

}  // namespace

// In the place of the C library's, for the library under test as well.
extern "C" int linkat(int from, const char* old_name, int to, const char* name,
                      int flags) noexcept {
  count_call();
  return static_cast<int>(::syscall(SYS_linkat, from, old_name, to, name, flags));
}

extern "C" int renameat(int from, const char* old_name, int to, const char* name) noexcept {
  count_call();
  return static_cast<int>(::syscall(SYS_renameat2, from, old_name, to, name, 0));
}

extern "C" int unlink(const char* name) noexcept {
  count_call();
  return static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, name, 0));
}

namespace {

constexpr std::array<std::string_view, 2> all_suffixes{".hdr", ".img"};
constexpr std::array<std::string_view, 2> data_suffixes{".img", ".dat"};

// Its header is "new".
quarry::file_plan plan(std::span<const quarry::array_info> arrays) {
  quarry::file_plan out;
  out.offsets_bytes = {0};
  out.file_bytes = static_cast<std::uint64_t>(arrays[0].where.size_bytes());
  const auto header = bytes_of("new");
  out.detached.assign(header.begin(), header.end());
  return out;
}

const std::array<quarry::format, 1>& pairs() {
  static const std::array table{
      quarry::format{.name = "pair",
                     .suffixes = all_suffixes,
                     .probe = made::sure<95>,
                     .parse = made::no_arrays,
                     .plan = plan,
                     .pair = {.data_suffixes = data_suffixes, .header_suffix = ".hdr"}}};
  return table;
}

// Three bytes, "NEW".
new_array under_way(const std::filesystem::path& path, const create_options& options = {}) {
  const std::array<std::int64_t, 1> shape{3};
  new_array out(path, {quarry::type_kind::bytes, 1}, shape, pairs(), options);
  out.write(0, bytes_of("NEW"));
  return out;
}

const create_options replacing{.file = {.overwrite = true}};

// Of the two files; "-" for one that is not there.
std::string state_of(const scratch& here) {
  const auto content = [](const std::filesystem::path& file) {
    return std::filesystem::exists(file) ? text_of(file) : std::string("-");
  };
  return content(here / "a.img") + " " + content(here / "a.hdr");
}

}  // namespace

TEST_CASE("pair: either half names both", "[store][pair]") {
  const auto named = [](std::string_view path) {
    const quarry::new_paths out = quarry::paths_of(pairs()[0], path);
    return out.data.native() + " " + out.header.native();
  };
  CHECK(named("a.img") == "a.img a.hdr");
  CHECK(named("b/a.hdr") == "b/a.img b/a.hdr");
  CHECK(named("a.dat") == "a.dat a.hdr");
  CHECK(named("a.dat.hdr") == "a.dat a.dat.hdr");
  const error failure = failure_of([&] { named("a.bin"); });
  CHECK(failure.code() == errc::invalid_argument);
  CHECK(failure.message() == "a file of the format pair ends in .hdr or .img");
  const quarry::new_paths one = quarry::paths_of(quarry::format_table()[0], "a.npy");
  CHECK(one.data == "a.npy");
  CHECK(one.header.empty());
}

TEST_CASE("pair: both halves appear and nothing else", "[store][pair]") {
  for (const char* const name : {"a.img", "a.hdr"}) {
    const scratch here;
    new_array out = under_way(here / name);
    CHECK(names_in(here.path()).empty());
    out.commit();
    CHECK(state_of(here) == "NEW new");
    CHECK(names_in(here.path()) == std::vector<std::string>{"a.hdr", "a.img"});
    CHECK(fails_with(errc::invalid_argument, [&] { out.commit(); }));
    CHECK(state_of(here) == "NEW new");
  }
}

TEST_CASE("pair: the other half is not replaced unless asked for", "[store][pair]") {
  for (const char* const there : {"a.img", "a.hdr"}) {
    for (const char* const name : {"a.img", "a.hdr"}) {
      const scratch here;
      put(here / there, "old");
      const error failure = failure_of([&] { under_way(here / name); });
      CHECK(failure.code() == std::error_code(EEXIST, std::system_category()));
      CHECK(failure.path() == here / there);
      CHECK(names_in(here.path()) == std::vector<std::string>{there});
      under_way(here / name, replacing).commit();
      CHECK(state_of(here) == "NEW new");
    }
  }
}

TEST_CASE("pair: a header that appeared meanwhile gets no data", "[store][pair]") {
  const scratch here;
  new_array out = under_way(here / "a.img");
  put(here / "a.hdr", "theirs");
  CHECK(fails_with(EEXIST, [&] { out.commit(); }));
  CHECK(state_of(here) == "- theirs");
}

TEST_CASE("pair: data that appeared meanwhile gets no header", "[store][pair]") {
  const scratch here;
  new_array out = under_way(here / "a.img");
  put(here / "a.img", "theirs");
  CHECK(fails_with(EEXIST, [&] { out.commit(); }));
  CHECK(state_of(here) == "theirs -");
}

TEST_CASE("pair: a process killed on the way leaves no data under a wrong header",
          "[store][pair]") {
  for (const bool is_old : {false, true}) {
    std::vector<std::string> states;
    for (int calls = 0; states.empty() || states.back() != "NEW new"; ++calls) {
      const scratch here;
      if (is_old) {
        put(here / "a.img", "OLD");
        put(here / "a.hdr", "old");
      }
      REQUIRE(calls < 20);
      in_child([&] {
        new_array out = under_way(here / "a.hdr", replacing);
        calls_to_live = calls;
        out.commit();
        return true;
      });
      states.push_back(state_of(here));
    }
    for (const std::string& each : states) {
      INFO(each);
      CHECK((each == (is_old ? "OLD old" : "- -") || each == "OLD -" || each == "NEW -" ||
             each == "NEW new"));
    }
    CHECK(states.size() > 2);
    CHECK(std::ranges::count(states, "NEW -") >= 1);
  }
}

TEST_CASE("pair: a half whose other half was replaced meanwhile is not opened", "[store][pair]") {
  static const scratch here;
  put(here / "a.hdr", "header");
  put(here / "a.data", "0123456789");
  quarry::format replaced = made::claiming<95>("replaced");
  replaced.parse = [](std::span<const std::byte>, const quarry::siblings&) {
    std::filesystem::remove(here / "a.hdr");  // what a writer does first
    quarry::array_info info = made::bytes_at({10}, {1}, 0);
    info.data_file = "a.data";
    return quarry::catalog{.arrays = {info}};
  };
  CHECK(fails_with(errc::changed,
                   [&] { quarry::file::open(here / "a.hdr", std::span(&replaced, 1)); }));
}

TEST_CASE("pair: with sync both names are on the disk", "[store][pair]") {
  const scratch here;
  put(here / "a.img", "OLD");
  put(here / "a.hdr", "old");
  create_options options = replacing;
  options.file.sync = quarry::durability::power_loss;
  under_way(here / "a.img", options).commit();
  CHECK(state_of(here) == "NEW new");
}

TEST_CASE("pair: links are followed on both sides", "[store][pair]") {
  const scratch here;
  std::filesystem::create_directory(here / "far");
  put(here / "far/data", "OLD");
  put(here / "far/header", "old");
  std::filesystem::create_symlink("far/data", here / "a.img");
  std::filesystem::create_symlink("far/header", here / "a.hdr");
  under_way(here / "a.img", replacing).commit();
  CHECK(text_of(here / "far/data") == "NEW");
  CHECK(text_of(here / "far/header") == "new");
  CHECK(std::filesystem::is_symlink(here / "a.hdr"));
}
