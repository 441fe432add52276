#include "quarry/array/slice.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include <catch2/catch.hpp>

#include "quarry/array/geometry.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "array/offsets.hpp"
#include "map/failure.hpp"

using quarry::all;
using quarry::concat;
using quarry::ellipsis;
using quarry::errc;
using quarry::index_entry;
using quarry::layout;
using quarry::newaxis;
using quarry::parse_slice;
using quarry::range;

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();

std::string bound_text(const std::optional<std::int64_t>& bound) {
  return bound ? std::to_string(*bound) : "";
}

// What was read, written so that every part shows: "3 | 1:4:1 | None | ...".
std::string read(std::string_view text) {
  std::string out;
  for (const index_entry& entry : parse_slice(text)) {
    if (!out.empty()) out += " | ";
    if (const auto* at = std::get_if<std::int64_t>(&entry)) {
      out += std::to_string(*at);
    } else if (const auto* r = std::get_if<range>(&entry)) {
      out += concat(bound_text(r->start), ":", bound_text(r->stop), ":", r->step);
    } else {
      out += std::holds_alternative<quarry::newaxis_t>(entry) ? "None" : "...";
    }
  }
  return out;
}

std::string refusal(std::string_view text) {
  const quarry::error e = failure_of([&] { parse_slice(text); });
  CHECK(e.code() == errc::invalid_argument);
  return e.message();
}

numbers resolved(const range& r, std::int64_t extent) {
  const auto taken = resolve(r, extent);
  return {taken.first, taken.step, taken.count};
}

numbers tuple(std::string text) {
  std::replace(text.begin(), text.end(), ',', ' ');
  std::istringstream in(text.substr(1, text.size() - 2));
  numbers out;
  for (std::int64_t value = 0; in >> value;) out.push_back(value);
  return out;
}

std::vector<std::string> columns_of(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string column; std::getline(in, column, '\t');) out.push_back(column);
  return out;
}

// Strides that mean something; the rest as 0.
numbers meant_strides(const layout& where) {
  numbers out = list(where.strides());
  for (std::size_t axis = 0; axis < out.size(); ++axis) {
    if (where.shape()[axis] < 2 || where.size() == 0) out[axis] = 0;
  }
  return out;
}

errc refused_by_numpy(std::string_view reason) {
  return reason == "too many" ? errc::shape_mismatch : errc::out_of_bounds;
}

}  // namespace

TEST_CASE("slice: integers, ranges, newaxis and ellipsis are read", "[array][slice]") {
  CHECK(read("5") == "5");
  CHECK(read("-1") == "-1");
  CHECK(read("+2, -0, 007") == "2 | 0 | 7");
  CHECK(read(":") == "::1");
  CHECK(read("::") == "::1");
  CHECK(read("1:") == "1::1");
  CHECK(read(":-1") == ":-1:1");
  CHECK(read("1:4") == "1:4:1");
  CHECK(read("1:4:") == "1:4:1");
  CHECK(read("::-1") == "::-1");
  CHECK(read("10:-20:-3") == "10:-20:-3");
  CHECK(read("None") == "None");
  CHECK(read("newaxis") == "None");
  CHECK(read("...") == "...");
  CHECK(read("0:100, ::2") == "0:100:1 | ::2");
  CHECK(read("..., 3") == "... | 3");
  CHECK(read("5, None, :") == "5 | None | ::1");
}

TEST_CASE("slice: blanks, brackets and a last comma do not matter", "[array][slice]") {
  for (const std::string_view text :
       {"1:4,...,None", "[1:4, ..., None]", "(1:4, ..., None)", "  [ 1 : 4 ,\t... , None ,] ",
        "1:4, ..., None,", " 1 :4: , ... ,newaxis"}) {
    CAPTURE(text);
    CHECK(read(text) == "1:4:1 | ... | None");
  }
  CHECK(parse_slice("()").empty());
  CHECK(parse_slice(" ( ) ").empty());
}

TEST_CASE("slice: numbers beyond int64 saturate", "[array][slice]") {
  CHECK(read("9223372036854775807") == "9223372036854775807");
  CHECK(read("9223372036854775808") == "9223372036854775807");
  CHECK(read("-9223372036854775808") == "-9223372036854775808");
  CHECK(read("-9223372036854775809") == "-9223372036854775808");
  CHECK(read(concat("-", std::string(500, '9'), ":", std::string(500, '9'))) ==
        "-9223372036854775808:9223372036854775807:1");
}

