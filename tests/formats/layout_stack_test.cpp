// layout_stack_test.cpp: arrays in several files, as layout JSON describes them.
#include "formats/layout_stack.hpp"

#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/array/dtype_text.hpp"
#include "quarry/base/text.hpp"

#include "formats/golden.hpp"
#include "formats/layout_json.hpp"

using golden::refusal;
using quarry::array_info;
using quarry::concat;
using quarry::errc;
using quarry::part_info;
using quarry::stack_info;
using quarry::formats::layout_json;
using quarry::formats::parse_layout_json;

namespace {

using extents = std::vector<std::int64_t>;

constexpr std::string_view two = R"([{"file":"a","shape":[2,3]},{"file":"b","shape":[4,3]}])";
constexpr std::string_view equal = R"([{"file":"a","shape":[2,3]},{"file":"b","shape":[2,3]}])";

// A stack of int16 with those further keys.
std::string text_of(std::string_view keys) {
  return concat(R"({"arrays":[{"dtype":"<i2",)", keys, "}]}");
}

array_info info_of(std::string_view keys) { return parse_layout_json(text_of(keys)).arrays.at(0); }

extents shape_of(const array_info& info) {
  return {info.where.shape().begin(), info.where.shape().end()};
}

// How that is refused, behind "layout JSON: arrays[0]".
void check_refused(std::string_view keys, std::string_view message) {
  INFO(keys);
  const refusal found = golden::refusal_from([&] { parse_layout_json(text_of(keys)); });
  CHECK(found.code == errc::corrupt_header);
  CHECK(found.message == concat("layout JSON: arrays[0]", message));
}

}  // namespace

TEST_CASE("layout stack: parts along an axis make the shape", "[formats][json][stack]") {
  const array_info info = info_of(concat(R"("axis":0,"parts":)", two));
  CHECK(shape_of(info) == extents{6, 3});
  REQUIRE(info.stack);
  CHECK(info.stack->axis == 0);
  CHECK_FALSE(info.stack->is_new_axis);
  CHECK_FALSE(info.stack->fill);
  REQUIRE(info.stack->parts.size() == 2);
  const part_info& part = info.stack->parts[1];
  CHECK(part.file == "b");
  CHECK_FALSE(part.array);
  CHECK(part.type == quarry::parse_dtype("<i2"));
  CHECK(part.where.stride(0) == 6);
  CHECK(part.offset_bytes == 0);
  CHECK(info.data_file.empty());
}

TEST_CASE("layout stack: parts along a new axis are its indices", "[formats][json][stack]") {
  CHECK(shape_of(info_of(concat(R"("new_axis":0,"parts":)", equal))) == extents{2, 2, 3});
  CHECK(shape_of(info_of(concat(R"("new_axis":2,"parts":)", equal))) == extents{2, 3, 2});
  CHECK(info_of(concat(R"("shape":[2,2,3],"new_axis":1,"parts":)", equal)).stack->is_new_axis);
}

TEST_CASE("layout stack: a part says what is its own", "[formats][json][stack]") {
  const array_info info = info_of(
      R"("axis":1,"fill":7,"parts":[{"file":"x.npz","array":"signal","dtype":">f4","shape":[2,1]},)"
      R"({"file":"sub/y","shape":[2,5],"strides":[-10,2],"offset":12}])");
  const std::vector<part_info>& parts = info.stack->parts;
  CHECK(parts[0].array == "signal");
  CHECK(parts[0].type == quarry::parse_dtype(">f4"));
  CHECK(parts[1].file == "sub/y");
  CHECK(parts[1].where.stride(0) == -10);
  CHECK(parts[1].offset_bytes == 12);
  CHECK(std::get<std::int64_t>(*info.stack->fill) == 7);
}

TEST_CASE("layout stack: a fill is a number or the word for one", "[formats][json][stack]") {
  const auto fill = [](std::string_view value) {
    return std::get<double>(
        *info_of(concat(R"("axis":0,"fill":)", value, R"(,"parts":)", two)).stack->fill);
  };
  CHECK(fill("1.5") == 1.5);
  CHECK(fill("18446744073709551616") == 18446744073709551616.0);
  CHECK(std::isnan(fill("\"nan\"")));
  CHECK(fill("\"inf\"") == INFINITY);
  CHECK(fill("\"-inf\"") == -INFINITY);
  check_refused(concat(R"("axis":0,"fill":"zero","parts":)", two),
                ".fill: must be a number, 'nan', 'inf' or '-inf', found \"zero\"");
  check_refused(concat(R"("axis":0,"fill":null,"parts":)", two),
                ".fill: must be a number, 'nan', 'inf' or '-inf', found null");
}

