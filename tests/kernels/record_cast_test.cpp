#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/kernels/convert.hpp"

#include "kernels/sample.hpp"

using quarry::errc;
using sample::bytes_of;
using sample::converted;
using sample::failure_of;
using sample::of_bytes;

TEST_CASE("record: fields are cast one by one at their own offsets", "[kernels][record]") {
  const auto from = of_bytes("{a:<i2, b:|S2, c:>f4}",
                             std::string("\1\0xy\x3f\x80\0\0\xff\xffz\0\xc0\0\0\0", 16), {2});
  const auto to = converted(from, "{a@8:>i4, b@0:|S3, c@4:<f4, @16}");
  const std::string padding(4, '\0');
  CHECK(bytes_of(to) == std::string("xy\0\0\0\0\x80\x3f\0\0\0\1", 12) + padding +
                            std::string("z\0\0\0\0\0\0\xc0\xff\xff\xff\xff", 12) + padding);
}

TEST_CASE("record: equal records are moved whole, padding included", "[kernels][record]") {
  const auto from = of_bytes("{a@0:|u1, @4}", "1abc2def", {2});
  CHECK(bytes_of(converted(from, "{a@0:|u1, @4}")) == "1abc2def");
  const auto overlapping = of_bytes("{a@0:<i2, b@1:<i2}", "abcdef", {2});
  CHECK(bytes_of(converted(overlapping, "{a@0:<i2, b@1:<i2}")) == "abcdef");
}

TEST_CASE("record: padding of another record is left as it was", "[kernels][record]") {
  const auto from = of_bytes("{a:|u1}", "12", {2});
  const auto to = of_bytes("{a@1:|u1, @3}", "......", {2});
  quarry::convert(from, to);
  CHECK(bytes_of(to) == ".1..2.");
}

TEST_CASE("record: subarrays and nested records keep their order", "[kernels][record]") {
  const auto from = of_bytes("{v:<i2[2,2], n:{x:|u1, y:<u2}[2]}",
                             std::string("\1\0\2\0\3\0\4\0\5\6\0\7\x08\0", 14), {1});
  const auto to = converted(from, "{v:>i2[2,2], n:{x:|u1, y:>u2}[2]}");
  CHECK(bytes_of(to) == std::string("\0\1\0\2\0\3\0\4\5\0\6\7\0\x08", 14));
  const auto wide = converted(from, "{v:>i4[2,2], n:{x:<u2, y:|u1}[2]}");
  CHECK(bytes_of(wide) == std::string("\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\5\0\6\7\0\x08", 22));
}

TEST_CASE("record: many records and long subarrays go through in blocks", "[kernels][record]") {
  std::vector<std::int16_t> values(3000 * 5);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int16_t>(i);
  const auto many = sample::of<std::int16_t>("<i2", values);
  const auto records =
      many.reshape({3000, 5}).reinterpret(quarry::parse_dtype("{a:<i2, v:<i2[3], z:<i2}"));
  const auto wide = converted(records.reshape({3000}), "{a:<i8, v:>i4[3], z:<f8}");
  const auto back = converted(wide, "{a:<i2, v:<i2[3], z:<i2}", sample::unsafe);
  CHECK(sample::values_of<std::int16_t>(back) == values);
  const auto one = many.reinterpret(quarry::parse_dtype("{v:<i2[15000]}"));
  const auto one_back =
      converted(converted(one, "{v:>f4[15000]}"), "{v:<i2[15000]}", sample::unsafe);
  CHECK(sample::values_of<std::int16_t>(one_back) == values);
}

TEST_CASE("record: a value that does not fit is named with index and field", "[kernels][record]") {
  std::vector<std::int32_t> values(2000, 1);
  values[1234 * 1 + 1] = 400;
  const auto from = sample::of<std::int32_t>("<i4", values)
                        .reshape({1000, 2})
                        .reinterpret(quarry::parse_dtype("{a:<i4, n:{b:<i4}}"));
  const auto found = failure_of([&] { converted(from, "{a:<i2, n:{b:|i1}}"); });
  CHECK(found.code == errc::out_of_bounds);
  CHECK(found.message == "value 400 at index (617, 0) in field 'n' in field 'b' does not fit int8");
}

TEST_CASE("record: fields that differ in name, order or shape are unsupported",
          "[kernels][record]") {
  const auto code = [](std::string_view from, std::string_view to) {
    return failure_of([&] { converted(of_bytes(from, "", {1}), to, sample::unsafe); }).code;
  };
  CHECK(code("{a:<i4}", "{b:<i4}") == errc::unsupported);
  CHECK(code("{a:<i4, b:<i4}", "{b:<i4, a:<i4}") == errc::unsupported);
  CHECK(code("{a:<i4, b:<i4}", "{a:<i4}") == errc::unsupported);
  CHECK(code("{a:<i4[2]}", "{a:<i4[1,2]}") == errc::unsupported);
  CHECK(code("{a:<i4}", "{a:<i4[2]}") == errc::unsupported);
  CHECK(code("{a:|S3}", "{a:<i4}") == errc::unsupported);
}

TEST_CASE("record: fields that overlap cannot be cast into", "[kernels][record]") {
  const auto found = failure_of([] {
    converted(of_bytes("{a@0:<i2, b@1:<i2}", "abc", {1}), "{a@0:>i2, b@1:>i2}", sample::unsafe);
  });
  CHECK(found.code == errc::unsupported);
  CHECK(found.message == "records cannot be cast to one whose fields 'a' and 'b' overlap");
  // Read from, they are two values like any others.
  const auto apart = converted(of_bytes("{a@0:<i2, b@1:<i2}", "abc", {1}), "{a:<i2, b:<i2}");
  CHECK(bytes_of(apart) == "abbc");
}

TEST_CASE("record: the rule is checked field by field", "[kernels][record]") {
  const auto found =
      failure_of([] { converted(of_bytes("{a:<i4, b:<f8}", "", {1}), "{a:<i8, b:<i8}"); });
  CHECK(found.code == errc::type_mismatch);
  CHECK(found.message ==
        "casting {a:<i4, b:<f8} to {a:<i8, b:<i8} needs the rule unsafe, not same_kind");
}
