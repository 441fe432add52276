#include "formats/formats.hpp"

#include <array>

#include "formats/bin/bin.hpp"
#include "formats/npy/npy.hpp"
#include "formats/raw/raw.hpp"

namespace quarry::formats {

std::span<const format> table() noexcept {
  static const std::array rows{npy, bin, raw};
  return rows;
}

}  // namespace quarry::formats
