// The writer of a segment: its lease, its slots, what readers leave it.
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/share/segment.hpp"
#include "quarry/share/writers.hpp"

#include "map/failure.hpp"
#include "map/scratch.hpp"
#include "share/made.hpp"

using namespace std::chrono_literals;
using namespace quarry::share;
using quarry::access;
using quarry::errc;

TEST_CASE("slot_writer: there is one at a time", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  const segment made = segment::create("a", numbers(), here);
  const segment other = segment::attach("a", access::read_write, here);
  {
    const slot_writer writer = made.write();
    const auto failure = failure_of([&] { other.write(); });
    CHECK(failure.code() == errc::busy);
    CHECK(failure.message() == "process " + std::to_string(::getpid()) + " writes to it");
    CHECK(fails_with(errc::busy, [&] { made.write(2ms); }));
  }
  CHECK_NOTHROW(other.write());
}

TEST_CASE("slot_writer: a slot keeps the lease of its writer", "[share]") {
  const scratch dir;
  const segment made = segment::create("a", numbers(), {dir.path()});
  const slot open = made.write().begin();
  CHECK(fails_with(errc::busy, [&] { made.write(); }));
}

TEST_CASE("slot_writer: elements keep the slot and the lease", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  const segment made = segment::create("a", numbers(), here);
  quarry::array left = made.write().begin().elements();
  CHECK(fails_with(errc::busy, [&] { made.write(); }));
  left = {};
  slot_writer writer = made.write();
  left = writer.begin().elements();
  for (std::uint64_t version = 1; version < 7; ++version) publish(writer, version);
  const snapshot held = *made.latest();
  data_of(left)[0] = 99;
  CHECK(values_of(held.elements)[0] == 6);
}

TEST_CASE("slot_writer: what was published has no writable elements any more", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  const segment made = segment::create("a", numbers(), here);
  slot open = made.write().begin();
  quarry::array left = open.elements();
  open.commit();
  CHECK(open.elements().size() == 0);
  CHECK_NOTHROW(made.write());
}

TEST_CASE("slot_writer: a slot is enough to publish", "[share]") {
  const scratch dir;
  segment_spec kept = numbers();
  kept.keep = true;
  slot open = segment::create("a", kept, {dir.path()}).write().begin();
  fill_whole(open.elements(), 5);
  CHECK(open.commit() == 1);
  CHECK(is_whole(segment::attach("a", access::read_only, {dir.path()}).latest()->elements, 5));
}

TEST_CASE("slot_writer: versions go on where the last writer stopped", "[share]") {
  const scratch dir;
  const segment made = segment::create("a", numbers(), {dir.path()});
  for (std::uint64_t version = 1; version < 5; ++version) {
    slot_writer writer = made.write();
    CHECK(publish(writer, version) == version);
  }
}

TEST_CASE("slot_writer: a slot that is not committed was never there", "[share]") {
  const scratch dir;
  const segment made = segment::create("a", numbers(), {dir.path()});
  slot_writer writer = made.write();
  publish(writer, 1);
  for (int i = 0; i < 5; ++i) {
    const slot dropped = writer.begin();
    std::fill_n(data_of(dropped.elements()), 4, 99);
    CHECK(values_of(made.latest()->elements)[0] == 1);
  }
  CHECK(publish(writer, 2) == 2);
  CHECK(values_of(made.latest()->elements)[0] == 2);
}

TEST_CASE("slot_writer: readers that hold all slots but the latest stop it", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  const segment made = segment::create("a", numbers(), here);
  const segment reader = segment::attach("a", access::read_only, here);
  slot_writer writer = made.write();
  std::vector<snapshot> held;
  for (std::uint64_t version = 1; version <= 3; ++version) {
    publish(writer, version);
    held.push_back(*reader.latest());
  }
  const auto failure = failure_of([&] { writer.begin(); });
  CHECK(failure.code() == errc::busy);
  CHECK(failure.message() == "readers hold all of the 3 slots but that of the latest version");
  CHECK(fails_with(errc::busy, [&] { writer.begin(3ms); }));
  // The latest may be let go: it is not overwritten.
  held.pop_back();
  CHECK(fails_with(errc::busy, [&] { writer.begin(); }));
  held.erase(held.begin());
  CHECK(publish(writer, 4) == 4);
  CHECK(values_of(held[0].elements)[0] == 2);
}

