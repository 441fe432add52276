// brainvision.hpp: recordings of Brain Products' BrainVision: a text header (.vhdr) and the samples
// of all channels in a file beside it (.eeg); see brainvision.md.
#pragma once
#include "quarry/store/format.hpp"

namespace quarry::formats {

/// BrainVision, opened by its header or by its data file; read only.
extern const format brainvision;

}  // namespace quarry::formats
