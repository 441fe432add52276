// keysight.hpp: the .bin of Agilent's and Keysight's oscilloscopes: a chain of waveforms; see
// keysight.md. Nothing but the ending is common with quarry's own .bin.
#pragma once
#include "quarry/store/format.hpp"

namespace quarry::formats {

/// Binary waveform files of versions AG01, AG03 and AG10; read only.
extern const format keysight;

}  // namespace quarry::formats
