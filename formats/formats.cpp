#include "formats/formats.hpp"

#include <array>

#include "formats/aiff/aiff.hpp"
#include "formats/au/au.hpp"
#include "formats/bin/bin.hpp"
#include "formats/brainvision/brainvision.hpp"
#include "formats/edf/edf.hpp"
#include "formats/envi/envi.hpp"
#include "formats/idx/idx.hpp"
#include "formats/ieee488/ieee488.hpp"
#include "formats/isf/isf.hpp"
#include "formats/keysight/keysight.hpp"
#include "formats/metaimage/metaimage.hpp"
#include "formats/npy/npy.hpp"
#include "formats/npz/npz.hpp"
#include "formats/nrrd/nrrd.hpp"
#include "formats/raw/raw.hpp"
#include "formats/safetensors/safetensors.hpp"
#include "formats/sigmf/sigmf.hpp"
#include "formats/trc/trc.hpp"
#include "formats/wav/wav.hpp"

namespace quarry::formats {

std::span<const format> table() noexcept {
  static const std::array rows{npy,         npz,  bin,       raw,     safetensors, idx,      wav,
                               au,          aiff, isf,       ieee488, trc,         keysight, edf,
                               brainvision, nrrd, metaimage, envi,    sigmf};
  return rows;
}

}  // namespace quarry::formats
