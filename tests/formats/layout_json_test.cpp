// layout_json_test.cpp: the rules of the JSON text that typed .bin files and sidecars share:
// what is refused, with which words, and what is accepted with a warning.
#include "formats/layout_json.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/array/dtype_text.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/golden.hpp"

using golden::refusal;
using quarry::array_info;
using quarry::catalog;
using quarry::concat;
using quarry::dtype;
using quarry::errc;
using quarry::layout;
using quarry::formats::layout_json;
using quarry::formats::parse_layout_json;

namespace {

refusal refusal_of(std::string_view text) {
  return golden::refusal_from([&] { parse_layout_json(text); });
}

std::string text_of(std::string_view entry) { return concat(R"({"arrays":[)", entry, "]}"); }

// An array of that dtype.
std::string typed(std::string_view type) {
  return text_of(concat(R"({"dtype":)", type, R"(,"shape":[2]})"));
}

// An array with those further keys.
std::string placed(std::string_view keys) {
  return text_of(concat(R"({"dtype":"<i2",)", keys, "}"));
}

std::string times(int count, std::string_view piece) {
  std::string out;
  for (int i = 0; i < count; ++i) out += piece;
  return out;
}

struct rule {
  std::string text;
  std::string message;  // behind "layout JSON: "
};

void check_refused(const std::vector<rule>& rules) {
  for (const auto& [text, message] : rules) {
    INFO(text);
    const refusal found = refusal_of(text);
    CHECK(found.code == errc::corrupt_header);
    CHECK(found.message == "layout JSON: " + message);
  }
}

}  // namespace

TEST_CASE("layout json: what is no JSON is refused with the parser's words", "[formats][json]") {
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("nonsense"), typed("\"<i2\"") + "x",
        std::string(R"({"arrays":[{"dtype":"<i2","shape":[NaN]}]})"),
        std::string(R"({"arrays":[{"dtype":"<i2","shape":[1e400]}]})"),
        std::string(R"({"arrays":[{"dtype":"<i2","shape":[1,]}]})"),
        std::string(R"({"arrays":[{"dtype":"<i2","shape":[01]}]})"),
        std::string("{\"arrays\":[{\"name\":\"\xff\",\"dtype\":\"<i2\",\"shape\":[1]}]}"),
        std::string("{\"arrays\":[{\"name\":\"\xc0\x80\",\"dtype\":\"<i2\",\"shape\":[1]}]}"),
        std::string("{\"arrays\":[{\"name\":\"\n\",\"dtype\":\"<i2\",\"shape\":[1]}]}"),
        std::string("// a comment\n{}"), std::string("{}\0{}", 5)}) {
    INFO(text);
    const refusal found = refusal_of(text);
    CHECK(found.code == errc::corrupt_header);
    CHECK(found.message.starts_with("layout JSON: "));
    CHECK(found.message.find('\n') == std::string::npos);
  }
  CHECK(refusal_of("\xef\xbb\xbf" + typed("\"<i2\"")).message ==
        "layout JSON: starts with a byte order mark at byte 0");
}

