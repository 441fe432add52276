// tasks_test.cpp: every call is made once, errors are those of one thread.
#include "quarry/kernels/tasks.hpp"

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"

using quarry::run_in_order;

TEST_CASE("tasks: every number is worked on once", "[kernels][tasks]") {
  for (const int threads : {1, 2, 16}) {
    for (const std::int64_t count : {0, 1, 2, 1000}) {
      std::vector<std::atomic<int>> seen(static_cast<std::size_t>(count));
      run_in_order(count, threads, [&](std::int64_t i) { ++seen[static_cast<std::size_t>(i)]; });
      for (const auto& each : seen) CHECK(each == 1);
    }
  }
}

TEST_CASE("tasks: the error is the first one, and no call behind it begins", "[kernels][tasks]") {
  for (const int threads : {1, 2, 8}) {
    for (int run = 0; run < 20; ++run) {
      std::atomic<std::int64_t> calls = 0;
      std::string said;
      try {
        run_in_order(100000, threads, [&](std::int64_t i) {
          ++calls;
          if (i >= 40 && i % 3 == 1) throw std::runtime_error(std::to_string(i));
        });
      } catch (const std::runtime_error& failure) {
        said = failure.what();
      }
      CHECK(said == "40");
      CHECK(calls >= 41);
      CHECK(calls < 100000);
    }
  }
}

TEST_CASE("tasks: a number of threads is none below 0", "[kernels][tasks]") {
  CHECK(quarry::threads_for(1) == 1);
  CHECK(quarry::threads_for(0) >= 1);
  CHECK(quarry::threads_for(1000000) == quarry::threads_for(0));
  CHECK_THROWS_AS(quarry::threads_for(-1), quarry::error);
}
