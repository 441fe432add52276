#include "formats/formats.hpp"

#include <array>

#include "formats/bin/bin.hpp"
#include "formats/idx/idx.hpp"
#include "formats/npy/npy.hpp"
#include "formats/raw/raw.hpp"
#include "formats/safetensors/safetensors.hpp"

namespace quarry::formats {

std::span<const format> table() noexcept {
  static const std::array rows{npy, bin, raw, safetensors, idx};
  return rows;
}

}  // namespace quarry::formats
