// envi.hpp: ENVI rasters, x.img and x.hdr; byte map and policy in envi.md.
#pragma once
#include "quarry/store/format.hpp"

namespace quarry::formats {

/// ENVI: one array of bands, lines and samples, its header in a file of its own; read with any
/// interleave, written band by band.
extern const format envi;

}  // namespace quarry::formats
