// Segments attached by name, and the versions that readers hold.
#include "quarry/share/segment.hpp"

#include <algorithm>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/share/writers.hpp"

#include "map/failure.hpp"
#include "map/scratch.hpp"
#include "share/made.hpp"

using namespace std::chrono_literals;
using namespace quarry::share;
using quarry::access;
using quarry::errc;
using names = std::vector<std::string>;

TEST_CASE("segment: a version is read in place by whoever attaches", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  const segment made = segment::create("camera", numbers({2, 3}), here);
  slot_writer writer = made.write();
  slot next = writer.begin();
  CHECK(next.elements().writable());
  std::iota(data_of(next.elements()), data_of(next.elements()) + 6, 10);
  CHECK(next.commit() == 1);

  const segment reader = segment::attach("camera", access::read_only, here);
  const auto found = reader.latest();
  REQUIRE(found);
  CHECK(found->version == 1);
  CHECK(std::ranges::equal(found->elements.shape(), std::vector<std::int64_t>{2, 3}));
  CHECK(std::ranges::equal(values_of(found->elements), std::vector{10, 11, 12, 13, 14, 15}));
  CHECK_FALSE(found->elements.writable());
  CHECK(found->elements.origin().path == reader.path());
}

TEST_CASE("segment: before the first version there is none", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  const segment made = segment::create("a", numbers(), here);
  CHECK_FALSE(made.latest());
  CHECK_FALSE(made.latest(0, 1ms));
}

TEST_CASE("segment: only versions that are newer are given", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  const segment made = segment::create("a", numbers(), here);
  slot_writer writer = made.write();
  publish(writer, 5);
  publish(writer, 6);
  CHECK(made.latest(1)->version == 2);
  CHECK_FALSE(made.latest(2));
  CHECK_FALSE(made.latest(2, 2ms));
  CHECK_FALSE(made.latest(UINT64_MAX));
}

TEST_CASE("segment: a version that is held does not change while others are published", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  const segment made = segment::create("a", numbers(), here);
  const segment reader = segment::attach("a", access::read_only, here);
  slot_writer writer = made.write();
  publish(writer, 1);
  const auto held = reader.latest();
  for (std::uint64_t version = 2; version < 20; ++version) {
    publish(writer, version);
    CHECK(reader.latest()->version == version);
    CHECK(values_of(reader.latest()->elements)[3] == version);
  }
  CHECK(std::ranges::equal(values_of(held->elements), std::vector{1, 1, 1, 1}));
}

TEST_CASE("segment: a slice of a version holds it as long as it lives", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  quarry::array part;
  {
    const segment made = segment::create("a", numbers(), here);
    slot_writer writer = made.write();
    publish(writer, 7);
    part = segment::attach("a", access::read_only, here).latest()->elements.slice("1:3");
    for (std::uint64_t version = 2; version < 9; ++version) publish(writer, version);
    CHECK(std::ranges::equal(values_of(part), std::vector{7, 7}));
  }
  CHECK(std::ranges::equal(values_of(part), std::vector{7, 7}));
}

TEST_CASE("segment: versions of one segment held twice are let go twice", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  const segment made = segment::create("a", numbers(), here);
  slot_writer writer = made.write();
  publish(writer, 1);
  auto one = made.latest();
  auto two = made.latest();
  one.reset();
  for (std::uint64_t version = 2; version < 9; ++version) publish(writer, version);
  CHECK(values_of(two->elements)[0] == 1);
}

TEST_CASE("segment: a name is taken once", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  const segment made = segment::create("a", numbers(), here);
  CHECK(fails_with(EEXIST, [&] { segment::create("a", numbers(), here); }));
  CHECK(names_in(dir.path()).size() == 1);
}

TEST_CASE("segment: what exists is attached where it fits", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  const segment made = segment::attach_or_create("a", numbers({4, 4}), here);
  CHECK(segment::attach_or_create("a", numbers({4, 3}), here).header().max_shape ==
        std::vector<std::int64_t>{4, 4});
  CHECK(fails_with(errc::shape_mismatch, [&] {
    segment::attach_or_create("a", numbers({4, 5}), here);
  }));
  CHECK(fails_with(errc::shape_mismatch,
                   [&] { segment::attach_or_create("a", numbers({4}), here); }));
  const auto failure = failure_of([&] {
    segment::attach_or_create("a", {quarry::element<float>::type(), {4, 4}}, here);
  });
  CHECK(failure.code() == errc::type_mismatch);
  CHECK(failure.message() == "the segment holds slots of <u8, not slots of <f4");
}