TEST_CASE("layout stack: keys of the wrong kind or in the wrong place are refused",
          "[formats][json][stack]") {
  check_refused(R"("axis":0,"parts":{})", ".parts: must be a list, found object");
  check_refused(R"("axis":0,"parts":[])", ": a stack needs at least one array");
  check_refused(R"("axis":0,"parts":[7])", ".parts[0]: must be an object, found number");
  check_refused(concat(R"("axis":-1,"parts":)", two),
                ".axis: must be the number of an axis, found -1");
  check_refused(concat(R"("axis":64,"parts":)", two),
                ".axis: must be the number of an axis, found 64");
  check_refused(concat(R"("parts":)", two), ": has parts along an axis or a new_axis, one of both");
  check_refused(concat(R"("axis":0,"new_axis":0,"parts":)", equal),
                ": has parts along an axis or a new_axis, one of both");
  check_refused(R"("shape":[2],"axis":0)", ": has an axis or a fill, but no parts");
  check_refused(R"("shape":[2],"fill":0)", ": has an axis or a fill, but no parts");
  for (const std::string_view own : {R"("file":"c")", R"("strides":[6,2])", R"("offset":0)"}) {
    check_refused(concat(own, R"(,"axis":0,"parts":)", two),
                  ": has parts, and a file, strides or an offset of its own");
  }
  check_refused(concat(R"("scaling":{"scale":[1,2,3],"axis":1},"axis":0,"parts":)", two),
                ".scaling: is one pair for all parts of a stack");
}

TEST_CASE("layout stack: a part without a file or a shape is refused", "[formats][json][stack]") {
  const auto refused = [](std::string_view part, std::string_view message) {
    check_refused(concat(R"("axis":0,"parts":[)", part, "]"), concat(".parts[0]", message));
  };
  refused(R"({"shape":[2]})", ": has no file");
  refused(R"({"file":"","shape":[2]})", ": has no file");
  refused(R"({"file":7,"shape":[2]})", ".file: must be a text, found number");
  refused(R"({"file":"a"})", ": has no shape");
  refused(R"({"file":"a","shape":[2],"array":0})", ".array: must be a text, found number");
  refused(R"({"file":"a","shape":[2],"array":"","offset":0})",
          ": has strides or an offset beside the array that its file's header describes");
  refused(R"({"file":"a","shape":[2],"array":"","strides":[2]})",
          ": has strides or an offset beside the array that its file's header describes");
  refused(R"({"file":"a","shape":[2],"dtype":"<q9"})",
          ".dtype: byte 0 of the descr: type '<q9': no such type");
}

TEST_CASE("layout stack: shapes that do not go together are refused", "[formats][json][stack]") {
  check_refused(
      concat(R"("axis":1,"parts":)", two),
      ": part 1 of the stack has the shape (4, 3), the one before (2, 3): they may differ "
      "along axis 1 only");
  check_refused(
      concat(R"("new_axis":0,"parts":)", two),
      ": part 1 of the stack has the shape (4, 3), the one before (2, 3): along a new axis "
      "they must be equal");
  check_refused(concat(R"("shape":[5,3],"axis":0,"parts":)", two),
                ": has the shape (5, 3), its parts make (6, 3)");
  const refusal beyond = golden::refusal_from([] {
    info_of(R"("axis":0,"parts":[{"file":"a","shape":[4611686018427387903]},)"
            R"({"file":"a","shape":[4611686018427387903]}])");
  });
  CHECK(beyond.code == errc::limit_exceeded);
}

TEST_CASE("layout stack: what is written reads back", "[formats][json][stack]") {
  const std::pair<quarry::dtype, quarry::dtype> types{quarry::parse_dtype("<f4"),
                                                      quarry::parse_dtype(">i2")};
  const extents shape{2, 3};
  array_info info;
  info.name = "all";
  info.type = types.first;
  stack_info stack{.axis = 1, .fill = NAN};
  stack.parts = {
      {.file = "a.npy", .array = "", .type = types.first, .where = {}},
      {.file = "sub/b.dat", .type = types.second, .where = {}, .offset_bytes = 9},
  };
  for (part_info& part : stack.parts) {
    part.where = quarry::layout::contiguous(shape, part.type.item_bytes());
  }
  info.where = quarry::layout::contiguous(extents{2, 6}, 4);
  info.stack = stack;
  const std::string text = layout_json(std::span(&info, 1), {});
  CHECK(text ==
        R"({"arrays":[{"name":"all","dtype":"<f4","shape":[2,6],"axis":1,"fill":"nan","parts":[)"
        R"({"file":"a.npy","array":"","shape":[2,3]},)"
        R"({"file":"sub/b.dat","dtype":">i2","shape":[2,3],"strides":[6,2],"offset":9}],)"
        R"("attributes":{}}],"attributes":{}})");
  const array_info again = parse_layout_json(text).arrays.at(0);
  CHECK(layout_json(std::span(&again, 1), {}) == text);
}
