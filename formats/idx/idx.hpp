// idx.hpp: IDX, the format of the MNIST digits; byte map in idx.md.
#pragma once
#include "quarry/store/format.hpp"

namespace quarry::formats {

/// IDX: one array of big-endian numbers; read and written.
extern const format idx;

}  // namespace quarry::formats
