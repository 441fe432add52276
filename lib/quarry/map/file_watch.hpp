// file_watch.hpp: waiting until somebody writes to a file, or puts another one in its place.
#pragma once
#include <chrono>
#include <filesystem>
#include <memory>
#include <stop_token>

namespace quarry {

/// Hears of calls that write to the file that a path leads to, or cut it, and of another file that
/// gets its name. The system tells (inotify); where it does not, on filesystems of other machines
/// and while the process has used up its watches or descriptors or may not read the file, wait()
/// comes back 20 times a second. Stores through a mapping are not heard of, nor are symbolic links
/// and directories on the way to the file that are changed to lead elsewhere: links are followed
/// when this is made. Move-only; not thread-safe.
class file_watch {
 public:
  /// Throws what the system reports if `path` leads to nothing.
  explicit file_watch(const std::filesystem::path& path);
  file_watch(file_watch&&) noexcept;
  file_watch& operator=(file_watch&&) noexcept;
  file_watch(const file_watch&) = delete;
  file_watch& operator=(const file_watch&) = delete;
  ~file_watch();

  /// Returns when something may have changed since this was made or since the last call, after
  /// `timeout`, when `stop` is asked for, or when a signal was handled. May return for no reason.
  void wait(std::chrono::milliseconds timeout, const std::stop_token& stop = {});

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace quarry