TEST_CASE("layout json: values of the wrong kind are named", "[formats][json]") {
  check_refused({
      {"[]", "must be an object, found array"},
      {"1", "must be an object, found number"},
      {"null", "must be an object, found null"},
      {"{}", "has no arrays"},
      {R"({"arrays":[]})", "has no arrays"},
      {R"({"arrays":{}})", "arrays: must be a list, found object"},
      {R"({"arrays":null})", "arrays: must be a list, found null"},
      {R"({"attributes":[]})", "attributes: attributes must be an object, found array"},
      {text_of("[]"), "arrays[0]: must be an object, found array"},
      {text_of(R"({"dtype":"<i2","shape":[1]},7)"), "arrays[1]: must be an object, found number"},
      {text_of(R"({"shape":[2]})"), "arrays[0]: has no dtype"},
      {text_of(R"({"dtype":"<i2"})"), "arrays[0]: has no shape"},
      {placed(R"("shape":[1],"name":7)"), "arrays[0].name: must be a text, found number"},
      {placed(R"("shape":[1],"name":null)"), "arrays[0].name: must be a text, found null"},
      {placed(R"("shape":[1],"file":["a"])"), "arrays[0].file: must be a text, found array"},
      {placed(R"("shape":4)"), "arrays[0].shape: must be a list of integers, found number"},
      {placed(R"("shape":"4")"), "arrays[0].shape: must be a list of integers, found string"},
      {placed(R"("shape":[2.0])"), "arrays[0].shape: must be a list of integers, found 2.0"},
      {placed(R"("shape":[true])"), "arrays[0].shape: must be a list of integers, found true"},
      {placed(R"("shape":[null])"), "arrays[0].shape: must be a list of integers, found null"},
      {placed(R"("shape":["4"])"), "arrays[0].shape: must be a list of integers, found \"4\""},
      {placed(R"("shape":[[4]])"), "arrays[0].shape: must be a list of integers, found [4]"},
      {placed(R"("shape":[9223372036854775808])"),
       "arrays[0].shape: must be a list of integers, found 9223372036854775808"},
      {placed(R"("shape":[18446744073709551616])"),
       "arrays[0].shape: must be a list of integers, found 1.8446744073709552e+19"},
      {placed(R"("shape":[1],"strides":"2")"),
       "arrays[0].strides: must be a list of integers, found string"},
      {placed(R"("shape":[1],"offset":-1)"),
       "arrays[0].offset: must be a number of bytes, found -1"},
      {placed(R"("shape":[1],"offset":1.0)"),
       "arrays[0].offset: must be a number of bytes, found 1.0"},
      {placed(R"("shape":[1],"offset":"0")"),
       "arrays[0].offset: must be a number of bytes, found \"0\""},
      {placed(R"("shape":[1],"offset":18446744073709551616)"),
       "arrays[0].offset: must be a number of bytes, found 1.8446744073709552e+19"},
      {placed(R"("shape":[1],"attributes":7)"),
       "arrays[0].attributes: attributes must be an object, found number"},
  });
}

TEST_CASE("layout json: a key that occurs twice is refused at every depth", "[formats][json]") {
  check_refused({
      {R"({"arrays":[],"arrays":[]})", "the key 'arrays' occurs twice"},
      {text_of(R"({"dtype":"<f4","dtype":"<f8","shape":[1]})"), "the key 'dtype' occurs twice"},
      {typed(R"({"names":["a"],"names":["b"],"formats":["<i2"]})"), "the key 'names' occurs twice"},
      {placed(R"("shape":[1],"attributes":{"a":[{"b":1,"b":1}]})"), "the key 'b' occurs twice"},
  });
  CHECK(refusal_of(placed(R"("shape":[1],"attributes":{"a":{"b":1},"c":{"b":1},"b":1})"))
            .message.empty());
}

TEST_CASE("layout json: nesting is followed 32 deep and no deeper", "[formats][json]") {
  const auto nested = [](int depth) {  // the value lies in three more brackets
    return placed(concat(R"("shape":[1],"attributes":{"a":)", times(depth - 4, "["), "1",
                         times(depth - 4, "]"), "}"));
  };
  CHECK(refusal_of(nested(32)).message.empty());
  CHECK(refusal_of(nested(33)).message == "layout JSON: nested deeper than 32");
  for (const char* const opening : {"[", "{\"a\":", "{\"arrays\":[", "[[{\"\":"}) {
    CHECK(refusal_of(times(100000, opening)).message == "layout JSON: nested deeper than 32");
    CHECK(refusal_of(typed(times(100000, opening))).message ==
          "layout JSON: nested deeper than 32");
  }
}

TEST_CASE("layout json: more than 64 MiB are refused", "[formats][json]") {
  const std::string padding(std::size_t{64} << 20U, ' ');
  CHECK(refusal_of(" " + padding).message == "layout JSON: 67108865 bytes, at most 67108864");
}