TEST_CASE("segment: a name that nobody has is no such file", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  CHECK(fails_with(ENOENT, [&] { segment::attach("a", access::read_only, here); }));
  CHECK(fails_with(ENOENT, [&] { segment::create("a", numbers(), {dir / "none"}); }));
}

TEST_CASE("segment: names are 1 to 64 letters, digits and ._- without a dot in front", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  for (const std::string& name :
       {std::string(), std::string("../x"), std::string("a/b"), std::string(65, 'n'),
        std::string("a\0b", 3), std::string(".a"), std::string("a b"), std::string("\xc3\xa4")}) {
    CAPTURE(name);
    CHECK(fails_with(errc::invalid_argument, [&] { segment::create(name, numbers(), here); }));
    CHECK(fails_with(errc::invalid_argument,
                     [&] { segment::attach(name, access::read_only, here); }));
  }
  CHECK(names_in(dir.path()).empty());
  for (const std::string& name : {std::string(64, 'n'), std::string("0"), std::string("-._A")}) {
    CHECK_NOTHROW(segment::create(name, numbers(), here));
  }
}

TEST_CASE("segment: it goes with the last writer that leaves, unless it is kept", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  { const segment made = segment::create("a", numbers(), here); }
  CHECK(names_in(dir.path()).empty());
  {
    const segment made = segment::create("a", numbers(), here);
    made.keep(true);
  }
  CHECK(names_in(dir.path()).size() == 1);
  segment::attach("a", access::read_write, here).keep(false);
  CHECK(names_in(dir.path()).empty());
}

TEST_CASE("segment: it stays as long as a reader holds anything of it", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  std::optional<segment> made = segment::create("a", numbers(), here);
  slot_writer writer = made->write();
  publish(writer, 3);
  std::optional<snapshot> held = segment::attach("a", access::read_only, here).latest();
  made.reset();
  CHECK(names_in(dir.path()).size() == 1);
  CHECK_FALSE(segment::attach("a", access::read_only, here).latest(1));
}

TEST_CASE("segment: one that was removed is gone for readers, what they hold is not", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  const segment made = segment::create("a", numbers(), here);
  slot_writer writer = made.write();
  publish(writer, 3);
  const auto held = made.latest();
  std::filesystem::remove(made.path());
  CHECK(fails_with(errc::changed, [&] { made.latest(); }));
  CHECK(fails_with(errc::changed, [&] { writer.begin(); }));
  CHECK(fails_with(errc::changed, [&] { made.keep(true); }));
  CHECK(values_of(held->elements)[2] == 3);
  // The name is free for another.
  const segment other = segment::create("a", numbers(), here);
  CHECK_FALSE(other.latest());
}

TEST_CASE("segment: one that was moved from says so", "[share]") {
  const scratch dir;
  segment made = segment::create("a", numbers(), {dir.path()});
  const segment taken = std::move(made);
  CHECK(fails_with(errc::invalid_argument, [&] { made.latest(); }));
  CHECK_FALSE(taken.latest());
}

TEST_CASE("segment: in /dev/shm by default", "[share]") {
  const std::string name = "quarry-test-" + std::to_string(::getpid());
  {
    const segment made = segment::create(name, numbers());
    CHECK(made.path() == "/dev/shm/quarry." + std::to_string(::geteuid()) + "." + name);
    CHECK_NOTHROW(segment::attach(name));
  }
  CHECK(fails_with(ENOENT, [&] { segment::attach(name); }));
}

TEST_CASE("segment: one that a peer truncates is an error", "[share]") {
  const scratch dir;
  const segment made = segment::create("a", numbers({100000}), {dir.path()});
  slot_writer writer = made.write();
  publish(writer, 3);
  SECTION("to its header") { std::filesystem::resize_file(made.path(), 100); }
  SECTION("to its control block") {
    std::filesystem::resize_file(made.path(), made.header().data_offset);
  }
  CHECK(fails_with(errc::changed, [&] { made.latest(); }));
  CHECK(fails_with(errc::changed, [&] { made.latest(); }));
  CHECK(fails_with(errc::changed, [&] { made.keep(true); }));
  CHECK(
      fails_with(errc::truncated, [&] { segment::attach("a", access::read_only, {dir.path()}); }));
}
