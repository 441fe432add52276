// metaimage.hpp: MetaImage, .mha and .mhd; byte map and policy in metaimage.md.
#pragma once
#include "quarry/store/format.hpp"

namespace quarry::formats {

/// MetaImage: one array, its data in the same file (.mha) or in another one (.mhd); only read.
extern const format metaimage;

}  // namespace quarry::formats
