#include "quarry/base/checked.hpp"

#include <array>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"

namespace checked = quarry::checked;
using quarry::error;

namespace {
constexpr auto big = std::numeric_limits<std::int64_t>::max();

std::int64_t bytes_of(std::initializer_list<std::int64_t> extents, std::int64_t item) {
  return checked::array_bytes({extents.begin(), extents.size()}, item);
}
}  // namespace

TEST_CASE("checked: sums and products within the type are exact", "[base][checked]") {
  CHECK(checked::add<std::int64_t>(big - 1, 1, "sum") == big);
  CHECK(checked::mul<std::uint32_t>(65536, 65535, "product") == 4294901760U);
  CHECK(checked::narrow<std::uint8_t>(255, "byte") == 255);
}

TEST_CASE("checked: overflow names the quantity", "[base][checked]") {
  CHECK_THROWS_WITH(checked::add<std::int64_t>(big, 1, "the end of the data"),
                    "the end of the data overflows 64 bits");
  CHECK_THROWS_AS(checked::mul<std::int64_t>(big, 2, "x"), error);
  CHECK_THROWS_AS((checked::narrow<std::int64_t>(~std::uint64_t{0}, "x")), error);
  CHECK_FALSE(checked::try_add<std::int64_t>(big, 1));
  CHECK_FALSE(checked::try_mul<std::uint64_t>(std::uint64_t{1} << 63U, 2));
}

TEST_CASE("checked: rounding up keeps multiples and refuses to wrap", "[base][checked]") {
  CHECK(checked::round_up<std::uint64_t>(0, 64, "x") == 0);
  CHECK(checked::round_up<std::uint64_t>(65, 64, "x") == 128);
  CHECK(checked::round_up<std::uint64_t>(128, 64, "x") == 128);
  CHECK_THROWS_AS(checked::round_up<std::uint64_t>(~std::uint64_t{0}, 64, "x"), error);
}

TEST_CASE("checked: an empty array has no bytes but its other extents must fit",
          "[base][checked]") {
  CHECK(bytes_of({3, 4}, 8) == 96);
  CHECK(bytes_of({}, 8) == 8);
  CHECK(bytes_of({0, 7}, 8) == 0);
  CHECK(bytes_of({big}, 0) == 0);
  CHECK_THROWS_AS(bytes_of({0, big}, 3), error);
  CHECK_THROWS_AS(bytes_of({big, 2}, 0), error);
  CHECK_THROWS_AS(bytes_of({4194305, 4194305, 211106198978564}, 1), error);
}
