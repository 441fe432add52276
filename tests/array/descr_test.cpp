// The descr of a file, in and out of dtypes; the expected values are NumPy's.
#include <algorithm>
#include <fstream>
#include <map>

#include <catch2/catch.hpp>

#include "quarry/array/dtype_text.hpp"
#include "quarry/array/literal.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

using quarry::concat;
using quarry::descr_of;
using quarry::dtype;
using quarry::dtype_from_descr;
using quarry::errc;
using quarry::field;
using quarry::parse_literal;
using quarry::python_text;

namespace {

using strings = std::vector<std::string>;

struct reading {
  dtype type;
  std::vector<std::int64_t> subarray;
  strings warnings;
};

reading read(std::string_view descr) {
  reading out;
  out.type = dtype_from_descr(parse_literal(descr, out.warnings), out.subarray, out.warnings);
  return out;
}

std::error_code thrown(std::string_view descr) {
  try {
    read(descr);
  } catch (const quarry::error& e) {
    return e.code();
  }
  return {};
}

std::string written(std::string_view descr) { return python_text(descr_of(read(descr).type)); }

strings split(const std::string& line, char separator) {
  strings out(1);
  for (const char c : line) {
    if (c == separator) {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

std::string offsets_of(const dtype& type) {
  std::string out;
  for (const field& each : type.fields()) {
    out += concat(out.empty() ? "" : ",", each.offset_bytes);
  }
  return out;
}

}  // namespace

TEST_CASE("descr: what NumPy makes of hundreds of texts", "[array][descr]") {
  std::ifstream file(QUARRY_TEST_DATA "/descr_cases.txt");
  REQUIRE(file);
  int count = 0;
  for (std::string line; std::getline(file, line); ++count) {
    INFO(line);
    const strings columns = split(line, '\t');
    REQUIRE(columns.size() == 4);
    if (columns[1] == "refused") {
      CHECK_THROWS_AS(read(columns[0]), quarry::error);
      continue;
    }
    const reading found = read(columns[0]);
    CHECK(python_text(descr_of(found.type)) == (columns[1] == "same" ? columns[0] : columns[1]));
    CHECK(std::to_string(found.type.item_bytes()) == columns[2]);
    CHECK(offsets_of(found.type) == columns[3]);
    CHECK(found.subarray.empty());
    CHECK(read(python_text(descr_of(found.type))).type == found.type);
  }
  CHECK(count > 1000);
}

TEST_CASE("descr: a subarray as the whole type comes back beside it", "[array][descr]") {
  CHECK(read("('<f8', (2,))").subarray == std::vector<std::int64_t>{2});
  CHECK(read("('<f8', 2)").subarray == std::vector<std::int64_t>{2});
  CHECK(read("(('<f8', (5,)), (2, 3))").subarray == std::vector<std::int64_t>{2, 3, 5});
  CHECK(to_string(read("([('a', '<i4')], (2,))").type) == "{a:<i4}");
}

TEST_CASE("descr: shapes of nested subarrays are joined, outer first", "[array][descr]") {
  CHECK(written("[('a', ('<f8', (5,)), (2,))]") == "[('a', '<f8', (2, 5))]");
  CHECK(written("[('a', (('<f8', (5,)), (2,)), 3)]") == "[('a', '<f8', (3, 2, 5))]");
}

TEST_CASE("descr: lists serve as tuples, as in JSON", "[array][descr]") {
  CHECK(written("[['a', '<i4', [2, 3]], [['t', 'b'], '<f8'], [[None, 'c'], '|u1']]") ==
        "[('a', '<i4', (2, 3)), (('t', 'b'), '<f8'), ('c', '|u1')]");
  CHECK(written("[['a', ['<f8', [5]]], ['b', [['c', '<i4'], ['', '|V4']], [2]]]") ==
        "[('a', '<f8', (5,)), ('b', [('c', '<i4'), ('', '|V4')], (2,))]");
  CHECK(read("[[['a', '<i4']], [2]]").subarray == std::vector<std::int64_t>{2});
  CHECK(read("['<f8', []]").subarray.empty());
}

TEST_CASE("descr: a field without a name is called by its position", "[array][descr]") {
  const auto found = read("[('', '<i4'), ('', '|V4'), ('', '<f8'), (('t', ''), '|V2')]");
  CHECK(to_string(found.type) == "{f0@0:<i4, f2@8:<f8, f3@16:|V2}");
  CHECK(found.warnings.size() == 3);
  CHECK(thrown("[('f1', '<i4'), ('', '<i4')]") == errc::corrupt_header);
}

TEST_CASE("descr: the dict form places fields anywhere", "[array][descr]") {
  const std::string_view text =
      "{'names': ['a', 'b'], 'formats': ['<i4', ('|u1', (2,))], 'offsets': [4, 4], 'itemsize': 16}";
  CHECK(written(text) == text);
  CHECK(read(text).type.find("b")->offset_bytes == 4);
  const std::string_view titled =
      "{'names': ['a', 'b'], 'formats': ['<i4', '|u1'], 'offsets': [0, 2], 'titles': ['t', None], "
      "'itemsize': 4}";
  CHECK(written(titled) == titled);
  CHECK(written("{'names': ['a', 'b'], 'formats': ['<i4', '|u1']}") ==
        "[('a', '<i4'), ('b', '|u1')]");
  CHECK(written("{'names': ['a'], 'formats': [['<i4', [2]]], 'itemsize': 9}") ==
        "[('a', '<i4', (2,)), ('', '|V1')]");
  const std::string_view inside =
      "[('r', {'names': ['x', 'y'], 'formats': ['<i4', '<i4'], 'offsets': [4, 0], 'itemsize': 8}, "
      "(2,))]";
  CHECK(written(inside) == inside);
}

TEST_CASE("descr: a wrong dict form is refused", "[array][descr]") {
  for (const std::string_view text :
       {"{}", "{'names': ['a']}", "{'names': 'a', 'formats': ['<i4']}",
        "{'names': ['a'], 'formats': ['<i4', '<i4']}", "{'names': [1], 'formats': ['<i4']}",
        "{'names': ['a'], 'formats': ['<i4'], 'offsets': []}",
        "{'names': ['a'], 'formats': ['<i4'], 'offsets': [-1]}",
        "{'names': ['a'], 'formats': ['<i4'], 'offsets': ['0']}",
        "{'names': ['a'], 'formats': ['<i4'], 'itemsize': 3}",
        "{'names': ['a'], 'formats': ['<i4'], 'itemsize': '4'}",
        "{'names': ['a'], 'formats': ['<i4'], 'aligned': True}",
        "{'names': ['a'], 'formats': ['<i4'], 'titles': [1]}",
        "{'names': ['a'], 'formats': ['<i4'], 'names': ['a']}",
        "{'names': [''], 'formats': ['<i4']}", "{'a': ('<i4', 0)}"}) {
    INFO(text);
    CHECK(thrown(text) == errc::corrupt_header);
  }
}

TEST_CASE("descr: what has no meaning is refused", "[array][descr]") {
  for (const std::string_view text : {"''",
                                      "'<'",
                                      "'<ixy'",
                                      "'<f3'",
                                      "'<i5'",
                                      "'<b8'",
                                      "'<M8[zz]'",
                                      "'3i4'",
                                      "'(2,3)f4'",
                                      "5",
                                      "None",
                                      "True",
                                      "1.5",
                                      "('<f8',)",
                                      "('<f8', (2,), 3)",
                                      "()",
                                      "(('a', '<i4'), ('b', '<i4'))",
                                      "[5]",
                                      "['a']",
                                      "[('a',)]",
                                      "[('a', '<i4', (2,), 4)]",
                                      "[(5, '<i4')]",
                                      "[('a', 5)]",
                                      "[('a', '<i4', -1)]",
                                      "[('a', '<i4', (2, -1))]",
                                      "[('a', '<i4', True)]",
                                      "[('a', '<i4', (2.0,))]",
                                      "[('a', '<i4', '2')]",
                                      "[('a', '<i4', None)]",
                                      "[(('t',), '<i4')]",
                                      "[(('t', 'a', 'b'), '<i4')]",
                                      "[((1, 'a'), '<i4')]",
                                      "[(('a', 'a'), '<i4')]",
                                      "[('a', '<i4'), ('a', '<f4')]",
                                      "[(('t', 'a'), '<i4'), ('t', '<f4')]"}) {
    INFO(text);
    CHECK(thrown(text) == errc::corrupt_header);
  }
}

TEST_CASE("descr: sizes that would wrap and too deep a nesting pass a limit", "[array][descr]") {
  CHECK(thrown("'|V4294967296'") == errc::limit_exceeded);
  CHECK(thrown("'<U536870912'") == errc::limit_exceeded);
  CHECK(thrown("[('a', '|V2147483647'), ('b', '|V1')]") == errc::limit_exceeded);
  CHECK(thrown("[('a', '<f8', (4611686018427387904, 4))]") == errc::limit_exceeded);
  CHECK(thrown("[('', '|V2147483647', (9223372036854775807,))]") == errc::limit_exceeded);
  const auto nested = [](int levels) {
    std::string text = "'|u1'";
    for (int i = 0; i < levels; ++i) text = concat("[('a', ", text, ")]");
    return text;
  };
  CHECK(read(nested(8)).type.item_bytes() == 1);
  CHECK(thrown(nested(9)) == errc::limit_exceeded);
}

TEST_CASE("descr: a tree that nests without end is refused", "[array][descr]") {
  quarry::literal tree{std::string("|u1"), 0};
  for (int i = 0; i < 100; ++i) {
    tree = {quarry::literal::tuple{{std::move(tree), quarry::literal{std::int64_t{2}, 0}}}, 0};
  }
  std::vector<std::int64_t> subarray;
  strings warnings;
  try {
    dtype_from_descr(tree, subarray, warnings);
    FAIL("accepted");
  } catch (const quarry::error& e) {
    CHECK(e.code() == errc::limit_exceeded);
  }
}

TEST_CASE("descr: float8 and metadata are unsupported", "[array][descr]") {
  CHECK(thrown("'<f1'") == errc::unsupported);
  CHECK(thrown("('|O', {'vlen': 'x'})") == errc::unsupported);
}

TEST_CASE("descr: quarry's own types are written by their names", "[array][descr]") {
  CHECK(written("'<i3'") == "'<i3'");
  CHECK(written("[('a', '>u3'), ('b', 'bfloat16')]") ==
        (quarry::native_order == quarry::byte_order::little ? "[('a', '>u3'), ('b', '<bf16')]"
                                                            : "[('a', '>u3'), ('b', '>bf16')]"));
}

TEST_CASE("descr: errors name the byte", "[array][descr]") {
  CHECK_THROWS_WITH(read("[('a', '<i4'), ('b', '<i5')]"),
                    "byte 21 of the descr: type '<i5': no such type (a size of 5 bytes does not "
                    "exist)");
  CHECK_THROWS_WITH(read("[('a', '<i4', (2, -1))]"),
                    "byte 14 of the descr: expected extents that are not negative, found (2, -1)");
}

TEST_CASE("descr: usual texts give no warning", "[array][descr]") {
  CHECK(read("[('a', '<i4'), ('', '|V4'), (('t', 'b'), [('c', '>f8')], (1,))]").warnings.empty());
  CHECK(read("[('a', 'f8', 1)]").warnings.size() == 2);
}

TEST_CASE("descr: a hundred thousand fields are read and written", "[array][descr]") {
  std::string text = "[";
  for (int i = 0; i < 100'000; ++i) {
    text += concat(i > 0 ? ", ('f" : "('f", i, "', '<f8')");
  }
  text += "]";
  const auto found = read(text);
  CHECK(found.type.item_bytes() == 800'000);
  CHECK(python_text(descr_of(found.type)) == text);
}
