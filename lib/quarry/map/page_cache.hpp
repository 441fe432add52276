// page_cache.hpp: what the system keeps of a file in memory: read before it is needed, written
// while other work goes on, let go when it is behind. For work on files larger than memory.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "quarry/base/region.hpp"

namespace quarry {

/// The cached pages of the file behind a region. All of it is advice: failure is harmless and not
/// reported, and nothing happens for memory without a file, for files that are read past the
/// system's cache, or if the path of the region leads to another file by now. Ranges are bytes of
/// the region. Move-only; thread-safe when const.
class page_cache {
 public:
  /// Opens the file again, by its path.
  explicit page_cache(std::shared_ptr<const region> of) noexcept;
  /// Of a file that is being made, and has no path yet; the descriptor is duplicated.
  page_cache(std::shared_ptr<const region> of, int descriptor) noexcept;
  page_cache(page_cache&&) noexcept;
  page_cache& operator=(page_cache&&) noexcept;
  ~page_cache();

  /// From now on a page of the mapping that is missed is read alone, not with its neighbours: for
  /// runs that are shorter than what the system reads ahead. Until this ends.
  void expect_scattered_reads() const noexcept;
  /// Has [offset, offset + length) read from the disk; does not wait.
  void read_ahead(std::uint64_t offset, std::uint64_t length) const noexcept;
  /// Reads [offset, offset + into.size()) past the mapping, whose table needs no entries then: for
  /// bytes that are wanted once. False if the file is unknown, ends before, or cannot be read.
  bool read(std::uint64_t offset, std::span<std::byte> into) const noexcept;
  /// Has the whole pages in that range written to the disk; does not wait.
  void write_back(std::uint64_t offset, std::uint64_t length) const noexcept;
  /// Lets all pages that the range touches go, from the mapping and from the cache, after they were
  /// written to the disk. They come back from there when they are touched. Does nothing for
  /// copy-on-write mappings, whose stores would be lost.
  void let_go(std::uint64_t offset, std::uint64_t length) const noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace quarry
