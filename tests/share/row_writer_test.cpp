// Arrays that grow by rows while others read them.
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

namespace {

segment_spec rows_of(std::vector<std::int64_t> capacity) {
  segment_spec out = numbers(std::move(capacity));
  out.kind = segment_kind::append;
  return out;
}

}  // namespace

TEST_CASE("row_writer: rows appear when they are committed", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  const segment made = segment::create("log", rows_of({10, 2}), here);
  const segment reader = segment::attach("log", access::read_only, here);
  CHECK_FALSE(reader.latest());
  row_writer writer = made.extend();
  const quarry::array room = writer.room(3);
  std::iota(data_of(room), data_of(room) + 6, 0);
  CHECK_FALSE(reader.latest());
  CHECK(writer.commit(2) == 2);
  const auto two = reader.latest();
  CHECK(two->version == 2);
  CHECK(std::ranges::equal(two->elements.shape(), std::vector<std::int64_t>{2, 2}));
  CHECK(std::ranges::equal(values_of(two->elements), std::vector{0, 1, 2, 3}));

  CHECK(writer.rows() == 2);
  CHECK(data_of(writer.room(1)) == data_of(room) + 4);
  CHECK(writer.commit(1) == 3);
  CHECK(std::ranges::equal(values_of(reader.latest(2)->elements), std::vector{0, 1, 2, 3, 4, 5}));
  CHECK(two->elements.size() == 4);
  CHECK_FALSE(reader.latest(3, 1ms));
}

TEST_CASE("row_writer: room keeps the lease", "[share]") {
  const scratch dir;
  const segment made = segment::create("log", rows_of({10}), {dir.path()});
  quarry::array room = made.extend().room(2);
  CHECK(fails_with(errc::busy, [&] { made.extend(); }));
  room = {};
  CHECK_NOTHROW(made.extend());
}

TEST_CASE("row_writer: the next writer goes on behind the committed rows", "[share]") {
  const scratch dir;
  const segment made = segment::create("log", rows_of({10}), {dir.path()});
  {
    row_writer writer = made.extend();
    data_of(writer.room(2))[0] = 5;
    writer.commit(1);
    CHECK(fails_with(errc::busy, [&] { made.extend(); }));
  }
  CHECK(made.extend().rows() == 1);
}

TEST_CASE("row_writer: there is room for as many rows as the segment was made for", "[share]") {
  const scratch dir;
  const segment made = segment::create("log", rows_of({3, 2}), {dir.path()});
  row_writer writer = made.extend();
  CHECK(fails_with(errc::limit_exceeded, [&] { writer.room(4); }));
  CHECK(fails_with(errc::limit_exceeded, [&] { writer.commit(-1); }));
  writer.commit(2);
  const auto failure = failure_of([&] { writer.commit(2); });
  CHECK(failure.code() == errc::limit_exceeded);
  CHECK(failure.message() == "no room for 2 rows: 2 of 3 are there");
  CHECK(writer.commit(1) == 3);
  CHECK(writer.room(0).size() == 0);
}

TEST_CASE("row_writer: it wants a segment of its kind with an axis that grows", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  const segment made = segment::create("log", rows_of({3}), here);
  CHECK(fails_with(errc::unsupported, [&] { made.write(); }));
  CHECK(fails_with(errc::shape_mismatch, [&] { segment::create("b", rows_of({}), here); }));
  CHECK(fails_with(errc::read_only,
                   [&] { segment::attach("log", access::read_only, here).extend(); }));
}

TEST_CASE("row_writer: more rows than there is room for are a corrupt header", "[share]") {
  const scratch dir;
  const place here{dir.path()};
  const segment made = segment::create("log", rows_of({3}), here);
  const std::uint64_t rows = 4;
  std::fstream file(made.path(), std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(made.header().control_offset));
  file.write(reinterpret_cast<const char*>(&rows), sizeof rows).flush();
  CHECK(fails_with(errc::corrupt_header, [&] { made.latest(); }));
}
