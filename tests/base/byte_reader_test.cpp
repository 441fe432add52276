#include "quarry/base/byte_reader.hpp"

#include <array>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"

using quarry::byte_order;
using quarry::byte_reader;

namespace {
constexpr std::array<std::byte, 6> six{std::byte{1}, std::byte{2},   std::byte{3},
                                       std::byte{4}, std::byte{'a'}, std::byte{'b'}};
}

TEST_CASE("byte_reader: numbers come in either byte order", "[base][byte_reader]") {
  byte_reader in(six);
  CHECK(in.number<std::uint16_t>(byte_order::little, "x") == 0x0201);
  CHECK(in.number<std::uint16_t>(byte_order::big, "y") == 0x0304);
  CHECK(in.text(2, "z") == "ab");
  CHECK(in.remaining() == 0);
}

TEST_CASE("byte_reader: reading past the end says what is missing and where",
          "[base][byte_reader]") {
  byte_reader in(six);
  in.seek(4, "tail");
  CHECK_THROWS_WITH(in.number<std::uint32_t>(byte_order::little, "the length"),
                    "the length at byte 4 needs 4 bytes, the file has 2 left");
  CHECK(in.position() == 4);
  CHECK_THROWS_AS(in.bytes(~std::uint64_t{0}, "huge"), quarry::error);
  CHECK_THROWS_AS(in.seek(7, "far"), quarry::error);
  CHECK_NOTHROW(in.seek(6, "end"));
}
