#include "quarry/base/error.hpp"

#include <cerrno>

#include <catch2/catch.hpp>

#include "quarry/base/text.hpp"

using quarry::errc;
using quarry::error;

TEST_CASE("error: the message leads with the path", "[base][error]") {
  const error e(errc::truncated, "needs 96 bytes, has 40", "a.npy");
  CHECK(std::string(e.what()) == "a.npy: needs 96 bytes, has 40");
  CHECK(e.message() == "needs 96 bytes, has 40");
  CHECK(e.code() == errc::truncated);
  CHECK(e.code().category().name() == std::string("quarry"));
}

TEST_CASE("error: a system code keeps its category and adds its text", "[base][error]") {
  errno = ENOENT;
  const error e = quarry::system_error_now("cannot open", "x.npy");
  CHECK(e.code() == std::errc::no_such_file_or_directory);
  CHECK(std::string(e.what()) == "x.npy: cannot open: No such file or directory");
}

TEST_CASE("error: control bytes of names and messages are escaped", "[base][error]") {
  const error e(errc::not_found, "no\x1b[31m", "a\nb");
  CHECK(std::string(e.what()) == "a\\nb: no\\x1b[31m");
}

TEST_CASE("text: what is no text, or turns it round, is escaped", "[base][text]") {
  CHECK(quarry::escaped("\x9b"
                        "31m") == "\\x9b31m");
  CHECK(quarry::escaped("\xc2\x9b"
                        "31m") == "\\x9b31m");
  CHECK(quarry::escaped("a\xe2\x80\xae"
                        "b") == "a\\u202eb");
  CHECK(quarry::escaped("\xc3\xa4") == "\xc3\xa4");
  CHECK(quarry::escaped("ab\xc3\xa4", 3) == "ab...");
  CHECK(quarry::escaped("ab\xc3") == "ab\\xc3");
}

TEST_CASE("error: a path can be given afterwards", "[base][error]") {
  const error e = error(errc::corrupt_header, "bad").with_path("f.bin");
  CHECK(std::string(e.what()) == "f.bin: bad");
  CHECK(e.path() == "f.bin");
}

TEST_CASE("text: long texts are cut and shapes read as tuples", "[base][text]") {
  CHECK(quarry::escaped("abcdef", 3) == "abc...");
  CHECK(quarry::concat("a", 12, 'b' - 'a') == "a121");
  const std::int64_t one[] = {3};
  const std::int64_t two[] = {3, -4};
  CHECK(quarry::tuple_text({}) == "()");
  CHECK(quarry::tuple_text(one) == "(3,)");
  CHECK(quarry::tuple_text(two) == "(3, -4)");
}
