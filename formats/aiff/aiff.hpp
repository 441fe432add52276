// aiff.hpp: Apple's AIFF and AIFF-C; byte map and policy in aiff.md.
#pragma once
#include "quarry/store/format.hpp"

namespace quarry::formats {

/// AIFF and AIFF-C; read only.
extern const format aiff;

}  // namespace quarry::formats
