#include "tools/console.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include <spdlog/fmt/fmt.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "quarry.hpp"

namespace quarry::tools {
namespace {

constexpr int standard_error = 2;

spdlog::logger& logger() {
  static const auto made = [] {
    auto out = std::make_shared<spdlog::logger>("quarry",
                                                std::make_shared<spdlog::sinks::stderr_sink_st>());
    out->set_pattern("quarry: %v");
    return out;
  }();
  return *made;
}

std::string time_text(double seconds) {
  constexpr double longest = 359'999;  // 99:59:59
  const auto whole = static_cast<int>(std::clamp(seconds, 0.0, longest));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string bar_text(double share, int columns, std::string_view beside) {
  const int room = columns - static_cast<int>(beside.size()) - 10;  // "100% [", "] ", a free column
  if (room < 5) return fmt::format("{:3.0f}% {}", share * 100, beside);
  const int width = std::min(room, 40);
  const int full = static_cast<int>(share * width);
  return fmt::format("{:3.0f}% [{:#<{}}{:.<{}}] {}", share * 100, "", full, "", width - full,
                     beside);
}

}  // namespace

void warn(const std::filesystem::path& path, std::string_view message) {
  logger().warn("{}: warning: {}", escaped(path.native()), escaped(message));
}

void complain(std::string_view message) { logger().error("{}", escaped(message)); }

void silence() { logger().set_level(spdlog::level::err); }

std::string size_text(std::uint64_t bytes) {
  static constexpr std::array units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return fmt::format("{} byte{}", bytes, bytes == 1 ? "" : "s");
  double scaled = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; scaled >= 1024 && unit + 1 < units.size(); ++unit) scaled /= 1024;
  return fmt::format("{:.1f} {}", scaled, units[unit]);
}

void progress_bar::update(std::uint64_t done_bytes, std::uint64_t all_bytes) noexcept try {
  using seconds = std::chrono::duration<double>;
  if (!shown_ || all_bytes == 0) return;
  const auto now = clock::now();
  const double elapsed = seconds(now - begin_).count();
  if (patient_ && elapsed < 0.5) return;
  const bool due = !drawn_ || done_bytes == all_bytes || seconds(now - last_).count() >= 0.1;
  if (!due) return;
  last_ = now;
  drawn_ = true;
  const double share = static_cast<double>(done_bytes) / static_cast<double>(all_bytes);
  const double rate = elapsed > 0 ? static_cast<double>(done_bytes) / elapsed : 0;
  const double left = share > 0 ? elapsed * (1 - share) / share : 0;
  const std::string beside =
      fmt::format("{} of {}, {}/s, {} left", size_text(done_bytes), size_text(all_bytes),
                  size_text(static_cast<std::uint64_t>(rate)), time_text(left));
  const std::string line = bar_text(share, terminal_columns(standard_error), beside);
  fmt::print(stderr, "\r{}\x1b[K", line);
  std::fflush(stderr);
} catch (const std::exception&) {
  shown_ = false;  // where nobody can see it, a bar is no reason to stop the work
}

progress_bar::~progress_bar() {
  if (drawn_) std::fputs("\r\x1b[K", stderr);
}

}  // namespace quarry::tools
