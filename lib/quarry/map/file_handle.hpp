// file_handle.hpp: a file descriptor that closes itself; internal to this room.
#pragma once
#include <filesystem>
#include <sys/stat.h>
#include <utility>

#include "quarry/base/error.hpp"
#include "quarry/base/region.hpp"

namespace quarry::detail {

/// Owner of a file descriptor, or of none (-1). Move-only.
class file_handle {
 public:
  file_handle() = default;
  explicit file_handle(int descriptor) noexcept : descriptor_(descriptor) {}
  file_handle(file_handle&& from) noexcept : descriptor_(std::exchange(from.descriptor_, -1)) {}
  file_handle& operator=(file_handle&& from) noexcept {
    std::swap(descriptor_, from.descriptor_);
    return *this;
  }
  file_handle(const file_handle&) = delete;
  file_handle& operator=(const file_handle&) = delete;
  ~file_handle();

  /// The descriptor, -1 if there is none; closed with this handle.
  int descriptor() const noexcept { return descriptor_; }
  explicit operator bool() const noexcept { return descriptor_ >= 0; }

  /// Closes now. False with errno set if data was lost on the way (NFS, quotas); the descriptor is
  /// gone in any case: after EINTR Linux has closed it, a second try may close a stranger's.
  bool close() noexcept;

 private:
  int descriptor_ = -1;
};

/// openat(2), repeated while a signal interrupts it; close-on-exec. No handle, and errno, on
/// failure. `directory` may be AT_FDCWD.
file_handle open_at(int directory, const char* name, int flags, mode_t mode = 0) noexcept;

/// True if `status` is of the file that `of` maps. Async-signal-safe.
bool is_file_of(const region& of, const struct stat& status) noexcept;

/// `path` without links and relative parts. Throws what the system reports, of `path`, also if it
/// leads to nothing.
std::filesystem::path resolved(const std::filesystem::path& path);

/// Opens what should be a regular file; never waits, as opening a FIFO would. What can be opened
/// and is none, the caller has to refuse. Throws not_regular(), and what the system reports, of
/// `path`.
file_handle open_regular(const std::filesystem::path& path, int flags);

/// error(unsupported) that says what `path` is in the place of a regular file.
error not_regular(mode_t mode, const std::filesystem::path& path);

/// The file that `of` maps, opened again under `name`; no handle if that cannot be opened or leads
/// to another file by now.
file_handle reopened(const std::filesystem::path& name, const region& of, int flags) noexcept;
/// The same under the name that it has, also after chdir.
file_handle reopened(const region& of, int flags) noexcept;

/// The file of a descriptor opened anew, whatever name it has by now: with flags, locks and a position of its
/// own. No handle, and errno, on failure.
file_handle opened_anew(int descriptor, int flags) noexcept;

/// Another descriptor of the same open file. Throws what the system reports, of `path`.
file_handle duplicate_of(const file_handle& file, const std::filesystem::path& path);

/// fstat(2) of an open file. Throws what the system reports, of `path`.
struct stat status_of(const file_handle& file, const std::filesystem::path& path);

/// True as long as some name leads to an open file. Throws what the system reports, of `path`.
bool is_linked(const file_handle& file, const std::filesystem::path& path);

/// Throws error(invalid_argument) if `path` holds a NUL byte: the system would see another, shorter
/// name than the caller gave.
void require_no_nul(const std::filesystem::path& path);

/// "a directory", "a FIFO", ... for messages about what is no regular file.
const char* kind_of(mode_t mode) noexcept;

}  // namespace quarry::detail
