// Headers that get another number of rows: which bytes change, and what makes room for them.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/array/dtype_text.hpp"

#include "formats/bin_files.hpp"
#include "formats/npy_files.hpp"
#include "formats/row_field.hpp"

using quarry::array_info;
using quarry::catalog;
using quarry::format;
using quarry::layout;
using quarry::memory_order;

namespace {

using extents = std::vector<std::int64_t>;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// For arrays of rows of 16 bytes, which only .bin asks about.
std::optional<quarry::patch> change_to(const format& as, std::string_view header, std::int64_t rows,
                                       bool is_open) {
  const auto field = as.growing.field(bytes_of(header));
  if (!field) return std::nullopt;
  const auto end = header.size() + static_cast<std::uint64_t>(rows) * 16;
  return as.growing.with_rows(bytes_of(header), *field, {rows, end, is_open});
}

bool is_open(const format& as, std::string_view header) {
  const auto field = as.growing.field(bytes_of(header));
  return field && field->is_open;
}

// `header` with that many rows; empty if it has no room.
std::string grown(const format& as, std::string header, std::int64_t rows, bool is_open = false) {
  const auto change = change_to(as, header, rows, is_open);
  if (!change) return {};
  CHECK(change->offset_bytes / 512 ==
        (change->offset_bytes + std::max<std::size_t>(change->bytes.size(), 1) - 1) / 512);
  return header.replace(change->offset_bytes, change->bytes.size(), text_of(change->bytes));
}

array_info array_of(const extents& shape, memory_order order, std::string_view type = "<f4") {
  array_info out;
  out.type = quarry::parse_dtype(type);
  out.where = layout::contiguous(shape, out.type.item_bytes(), order);
  return out;
}

std::string planned(const format& as, const array_info& array) {
  return text_of(as.plan(std::span(&array, 1)).header);
}

extents shape_in(const format& as, std::string_view header) {
  const catalog found = as.parse(bytes_of(header), {});
  const auto shape = found.arrays.front().where.shape();
  return {shape.begin(), shape.end()};
}

}  // namespace

TEST_CASE("npy: the room that NumPy leaves becomes the field of the rows", "[npy][growing]") {
  const format& npy = quarry::formats::npy;
  const std::string numpy = planned(npy, array_of({3, 4}, memory_order::c));
  const std::string wide = grown(npy, numpy, 3);
  CHECK(wide.size() == 128);
  CHECK(wide.find("'shape': (                    3, 4), } ") != std::string::npos);
  CHECK(wide.back() == '\n');
  CHECK(grown(npy, numpy, 12).find("(                   12, 4), } ") != std::string::npos);
  const auto change = change_to(npy, wide, 12, false);
  REQUIRE(change);
  CHECK(text_of(change->bytes) == "12");
  CHECK(wide.substr(change->offset_bytes, 2) == " 3");
  CHECK(change_to(npy, wide, 3, false)->bytes.empty());
  const std::string most = grown(npy, wide, 9223372036854775807 / 16);
  CHECK(most.find("(   576460752303423487, 4)") != std::string::npos);
}

TEST_CASE("npy: the mark of an appender is a tab", "[npy][growing]") {
  const format& npy = quarry::formats::npy;
  const std::string closed = grown(npy, planned(npy, array_of({3, 4}, memory_order::c)), 3);
  const std::string open = grown(npy, closed, 3, true);
  CHECK(open.find("(\t                   3, 4)") != std::string::npos);
  CHECK(is_open(npy, open));
  CHECK_FALSE(is_open(npy, closed));
  CHECK(grown(npy, open, 3) == closed);
  CHECK(npy.parse(bytes_of(open), {}).warnings.empty());
  CHECK(shape_in(npy, open) == extents{3, 4});
  const std::string narrow = npy_files::file_of(npy_files::header_of("'<f4'", "(\t3, 4)"));
  CHECK_FALSE(is_open(npy, narrow));
}

TEST_CASE("npy: in Fortran order the last extent grows", "[npy][growing]") {
  const format& npy = quarry::formats::npy;
  const std::string wide = grown(npy, planned(npy, array_of({3, 4}, memory_order::f)), 10);
  CHECK(wide.find("(3,                   10)") != std::string::npos);
  CHECK(shape_in(npy, wide) == extents{3, 10});
}

TEST_CASE("npy: rows are found in headers as others write them", "[npy][growing]") {
  using npy_files::file_of;
  using npy_files::header_of;
  const format& npy = quarry::formats::npy;
  const std::string room(30, ' ');
  const auto with_room = [&](std::string header, int version = 1) {
    header.pop_back();
    return file_of(header + room + "\n", version);
  };
  const std::string reordered =
      "{\"shape\":(3,), 'fortran_order':False,'descr':'<f4'}" + room + "\n";
  CHECK(shape_in(npy, grown(npy, file_of(reordered), 70)) == extents{70});
  CHECK(shape_in(npy, grown(npy, with_room(header_of("'<f4'", "(0x10, 2)")), 17)) ==
        extents{17, 2});
  CHECK(shape_in(npy, grown(npy, with_room(header_of("'<f4'", "(3L, 2L)")), 4)) == extents{4, 2});
  CHECK(shape_in(npy, grown(npy, with_room(header_of("[('\xe4\xf6', '<f4')]", "(3,)")), 4)) ==
        extents{4});
  CHECK(shape_in(npy, grown(npy, with_room(header_of("[('\xc3\xa4', '<f4')]", "(3,)"), 3), 4)) ==
        extents{4});
  const std::string without_newline =
      file_of("{'descr':'<f4','fortran_order':False,'shape':(3,)}" + room);
  CHECK(shape_in(npy, grown(npy, without_newline, 4)) == extents{4});
  // The rows of a type with axes are no part of the shape.
  CHECK(grown(npy, with_room(header_of("('<f4', (2,))", "(3,)", "True")), 4).empty());
}

