// wav_plan.hpp: the header of a new WAV file.
#pragma once
#include <span>

#include "quarry/store/format.hpp"

namespace quarry::formats {

/// RIFF, or RF64 where the file has 4 GiB and more; the samples start at byte 128. See wav.md,
/// Written. Throws error(unsupported) for what a WAV does not hold.
file_plan plan_wav(std::span<const array_info> arrays);

}  // namespace quarry::formats
