// new_file.hpp: a file that appears under its name complete or not at all.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>

#include "quarry/base/region.hpp"
#include "quarry/map/mapping.hpp"
#include "quarry/map/page_cache.hpp"

namespace quarry {

/// How new_file makes its file.
struct new_file_options {
  bool overwrite = false;  ///< replace an existing file at commit; else it is an error
  /// Do not reserve disk space: what is not written is a hole that reads as zero. A store through
  /// bytes() then raises SIGBUS when the disk is full (see fault_guard); write() throws.
  bool sparse = false;
  durability sync = durability::process_crash;  ///< power_loss: on disk before commit() returns
  /// How write() stores: `direct` past the system's cache. With pread and direct, and with
  /// automatic where the filesystem cannot map, bytes() cannot be stored into.
  io_method io = io_method::automatic;
  /// Permission bits of the file, whatever the umask says; none: see new_file.
  std::optional<std::filesystem::perms> permissions{};
  /// Symbolic links at the end of the target are followed; else they are in its way (EEXIST).
  bool follow_links = true;
};

/// A file being written: unnamed in the target's directory (O_TMPFILE), or under a hidden
/// temporary name `.NAME.<16 hex digits>.tmp` where the filesystem cannot do that, with its space
/// reserved, so that a full disk is an error here and never a signal later. Zero-filled. Nothing is
/// visible under the target's name before commit(); destruction without commit() leaves nothing,
/// nor does the death of the process, unless the file had a temporary name and the process could
/// not call discard_temporaries(). Move-only; not thread-safe, but disjoint parts of bytes() may be
/// written by several threads, with write() too. A new_file that was moved from has no bytes;
/// share(), write(), pages() and commit() of it throw error(invalid_argument).
class new_file {
 public:
  /// Prepares a file of `size_bytes` for `target`. Throws error of the system: EEXIST if it is
  /// there and not to be overwritten, ENOSPC, EFBIG past the process's or the filesystem's limit
  /// (the process must ignore SIGXFSZ), EACCES, ENOENT for a missing directory, ENOTDIR, EISDIR;
  /// errc::unsupported for a target that is no regular file, errc::limit_exceeded for 2^63 bytes
  /// and more. Symbolic links at the end of `target` are resolved here, and what they lead to is
  /// created or replaced, unless the options say otherwise. Permission bits of the file: those of
  /// the options, else those of the replaced one, else 0666 less the umask. Owner and group are
  /// those of the replaced one if this process may give them. Replacing breaks hard links; ACL and
  /// extended attributes are not copied.
  new_file(const std::filesystem::path& target, std::uint64_t size_bytes,
           const new_file_options& options = {});

  new_file(new_file&&) noexcept;
  new_file& operator=(new_file&&) noexcept;
  new_file(const new_file&) = delete;
  new_file& operator=(const new_file&) = delete;
  ~new_file();

  /// The file's bytes, mapped for reading and writing unless new_file_options::io says otherwise.
  /// Valid until destruction.
  std::span<std::byte> bytes() const noexcept;
  /// A share of the same bytes, for arrays over them; keeps them mapped, also after commit().
  std::shared_ptr<const region> share() const;
  /// Writes `data` at `offset` without the mapping (pwrite until all is written). Throws
  /// error(out_of_bounds) if it does not fit, error(invalid_argument) after commit(), else what
  /// the system reports.
  void write(std::uint64_t offset, std::span<const std::byte> data);
  /// Stores `bytes` bytes at `from_offset` of the file behind `from` at `offset`, by having the
  /// filesystem do it where that moves nothing: it shares blocks between files, or copies on its
  /// server, and the bytes lie alike in the blocks of both files. False where it cannot: write()
  /// then; what is stored in the range is not defined. Throws as write(), error(out_of_bounds) also
  /// for `from`.
  bool copy(std::uint64_t offset, const region& from, std::uint64_t from_offset,
            std::uint64_t bytes);
  /// As asked for when it was made.
  io_method io() const noexcept;
  /// The file's pages in the system's cache, of which bytes() are a part.
  page_cache pages() const;

  /// Publishes the file under its name, atomically. Throws error of the system and leaves nothing
  /// if that fails; EEXIST if somebody made the target meanwhile. Only if the directory cannot be
  /// synced for durability::power_loss is the file there in spite of the error, which says so.
  /// At most one call succeeds and after a failure none does: error(invalid_argument).
  void commit();
  /// Takes the name away again that commit() gave, if it still leads to this file: for files that
  /// must not be seen without another one.
  void retract() noexcept;

 private:
  friend class shared_file;   // opens it again before it has a name
  friend class growing_file;  // locks it before that
  struct state;
  state& prepared() const;
  int descriptor() const;
  std::unique_ptr<state> state_;
};

/// Takes away the name of the regular file that `path` leads to, also through links; with
/// durability::power_loss it is gone from the disk on return. Does nothing if there is none. Throws
/// error of the system.
void remove_file(const std::filesystem::path& path, durability sync);

/// Removes the temporaries of all uncommitted new_files that have a name and were made by this
/// process, not by its parent: what a signal handler calls before it ends the process; commit()
/// of those files fails afterwards. Async-signal-safe.
void discard_temporaries() noexcept;

/// True if both paths lead to the same file (device and inode). False if either leads to none.
bool same_file(const std::filesystem::path& a, const std::filesystem::path& b) noexcept;

}  // namespace quarry
