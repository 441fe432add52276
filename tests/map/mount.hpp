// mount.hpp: small filesystems for a test, in a mount namespace of this process alone.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <sched.h>
#include <string>
#include <string_view>
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

/// A filesystem on a loop device whose image lies on a tmpfs, mounted on `directory`/disk: a disk
/// that fails when it is told to, or when more is written back than the tmpfs holds. Goes as
/// `mounted` does; `ready()` is false also where there is no loop device or no `mkfs`.
class loop_disk {
 public:
  loop_disk(const std::filesystem::path& directory, int store_mib, int disk_mib,
            const std::string& mkfs = "mkfs.ext4 -q -b 4096 -O ^has_journal")
      : store_("tmpfs", directory / "store", "size=" + std::to_string(store_mib) + "m"),
        image_(directory / "store" / "image"),
        disk_(directory / "disk") {
    if (!store_.ready()) return;
    std::filesystem::create_directory(disk_);
    ready_ = runs("truncate -s " + std::to_string(disk_mib) + "M " + image_ + " && " + mkfs + " " +
                  image_) &&
             runs(mount_command());
  }
  loop_disk(const loop_disk&) = delete;
  loop_disk& operator=(const loop_disk&) = delete;
  ~loop_disk() {
    if (ready_) ::umount2(disk_.c_str(), MNT_DETACH);
  }

  bool ready() const { return ready_; }
  std::filesystem::path operator/(std::string_view name) const {
    return std::filesystem::path(disk_) / name;
  }

  /// Mounts it anew: no page of its files is cached any more.
  bool forget_pages() const { return runs("umount " + disk_) && runs(mount_command()); }
  /// From now on nothing can be read that is not cached.
  bool fail() const { return runs("truncate -s 0 " + image_); }

 private:
  std::string mount_command() const { return "mount -o loop " + image_ + " " + disk_; }
  static bool runs(const std::string& command) {
    return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
  }

  mounted store_;
  std::string image_;
  std::string disk_;
  bool ready_ = false;
};

/// Ends the test case, saying so, where `mount` did not work: that needs root.
#define QUARRY_SKIP_UNLESS_MOUNTED(mount)                    \
  if (!(mount).ready()) {                                    \
    WARN("skipped: this process may not mount filesystems"); \
    return;                                                  \
  }                                                          \
  static_cast<void>(0)
