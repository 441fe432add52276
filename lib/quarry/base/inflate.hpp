// inflate.hpp: bytes out of a deflate stream, piece by piece, and the checksum that goes with them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace quarry {

/// No byte of a deflate stream makes more bytes than this (zlib's documentation, Technical
/// Details).
inline constexpr std::uint64_t max_inflation = 1032;

/// Reads one raw deflate stream (RFC 1951) from its beginning. Takes some 40 KiB of memory. Not
/// thread-safe.
class inflater {
 public:
  /// `stream` may be longer than the stream and must stay valid. Throws std::bad_alloc.
  explicit inflater(std::span<const std::byte> stream);
  inflater(const inflater&) = delete;
  inflater& operator=(const inflater&) = delete;
  ~inflater();

  /// Stores the next bytes in `into` and returns their number: less than fit only behind the last
  /// one. Throws error(corrupt_header) naming the byte where the stream is damaged,
  /// error(truncated) if it has no end.
  std::size_t read(std::span<std::byte> into);
  /// How many bytes of the stream were used so far: its length once read() has found its end.
  std::uint64_t used_bytes() const noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// The CRC-32 of zip, gzip and PNG (ISO 3309, reflected 04C11DB7; of "123456789" it is CBF43926) of
/// `bytes` behind those whose checksum is `before`.
std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t before = 0) noexcept;

}  // namespace quarry
