// pass_errors_test.cpp: passes that do not end well: values that do not fit, stops; and the places
// that errors name. What files do on the way is in pass_files_test.cpp.
#include <array>
#include <cstdint>
#include <limits>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "map/failure.hpp"
#include "map/scratch.hpp"
#include "store/pass_sample.hpp"

using quarry::array;
using quarry::concat;
using quarry::convert;
using quarry::convert_options;
using quarry::dtype;
using quarry::errc;
using quarry::error;
using quarry::pass_options;
using quarry::type_kind;

TEST_CASE("pass: of several values that do not fit one is named, always the same",
          "[store][pass]") {
  const array from = array::zeros(wide, extents{3000, 700});
  const auto values = from.as<double, 2>();
  for (const auto& [i, j] : {std::pair{2999, 3}, {1200, 600}, {1200, 601}, {2000, 0}}) {
    values(i, j) = 1e9;
  }
  const array to = array::zeros(big_short, from.shape());
  for (const int threads : {1, 2, 7}) {
    for (int run = 0; run < 5; ++run) {
      const error failure = failure_of([&] {
        convert(from, to, {.rule = quarry::casting::unsafe, .threads = threads},
                {.memory_bytes = 0});
      });
      CHECK(failure.message().find("index (1200, 600)") != std::string::npos);
    }
  }
}

TEST_CASE("pass: the value named does not depend on the threads", "[store][pass]") {
  const array from = array::zeros({type_kind::signed_integer, 4}, extents{1500, 1201});
  const auto values = from.as<std::int32_t, 2>();
  values(1455, 97) = 1000;
  values(135, 160) = 1001;
  const array to = array::zeros({type_kind::signed_integer, 1}, extents{1201, 1500});
  const auto message = [&](int threads) {
    return failure_of([&] { convert(from.transpose(), to, {.threads = threads}, {}); }).message();
  };
  CHECK_FALSE(message(1).empty());
  CHECK(message(2) == message(1));
  CHECK(message(7) == message(1));
}

TEST_CASE("pass: an error carries the index of the element in the whole", "[store][pass]") {
  const dtype target(type_kind::signed_integer, 2);
  const array from = array::zeros({type_kind::floating, 8}, extents{40, 50, 60});
  const auto values = from.as<double, 3>();
  const array to = array::zeros(target, from.shape());
  const auto failure_with = [&](const array& source, std::uint64_t budget) {
    return failure_of([&] {
      convert(source, array::zeros(target, source.shape()), {.rule = quarry::casting::unsafe},
              {.memory_bytes = budget});
    });
  };
  for (const auto& [i, j, k] : {std::array{0, 0, 0}, std::array{39, 49, 59}, std::array{20, 25, 30},
                                std::array{19, 24, 29}, std::array{31, 1, 58}}) {
    values(i, j, k) = std::numeric_limits<double>::quiet_NaN();
    for (const std::uint64_t budget : {std::uint64_t{0}, std::uint64_t{1} << 30U}) {
      const error failure = failure_with(from, budget);
      INFO(failure.message());
      CHECK(failure.code() == errc::out_of_bounds);
      CHECK(failure.message().find(concat("index (", i, ", ", j, ", ", k, ")")) !=
            std::string::npos);
      const error turned = failure_with(from.transpose(), budget);
      CHECK(turned.message().find(concat("index (", k, ", ", j, ", ", i, ")")) !=
            std::string::npos);
    }
    values(i, j, k) = 0;
  }
  CHECK_FALSE(failure_with(from, 0).code());
}

TEST_CASE("pass: a stop that was asked for before keeps the target as it is", "[store][pass]") {
  std::stop_source stop;
  stop.request_stop();
  const array from = array::zeros(wide, extents{1}).broadcast_to(extents{100});
  const array to = array::zeros(wide, extents{100});
  to.as<double, 1>()(99) = 7;
  const error failure = failure_of([&] { convert(from, to, {}, {.stop = stop.get_token()}); });
  CHECK(failure.code() == std::errc::operation_canceled);
  CHECK(to.as<double, 1>()(99) == 7);
}

TEST_CASE("pass: a stop is heard before the next piece", "[store][pass]") {
  const scratch here;
  const array from = shorts_in(here / "shorts.raw");
  const array to = array::zeros(wide, from.shape());
  std::stop_source stop;
  int pieces = 0;
  const pass_options how{.memory_bytes = 0,
                         .progress =
                             [&](std::uint64_t, std::uint64_t) {
                               if (++pieces == 3) stop.request_stop();
                             },
                         .stop = stop.get_token()};
  CHECK(failure_of([&] { convert(from, to, {.threads = 1}, how); }).code() ==
        std::errc::operation_canceled);
  CHECK(pieces == 3);
}

TEST_CASE("pass: a progress that throws ends the pass", "[store][pass]") {
  const array to = array::zeros(wide, extents{2});
  const pass_options how{
      .progress = [](std::uint64_t, std::uint64_t) { throw error(errc::busy, "enough"); }};
  CHECK(fails_with(errc::busy, [&] { convert(array::zeros(wide, extents{2}), to, {}, how); }));
}

TEST_CASE("pass: what the kernel refuses is refused", "[store][pass]") {
  const array shorts = array::zeros(big_short, extents{1000, 100});
  const array doubles = array::zeros(wide, extents{1000, 100});
  CHECK(fails_with(errc::read_only, [&] { convert(shorts, doubles.as_read_only(), {}, {}); }));
  CHECK(
      fails_with(errc::type_mismatch, [&] { convert(doubles, shorts, {}, {.memory_bytes = 0}); }));
}

TEST_CASE("pass: shapes that differ are refused whole and before anything is stored",
          "[store][pass]") {
  constexpr std::int64_t many = 4000000;  // more than one piece of doubles
  const array to = array::zeros(wide, extents{many});
  const array one = array::zeros(big_short, extents{1});
  one.as<quarry::big<std::int16_t>, 1>()(0) = 1;
  for (const extents& shape : {extents{many - 1}, extents{many + 1}, extents{1}, extents{},
                               extents{many, 1}, extents{1, many}, extents{0}}) {
    const array from = shape.empty() ? array::zeros(big_short, {}) : one.broadcast_to(shape);
    const error failure = failure_of([&] { convert(from, to, {}, {.memory_bytes = 0}); });
    CHECK(failure.code() == errc::shape_mismatch);
    CHECK(failure.message() == concat("elements of shape ", quarry::tuple_text(shape),
                                      " do not go into shape (4000000,)"));
  }
  CHECK(to.as<double, 1>()(0) == 0.0);
}

TEST_CASE("pass: the caller's own place is added to that of the error", "[store][pass]") {
  const array from = array::zeros(wide, extents{200, 200});
  from.as<double, 2>()(150, 60) = 1e9;
  const array to = array::zeros(big_short, from.shape());
  const extents first = {1000, 20};
  const auto failure_with = [&](const extents& place) {
    const convert_options values{.rule = quarry::casting::unsafe, .first_index = place};
    return failure_of([&] { convert(from, to, values, {.memory_bytes = 0}); });
  };
  CHECK(failure_with(first).message().find("index (1150, 80)") != std::string::npos);
  CHECK(failure_with({}).message().find("index (150, 60)") != std::string::npos);
  CHECK(failure_with({1000}).code() == errc::shape_mismatch);
}