TEST_CASE("layout json: types without items are refused", "[formats][json]") {
  check_refused({
      {typed("\"|S0\""), "arrays[0].dtype: has items of 0 bytes"},
      {typed("[]"), "arrays[0].dtype: has items of 0 bytes"},
      {typed(R"(["<f4",[2]])"), "arrays[0].dtype: is a subarray; its extents belong to the shape"},
      {typed(R"({"names":[],"formats":[]})"), "arrays[0].dtype: has items of 0 bytes"},
  });
}

TEST_CASE("layout json: what is missing has its default", "[formats][json]") {
  const catalog found = parse_layout_json(text_of(R"({"shape":[2,3],"dtype":"<i2"})"));
  CHECK(found.warnings.empty());
  CHECK(found.attrs.empty());
  const array_info& array = found.arrays.at(0);
  CHECK(array.name.empty());
  CHECK(array.offset_bytes == 0);
  CHECK(array.data_file.empty());
  CHECK(array.attrs.empty());
  CHECK(array.where == layout::contiguous(std::vector<std::int64_t>{2, 3}, 2));
}

TEST_CASE("layout json: strides of any sign and shapes of no axes are read", "[formats][json]") {
  const auto strides_of = [](std::string_view keys) {
    const auto found = parse_layout_json(placed(keys));
    return quarry::tuple_text(found.arrays.at(0).where.strides());
  };
  CHECK(strides_of(R"("shape":[2,3],"strides":[-9223372036854775805,0])") ==
        "(-9223372036854775805, 0)");
  CHECK(strides_of(R"("shape":[2,3],"strides":[-6,-2])") == "(-6, -2)");
  CHECK(strides_of(R"("shape":[],"strides":[])") == "()");
  CHECK(strides_of(R"("shape":[0,3],"strides":[9223372036854775807,-6])") ==
        "(9223372036854775807, -6)");
}

TEST_CASE("layout json: records are read in both forms", "[formats][json]") {
  const auto type_of = [](std::string_view type) {
    return quarry::to_string(parse_layout_json(typed(type)).arrays.at(0).type);
  };
  CHECK(type_of(R"([["a","<i2"],["b",">f4",[2,3]]])") == "{a:<i2, b:>f4[2,3]}");
  CHECK(type_of(R"([["a","<i2"]])") == "{a:<i2}");
  CHECK(type_of(R"([["a",[["b","<i2"],["c","|u1"]]]])") == "{a:{b:<i2, c:|u1}}");
  const dtype spread =
      parse_layout_json(typed(R"({"names":["b","a"],"formats":["<f8","<i2"],"offsets":[8,2],)"
                              R"("itemsize":24,"titles":["B",null]})"))
          .arrays.at(0)
          .type;
  CHECK(spread.item_bytes() == 24);
  CHECK(spread.fields()[0].offset_bytes == 8);
  CHECK(spread.fields()[0].title == "B");
  CHECK(spread.fields()[1].name == "a");
  CHECK(spread.fields()[1].offset_bytes == 2);
  CHECK(spread.fields()[1].title.empty());
}

TEST_CASE("layout json: unknown keys are a warning each", "[formats][json]") {
  const catalog found =
      parse_layout_json(R"({"version":2,"arrays":[{"dtype":"<i2","shape":[1],"order":"F"}]})");
  CHECK(found.warnings == std::vector<std::string>{"layout JSON: unknown key 'version'",
                                                   "layout JSON: unknown key 'arrays[0].order'"});
}

TEST_CASE("layout json: unusual types are read with a warning", "[formats][json]") {
  CHECK(parse_layout_json(typed("\"f8\"")).warnings.size() == 1);
  CHECK(parse_layout_json(typed("\"int\"")).warnings.size() == 1);
  CHECK(parse_layout_json(typed("\"<f8\"")).warnings.empty());
}

