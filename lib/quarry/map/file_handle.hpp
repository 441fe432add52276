// file_handle.hpp: an open file descriptor that is closed once, and mapped through Boost.
// Not for users: mapping and new_file are.
#pragma once
#include <cstdint>
#include <filesystem>
#include <sys/stat.h>
#include <utility>

#include <boost/interprocess/mapped_region.hpp>

namespace quarry {

/// Owner of a file descriptor; -1 is none. Also a "memory mappable" of Boost.Interprocess, so that
/// the file that was checked is the file that is mapped, whatever its path leads to by then.
class file_handle {
 public:
  file_handle() noexcept = default;
  explicit file_handle(int descriptor) noexcept : descriptor_(descriptor) {}
  file_handle(file_handle&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  file_handle& operator=(file_handle&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  file_handle(const file_handle&) = delete;
  file_handle& operator=(const file_handle&) = delete;
  ~file_handle();

  int get() const noexcept { return descriptor_; }
  explicit operator bool() const noexcept { return descriptor_ >= 0; }

  boost::interprocess::mapping_handle_t get_mapping_handle() const noexcept {
    return {descriptor_, false};
  }

 private:
  int descriptor_ = -1;
};

/// open(2), O_CLOEXEC added, repeated when interrupted; an empty handle and errno on failure.
file_handle open_at(int directory, const char* name, int flags, mode_t mode = 0);

/// fstat(2). Throws error of the system naming `path`.
struct stat status_of(const file_handle& file, const std::filesystem::path& path);

/// Maps `bytes` > 0 bytes of `file`; Boost's exception becomes error of the system.
boost::interprocess::mapped_region map_file(const file_handle& file,
                                            boost::interprocess::mode_t mode, std::uint64_t bytes,
                                            const std::filesystem::path& path);

}  // namespace quarry
