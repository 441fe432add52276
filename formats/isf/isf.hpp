// isf.hpp: Tektronix' .isf: a waveform preamble as text and one block of samples; see isf.md.
#pragma once
#include "quarry/store/format.hpp"

namespace quarry::formats {

/// Curves that Tektronix oscilloscopes save or send; read only.
extern const format isf;

}  // namespace quarry::formats