TEST_CASE("slot_writer: readers of the writer's own segment hold their slots too", "[share]") {
  const scratch dir;
  const segment made = segment::create("a", numbers(), {dir.path()});
  slot_writer writer = made.write();
  std::vector<snapshot> held;
  for (std::uint64_t version = 1; version <= 3; ++version) {
    publish(writer, version);
    held.push_back(*made.latest());
  }
  CHECK(fails_with(errc::busy, [&] { writer.begin(); }));
}

TEST_CASE("slot_writer: slots can be filled side by side", "[share]") {
  const scratch dir;
  segment_spec what = numbers();
  what.slots = 4;
  const segment made = segment::create("a", what, {dir.path()});
  slot_writer writer = made.write();
  publish(writer, 1);
  std::vector<slot> open;
  for (std::uint64_t i = 0; i < 3; ++i) {
    open.push_back(writer.begin());
    std::fill_n(data_of(open.back().elements()), 4, 10 + i);
  }
  CHECK(fails_with(errc::busy, [&] { writer.begin(); }));
  CHECK(open[2].commit() == 2);
  CHECK(values_of(made.latest()->elements)[0] == 12);
  CHECK(open[0].commit() == 3);
  CHECK(values_of(made.latest()->elements)[0] == 10);
}

TEST_CASE("slot_writer: a version may be smaller than there is room for", "[share]") {
  const scratch dir;
  const segment made = segment::create("a", numbers({4, 5}), {dir.path()});
  slot_writer writer = made.write();
  slot small = writer.begin(std::vector<std::int64_t>{2, 3});
  std::iota(data_of(small.elements()), data_of(small.elements()) + 6, 0);
  small.commit();
  const auto found = made.latest();
  CHECK(std::ranges::equal(found->elements.shape(), std::vector<std::int64_t>{2, 3}));
  CHECK(std::ranges::equal(values_of(found->elements), std::vector{0, 1, 2, 3, 4, 5}));
  slot none = writer.begin(std::vector<std::int64_t>{0, 5});
  none.commit();
  CHECK(made.latest()->elements.size() == 0);
}

TEST_CASE("slot_writer: a version that there is no room for is refused", "[share]") {
  const scratch dir;
  const segment made = segment::create("a", numbers({4, 5}), {dir.path()});
  slot_writer writer = made.write();
  using shape = std::vector<std::int64_t>;
  for (const shape& wrong : {shape{5, 5}, shape{20, 1}, shape{4}, shape{4, 5, 1}, shape{-1, 5}}) {
    CHECK(fails_with(errc::shape_mismatch, [&] { writer.begin(wrong); }));
  }
  CHECK_NOTHROW(writer.begin());
}

TEST_CASE("slot_writer: a slot is committed once", "[share]") {
  const scratch dir;
  const segment made = segment::create("a", numbers(), {dir.path()});
  slot_writer writer = made.write();
  slot one = writer.begin();
  one.commit();
  CHECK(fails_with(errc::invalid_argument, [&] { one.commit(); }));
  CHECK(made.latest()->version == 1);
}

TEST_CASE("slot_writer: writing needs the right to", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  const segment made = segment::create("a", numbers(), here);
  const segment reader = segment::attach("a", access::read_only, here);
  CHECK(fails_with(errc::read_only, [&] { reader.write(); }));
  CHECK(fails_with(errc::read_only, [&] { reader.keep(true); }));
  CHECK(fails_with(errc::unsupported, [&] { made.extend(); }));
}

TEST_CASE("slot_writer: a scalar and a record are arrays too", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  const quarry::dtype record = quarry::dtype::packed_record(
      {{"t", quarry::element<double>::type()}, {"id", quarry::element<std::uint32_t>::type()}});
  const segment one = segment::create("record", {record, {}}, here);
  slot_writer writer = one.write();
  slot next = writer.begin();
  CHECK(next.elements().rank() == 0);
  next.commit();
  const segment reader = segment::attach("record", access::read_only, here);
  CHECK(reader.header().type == record);
  CHECK(reader.latest()->elements.field("id").size() == 1);
}
