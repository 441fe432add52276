// wave_format.hpp: the contents of a `fmt ` chunk (WAVEFORMATEX, WAVEFORMATEXTENSIBLE).
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "quarry/base/byte_order.hpp"

#include "formats/sound/frames.hpp"

namespace quarry::formats {

/// Values of wave_format::tag that quarry maps and writes, and the one that leads to a GUID.
namespace wave_tag {
inline constexpr std::uint16_t pcm = 1;
inline constexpr std::uint16_t floating = 3;
inline constexpr std::uint16_t extensible = 0xfffe;
}  // namespace wave_tag

/// The bytes of a sub-format's GUID behind its first, little-endian 4, which are the tag.
inline constexpr std::string_view sub_format_end("\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71",
                                                 12);

/// What the chunk says, as it stands.
struct wave_format {
  std::uint16_t tag = 0;  ///< of the sub-format, where the chunk is extensible and its GUID known
  std::uint16_t channels = 0;
  std::uint32_t sample_rate = 0;
  std::uint32_t bytes_per_second = 0;
  std::uint16_t frame_bytes = 0;
  std::uint16_t sample_bits = 0;
  std::uint16_t valid_bits = 0;  ///< 0: not said
  std::uint32_t channel_mask = 0;
};

/// Reads `contents`, of at least 16 bytes, which start at byte `at` of their file. Throws
/// error(corrupt_header), error(truncated) if an extensible one is too short.
wave_format parse_wave_format(std::span<const std::byte> contents, std::uint64_t at,
                              byte_order order);

/// Samples as a dtype and channels, or why they cannot be mapped.
struct wave_samples {
  std::optional<sound> mapped;
  skipped_array skipped;
};

/// What the samples of `format` are. Throws error(corrupt_header) for numbers that contradict each
/// other; what does not matter for the layout is warned of.
wave_samples samples_of(const wave_format& format, byte_order order,
                        std::vector<std::string>& warnings);

}  // namespace quarry::formats
