// ieee488.hpp: files that are one data block of IEEE 488.2, as an instrument sent it; see
// ieee488.md.
#pragma once
#include "quarry/store/format.hpp"

namespace quarry::formats {

/// Blocks of bytes whose meaning only the instrument's manual tells; read only.
extern const format ieee488;

}  // namespace quarry::formats
