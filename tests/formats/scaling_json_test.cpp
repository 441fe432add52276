// scaling_json_test.cpp: what the JSON of typed .bin files and sidecars says of the meaning of
// numbers.
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/golden.hpp"
#include "formats/layout_json.hpp"

using quarry::array_info;
using quarry::concat;
using quarry::errc;
using quarry::layout;
using quarry::formats::layout_json;
using quarry::formats::parse_layout_json;

namespace {

// An array of 2 x 3 elements and that scaling.
std::string scaled(std::string_view text) {
  return concat(R"({"arrays":[{"dtype":"<i2","shape":[2,3],"scaling":)", text, "}]}");
}

}  // namespace

TEST_CASE("layout json: what numbers mean is read and written", "[formats][json]") {
  const auto scaling_of = [](std::string_view text) {
    return parse_layout_json(scaled(text)).arrays.at(0).scale;
  };
  const quarry::scaling one = scaling_of(R"({"scale":0.5,"offset":-3,"blank":-1})");
  CHECK(one.scale == std::vector{0.5});
  CHECK(one.offset == std::vector{-3.0});
  CHECK(one.blank == -1.0);
  CHECK(scaling_of("{}").is_identity());
  const quarry::scaling each = scaling_of(R"({"scale":[1,2,3],"axis":1})");
  CHECK(each.scale == std::vector{1.0, 2.0, 3.0});
  CHECK(each.axis == 1);
  CHECK_FALSE(each.blank.has_value());

  array_info info;
  info.where = layout::contiguous(std::vector<std::int64_t>{2, 3}, 1);
  const auto written = [&](const quarry::scaling& scale) {
    info.scale = scale;
    const std::string text = layout_json(std::span(&info, 1), {});
    const std::size_t from = text.find(R"("offset":0)") + 10;
    return text.substr(from, text.find(R"(,"attributes")") - from);
  };
  CHECK(written({.scale = {1.0}, .offset = {0.0}}).empty());
  CHECK(written({.blank = std::numeric_limits<double>::quiet_NaN()}).empty());
  CHECK(written(one) == R"(,"scaling":{"scale":0.5,"offset":-3.0,"blank":-1.0})");
  CHECK(written(each) == R"(,"scaling":{"scale":[1.0,2.0,3.0],"axis":1})");
}

TEST_CASE("layout json: scaling that says no numbers or fits no axis is refused",
          "[formats][json]") {
  const std::pair<std::string, std::string> rules[] = {
      {scaled("[]"), "arrays[0].scaling: must be an object, found array"},
      {scaled(R"({"scale":"2"})"), "arrays[0].scaling.scale: must be a number, found \"2\""},
      {scaled(R"({"scale":[1,null]})"), "arrays[0].scaling.scale: must be a number, found null"},
      {scaled(R"({"offset":[[1]]})"), "arrays[0].scaling.offset: must be a number, found [1]"},
      {scaled(R"({"blank":[1]})"), "arrays[0].scaling.blank: must be a number, found [1]"},
      {scaled(R"({"axis":-1})"), "arrays[0].scaling.axis: must be the number of an axis, found -1"},
      {scaled(R"({"axis":64})"), "arrays[0].scaling.axis: must be the number of an axis, found 64"},
      {scaled(R"({"scale":[1,2],"axis":1})"),
       "arrays[0].scaling: 2 scales for an axis of extent 3"},
      {scaled(R"({"scale":[1,2],"axis":2})"),
       "arrays[0].scaling: the axis 2 of its 2 scales is none of 2"},
  };
  for (const auto& [text, message] : rules) {
    const auto found = golden::refusal_from([&, &text = text] { parse_layout_json(text); });
    CHECK(found.code == errc::corrupt_header);
    CHECK(found.message == "layout JSON: " + message);
  }
  CHECK(parse_layout_json(scaled(R"({"colour":1})")).warnings ==
        std::vector<std::string>{"layout JSON: unknown key 'arrays[0].scaling.colour'"});
}
