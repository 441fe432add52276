// mount.hpp: small filesystems for a test, in a mount namespace of this process alone.
#pragma once
#include <filesystem>
#include <sched.h>
#include <string>
#include <sys/mount.h>

/// A filesystem mounted on `directory` (created if needed). The mount is seen by this process and
/// its children only and goes with them, however they end. `ready()` is false where the process may
/// not mount.
class mounted {
 public:
  mounted(const char* type, const std::filesystem::path& directory, const std::string& options)
      : directory_(directory) {
    std::filesystem::create_directories(directory);
    static const bool is_private = ::unshare(CLONE_NEWNS) == 0 &&
                                   ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    ready_ = is_private && ::mount("none", directory.c_str(), type, 0, options.c_str()) == 0;
  }
  mounted(const mounted&) = delete;
  mounted& operator=(const mounted&) = delete;
  ~mounted() {
    if (ready_) ::umount2(directory_.c_str(), MNT_DETACH);
  }

  bool ready() const { return ready_; }

 private:
  std::filesystem::path directory_;
  bool ready_ = false;
};

/// Ends the test case, saying so, where `mount` did not work: that needs root.
#define QUARRY_SKIP_UNLESS_MOUNTED(mount)                    \
  if (!(mount).ready()) {                                    \
    WARN("skipped: this process may not mount filesystems"); \
    return;                                                  \
  }                                                          \
  static_cast<void>(0)
