// What a deadline owes those who wait: no wait is too long for it.
#include "quarry/base/deadline.hpp"

#include <chrono>

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using quarry::deadline;

TEST_CASE("deadline: a wait is over when its time has passed", "[base][deadline]") {
  CHECK(deadline(0ms).is_over());
  CHECK(deadline(-1s).is_over());
  const deadline later(1h);
  CHECK_FALSE(later.is_over());
  CHECK(later.left() <= 1h);
  const deadline soon(2ms);
  while (!soon.is_over()) soon.pause();
  CHECK(soon.left() <= 0ns);
  soon.pause();
}

TEST_CASE("deadline: the longest and the shortest wait of any unit fit", "[base][deadline]") {
  const auto is_a_year = [](const deadline& until) {
    return !until.is_over() && until.left() > 8759h && until.left() <= 8760h;
  };
  CHECK(is_a_year(deadline(std::chrono::nanoseconds::max())));
  CHECK(is_a_year(deadline(std::chrono::milliseconds::max())));
  CHECK(is_a_year(deadline(std::chrono::hours::max())));
  CHECK(is_a_year(deadline(std::chrono::years::max())));
  CHECK(deadline(std::chrono::nanoseconds::min()).is_over());
  CHECK(deadline(std::chrono::milliseconds::min()).is_over());
  CHECK(deadline(std::chrono::hours::min()).is_over());
}
