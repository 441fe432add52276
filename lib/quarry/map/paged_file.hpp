// paged_file.hpp: the bytes of a file that is not mapped, at addresses as if it were; internal to
// this room. For filesystems that cannot map, or where a mapping is worse than reading.
#pragma once
#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "quarry/map/file_handle.hpp"
#include "quarry/map/signal_table.hpp"

namespace quarry::detail {

/// Address space in which every touch is a bus error, until the handler has put there what pread(2)
/// gives: a chunk of 256 KiB at a time. A page that cannot be read stays a bus error: a fault_guard
/// makes an error of it as of a mapping's. Of chunks that nobody can store into at most 256 MiB are
/// kept. Each chunk that is there is a mapping of its own, of which a process has 65530: those that
/// can be stored into, and are kept, are larger in large files, up to 16 MiB. Thread-safe.
class paged_file {
 public:
  /// The first `bytes` bytes of `file`, which may be open with O_DIRECT. Stores are private to this
  /// object if it is `writable`, else forbidden. Throws what the system reports.
  paged_file(file_handle file, std::size_t bytes, bool writable, std::filesystem::path path);
  paged_file(const paged_file&) = delete;
  paged_file& operator=(const paged_file&) = delete;
  ~paged_file();

  /// The bytes; valid while this lives.
  std::byte* data() const noexcept { return data_; }

  /// Reads [offset, offset + into.size()) past the pages. Throws error(changed) if the file ends
  /// before, else what the system reports.
  void read(std::uint64_t offset, std::span<std::byte> into) const;

  /// Lets the chunks that the range touches go; they are read again when they are touched. Nothing
  /// happens to a writable one, whose stores would be lost.
  void let_go(std::uint64_t offset, std::uint64_t length) noexcept;

  /// True if the file was opened with O_DIRECT: the system keeps nothing of it.
  bool is_direct() const noexcept { return direct_; }

  /// Reads the chunk around an address. False if it is no paged file's or cannot be read.
  /// Async-signal-safe; errno is kept.
  static bool read_missing_pages(const siginfo_t& info) noexcept;

 private:
  /// A chunk's place: reserved, being filled or let go by some thread, or with the file's bytes.
  enum class chunk : std::uint8_t { empty, changing, filled };

  bool contains(std::uintptr_t address) const noexcept;
  std::uint64_t bytes_of(std::uint64_t i) const noexcept;
  bool fill(std::uint64_t i) noexcept;
  bool read_chunk(std::uint64_t i, std::byte* into) const noexcept;
  bool place(std::uint64_t i) noexcept;
  void let_go_of_chunk(std::uint64_t i) noexcept;
  std::size_t read_some(std::uint64_t offset, std::span<std::byte> into) const;

  file_handle file_;
  std::size_t bytes_;
  bool writable_;
  bool direct_;
  std::uint64_t chunk_bytes_;
  std::filesystem::path path_;
  std::unique_ptr<std::atomic<chunk>[]> chunks_;
  std::byte* data_;
  std::atomic<std::uint64_t> kept_bytes_ = 0;
};

}  // namespace quarry::detail
