// wav.hpp: the WAV family; byte map and policy in wav.md.
#pragma once
#include "quarry/store/format.hpp"

namespace quarry::formats {

/// Waveform audio: RIFF, RIFX, RF64, BW64 and Wave64 are read, RIFF and RF64 are written.
extern const format wav;

}  // namespace quarry::formats