TEST_CASE("layout json: what is written is read back", "[formats][json]") {
  array_info first;
  first.name = "a \"name\" \xe6\xb8\xa9\n";
  first.type = quarry::parse_dtype("{t:>f8, ch:>i2[8]}");
  first.where =
      layout::strided(std::vector<std::int64_t>{3, 2}, std::vector<std::int64_t>{-48, 24}, 24);
  first.offset_bytes = 18446744073709551615U;
  first.data_file = "other.dat";
  first.attrs = {{"unit", {std::string("V")}}};
  array_info second;
  second.where = layout::contiguous({}, 1);
  const std::vector<array_info> arrays = {first, second};
  const catalog found = parse_layout_json(layout_json(arrays, {{"site", {true}}}));
  REQUIRE(found.arrays.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(found.arrays[i].name == arrays[i].name);
    CHECK(found.arrays[i].type == arrays[i].type);
    CHECK(found.arrays[i].where == arrays[i].where);
    CHECK(found.arrays[i].offset_bytes == arrays[i].offset_bytes);
    CHECK(found.arrays[i].data_file == arrays[i].data_file);
    CHECK(found.arrays[i].attrs.size() == arrays[i].attrs.size());
  }
  CHECK(found.attrs.at(0).name == "site");
  CHECK(std::get<bool>(found.attrs.at(0).value.value));
}

TEST_CASE("layout json: what is wrong with a type or a layout is said of its array",
          "[formats][json]") {
  const auto starts_with = [](const std::string& text, errc code, std::string_view start) {
    const refusal found = refusal_of(text);
    INFO(text << ": " << found.message);
    CHECK(found.code == code);
    CHECK(found.message.starts_with("layout JSON: " + std::string(start)));
  };
  const std::string good = R"({"dtype":"<i2","shape":[1]},)";
  for (const char* const type :
       {"\"<i5\"", "\"nonsense\"", "\"\"", "null", "7", "true", "1.5", "{}", R"([["a"]])",
        R"([["a","<i2"],["a","<i2"]])", R"([["a","<i2","b"]])", R"({"names":["a"],"formats":[]})",
        R"({"names":["a"],"formats":["<i2"],"offsets":[-1]})",
        R"({"names":["a"],"formats":["<i2"],"offsets":[18446744073709551615]})",
        R"({"names":["a"],"formats":["<i2"],"offsets":[1],"itemsize":2})",
        R"({"names":["a"],"formats":["<i2"],"colour":1})"}) {
    starts_with(text_of(good + R"({"dtype":)" + type + R"(,"shape":[2]})"), errc::corrupt_header,
                "arrays[1].dtype: ");
  }
  starts_with(typed("\"<f1\""), errc::unsupported, "arrays[0].dtype: ");
  starts_with(typed("\"|V2147483648\""), errc::limit_exceeded, "arrays[0].dtype: ");
  std::string deep = "\"|u1\"";
  for (int depth = 0; depth < 9; ++depth) deep = R"({"names":["a"],"formats":[)" + deep + "]}";
  starts_with(typed(deep), errc::limit_exceeded, "arrays[0].dtype: ");

  starts_with(placed(R"("shape":[2,-1])"), errc::corrupt_header, "arrays[0]: negative extent -1");
  starts_with(placed(R"("shape":[2],"strides":[2,2])"), errc::corrupt_header,
              "arrays[0]: 2 strides for 1 axes");
  starts_with(placed(R"("shape":[9223372036854775807,2])"), errc::limit_exceeded, "arrays[0]: ");
  starts_with(placed(R"("shape":[0,9223372036854775807])"), errc::limit_exceeded, "arrays[0]: ");
  starts_with(placed(R"("shape":[3],"strides":[-9223372036854775808])"), errc::limit_exceeded,
              "arrays[0]: ");
  starts_with(placed(concat(R"("shape":[1)", times(64, ",1"), "]")), errc::limit_exceeded,
              "arrays[0]: a shape of 65 axes");
}

