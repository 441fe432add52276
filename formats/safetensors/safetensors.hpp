// safetensors.hpp: Hugging Face's safetensors; byte map in safetensors.md.
#pragma once
#include "quarry/store/format.hpp"

namespace quarry::formats {

/// safetensors: any number of named little-endian arrays; read and written.
extern const format safetensors;

}  // namespace quarry::formats
