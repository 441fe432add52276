// bin.hpp: quarry's typed .bin: a fixed header, the layout as JSON, page-aligned data; byte map in
// bin.md.
#pragma once
#include "quarry/store/format.hpp"

namespace quarry::formats {

/// The typed .bin: any number of arrays; read and written.
extern const format bin;

}  // namespace quarry::formats
