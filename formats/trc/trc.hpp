// trc.hpp: LeCroy's .trc: a binary waveform descriptor and the samples behind it; see trc.md.
#pragma once
#include "quarry/store/format.hpp"

namespace quarry::formats {

/// Waveforms that LeCroy oscilloscopes save or send (template LECROY_2_3); read only.
extern const format trc;

}  // namespace quarry::formats
