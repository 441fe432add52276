// json_text_test.cpp: JSON texts as they come from files: what is made of them, what is refused,
// and that large ones take no more time than they should.
#include "formats/json_text.hpp"

#include <ctime>
#include <limits>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/golden.hpp"

using golden::refusal;
using quarry::attributes;
using quarry::concat;
using quarry::errc;
using quarry::formats::json_limits;
using quarry::formats::json_of;
using quarry::formats::parse_json;

namespace {

// A text of `count` members between two brackets.
template <class Member>
std::string text_of(int count, std::string_view opening, const Member& member,
                    std::string_view closing) {
  std::string out(opening);
  for (int i = 0; i < count; ++i) out += concat(i > 0 ? "," : "", member(i));
  return out.append(closing);
}

refusal refusal_of(std::string_view text, const json_limits& limits = {}) {
  return golden::refusal_from([&] { parse_json(text, limits); });
}

}  // namespace

TEST_CASE("json: a text is read with its keys in their order", "[formats][json]") {
  const std::string_view text =
      R"({"z":[1,-2,2.5,true,null],"a":{"":"\u00e4","z":{}},"m":[[],18446744073709551615]})";
  const auto found = parse_json(text, {});
  CHECK(found["a"][""] == "\xc3\xa4");
  CHECK(found["z"][1] == -2);
  CHECK(found.dump() ==
        "{\"z\":[1,-2,2.5,true,null],\"a\":{\"\":\"\xc3\xa4\",\"z\":{}},"
        "\"m\":[[],18446744073709551615]}");
  for (const std::string_view scalar : {"1", "\"a\"", "null", "false", "[]", "{}"}) {
    CHECK(parse_json(scalar, {}).dump() == scalar);
  }
}

TEST_CASE("json: what is no JSON is refused under the name of the text", "[formats][json]") {
  for (const std::string_view text :
       {"", "{", "[1", "[1,]", "{\"a\":1,}", "{\"a\"}", "{1:1}", "1 2", "[1]]", "nul", "'a'", "NaN",
        "1e999", "// a\n1", "\"\xff\"", "\"a", "\xef\xbb\xbf[]"}) {
    INFO(text);
    const refusal found = refusal_of(text, {.name = "the text"});
    CHECK(found.code == errc::corrupt_header);
    CHECK(found.message.starts_with("the text: "));
  }
}

TEST_CASE("json: a key that occurs twice in an object is refused", "[formats][json]") {
  CHECK(refusal_of(R"({"a":1,"b":2,"a":3})").message == "JSON: the key 'a' occurs twice");
  CHECK(refusal_of(R"([{"a":{"a":1}},{"a":1}])").message.empty());
}

TEST_CASE("json: limits are kept to the last value and key", "[formats][json]") {
  CHECK(refusal_of("[0,[0]]", {.max_values = 4}).message.empty());
  CHECK(refusal_of("[0,[0]]", {.max_values = 3}).message == "JSON: more than 3 values");
  CHECK(refusal_of(R"({"a":0,"b":{}})", {.max_values = 3}).message.empty());
  CHECK(refusal_of(R"({"a":0,"b":{}})", {.max_values = 2}).code == errc::limit_exceeded);
  CHECK(refusal_of(R"([{"a":0},{"b":0}])", {.max_object_keys = 1}).message.empty());
  CHECK(refusal_of(R"({"a":0,"b":0})", {.max_object_keys = 1}).message ==
        "JSON: an object has more than 1 keys");
  CHECK(refusal_of(R"([{"a":0}])", {.max_depth = 2}).message.empty());
  CHECK(refusal_of(R"([{"a":[]}])", {.max_depth = 2}).message == "JSON: nested deeper than 2");
  CHECK(refusal_of("[0]", {.max_bytes = 2}).message == "JSON: 3 bytes, at most 2");
}

TEST_CASE("json: the last of attributes with one name is said", "[formats][json]") {
  const attributes attrs{{"b", {std::int64_t{1}}}, {"a", {true}}, {"b", {std::string("x")}}};
  CHECK(json_of(attrs).dump() == R"({"b":"x","a":true})");
}

TEST_CASE("json: many objects and many keys take no time beyond their number", "[formats][json]") {
  // in time that grows as the square of the number these are minutes
  constexpr std::clock_t patience = 20 * CLOCKS_PER_SEC;
  constexpr int many = 500'000;
  const json_limits wide{.max_object_keys = many, .max_values = 2 * many};
  const auto key = [](int i) { return concat("\"", i, "\":0"); };
  const std::string objects = text_of(
      many, "[", [](int) { return "{}"; }, "]");
  const std::string keys = text_of(many, "{", key, "}");
  const std::clock_t start = std::clock();
  CHECK(parse_json(objects, wide).size() == many);
  const auto wide_object = parse_json(keys, wide);
  CHECK(wide_object.size() == many);
  const auto attrs = std::get<attributes>(quarry::formats::attribute_of(wide_object).value);
  CHECK(json_of(attrs).size() == many);
  CHECK(std::clock() - start < patience);
}
