// ieee488_test.cpp: files that are one IEEE 488.2 block, and the head of such a block. There is
// nothing to generate: a block is '#', digits and bytes.
#include "formats/ieee488/ieee488.hpp"

#include <string>
#include <string_view>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/golden.hpp"
#include "formats/reading.hpp"

using quarry::array_info;
using quarry::catalog;
using quarry::errc;
using quarry::formats::ieee488;

namespace {

// The only array, by its offset and its shape.
void check_block(std::string_view file, std::uint64_t offset, std::string_view shape,
                 std::size_t warnings = 0) {
  INFO(file);
  const catalog found = golden::parse(ieee488, file);
  REQUIRE(found.arrays.size() == 1);
  CHECK(golden::descr_text(found.arrays[0].type) == "'|u1'");
  CHECK(found.arrays[0].offset_bytes == offset);
  CHECK(quarry::tuple_text(found.arrays[0].where.shape()) == shape);
  CHECK(found.warnings.size() == warnings);
}

void check_refusal(std::string_view file, errc code, std::string_view message) {
  INFO(file);
  golden::check_refusal(ieee488, file, code, message);
}

}  // namespace

TEST_CASE("ieee488: a block of counted length is an array of bytes", "[formats][ieee488]") {
  check_block("#15hello", 3, "(5,)");
  check_block("#3005hello", 5, "(5,)");
  check_block("#15hello\n", 3, "(5,)");
  check_block("#15hello;\n", 3, "(5,)");
  check_block("#15hello\r\n", 3, "(5,)");
  check_block("#10", 3, "(0,)");
  check_block("#9000000005hello", 11, "(5,)");
  check_block("#(5)hello\n", 4, "(5,)");
  check_block("#15hello and more", 3, "(5,)", 1);
}

TEST_CASE("ieee488: a block of unknown length ends with the message", "[formats][ieee488]") {
  check_block("#0hello\n", 2, "(5,)");
  check_block("#0hello", 2, "(5,)");
  check_block("#0hel\n\n", 2, "(4,)");
  check_block("#0\n", 2, "(0,)");
  check_block("#0", 2, "(0,)");
}

TEST_CASE("ieee488: a block that fills the file is likely, others are less so",
          "[formats][ieee488]") {
  CHECK(golden::probe(ieee488, "#15hello") == 50);
  CHECK(golden::probe(ieee488, "#15hello\r\n") == 50);
  CHECK(golden::probe(ieee488, "#(5)hello") == 50);
  CHECK(golden::probe(ieee488, "#15hell") == 20);
  CHECK(golden::probe(ieee488, "#0hello\n") == 5);
  CHECK(golden::probe(ieee488, "#15hello and more") == 0);
  CHECK(golden::probe(ieee488, "# a comment") == 0);
  CHECK(golden::probe(ieee488, "#1 column") == 0);
  CHECK(golden::probe(ieee488, "#") == 0);
  CHECK(golden::probe(ieee488, "") == 0);
}

TEST_CASE("ieee488: what is no head of a block is refused", "[formats][ieee488]") {
  check_refusal("hello", errc::corrupt_header,
                "byte 0: expected a data block, '#' and a digit, found 'he'");
  check_refusal("#x", errc::corrupt_header,
                "byte 0: expected a data block, '#' and a digit, found '#x'");
  check_refusal("#2-5hello", errc::corrupt_header,
                "byte 2: expected a digit of the block's length, found '-'");
  check_refusal("#()hello", errc::corrupt_header,
                "byte 2: expected a digit of the block's length, found ')'");
  check_refusal("#(5", errc::truncated,
                "the block's length at byte 3 needs 1 bytes, the file has 0 left");
  check_refusal("#(99999999999999999999)", errc::limit_exceeded,
                "the block's length overflows 64 bits");
  check_refusal("#(18446744073709551615)", errc::limit_exceeded,
                "the block's length overflows 64 bits");
}
