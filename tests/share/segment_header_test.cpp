// The first bytes of a segment: written as share.md says, and refused where they are not.
#include "quarry/share/segment_header.hpp"

#include <cstring>
#include <functional>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/array/element.hpp"
#include "quarry/base/crc32c.hpp"
#include "quarry/map/machine.hpp"

#include "map/failure.hpp"

using namespace quarry::share;
using quarry::errc;
using bytes = std::vector<std::byte>;

namespace {

segment_header planned() {
  return plan_segment(segment_kind::slots, quarry::element<quarry::big<float>>::type(),
                      std::vector<std::int64_t>{100, 300}, 3);
}

template <class Number>
Number number_at(const bytes& from, std::size_t offset) {
  Number out{};
  std::memcpy(&out, &from[offset], sizeof out);
  return out;
}

template <class Number>
void put(bytes& into, std::size_t offset, Number number) {
  std::memcpy(&into[offset], &number, sizeof number);
}

// With a checksum that fits.
bytes with(std::size_t offset, auto number) {
  bytes out = bytes_of(planned());
  put(out, offset, number);
  put(out, 12, quarry::crc32c(std::span(out).subspan(16)));
  return out;
}

quarry::error refusal(const bytes& header, std::uint64_t file_bytes = planned().file_bytes) {
  return failure_of([&] { parse_segment_header(header, file_bytes); });
}

}  // namespace

TEST_CASE("segment_header: its bytes are those of the map", "[share]") {
  const bytes out = bytes_of(planned());
  REQUIRE(out.size() == 96 + 2 * 8 + 5);
  CHECK(std::memcmp(out.data(), "\x89QSH\r\n\x1a\n", 8) == 0);
  CHECK(number_at<std::uint32_t>(out, 8) == 0x01020304);
  CHECK(number_at<std::uint32_t>(out, 16) == 1);
  CHECK(number_at<std::uint32_t>(out, 20) == 1);
  CHECK(number_at<std::uint32_t>(out, 24) == 117);
  CHECK(number_at<std::uint32_t>(out, 28) == 2);
  CHECK(number_at<std::uint32_t>(out, 32) == 3);
  CHECK(number_at<std::uint32_t>(out, 36) == 0);
  CHECK(number_at<std::uint64_t>(out, 40) == 4096);
  CHECK(number_at<std::uint64_t>(out, 48) == 8192);
  // 120000 bytes of elements are 30 blocks of 4096, behind one for the head of the slot.
  CHECK(number_at<std::uint64_t>(out, 56) == 31 * 4096);
  CHECK(number_at<std::uint64_t>(out, 64) == 8192 + 3 * 31 * 4096);
  CHECK(std::memcmp(&out[72], quarry::boot_id().data(), 16) == 0);
  CHECK(number_at<std::uint64_t>(out, 88) == 0);
  CHECK(number_at<std::int64_t>(out, 96) == 100);
  CHECK(number_at<std::int64_t>(out, 104) == 300);
  CHECK(std::memcmp(&out[112], "'>f4'", 5) == 0);
  // CRC-32C of the nine digits is E3069283 (RFC 3720): that of the header covers bytes 16 to 116.
  CHECK(quarry::crc32c(std::as_bytes(std::span("123456789", 9))) == 0xE3069283);
  CHECK(number_at<std::uint32_t>(out, 12) == quarry::crc32c(std::span(out).subspan(16)));
}

TEST_CASE("segment_header: it is read as it was written", "[share]") {
  const segment_header there = planned();
  const segment_header found = parse_segment_header(bytes_of(there), there.file_bytes);
  CHECK(found.kind == segment_kind::slots);
  CHECK(found.type == quarry::element<quarry::big<float>>::type());
  CHECK(found.max_shape == std::vector<std::int64_t>{100, 300});
  CHECK(found.slots == 3);
  CHECK(found.control_offset == 4096);
  CHECK(found.elements_offset(1) == 8192 + 31 * 4096 + 4096);
  CHECK(found.booted == quarry::boot_id());
}

TEST_CASE("segment_header: rows have no head in front, frozen arrays no control block", "[share]") {
  const auto type = quarry::element<std::uint8_t>::type();
  const std::vector<std::int64_t> shape{5000};
  const segment_header rows = plan_segment(segment_kind::append, type, shape, 1);
  CHECK(rows.data_offset == 8192);
  CHECK(rows.elements_offset(0) == 8192);
  CHECK(rows.file_bytes == 16384);
  const segment_header frozen = plan_segment(segment_kind::frozen, type, shape, 1);
  CHECK(frozen.control_offset == 0);
  CHECK(frozen.elements_offset(0) == 4096);
  CHECK(frozen.file_bytes == 12288);
}

