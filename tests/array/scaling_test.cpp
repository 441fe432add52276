// scaling_test.cpp: what a header may say of the meaning of stored numbers.
#include "quarry/array/scaling.hpp"

#include <limits>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"

#include "map/failure.hpp"

using quarry::check_scaling;
using quarry::errc;
using quarry::scaling;

namespace {

const std::vector<std::int64_t> two_by_three = {2, 3};

quarry::error refusal_of(const scaling& of) {
  return failure_of([&] { check_scaling(of, two_by_three); });
}

}  // namespace

TEST_CASE("scaling: values that stay what they are need none", "[array][scaling]") {
  CHECK(scaling{}.is_identity());
  CHECK(scaling{.scale = {1.0}, .offset = {0.0}}.is_identity());
  CHECK(scaling{.scale = {1.0, 1.0, 1.0}, .axis = 1}.is_identity());
  CHECK_FALSE(scaling{.scale = {2.0}}.is_identity());
  CHECK_FALSE(scaling{.offset = {0.0, 0.5}}.is_identity());
  CHECK_FALSE(scaling{.blank = 0.0}.is_identity());
}

TEST_CASE("scaling: one entry, or one per index of an axis", "[array][scaling]") {
  CHECK_FALSE(refusal_of({}).code());
  CHECK_FALSE(refusal_of({.scale = {2.0}, .offset = {1.0}, .axis = 7}).code());
  CHECK_FALSE(refusal_of({.scale = {1, 2, 3}, .offset = {1.0}, .axis = 1}).code());
  CHECK_FALSE(refusal_of({.offset = {1, 2}}).code());
  CHECK(refusal_of({.scale = {1, 2}, .axis = 1}).message() == "2 scales for an axis of extent 3");
  CHECK(refusal_of({.offset = {1, 2, 3}}).message() == "3 offsets for an axis of extent 2");
  CHECK(refusal_of({.scale = {1, 2}, .axis = 2}).message() ==
        "the axis 2 of its 2 scales is none of 2");
  CHECK(refusal_of({.scale = {1, 2}, .axis = -1}).code() == errc::corrupt_header);
}

TEST_CASE("scaling: what is not finite says nothing about values", "[array][scaling]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(refusal_of({.scale = {nan}}).message() == "a scale is not finite");
  CHECK(refusal_of({.offset = {0, infinity}}).message() == "an offset is not finite");
  CHECK_FALSE(refusal_of({.blank = nan}).code());
}
