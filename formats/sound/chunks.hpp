// chunks.hpp: files made of chunks, a name and a size before each: RIFF, IFF and Sony's Wave64.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "quarry/base/byte_order.hpp"

namespace quarry::formats {

/// One chunk as its header describes it; it may end behind the file.
struct chunk {
  std::string_view id;      ///< 4 characters; empty for a GUID of Wave64 that has no such name
  std::uint64_t at = 0;     ///< byte of its header
  std::uint64_t start = 0;  ///< byte of its contents
  std::uint64_t bytes = 0;  ///< of its contents, as it says; 0 if it does not
  bool is_sized = true;     ///< false: it was written before its size was known

  /// Byte behind its contents. Throws error(limit_exceeded) beyond 64 bits.
  std::uint64_t end() const;
};

/// How the headers of chunks lie.
enum class chunk_style : std::uint8_t {
  iff,    ///< 4 characters, 32 bits of size; odd contents are followed by a byte of padding
  wave64  ///< a GUID, 64 bits of size, the 24 bytes of the header included; padded to 8 bytes
};

/// Goes from chunk to chunk. Borrows the bytes: valid while they are.
class chunk_reader {
 public:
  /// The first header is at byte `first`.
  chunk_reader(std::span<const std::byte> file, std::uint64_t first, byte_order order,
               chunk_style style = chunk_style::iff) noexcept
      : file_(file), position_(first), order_(order), style_(style) {}

  /// The next chunk; nothing where fewer bytes are left than a header has. Behind a chunk without a
  /// size there is none. Throws error(limit_exceeded) after max_chunks, for damaged files can be
  /// full of empty ones.
  std::optional<chunk> next();

  /// Byte behind the last chunk and its padding: where next() looks. May lie behind the file.
  std::uint64_t position() const noexcept { return position_; }
  /// Makes next() look behind contents that end at byte `end`, whatever their header said.
  void continue_behind(std::uint64_t end);

  static constexpr int max_chunks = 65536;

 private:
  std::span<const std::byte> file_;
  std::uint64_t position_;
  byte_order order_;
  chunk_style style_;
  int count_ = 0;
};

/// The contents of a chunk. Throws error(truncated) if it ends behind the file,
/// error(corrupt_header) if it has fewer than `least` bytes.
std::span<const std::byte> contents_of(std::span<const std::byte> file, const chunk& of,
                                       std::uint64_t least = 0);

}  // namespace quarry::formats
