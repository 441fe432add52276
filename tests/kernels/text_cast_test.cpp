#include "quarry/kernels/text_cast.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "kernels/sample.hpp"

using quarry::errc;
using sample::bytes_of;
using sample::converted;
using sample::of;
using sample::of_bytes;

TEST_CASE("text: strings are cut and padded to the new length", "[kernels][text]") {
  const auto from = of_bytes("|S3", "abcde\0", {2});
  CHECK(bytes_of(converted(from, "|S5")) == std::string("abc\0\0de\0\0\0", 10));
  CHECK(bytes_of(converted(from, "|S2")) == "abde");
  CHECK(bytes_of(converted(of_bytes("|S3", "\xff\x80z", {1}), "|S2")) == "\xff\x80");
  const auto wide = of<char32_t>("<U2", {U'a', 0x1f600});
  CHECK(sample::values_of<char32_t>(converted(wide, "<U3")) ==
        std::vector<char32_t>{U'a', 0x1f600, 0});
  CHECK(sample::values_of<char32_t>(converted(wide, "<U1")) == std::vector<char32_t>{U'a'});
}

TEST_CASE("text: code points are turned round, and cut, in one go", "[kernels][text]") {
  const auto wide = of<char32_t>("<U2", {U'a', 0x1f600});
  CHECK(bytes_of(converted(wide, ">U2")) == std::string("\0\0\0a\0\1\xf6\0", 8));
  CHECK(bytes_of(converted(wide, ">U3")) == std::string("\0\0\0a\0\1\xf6\0\0\0\0\0", 12));
  const auto back = converted(converted(wide, ">U2"), "<U2");
  CHECK(sample::values_of<char32_t>(back) == std::vector<char32_t>{U'a', 0x1f600});
}

TEST_CASE("text: ASCII goes both ways between bytes and code points", "[kernels][text]") {
  const auto text = converted(of_bytes("|S3", "abx", {1}), "<U4");
  CHECK(sample::values_of<char32_t>(text) == std::vector<char32_t>{U'a', U'b', U'x', 0});
  CHECK(bytes_of(converted(text, "|S3", sample::unsafe)) == "abx");
  const auto big = converted(text, ">U4");
  CHECK(bytes_of(converted(big, "|S5", sample::unsafe)) == std::string("abx\0\0", 5));
}

TEST_CASE("text: a character outside ASCII is named with its index", "[kernels][text]") {
  const auto found =
      sample::failure_of([] { converted(of_bytes("|S2", "abc\xe9", {2}), "<U2", sample::unsafe); });
  CHECK(found.code == errc::out_of_bounds);
  CHECK(found.message == "character U+00e9 at index (1,) is not ASCII");
  const auto wide = sample::failure_of([] {
    converted(of<char32_t>("<U1", {U'a', 0x1f600}), "|S1", sample::unsafe);
  });
  CHECK(wide.message == "character U+1f600 at index (1,) is not ASCII");
  // What is cut off is not looked at.
  CHECK(bytes_of(converted(of<char32_t>("<U2", {U'a', 0xe9}), "|S1", sample::unsafe)) == "a");
}

TEST_CASE("text: lengths follow the rules of NumPy", "[kernels][text]") {
  const auto found = sample::failure_of(
      [] { converted(of_bytes("|S3", "abc", {1}), "|S2", {.rule = quarry::casting::safe}); });
  CHECK(found.code == errc::type_mismatch);
  CHECK(found.message == "casting |S3 to |S2 needs the rule same_kind, not safe");
}

TEST_CASE("text: strings longer than any buffer are cast at any stride", "[kernels][text]") {
  const std::string lines(100000, 'q');
  const auto from = of_bytes("|S50000", lines, {2}).flip(0);
  const auto to = converted(from, ">U50001");
  CHECK(bytes_of(converted(to, "|S50000", sample::unsafe)) == lines);
}

TEST_CASE("text: opaque bytes are moved as they are", "[kernels][text]") {
  const auto from = of_bytes("|V3", "abcdef", {2});
  CHECK(bytes_of(converted(from.flip(0), "|V3")) == "defabc");
}
