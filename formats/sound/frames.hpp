// frames.hpp: what sound files share: interleaved frames, a sample of every channel in each.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "quarry/store/format.hpp"

namespace quarry::formats {

/// How the samples of a sound file lie.
struct sound {
  dtype type;                 ///< of one sample
  std::int64_t channels = 1;  ///< at least 1
  double sample_rate = 0;     ///< frames per second
};

/// The array of `bytes` bytes of frames from byte `offset`: (frames, channels), or (frames,) for
/// one channel as scipy.io.wavfile has it. Integers count from -1 to 1 of full scale, which is
/// their scale. What is left behind the last whole frame is warned of. Throws error(limit_exceeded)
/// for more than 2^63 - 1 bytes.
array_info frames_of(const sound& of, std::uint64_t offset, std::uint64_t bytes,
                     std::vector<std::string>& warnings);

/// Warns that a size was never written, as in a stream or an unfinished recording, and that `bytes`
/// bytes to the end of the file are taken. `at` is the byte of the chunk.
void warn_of_open_end(std::uint64_t at, std::uint64_t bytes, std::vector<std::string>& warnings);

/// Warns where a file that says to end at byte `said` (0: it does not say) has another size, or its
/// samples, which end at `data_end`, reach further. Samples that the file has not are not warned
/// of: the store refuses them.
void warn_of_file_end(std::uint64_t said, std::uint64_t data_end, std::uint64_t file_bytes,
                      std::vector<std::string>& warnings);

/// The entry for samples that no layout describes, such as those of a codec.
skipped_array skipped_sound(std::string_view reason, std::string_view remedy);

/// What to do about compressed samples.
inline constexpr std::string_view decode_remedy =
    "decode it: sox FILE -e signed-integer -b 16 OUT.wav";

/// A text of a sound file up to its first NUL, without blanks at its end; of at most 64 KiB. What
/// is no UTF-8 is taken for latin-1.
std::string remark_text(std::span<const std::byte> bytes);

}  // namespace quarry::formats
