// console.hpp: what the command says besides its results: warnings and progress, on standard
// error. Results go to std::cout, whose failures main() hears of.
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace quarry::tools {

/// "quarry: PATH: warning: MESSAGE", on one line.
void warn(const std::filesystem::path& path, std::string_view message);

/// "quarry: MESSAGE": why the command failed. Shown also after silence().
void complain(std::string_view message);

/// From now on only complaints are shown.
void silence();

/// "390.8 KiB", "17 bytes".
std::string size_text(std::uint64_t bytes);

/// A bar on standard error: percent, bytes, rate and time left. Removed when it ends.
class progress_bar {
 public:
  /// `shown`: false draws nothing. `patient`: draws only what takes longer than half a second.
  progress_bar(bool shown, bool patient) noexcept : shown_(shown), patient_(patient) {}
  progress_bar(const progress_bar&) = delete;
  progress_bar& operator=(const progress_bar&) = delete;
  ~progress_bar();

  /// Begins again, for work that has a second part.
  void restart() noexcept { begin_ = last_ = clock::now(); }
  /// Draws the state, at most ten times a second.
  void update(std::uint64_t done_bytes, std::uint64_t all_bytes) noexcept;

 private:
  using clock = std::chrono::steady_clock;

  bool shown_;
  bool patient_;
  bool drawn_ = false;
  clock::time_point begin_ = clock::now();
  clock::time_point last_ = begin_;
};

}  // namespace quarry::tools