TEST_CASE("segment_header: every prefix of it is refused", "[share]") {
  const bytes whole = bytes_of(planned());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    const bytes start(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(refusal(start).code() == errc::truncated);
  }
}

TEST_CASE("segment_header: every changed byte of it is refused", "[share]") {
  const bytes whole = bytes_of(planned());
  for (std::size_t at = 0; at < whole.size(); ++at) {
    CAPTURE(at);
    bytes changed = whole;
    changed[at] ^= std::byte{0x10};
    CHECK(refusal(changed).code());
  }
}

TEST_CASE("segment_header: another checksum is named", "[share]") {
  bytes changed = bytes_of(planned());
  put(changed, 96, std::int64_t{101});
  const auto failure = refusal(changed);
  CHECK(failure.code() == errc::corrupt_header);
  CHECK_THAT(failure.message(), Catch::StartsWith("the checksum of the header is "));
}

TEST_CASE("segment_header: one of another machine, version or kind is unsupported", "[share]") {
  CHECK(refusal(with(8, std::uint32_t{0x04030201})).code() == errc::unsupported);
  CHECK(refusal(with(16, std::uint32_t{2})).message() == "byte 16: found version 2, expected 1");
  CHECK(refusal(with(20, std::uint32_t{0})).code() == errc::unsupported);
  CHECK(refusal(with(20, std::uint32_t{4})).code() == errc::unsupported);
}

TEST_CASE("segment_header: sizes that do not follow from shape and slots are corrupt", "[share]") {
  CHECK(refusal(with(24, std::uint32_t{95})).message() ==
        "byte 24: found a header of 95 bytes, expected 96 to 1048576");
  CHECK(refusal(with(24, UINT32_MAX)).code() == errc::corrupt_header);
  CHECK(refusal(with(28, std::uint32_t{65})).code() == errc::corrupt_header);
  for (const std::uint32_t slots : {0U, 1U, 2U, 241U, UINT32_MAX}) {
    CHECK(refusal(with(32, slots)).code() == errc::corrupt_header);
  }
  CHECK(refusal(with(40, std::uint64_t{0})).code() == errc::corrupt_header);
  CHECK(refusal(with(48, std::uint64_t{64})).message() ==
        "byte 48: found data at 64, expected 8192");
  CHECK(refusal(with(56, std::uint64_t{1} << 62U)).code() == errc::corrupt_header);
  CHECK(refusal(with(64, UINT64_MAX)).code() == errc::corrupt_header);
  CHECK(refusal(with(96, std::int64_t{-1})).code() == errc::corrupt_header);
  CHECK(refusal(with(96, INT64_MAX)).code() == errc::limit_exceeded);
  CHECK(refusal(with(104, std::int64_t{299 + 512})).code() == errc::corrupt_header);
}

TEST_CASE("segment_header: a file of another size is refused", "[share]") {
  const std::uint64_t size = planned().file_bytes;
  CHECK(refusal(bytes_of(planned()), size - 1).code() == errc::truncated);
  CHECK(refusal(bytes_of(planned()), size + 1).code() == errc::corrupt_header);
}

TEST_CASE("segment_header: a dtype that is none is corrupt, and says where", "[share]") {
  bytes changed = bytes_of(planned());
  std::memcpy(&changed[112], "'>f3'", 5);
  put(changed, 12, quarry::crc32c(std::span(changed).subspan(16)));
  const auto failure = refusal(changed);
  CHECK(failure.code() == errc::corrupt_header);
  CHECK_THAT(failure.message(), Catch::StartsWith("the dtype at byte 112: "));
}

TEST_CASE("segment_header: what cannot be shared is not planned", "[share]") {
  using quarry::dtype;
  const auto plan = [](const dtype& type, std::vector<std::int64_t> shape, std::uint32_t slots) {
    return failure_of([&] { plan_segment(segment_kind::slots, type, shape, slots); });
  };
  const dtype number = quarry::element<double>::type();
  CHECK(plan(number, {1}, 2).message() == "found 2 slots, expected 3 to 240");
  CHECK(plan(number, {1}, 241).code() == errc::invalid_argument);
  CHECK(plan(dtype(quarry::type_kind::object, 8), {1}, 3).code() == errc::unsupported);
  CHECK(plan(dtype(quarry::type_kind::bytes, 0), {1}, 3).code() == errc::unsupported);
  CHECK(plan(number, {-1}, 3).code() == errc::shape_mismatch);
  CHECK(plan(number, {INT64_MAX / 8}, 3).code() == errc::limit_exceeded);
  CHECK(plan(number, {INT64_MAX / 16}, 240).code() == errc::limit_exceeded);
}
