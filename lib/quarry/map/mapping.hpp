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
/// file.
enum class access : std::uint8_t { read_only, read_write, copy_on_write };

/// What the kernel is told about coming accesses (madvise).
enum class advice : std::uint8_t { normal, sequential, random, willneed, dontneed, huge_pages };

/// Whether flush() also waits for the disk.
enum class durability : std::uint8_t { process_crash, power_loss };

/// A whole regular file mapped into memory. Move-only handle; the bytes themselves are shared with
/// every array made from it and stay mapped until the last one goes. The file descriptor is closed
/// once the file is mapped. Opening never changes the file: no truncation, no growth.
/// Thread-safe when const.
///
/// Not promised: if another process truncates the file, touching the lost pages raises SIGBUS.
class mapping {
 public:
  /// Maps `path`. Throws error: ENOENT and kin from the system; errc::unsupported for what is not a
  /// regular file (never blocks on a FIFO). An empty file maps to no bytes.
  static mapping open(const std::filesystem::path& path, access mode = access::read_only);

  mapping(mapping&&) noexcept;
  mapping& operator=(mapping&&) noexcept;
  mapping(const mapping&) = delete;
  mapping& operator=(const mapping&) = delete;
  ~mapping();

  /// The bytes of the file. Valid while this mapping or a share of it lives.
  std::span<const std::byte> bytes() const noexcept;
  /// A share of the mapping: bytes, path and identity; keeps the bytes mapped.
  std::shared_ptr<const region> share() const;
  /// How many shares exist beside this handle.
  std::size_t holders() const noexcept;

  /// Tells the kernel how the bytes will be used; see quarry::advise().
  void advise(advice what, std::uint64_t offset = 0, std::uint64_t length = UINT64_MAX) const;

  /// Makes the stores reach the file: process_crash needs nothing on Linux and returns;
  /// power_loss runs msync(MS_SYNC) and fdatasync and checks both. The file is reopened by its
  /// path for that: if the path leads elsewhere by now, error(changed). After a failure the
  /// mapping stays poisoned: every later flush throws, for the kernel forgets what it lost.
  /// Throws error(read_only) unless opened read_write.
  void flush(durability level = durability::power_loss);

  /// Throws error(changed) if the file's size, identity or change time differs from when it was
  /// opened, error(truncated) if it has become shorter; a deleted or renamed file is unchanged
  /// only as long as its path leads to it or to nothing.
  void verify_unchanged() const;

  /// Unmaps now. Throws error(busy) naming the number of holders if others share the mapping;
  /// then nothing happens. Afterwards bytes() is empty.
  void close();

 private:
  struct state;
  explicit mapping(std::shared_ptr<state> s) noexcept;
  std::shared_ptr<state> state_;
};

/// Tells the kernel how [offset, offset + length) of `of` will be used; clipped to the region,
/// widened to whole pages. `dontneed` never loses a store: it is passed over for memory that is no
/// shared mapping of a file. Advice that the kernel does not know is passed over too.
void advise(const region& of, advice what, std::uint64_t offset = 0,
            std::uint64_t length = UINT64_MAX) noexcept;

}  // namespace quarry
