// npy.hpp: NumPy's .npy; byte map and policy in npy.md.
#pragma once
#include "quarry/store/format.hpp"

namespace quarry::formats {

/// NumPy's .npy: one array; read and written.
extern const format npy;

}  // namespace quarry::formats