TEST_CASE("layout json: an object has at most 4096 keys", "[formats][json]") {
  const auto with_keys = [](int count) {
    std::string text = R"({"arrays":[{"dtype":"<i2","shape":[1]}],"attributes":{"0":0)";
    for (int i = 1; i < count; ++i) text += concat(",\"", i, "\":0");
    return text + "}}";
  };
  CHECK(parse_layout_json(with_keys(4096)).attrs.size() == 4096);
  const refusal found = refusal_of(with_keys(4097));
  CHECK(found.code == errc::limit_exceeded);
  CHECK(found.message == "layout JSON: an object has more than 4096 keys");
}

TEST_CASE("layout json: hostile text makes few and short messages", "[formats][json]") {
  std::string text = R"({"arrays":[{"dtype":"<i2","shape":[1])";
  for (int i = 0; i < 1000; ++i) text += concat(",\"", i, "\":0");
  const catalog found = parse_layout_json(text + "}]}");
  CHECK(found.warnings.size() == 65);
  CHECK(found.warnings.back() == "further warnings are left out");

  const std::string huge(1000000, 'k');
  const catalog long_key = parse_layout_json(placed(concat("\"shape\":[1],\"", huge, "\":0")));
  CHECK(long_key.warnings.at(0).size() < 200);
  for (const std::string& wrong :
       {placed(concat("\"shape\":[\"", huge, "\"]")), typed(concat("\"", huge, "\"")),
        concat("{\"", huge, "\":1,\"", huge, "\":1}")}) {
    const refusal refused = refusal_of(wrong);
    CHECK(refused.code == errc::corrupt_header);
    CHECK(refused.message.size() < 300);
  }
}

TEST_CASE("layout json: what memory does not hold is not read", "[formats][json]") {
  const refusal found = refusal_of(text_of(times(1 << 20, "0,") + "0"));
  CHECK(found.code == errc::limit_exceeded);
  CHECK(found.message == "layout JSON: more than 1048576 values");
}

TEST_CASE("layout json: two arrays of one name are refused", "[formats][json]") {
  const auto named = [](std::string_view first, std::string_view second) {
    const auto entry = [](std::string_view name) {
      return concat(R"({"name":")", name, R"(","dtype":"<i2","shape":[1]})");
    };
    return text_of(concat(entry(first), ",", entry(second)));
  };
  check_refused({{named("a", "a"), "arrays[1].name: 'a' is the name of another array"}});
  CHECK(refusal_of(named("a", "b")).message.empty());
  CHECK(refusal_of(named("", "")).message.empty());  // told apart by their positions
}

TEST_CASE("layout json: names that are no UTF-8 are not written", "[formats][json]") {
  const std::string wrong = "\xff";
  array_info by_name;
  by_name.name = wrong;
  array_info by_field;
  by_field.type = dtype::packed_record({{.name = wrong, .type = dtype()}});
  by_field.where = layout::contiguous({}, 1);
  array_info by_attribute;
  by_attribute.attrs = {{"unit", {wrong}}};
  for (const array_info& each : {by_name, by_field, by_attribute}) {
    const refusal found = golden::refusal_from([&] { layout_json(std::span(&each, 1), {}); });
    CHECK(found.code == errc::invalid_argument);
    CHECK(found.message == "a name or an attribute is not UTF-8, which JSON needs");
  }
}

TEST_CASE("layout json: items of 0 bytes, which are not read, are not written", "[formats][json]") {
  array_info empty;
  empty.type = dtype(quarry::type_kind::bytes, 0);
  empty.where = layout::contiguous(std::vector<std::int64_t>{3}, 0);
  const refusal found = golden::refusal_from([&] { layout_json(std::span(&empty, 1), {}); });
  CHECK(found.code == errc::unsupported);
  CHECK(found.message == "items of 0 bytes are not written");
}

TEST_CASE("layout json: Python objects are refused, for their bytes mean nothing",
          "[formats][json]") {
  for (const char* const type : {"\"|O\"", R"([["a",[["b","|O"]]]])"}) {
    const refusal found = refusal_of(typed(type));
    CHECK(found.code == errc::unsupported);
    CHECK(found.message == "layout JSON: arrays[0].dtype: Python objects are never read");
  }
}
