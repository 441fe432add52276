#include "quarry/base/checked.hpp"

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry::checked {

void throw_overflow(std::string_view what) {
  throw error(errc::limit_exceeded, concat(what, " overflows 64 bits"));
}

std::int64_t array_bytes(std::span<const std::int64_t> extents, std::int64_t item_bytes) {
  // Items of no bytes are still counted: their number must fit as well.
  bool empty = item_bytes == 0;
  std::int64_t bytes = empty ? 1 : item_bytes;
  for (const std::int64_t extent : extents) {
    if (extent == 0) {
      empty = true;
      continue;
    }
    const auto product = try_mul(bytes, extent);
    if (!product) {
      throw error(errc::limit_exceeded,
                  concat("the size of shape ", tuple_text(extents), " with items of ", item_bytes,
                         " bytes overflows 64 bits"));
    }
    bytes = *product;
  }
  return empty ? 0 : bytes;
}

}  // namespace quarry::checked
