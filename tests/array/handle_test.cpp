#include "quarry/array/handle.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/array/dtype_text.hpp"
#include "quarry/base/error.hpp"

using quarry::array_handle;
using quarry::errc;
using quarry::layout;
using quarry::parse_handle;

namespace {

using extents = std::vector<std::int64_t>;

array_handle handle(std::string_view type, const extents& shape, const extents& strides,
                    std::int64_t offset, std::string_view path = "/data/scan.npy") {
  const quarry::dtype element = quarry::parse_dtype(type);
  return {.path = path,
          .device = 2049,
          .inode = 131074,
          .type = element,
          .where = layout::strided(shape, strides, element.item_bytes()),
          .offset_bytes = offset};
}

const std::string text =
    "{'path': '/data/scan.npy', 'file': '2049:131074', 'descr': '>f4', 'shape': (2, 3), "
    "'strides': (-4000, 8), 'offset': 4128}";

std::string with(std::string_view old, std::string_view by) {
  std::string out = text;
  return out.replace(out.find(old), old.size(), by);
}

std::error_code thrown(std::string_view from) {
  try {
    parse_handle(from);
  } catch (const quarry::error& failure) {
    return failure.code();
  }
  return {};
}

}  // namespace

TEST_CASE("handle: the text is a Python literal", "[array][handle]") {
  CHECK(to_string(handle(">f4", {2, 3}, {-4000, 8}, 4128)) == text);
  CHECK(to_string(handle("{t:>f8, v:<i2[2]}", {5}, {12}, 0)) ==
        "{'path': '/data/scan.npy', 'file': '2049:131074', "
        "'descr': [('t', '>f8'), ('v', '<i2', (2,))], 'shape': (5,), 'strides': (12,), "
        "'offset': 0}");
  CHECK(to_string(handle("|u1", {}, {}, 7, "/a b/it's \"x\"\n")) ==
        R"({'path': '/a b/it\'s "x"\n', 'file': '2049:131074', 'descr': '|u1', 'shape': (), )"
        "'strides': (), 'offset': 7}");
  CHECK(to_string(handle("|u1", {1}, {1}, 0, "/\xff")).substr(0, 20) == "{'path_hex': '2fff',");
}

TEST_CASE("handle: the text reads back as the same handle", "[array][handle]") {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  const std::vector<array_handle> all{
      handle(">f4", {2, 3}, {-4000, 8}, 4128),
      handle("<c16", {}, {}, most),
      handle("<M8[25us]", {0, 7}, {56, 8}, 0),
      handle("|S5", {3}, {0}, 128),
      handle("bf16", {2, 2, 2}, {8, 4, 2}, 1),
      handle("<u3", {9}, {-3}, 24),
      handle("{id@4:<u4, 'a b'@0:<f4, @16}", {4}, {16}, 64),
      handle("{x@0:<u4, y@2:<u2}", {1}, {1}, 0),
      handle("{p:{q:>i2[3], r:?}, s:<U4}", {1, 1}, {-1, 1}, 3),
      handle("|u1", {1}, {1}, 0, "/with space/'quoted'/\"twice\"/new\nline/\\/\t"),
      handle("|u1", {1}, {1}, 0, "/\xc3\xa4/\xe6\xbc\xa2"),
      handle("|u1", {1}, {1}, 0, "/not utf-8 \xff\xfe"),
  };
  for (const array_handle& each : all) {
    CAPTURE(to_string(each));
    CHECK(parse_handle(to_string(each)) == each);
    CHECK(to_string(each).size() < 1024);
    CHECK(to_string(each).find('\n') == std::string::npos);
  }
  array_handle largest = handle("|u1", {1}, {1}, 0);
  largest.device = largest.inode = std::numeric_limits<std::uint64_t>::max();
  CHECK(parse_handle(to_string(largest)) == largest);
}

TEST_CASE("handle: keys may come in any order and with other blanks", "[array][handle]") {
  CHECK(parse_handle("{'shape':(2,3),'offset':4128,'strides':(-4000,8),'descr':'>f4',"
                     "'file':'2049:131074','path':'/data/scan.npy'}") == parse_handle(text));
}

TEST_CASE("handle: other texts are refused", "[array][handle]") {
  for (const std::string& bad :
       std::vector<std::string>{"",
                                "[]",
                                "{}",
                                "{'path': '/a'}",
                                text + text,
                                with("'offset': 4128", "'offset': 4128, 'offset': 4128"),
                                with("'offset'", "'ofset'"),
                                with("'offset'", "1"),
                                with("4128", "'4128'"),
                                with("4128", "True"),
                                with("(2, 3)", "[2, 3]"),
                                with("(2, 3)", "(2, -3)"),
                                with("(2, 3)", "(2,)"),
                                with("(2, 3)", "(2, 3.0)"),
                                with("'>f4'", "'f4'"),
                                with("'>f4'", "'>q4'"),
                                with("'>f4'", "('>f4', (2,))"),
                                with("'>f4'", "4"),
                                with("2049:131074", "2049"),
                                with("2049:131074", "2049:"),
                                with("2049:131074", ":1"),
                                with("2049:131074", "-1:1"),
                                with("2049:131074", "1:18446744073709551616"),
                                with("'2049:131074'", "2049"),
                                with("/data", "data"),
                                with("'/data/scan.npy'", "1"),
                                with("'path'", "'path_hex'"),
                                with("'path': '/data/scan.npy'", "'path_hex': '2f6'"),
                                with("'path': '/data/scan.npy'", "'path_hex': '2fxy'"),
                                with("'path':", "'path_hex': '2f61', 'path':")}) {
    CAPTURE(bad);
    CHECK(thrown(bad) == errc::invalid_argument);
  }
}

TEST_CASE("handle: sizes and types that quarry does not have keep their own codes",
          "[array][handle]") {
  CHECK(thrown(with("(2, 3)", "(9223372036854775807, 9223372036854775807)")) ==
        errc::limit_exceeded);
  CHECK(thrown(with("-4000", "-9223372036854775808")) == errc::limit_exceeded);
  CHECK(thrown(with("4128", "9223372036854775808")) == errc::limit_exceeded);
  CHECK(thrown(with("'>f4'", "'|V4294967296'")) == errc::limit_exceeded);
}

TEST_CASE("handle: every prefix is refused, every damaged byte refused or a handle",
          "[array][handle]") {
  for (const std::string& whole :
       {text, to_string(handle("{t:>f8, v:<i2[2]}", {5, 0}, {12, -3}, 9, "/\xff"))}) {
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
      CHECK(thrown(whole.substr(0, bytes)) == errc::invalid_argument);
    }
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
        const std::error_code code = thrown(damaged);
        CHECK((!code || code.category() == quarry::quarry_category()));
      }
    }
  }
}
