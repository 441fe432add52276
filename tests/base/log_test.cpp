#include "quarry/base/log.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace log_door = quarry::log;
using log_door::level;

TEST_CASE("log: nothing is said unless level and sink are set", "[base][log]") {
  std::vector<std::string> heard;
  log_door::set_sink([&](level, std::string_view text) { heard.emplace_back(text); });
  log_door::write(level::error, "unheard");
  CHECK_FALSE(log_door::enabled(level::error));
  log_door::set_level(level::info);
  log_door::write(level::debug, "too low");
  log_door::write(level::info, "heard");
  log_door::set_level(level::off);
  log_door::set_sink({});
  CHECK(heard == std::vector<std::string>{"heard"});
}

TEST_CASE("log: a sink that throws does not reach the caller", "[base][log]") {
  log_door::set_level(level::debug);
  log_door::set_sink([](level, std::string_view) { throw std::runtime_error("sink"); });
  CHECK_NOTHROW(log_door::write(level::warning, "x"));
  log_door::set_sink([](level, std::string_view) { throw 1; });
  CHECK_NOTHROW(log_door::write(level::warning, "x"));
  log_door::set_level(level::off);
  log_door::set_sink({});
}
