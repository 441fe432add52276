// inflate_test.cpp: deflate streams that zlib made, whole and damaged; the bytes are those of
// Python's zlib.compressobj(level, zlib.DEFLATED, -15).
#include "quarry/base/inflate.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"

#include "map/failure.hpp"
#include "map/scratch.hpp"

using quarry::errc;
using quarry::inflater;

namespace {

constexpr std::string_view hello("\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\xb9\x00", 11);
constexpr std::string_view hello_text = "hello hello hello hello\n";

// All that comes out, in pieces of that many bytes.
std::string inflated(std::string_view stream, std::size_t piece_bytes) {
  inflater from(bytes_of(stream));
  std::vector<std::byte> piece(piece_bytes);
  std::string out;
  for (std::size_t count = piece_bytes; count == piece_bytes;) {
    count = from.read(piece);
    out += text_of(std::span(piece).first(count));
  }
  CHECK(from.used_bytes() <= stream.size());
  return out;
}

}  // namespace

TEST_CASE("inflate: what comes out does not depend on the pieces", "[base][inflate]") {
  for (const std::size_t piece : {1, 2, 5, 23, 24, 25, 1000}) {
    CHECK(inflated(hello, piece) == hello_text);
  }
  CHECK(inflated(std::string_view("\x03\x00", 2), 10).empty());
  CHECK(inflated(std::string_view("\x01\x03\x00\xfc\xff\x61\x62\x63", 8), 2) == "abc");
}

TEST_CASE("inflate: a stream is as long as it says itself", "[base][inflate]") {
  const std::string longer = std::string(hello) + "what follows";
  inflater from(bytes_of(longer));
  std::vector<std::byte> out(100);
  CHECK(from.read(out) == hello_text.size());
  CHECK(from.used_bytes() == hello.size());
  CHECK(from.read(out) == 0);
}

TEST_CASE("inflate: a stream without an end is cut off", "[base][inflate]") {
  for (std::size_t bytes = 0; bytes < hello.size(); ++bytes) {
    INFO(bytes);
    CHECK(fails_with(errc::truncated, [&] { inflated(hello.substr(0, bytes), 100); }));
  }
}

TEST_CASE("inflate: damage is named with its place", "[base][inflate]") {
  const quarry::error failure = failure_of([] { inflated("\x07", 10); });
  CHECK(failure.code() == errc::corrupt_header);
  CHECK(failure.message() == "the deflate stream is damaged at its byte 1: invalid block type");
  for (std::size_t at = 0; at < hello.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged(hello);
      damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ (1U << bit));
      const quarry::error found = failure_of([&] { inflated(damaged, 7); });
      CHECK((!found.code() || found.code() == errc::corrupt_header ||
             found.code() == errc::truncated));
    }
  }
}

TEST_CASE("inflate: the checksum is that of zip", "[base][inflate]") {
  CHECK(quarry::crc32({}) == 0);
  CHECK(quarry::crc32(bytes_of("123456789")) == 0xCBF43926U);
  CHECK(quarry::crc32(bytes_of("6789"), quarry::crc32(bytes_of("12345"))) == 0xCBF43926U);
}