TEST_CASE("npy: no room is less than any number needs", "[npy][growing]") {
  const format& npy = quarry::formats::npy;
  const auto padded = [](std::size_t blanks) {
    return npy_files::file_of("{'descr':'<f4','fortran_order':False,'shape':(3,)}" +
                              std::string(blanks, ' ') + "\n");
  };
  CHECK(grown(npy, padded(18), 3).empty());
  CHECK(grown(npy, padded(19), 3).find("(                   3,)}\n") != std::string::npos);
  CHECK(grown(npy, padded(20), 3).find("(                    3,)}\n") != std::string::npos);
  CHECK(grown(npy, padded(21), 3).find("(                    3,)} \n") != std::string::npos);
}

TEST_CASE("npy: a change over two sectors is none, and a new header has none", "[npy][growing]") {
  const format& npy = quarry::formats::npy;
  bool was_over_two = false;
  for (int fields = 1; fields < 120; ++fields) {
    std::string type = "{";
    for (int i = 0; i < fields; ++i) type += quarry::concat(i > 0 ? ", " : "", "f", i, ":<f4");
    const array_info array = array_of({7, 2}, memory_order::c, type + "}");
    was_over_two = was_over_two || grown(npy, planned(npy, array), 7).empty();
    catalog contents;
    contents.arrays.push_back(array);
    const std::string made = text_of(npy.growing.make(contents));
    CHECK(made.size() % 64 == 0);
    CHECK(shape_in(npy, made) == extents{7, 2});
    const std::string open = grown(npy, made, 123456, true);
    REQUIRE_FALSE(open.empty());
    CHECK(shape_in(npy, open) == extents{123456, 2});
  }
  CHECK(was_over_two);
}

TEST_CASE("bin: rows, sizes and checksums change in the first sector", "[bin][growing]") {
  const format& bin = quarry::formats::bin;
  array_info array = array_of({3, 4}, memory_order::c);
  array.name = "\"shape\":[9]";
  const std::string plain = planned(bin, array);
  const std::string open = grown(bin, plain, 3, true);
  CHECK(open.find("\"shape\":[\t                   3,4]") != std::string::npos);
  CHECK(is_open(bin, open));
  CHECK_FALSE(is_open(bin, plain));
  const std::string more = grown(bin, open, 1234, false);
  CHECK(more == grown(bin, plain, 1234, false));
  CHECK(more.size() == plain.size());
  CHECK(more == bin_files::sealed(more));
  CHECK(more.substr(24, 8) == golden::little_endian(1234 * 16, 8));
  CHECK(shape_in(bin, more) == extents{1234, 4});
  const std::string fortran = grown(bin, planned(bin, array_of({3, 4}, memory_order::f)), 50);
  CHECK(shape_in(bin, fortran) == extents{3, 50});
}

TEST_CASE("bin: a text of more than a sector is written with its shape first", "[bin][growing]") {
  const format& bin = quarry::formats::bin;
  array_info array = array_of({3, 4}, memory_order::c);
  array.name = std::string(500, 'n');
  array.attrs = {{"shape", {std::int64_t{3}}}};
  CHECK(grown(bin, planned(bin, array), 3).empty());
  catalog contents;
  contents.arrays.push_back(array);
  contents.attrs = {{"units", {std::string("m")}}};
  const std::string made = text_of(bin.growing.make(contents));
  const std::string more = grown(bin, made, 1234, true);
  CHECK(more == bin_files::sealed(more));
  CHECK(shape_in(bin, more) == extents{1234, 4});
  const catalog found = bin.parse(bytes_of(more), {});
  CHECK(found.arrays.front().name == array.name);
  CHECK(found.arrays.front().attrs.size() == 1);
  CHECK(found.attrs.size() == 1);
}

TEST_CASE("bin: bytes of the data area behind the array are in the way", "[bin][growing]") {
  const std::string file = bin_files::file_of(
      R"({"arrays":[{"dtype":"<f4","shape":[2]}]})" + std::string(40, ' '), std::string(12, 'x'));
  const auto failure = golden::refusal_from(
      [&] { quarry::formats::bin.growing.field(bytes_of(file)); });
  CHECK(failure.code == quarry::errc::unsupported);
}

TEST_CASE("bin: a header that says more than is understood is not written anew",
          "[bin][growing]") {
  const std::string file = bin_files::file_of(
      R"({"owner":"me","arrays":[{"dtype":"<f4","shape":[2]}]})" + std::string(40, ' '),
      std::string(8, 'x'));
  const catalog contents = quarry::formats::bin.parse(bytes_of(file), {});
  REQUIRE(contents.warnings.size() == 1);
  const auto failure =
      golden::refusal_from([&] { quarry::formats::bin.growing.make(contents); });
  CHECK(failure.code == quarry::errc::unsupported);
}
