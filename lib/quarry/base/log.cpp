#include "quarry/base/log.hpp"

#include <memory>
#include <mutex>
#include <utility>

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

namespace quarry::log {
namespace {

spdlog::level::level_enum to_spdlog(level at) noexcept {
  switch (at) {
    case level::debug:
      return spdlog::level::debug;
    case level::info:
      return spdlog::level::info;
    case level::warning:
      return spdlog::level::warn;
    case level::error:
      return spdlog::level::err;
    case level::off:
      break;
  }
  return spdlog::level::off;
}

level from_spdlog(spdlog::level::level_enum at) noexcept {
  if (at <= spdlog::level::debug) return level::debug;
  if (at == spdlog::level::info) return level::info;
  return at == spdlog::level::warn ? level::warning : level::error;
}

// Forwards to the sink the host has set; base_sink holds the lock around both.
class forwarding_sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  void set(log::sink to) {
    const std::lock_guard lock(mutex_);
    to_ = std::move(to);
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (!to_) return;
    try {
      to_(from_spdlog(message.level), {message.payload.data(), message.payload.size()});
    } catch (...) {
      // the host's failure to log is not the caller's; the logger itself lets pass what is no
      // std::exception
    }
  }
  void flush_() override {}

  log::sink to_;
};

struct door {
  std::shared_ptr<forwarding_sink> to = std::make_shared<forwarding_sink>();
  spdlog::logger logger{"quarry", to};
  door() {
    logger.set_level(spdlog::level::off);
    logger.set_error_handler([](const std::string&) {});
  }
};

// Never destroyed: mappings closed by static destructors may still log.
door& the_door() {
  static auto* const instance = new door;
  return *instance;
}

}  // namespace

void set_level(level least) { the_door().logger.set_level(to_spdlog(least)); }

void set_sink(sink to) { the_door().to->set(std::move(to)); }

bool enabled(level at) noexcept {
  return at != level::off && the_door().logger.should_log(to_spdlog(at));
}

void write(level at, std::string_view message) noexcept {
  if (!enabled(at)) return;
  the_door().logger.log(to_spdlog(at), spdlog::string_view_t(message.data(), message.size()));
}

}  // namespace quarry::log
