// nrrd.hpp: NRRD, attached and detached; byte map and policy in nrrd.md.
#pragma once
#include "quarry/store/format.hpp"

namespace quarry::formats {

/// NRRD: one array; read with its data in the same file or in another, written with both in one.
extern const format nrrd;

}  // namespace quarry::formats