TEST_CASE("slice: what is no basic indexing is refused at its character", "[array][slice]") {
  const std::string an_entry = "expected an index, a range, None or ..., found ";
  CHECK(refusal("") == "slice: character 0 of '': " + an_entry + "the end");
  CHECK(refusal("[]") == "slice: character 1 of '[]': " + an_entry + "']'");
  CHECK(refusal("1,,2") == "slice: character 2 of '1,,2': " + an_entry + "','");
  CHECK(refusal("::0") == "slice: character 2 of '::0': expected a step other than 0, found '0'");
  CHECK(refusal("1:2:-0, 3") ==
        "slice: character 4 of '1:2:-0, 3': expected a step other than 0, found '-'");
  CHECK(refusal("..., 1, ...") ==
        "slice: character 8 of '..., 1, ...': expected one ellipsis, found '.'");
  CHECK(refusal("1 2") == "slice: character 2 of '1 2': expected the end, found '2'");
  CHECK(refusal("1.5") == "slice: character 1 of '1.5': expected the end, found '.'");
  CHECK(refusal("--1") == "slice: character 1 of '--1': expected a digit, found '-'");
  CHECK(refusal("[1, 2") == "slice: character 5 of '[1, 2': expected ']', found the end");
  CHECK(refusal("(1, 2]") == "slice: character 5 of '(1, 2]': expected ')', found ']'");
  CHECK(refusal("1\n") == "slice: character 1 of '1\\n': expected the end, found '\\n'");
}

TEST_CASE("slice: other things than basic indexing are refused", "[array][slice]") {
  for (const std::string_view text :
       {",",         "a",    "1:2:3:4", "[1",     "1]",    "1)",       "[[1, 2]]",
        "[1, 2], 3", "..",   "....",    "None:3", "True",  "Nonesuch", "newaxis2",
        "- 1",       "+",    "1:-",     "0x10",   "1_000", "1e3",      "x > 3",
        "::0",       "::-0", "'field'", "1;2"}) {
    CAPTURE(text);
    refusal(text);
  }
  refusal(std::string_view("1\0", 2));
}

TEST_CASE("slice: 129 entries are read and 130 are refused", "[array][slice]") {
  std::string text = "None";
  for (int k = 1; k < 129; ++k) text += ",None";
  CHECK(parse_slice(text).size() == 129);
  CHECK_THROWS_WITH(parse_slice(text + ",None"), Catch::Contains("expected at most 129 entries"));
}

TEST_CASE("slice: a range takes what Python's slice takes", "[array][slice]") {
  CHECK(resolved({}, 10) == numbers{0, 1, 10});
  CHECK(resolved({2, 8, 3}, 10) == numbers{2, 3, 2});
  CHECK(resolved({-3, std::nullopt}, 10) == numbers{7, 1, 3});
  CHECK(resolved({std::nullopt, std::nullopt, -1}, 10) == numbers{9, -1, 10});
  CHECK(resolved({8, 1, -3}, 10) == numbers{8, -3, 3});
  CHECK(resolved({5, 5}, 10)[2] == 0);
  CHECK(resolved({8, 2}, 10)[2] == 0);
  CHECK(resolved({2, 8, -1}, 10)[2] == 0);
  CHECK(resolved({100, 200}, 10)[2] == 0);
  CHECK(resolved({-100, 200}, 10) == numbers{0, 1, 10});
  CHECK(resolved({100, -200, -4}, 10) == numbers{9, -4, 3});
  CHECK(resolved({}, 0)[2] == 0);
  CHECK(resolved({std::nullopt, std::nullopt, -1}, 0)[2] == 0);
}

TEST_CASE("slice: a range does not overflow for any values", "[array][slice]") {
  CHECK(resolved({least, most}, most) == numbers{0, 1, most});
  CHECK(resolved({most, least, -1}, most) == numbers{most - 1, -1, most});
  CHECK(resolved({least, most, most}, most) == numbers{0, most, 1});
  CHECK(resolved({most, least, least}, most) == numbers{most - 1, least, 1});
  CHECK(resolved({0, most, most - 1}, most) == numbers{0, most - 1, 2});
  CHECK(resolved({std::nullopt, std::nullopt, least}, 3) == numbers{2, least, 1});
  CHECK(resolved({least, least}, most)[2] == 0);
  CHECK(resolved({most, most, -1}, most)[2] == 0);
}

