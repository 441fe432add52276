#include "formats/formats.hpp"

#include <array>

#include "formats/aiff/aiff.hpp"
#include "formats/au/au.hpp"
#include "formats/bin/bin.hpp"
#include "formats/idx/idx.hpp"
#include "formats/npy/npy.hpp"
#include "formats/raw/raw.hpp"
#include "formats/safetensors/safetensors.hpp"
#include "formats/wav/wav.hpp"

namespace quarry::formats {

std::span<const format> table() noexcept {
  static const std::array rows{npy, bin, raw, safetensors, idx, wav, au, aiff};
  return rows;
}

}  // namespace quarry::formats
