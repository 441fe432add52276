// growing_file.hpp: an existing file that one process at a time puts bytes behind.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "quarry/base/region.hpp"

namespace quarry {

class new_file;

/// A regular file, open for reading and writing and locked: while this lives no other growing_file
/// of the same file can be made, in any process. The lock is that of the open file (an OFD lock on
/// all of it), so that the system frees it when the process ends, however that ends, but not while
/// a forked child keeps it. The file is the parent's there: what changes it throws
/// error(invalid_argument) in a forked child. Nobody else is kept from reading or writing. The file is never
/// mapped: a full disk is an error and no signal. Move-only; not thread-safe. One that was moved
/// from may only be destroyed and assigned to.
class growing_file {
 public:
  /// Opens what `path` leads to, also through links. Waits at most `lock_wait` for another
  /// growing_file of it to end: error(busy) then. Throws error(unsupported) for what is no regular
  /// file and on filesystems of other machines and of programs (FUSE), where neither locks nor the
  /// order of writes can be trusted; else what the system reports.
  growing_file(const std::filesystem::path& path, std::chrono::milliseconds lock_wait);
  /// The file that is being made, as it will be under `path`, locked before anybody else can open
  /// it by that name. Throws error(busy) if somebody found its temporary name and locked it, and
  /// error(invalid_argument) after its commit(); else what the system reports.
  growing_file(const new_file& made, const std::filesystem::path& path);
  growing_file(growing_file&&) noexcept;
  growing_file& operator=(growing_file&&) noexcept;
  growing_file(const growing_file&) = delete;
  growing_file& operator=(const growing_file&) = delete;
  ~growing_file();

  /// As given to the constructors.
  const std::filesystem::path& path() const noexcept;
  /// How many bytes the file has now. Throws what the system reports, as all below.
  std::uint64_t size_bytes() const;
  /// True in the process that opened it, false in a forked child.
  bool is_own() const noexcept;
  /// Throws error(invalid_argument) in a forked child.
  void require_own() const;
  /// True as long as some name leads to the file.
  bool is_linked() const;
  /// True if `of` maps this file.
  bool is_behind(const region& of) const;
  /// Reads [offset, offset + into.size()). Throws error(truncated) if the file ends before.
  void read(std::uint64_t offset, std::span<std::byte> into) const;

  /// Reserves the disk space of [offset, offset + bytes) without making the file longer, where its
  /// filesystem can. A failure gives back all space behind the file's end, if it can.
  void reserve(std::uint64_t offset, std::uint64_t bytes);
  /// Writes all of `data` at `offset`. After a failure some of it may be there.
  void write(std::uint64_t offset, std::span<const std::byte> data);
  /// Writes a few bytes over others, within one sector of 512 bytes, so that the end of the process
  /// or of the machine leaves the old or the new ones. After a failure the file is poisoned, for it
  /// is not known which.
  void overwrite(std::uint64_t offset, std::span<const std::byte> data);
  /// Has all that was written reach the disk (fdatasync). After a failure the file is poisoned, for
  /// the system forgets what it could not write.
  void sync();
  /// Cuts the file, and what is reserved behind its end.
  void truncate(std::uint64_t size_bytes);

  /// True after a failure that leaves unknown what the disk holds: from then on reserve(), write(),
  /// overwrite() and sync() throw the same failure.
  bool poisoned() const noexcept;

 private:
  struct state;
  void require_sound() const;
  std::unique_ptr<state> state_;
};

}  // namespace quarry
