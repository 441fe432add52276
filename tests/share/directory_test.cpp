// Segments seen from outside: listed, removed, collected.
#include "quarry/share/directory.hpp"

#include <vector>

#include <catch2/catch.hpp>

#include "quarry/share/segment.hpp"
#include "quarry/share/writers.hpp"

#include "map/child.hpp"
#include "map/failure.hpp"
#include "map/scratch.hpp"
#include "share/made.hpp"

using namespace std::chrono_literals;
using namespace quarry::share;
using quarry::access;
using quarry::errc;
using names = std::vector<std::string>;

namespace {

std::string prefix() { return "quarry." + std::to_string(::geteuid()) + "."; }

// As a process leaves it that is killed at work.
void leave(const place& where, bool keep = false) {
  CHECK(in_child([&] {
          segment_spec what = numbers();
          what.keep = keep;
          const segment made = segment::create("a", what, where);
          slot_writer writer = made.write();
          publish(writer, 5);
          const slot open = writer.begin();
          return ::raise(SIGKILL) == 0;
        }) == 128 + SIGKILL);
}

}  // namespace

TEST_CASE("directory: a segment says what it holds and who holds it", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  const segment made = segment::create("a", numbers({2, 3}), here);
  segment_status now = status("a", here);
  CHECK(now.name == "a");
  CHECK(now.path == made.path());
  CHECK(now.header.max_shape == std::vector<std::int64_t>{2, 3});
  CHECK(now.version == 0);
  CHECK(now.shape.empty());
  CHECK(now.writer == 0);
  CHECK(now.holders == 1);
  CHECK_FALSE(now.keep);

  slot_writer writer = made.write();
  slot next = writer.begin(std::vector<std::int64_t>{1, 3});
  next.commit();
  made.keep(true);
  const segment reader = segment::attach("a", access::read_only, here);
  now = status("a", here);
  CHECK(now.version == 1);
  CHECK(now.shape == std::vector<std::int64_t>{1, 3});
  CHECK(now.writer == static_cast<std::uint32_t>(::getpid()));
  CHECK(now.holders == 2);
  CHECK(now.keep);
}

TEST_CASE("directory: the rows of an array that grows are its version", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  segment_spec what = numbers({9, 2});
  what.kind = segment_kind::append;
  const segment made = segment::create("log", what, here);
  CHECK(status("log", here).shape.empty());
  made.extend().commit(4);
  CHECK(status("log", here).version == 4);
  CHECK(status("log", here).shape == std::vector<std::int64_t>{4, 2});
}

TEST_CASE("directory: all segments of the owner are listed by name", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  CHECK(list(here).empty());
  const segment b = segment::create("b", numbers(), here);
  const segment a = segment::create("a", numbers(), here);
  put(dir / (prefix() + "broken"), "no segment");
  put(dir / (prefix() + ".hidden"), "");
  put(dir / "quarry.4294967294.c", "");
  put(dir / "other", "");
  const auto found = list(here);
  REQUIRE(found.size() == 3);
  CHECK(found[0].name == "a");
  CHECK(found[0].problem.empty());
  CHECK(found[1].name == "b");
  CHECK(found[2].name == "broken");
  CHECK_THAT(found[2].problem, Catch::Contains("the file has 10"));
  CHECK(fails_with(ENOENT, [&] { list({dir / "none"}); }));
}

TEST_CASE("directory: a segment that is removed keeps those who hold it, and tells them",
          "[share]") {
  const scratch dir;
  const place here{dir.path()};
  const segment made = segment::create("a", numbers(), here);
  slot_writer writer = made.write();
  publish(writer, 5);
  const auto held = made.latest();
  remove("a", here);
  CHECK(names_in(dir.path()).empty());
  CHECK(values_of(held->elements)[0] == 5);
  CHECK(fails_with(errc::changed, [&] { made.latest(); }));
  CHECK(fails_with(ENOENT, [&] { remove("a", here); }));
}

TEST_CASE("directory: what has the name of a segment can be removed, a directory cannot",
          "[share]") {
  const scratch dir;
  const place here{dir.path()};
  put(dir / (prefix() + "a"), "no segment");
  remove("a", here);
  CHECK(names_in(dir.path()).empty());
  std::filesystem::create_directory(dir / (prefix() + "a"));
  CHECK(fails_with(errc::unsupported, [&] { remove("a", here); }));
}

TEST_CASE("directory: what a killed process left is collected", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  leave(here);
  CHECK(status("a", here).holders == 0);
  CHECK(status("a", here).writer == 0);
  CHECK(status("a", here).version == 1);
  CHECK(collect(here, true) == names{"a"});
  CHECK(list(here).size() == 1);
  CHECK(collect(here) == names{"a"});
  CHECK(list(here).empty());
  CHECK(collect(here).empty());
}

TEST_CASE("directory: what is kept, held or no segment is not collected", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  SECTION("kept") { leave(here, true); }
  SECTION("no segment") { put(dir / (prefix() + "a"), "no segment"); }
  std::optional<segment> holder;
  SECTION("held by a reader") {
    leave(here);
    holder = segment::attach("a", access::read_only, here);
  }
  CHECK(collect(here, true).empty());
  CHECK(collect(here).empty());
  CHECK(list(here).size() == 1);
}

TEST_CASE("directory: one's own segment that others can write to is refused, but goes", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  segment_spec kept = numbers();
  kept.keep = true;
  for (const bool by_name : {true, false}) {
    const auto path = segment::create("a", kept, here).path();
    std::filesystem::permissions(path, std::filesystem::perms(0666));
    CHECK(fails_with(EACCES, [&] { segment::attach("a", access::read_only, here); }));
    if (by_name) {
      remove("a", here);
    } else {
      segment::attach("a", access::read_write, {dir.path(), {}, true}).keep(false);
    }
    CHECK(collect(here).empty());
    CHECK_FALSE(std::filesystem::exists(path));
  }
}

TEST_CASE("directory: what is from before the machine was started anew is collected even if kept",
          "[share]") {
  const scratch dir;
  const place here{dir.path()};
  segment_header header = plan_segment(segment_kind::slots, numbers().type, numbers().max_shape, 3);
  header.booted[15] ^= std::byte{1};
  std::string text = text_of(bytes_of(header));
  text.resize(header.file_bytes);
  text[header.control_offset + 12] = 1;  // keep
  put(dir / (prefix() + "old"), text);
  std::filesystem::permissions(dir / (prefix() + "old"), std::filesystem::perms(0600));
  CHECK_FALSE(list(here)[0].problem.empty());
  CHECK(collect(here, true) == names{"old"});
  CHECK(collect(here) == names{"old"});
  CHECK(names_in(dir.path()).empty());
}
