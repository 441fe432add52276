// edf.hpp: the European Data Format (.edf, EDF+) and its 24-bit kin of BioSemi (.bdf); see edf.md.
#pragma once
#include "quarry/store/format.hpp"

namespace quarry::formats {

/// Recordings of biosignals: an array per signal; read only.
extern const format edf;

}  // namespace quarry::formats
