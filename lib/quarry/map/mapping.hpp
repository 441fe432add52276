// mapping.hpp: a file's bytes in memory: the first step of the data's way.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "quarry/base/region.hpp"

namespace quarry {

/// How a file is mapped. `copy_on_write`: stores are private to this process and never reach the
/// file; whether later changes of the file by others are seen is unspecified.
enum class access : std::uint8_t { read_only, read_write, copy_on_write };

/// How bytes come from a file, and go to one. `automatic` maps, but reads files of network
/// filesystems and of FUSE, and those that cannot be mapped. `pread` never maps: bytes are read
/// where they are touched. `direct` does so past the system's cache (O_DIRECT).
enum class io_method : std::uint8_t { automatic, mmap, pread, direct };

/// What the kernel is told about coming accesses (madvise).
enum class advice : std::uint8_t { normal, sequential, random, willneed, dontneed, huge_pages };

/// What the bytes survive: the end of the process, or that of the machine as well.
enum class durability : std::uint8_t { process_crash, power_loss };

/// A whole regular file mapped into memory. Move-only handle; the bytes themselves are shared with
/// every array made from it and stay mapped until the last one goes. The file descriptor is closed
/// once the file is mapped. Opening never changes the file: no truncation, no growth.
/// Thread-safe when const. A handle that was closed or moved from has no bytes and no holders;
/// share(), flush() and verify_unchanged() of it throw error(invalid_argument).
///
/// A file that is read instead of mapped (see io_method) behaves the same. Its bytes take memory of
/// the process, of which 256 MiB are kept unless they were stored into, and the system reads none
/// of them for a call: give them to write(2) and kin after a copy only.
///
/// If another process truncates the file, touching the lost pages raises SIGBUS; so does storing
/// into a hole of a read_write mapping when the disk is full. fault_guard makes errors of both.
class mapping {
 public:
  /// Maps `path`, also where the file is larger than memory. Throws error: ENOENT and kin from the
  /// system; errc::unsupported for what is not a regular file (never blocks on a FIFO) and for
  /// files that the system makes up while they are read, as in /proc; errc::invalid_argument for a
  /// name with a NUL byte. An empty file maps to no bytes. read_write is mapped in any case:
  /// errc::invalid_argument with pread and direct. Where the filesystem cannot do what `how` asks
  /// for: errc::unsupported.
  static mapping open(const std::filesystem::path& path, access mode = access::read_only,
                      io_method how = io_method::automatic);

  /// A handle of bytes that are mapped already, read-only: shared memory, say. Holders are counted
  /// from the shares of `memory`, which must not be null.
  static mapping over(std::shared_ptr<const region> memory);

  mapping(mapping&&) noexcept;
  mapping& operator=(mapping&&) noexcept;
  mapping(const mapping&) = delete;
  mapping& operator=(const mapping&) = delete;
  ~mapping();

  /// The bytes of the file. Valid while this mapping or a share of it lives.
  std::span<const std::byte> bytes() const noexcept;
  /// A share of the mapping: bytes, path as given to open(), identity; keeps the bytes mapped.
  std::shared_ptr<const region> share() const;
  /// How many shares exist beside this handle.
  std::size_t holders() const noexcept;

  /// Tells the kernel how [offset, offset + length) will be used; clipped to the mapping, widened
  /// to whole pages. `dontneed` drops the pages from this process, not from the file; it would
  /// lose the stores of a copy-on-write mapping and throws error(unsupported) there. Advice the
  /// kernel does not know is ignored; other failures are thrown as the system reports them.
  void advise(advice what, std::uint64_t offset = 0, std::uint64_t length = UINT64_MAX) const;

  /// Makes the stores reach the file: process_crash needs nothing on Linux and returns;
  /// power_loss runs msync(MS_SYNC) and fdatasync and checks both. The file is reopened by its
  /// path for the latter: if the path leads elsewhere or nowhere by now, error(changed), although
  /// the stores are in the file that was opened. After a failure of the disk the mapping stays
  /// poisoned: every later flush throws that failure, for the kernel forgets what it lost.
  /// Throws error(read_only) unless opened read_write.
  void flush(durability level = durability::power_loss);

  /// Throws as quarry::verify_unchanged() of its region does.
  void verify_unchanged() const;

  /// Throws error(busy) naming the number of holders if others share the mapping.
  void require_unshared() const;
  /// Unmaps now; throws as require_unshared() does, and then nothing happens. Closing twice is no
  /// error.
  void close();

 private:
  struct state;
  explicit mapping(std::unique_ptr<state> s) noexcept;
  state& opened() const;
  std::unique_ptr<state> state_;
};

/// Throws error(changed) if the file behind `of` is not what it was when it was opened: if its path
/// leads to another file by now, if its size differs, or its change time (ctime). A path that leads
/// to nothing is no change: a deleted or renamed file keeps its bytes. The change time is not
/// compared for read_write, for there the stores of this process move it. A change within the tick
/// of the kernel's clock (some milliseconds) in which the file was opened can go unseen on kernels
/// before 6.13. Nothing is compared for memory that no file is behind, nor for a new_file, which
/// nobody else knows, nor for a shared_file, which others store into.
void verify_unchanged(const region& of);

/// True if the path of the file behind `of` still leads to it; false if there is no file.
bool is_at_its_path(const region& of) noexcept;

/// True unless the region is a file that is read instead of mapped (see io_method), and holds what
/// the file does: one that was opened copy_on_write may have been stored into.
bool is_mapped(const region& of) noexcept;

/// Reads [offset, offset + into.size()) of such a file into memory of the caller's: what is large
/// or far apart is had in fewer steps than by touching it. Throws error(changed) if the file ends
/// before, else what the system reports. Precondition: !is_mapped(of).
void read_bytes(const region& of, std::uint64_t offset, std::span<std::byte> into);

}  // namespace quarry
