#include "quarry/kernels/moments.hpp"

#include <array>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "kernels/sample.hpp"

using quarry::errc;
using sample::failure_of;
using sample::of;

namespace {

struct cast_row {
  std::string_view from;
  std::string_view to;
  std::string_view values;
  std::string_view results;
};
constexpr std::array numpy_rows = std::to_array<cast_row>({
#include "data/moment_values.inc"
});

constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
constexpr auto highest = std::numeric_limits<std::int64_t>::max();

sample::failure cast_failure(std::string_view from, std::int64_t value, std::string_view to) {
  return failure_of(
      [&] { sample::converted(of<std::int64_t>(from, {value}), to, sample::unsafe); });
}

}  // namespace

TEST_CASE("moments: NumPy turns the same counts into the same counts", "[kernels][moments]") {
  for (const cast_row& row : numpy_rows) {
    INFO(row.from << " to " << row.to);
    const std::string values = sample::unhex(row.values);
    const std::int64_t item = quarry::parse_dtype(row.from).item_bytes();
    const auto from =
        sample::of_bytes(row.from, values, {static_cast<std::int64_t>(values.size()) / item});
    CHECK(sample::bytes_of(sample::converted(from, row.to, sample::unsafe)) ==
          sample::unhex(row.results));
  }
}

TEST_CASE("moments: every day of 4000 years comes back from its month", "[kernels][moments]") {
  using quarry::time_unit;
  constexpr time_unit month{time_unit::base::M, 1};
  constexpr time_unit day{time_unit::base::D, 1};
  const auto to_days = *quarry::moment_cast::make(month, day, quarry::type_kind::datetime);
  const auto to_months = *quarry::moment_cast::make(day, month, quarry::type_kind::datetime);
  std::int64_t first = *to_days(-24001);
  for (std::int64_t m = -24000; m < 24000; ++m) {
    const std::int64_t next = *to_days(m);
    const bool right = next - first >= 28 && next - first <= 31 && *to_months(first) == m - 1 &&
                       *to_months(next - 1) == m - 1;
    if (!right) FAIL("month " << m - 1);
    first = next;
  }
  CHECK(*to_days(0) == 0);
  CHECK(*to_days(360) == 10957);  // 2000-01-01
}

TEST_CASE("moments: counts beyond int64 are out of bounds", "[kernels][moments]") {
  const auto found = cast_failure("<M8[D]", 106752, "<M8[ns]");
  CHECK(found.code == errc::out_of_bounds);
  CHECK(found.message == "value 106752 at index (0,) does not fit <M8[ns]");
  CHECK_FALSE(cast_failure("<M8[D]", 106751, "<M8[ns]").code);
  CHECK(cast_failure("<M8[W]", highest, "<M8[as]").code == errc::out_of_bounds);
  CHECK(cast_failure("<M8[2147483647W]", lowest + 1, "<M8[as]").code == errc::out_of_bounds);
  CHECK(cast_failure("<M8[2147483647Y]", highest, "<M8[D]").code == errc::out_of_bounds);
  CHECK(cast_failure("<M8[2147483647Y]", lowest + 1, "<M8[as]").code == errc::out_of_bounds);
  CHECK_FALSE(cast_failure("<M8[as]", lowest + 1, "<M8[2147483647Y]").code);
  CHECK_FALSE(cast_failure("<M8[D]", highest, "<M8[Y]").code);
  // The result that would be NaT is no count either: -2^62 pairs of days.
  CHECK(cast_failure("<m8[2D]", -(std::int64_t{1} << 62U), "<m8[D]").code == errc::out_of_bounds);
}

TEST_CASE("moments: NaT stays NaT between all units", "[kernels][moments]") {
  for (const std::string_view to : {"<M8[Y]", "<M8[ns]", ">M8[7W]"}) {
    const auto out = sample::converted(of<std::int64_t>("<M8[D]", {lowest}), to, sample::unsafe);
    const auto native = sample::converted(out, "<i8", sample::unsafe);
    CHECK(sample::values_of<std::int64_t>(native) == std::vector<std::int64_t>{lowest});
  }
}

TEST_CASE("moments: units without a fixed relation are unsupported", "[kernels][moments]") {
  CHECK(cast_failure("<m8[Y]", 1, "<m8[D]").code == errc::unsupported);
  CHECK(cast_failure("<m8[s]", 1, "<m8[M]").code == errc::unsupported);
  CHECK(cast_failure("<m8[s]", 1, "<m8").code == errc::unsupported);
  CHECK(cast_failure("<M8[s]", 1, "<M8").code == errc::unsupported);
}

TEST_CASE("moments: the byte order is turned without touching the count", "[kernels][moments]") {
  const auto big = sample::converted(of<std::int64_t>("<M8[s]", {1}), ">M8[s]");
  CHECK(sample::bytes_of(big) == std::string("\0\0\0\0\0\0\0\1", 8));
}