// tests/data/index_cases.py made the table with NumPy.
TEST_CASE("slice: basic indexing is NumPy's", "[array][slice]") {
  std::ifstream file(QUARRY_TEST_DATA "/index_cases.txt");
  REQUIRE(file);
  int count = 0;
  for (std::string line; std::getline(file, line); ++count) {
    INFO(line);
    const auto columns = columns_of(line);
    REQUIRE(columns.size() >= 4);
    const layout from = layout::strided(tuple(columns[0]), tuple(columns[1]), 4);
    const auto index = parse_slice(columns[2]);
    if (columns.size() == 4) {
      CHECK(fails_with(refused_by_numpy(columns[3]), [&] { slice(from, index); }));
      continue;
    }
    const auto found = slice(from, index);
    CHECK(list(found.where.shape()) == tuple(columns[3]));
    CHECK(meant_strides(found.where) == tuple(columns[4]));
    CHECK(std::to_string(found.offset_bytes) == columns[5]);
    CHECK(found.where.item_bytes() == 4);
  }
  CHECK(count > 1500);
}

TEST_CASE("slice: an error names index, axis and extent", "[array][slice]") {
  const layout from = layout::contiguous(numbers{3, 4}, 4);
  const auto refused = [&](std::string_view text) {
    return failure_of([&] { slice(from, parse_slice(text)); });
  };
  CHECK(refused("3").message() == "index 3 is out of bounds for axis 0 with extent 3");
  CHECK(refused("..., -5").message() == "index -5 is out of bounds for axis 1 with extent 4");
  CHECK(refused("None, 0, 4").message() == "index 4 is out of bounds for axis 1 with extent 4");
  CHECK(refused("3").code() == errc::out_of_bounds);
  CHECK(refused("9223372036854775807").code() == errc::out_of_bounds);
  CHECK(refused("-9223372036854775808").code() == errc::out_of_bounds);
  CHECK(refused("0, 0, 0").message() == "3 indices for an array of 2 axes, shape (3, 4)");
  CHECK(refused("0, 0, ..., 0").code() == errc::shape_mismatch);
}

TEST_CASE("slice: an index made of values obeys the rules of the text", "[array][slice]") {
  const layout from = layout::contiguous(numbers{3, 4}, 4);
  const std::vector<index_entry> index{newaxis, all, std::int64_t{-1}};
  const auto found = slice(from, index);
  CHECK(list(found.where.shape()) == numbers{1, 3});
  CHECK(found.offset_bytes == 12);
  CHECK(fails_with(errc::invalid_argument, [&] {
    slice(from, std::vector<index_entry>{ellipsis, ellipsis});
  }));
  CHECK(fails_with(errc::invalid_argument, [&] {
    slice(from, std::vector<index_entry>{range{.start = 0, .stop = 2, .step = 0}});
  }));
}

TEST_CASE("slice: a result of 65 axes is refused", "[array][slice]") {
  const layout from = layout::contiguous(numbers(63, 1), 4);
  CHECK(slice(from, std::vector<index_entry>(1, newaxis)).where.rank() == 64);
  CHECK(
      fails_with(errc::limit_exceeded, [&] { slice(from, std::vector<index_entry>(2, newaxis)); }));
}

TEST_CASE("slice: no step over a large axis overflows", "[array][slice]") {
  const layout from = layout::strided(numbers{2, 1}, numbers{most - 8, least}, 8);
  const auto last = slice(from, parse_slice("1:9223372036854775807:9223372036854775807, ::-2"));
  CHECK(list(last.where.shape()) == numbers{1, 1});
  CHECK(last.offset_bytes == most - 8);
  const auto back = slice(from, parse_slice("::-1"));
  CHECK(list(back.where.shape()) == numbers{2, 1});
  CHECK(back.where.stride(0) == 8 - most);
  CHECK(back.offset_bytes == most - 8);
}

TEST_CASE("slice: an empty result stays where it was", "[array][slice]") {
  const layout from = layout::contiguous(numbers{4, 5}, 8);
  for (const std::string_view text : {"3:3", "3, 4:4", "2:0", "::-1, 5:"}) {
    CAPTURE(text);
    const auto found = slice(from, parse_slice(text));
    CHECK(found.where.size() == 0);
    CHECK(found.offset_bytes == 0);
  }
}
