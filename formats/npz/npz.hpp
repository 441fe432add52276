// npz.hpp: NumPy's .npz, a zip archive of .npy members; byte map and policy in npz.md.
#pragma once
#include "quarry/store/format.hpp"

namespace quarry::formats {

/// NumPy's .npz: any number of named arrays. Stored members are mapped where they lie.
extern const format npz;

}  // namespace quarry::formats
