// shared_file.hpp: a file that processes map together, and the locks by which they agree.
// Locks are those of open file descriptions (fcntl(2), F_OFD_SETLK) on single bytes, which need not
// exist: the kernel lets go of them when a process dies, however it dies, and two objects of one
// process exclude each other as two processes do. A mutex in the memory itself would hang after the
// death of its owner.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>

#include "quarry/base/region.hpp"
#include "quarry/map/mapping.hpp"

namespace quarry {

class new_file;

/// Whose files are opened, and who else may be able to store into them.
struct file_trust {
  std::uint32_t owner = 0;  ///< user id
  bool writable_by_others = false;
};

/// A regular file, open, with a descriptor and so with locks of its own. Move-only. What is const
/// can be called by several threads; locks are the object's, not the thread's, and do not count: a
/// byte locked twice is free after one release().
///
/// A forked child shares the open file with its parent: locks are held until both are gone, and a
/// change by the child would be the parent's. There try_share(), try_own(), reopened(), is_linked()
/// and unlink_name() throw error(invalid_argument), and release() does nothing: the child must open
/// the file anew. What only reads or maps works there.
class shared_file {
 public:
  /// Opens `path`, an absolute name. Throws error: what the system reports (ENOENT ...);
  /// errc::unsupported for what is no regular file, a symbolic link included; EACCES if the owner
  /// is not the one expected, or if the group or everybody may store into it and that was not asked
  /// for; errc::invalid_argument for a name with a NUL byte and for copy_on_write.
  static shared_file open(const std::filesystem::path& path, access mode, const file_trust& trust);
  /// The file that is being made, read_write, as it will be under `path`: for locks that are held
  /// before anybody else can open it.
  static shared_file open(const new_file& made, const std::filesystem::path& path);
  /// The same file opened again: its locks and those of this object exclude each other.
  shared_file reopened() const;

  shared_file(shared_file&&) noexcept;
  shared_file& operator=(shared_file&&) noexcept;
  shared_file(const shared_file&) = delete;
  shared_file& operator=(const shared_file&) = delete;
  ~shared_file();

  /// As given to open().
  const std::filesystem::path& path() const noexcept;
  access mode() const noexcept;
  /// True in the process that opened it, false in a forked child.
  bool is_own() const noexcept;
  /// Bytes when it was opened.
  std::uint64_t size_bytes() const noexcept;

  /// Reads `into.size()` bytes at `offset` into memory of the caller's, without a mapping. Throws
  /// error(truncated) if the file ends before, else what the system reports.
  void read(std::uint64_t offset, std::span<std::byte> into) const;
  /// All bytes, mapped; writable if opened read_write. They stay mapped until the last share goes.
  /// If a peer truncates the file, touching the lost pages raises SIGBUS unless there is a
  /// fault_guard. Changes of the file are nothing that verify_unchanged() speaks of.
  std::shared_ptr<const region> map() const;

  /// Takes a lock on the byte at `offset` that any number of objects can have at a time. False if
  /// another object owns that byte.
  bool try_share(std::uint64_t offset) const;
  /// Takes the lock on that byte alone. False if another object has one; what this one had before,
  /// it keeps. The file must be open read_write.
  bool try_own(std::uint64_t offset) const;
  /// Gives the lock on that byte back.
  void release(std::uint64_t offset) const noexcept;
  /// True if another object has a lock on that byte.
  bool is_locked(std::uint64_t offset) const;
  /// How many objects, this one included, have a lock on that byte; none where the system does not
  /// tell (/proc/locks), as on filesystems whose files have the device number of another one there.
  std::optional<int> lock_count(std::uint64_t offset) const;

  /// True as long as some name leads to the file.
  bool is_linked() const;
  /// True if path() leads to this file and no other.
  bool has_its_name() const;
  /// Takes the name away if it still leads to this file; false if not. `guard_offset` is the byte
  /// whose lock keeps those who do so apart, so that nobody can take away a name that was given to
  /// another file meanwhile. The file must be open read_write. Throws error(busy) if another process
  /// has that lock for a second.
  bool unlink_name(std::uint64_t guard_offset) const;

 private:
  struct state;
  explicit shared_file(std::unique_ptr<const state> s) noexcept;
  std::unique_ptr<const state> state_;
};

}  // namespace quarry
