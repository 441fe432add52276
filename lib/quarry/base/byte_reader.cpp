#include "quarry/base/byte_reader.hpp"

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry {

void byte_reader::seek(std::uint64_t offset, std::string_view what) {
  if (offset > bytes_.size()) {
    throw error(errc::truncated,
                concat(what, " at byte ", offset, " lies past the end at byte ", bytes_.size()));
  }
  position_ = static_cast<std::size_t>(offset);
}

std::span<const std::byte> byte_reader::bytes(std::uint64_t count, std::string_view what) {
  if (count > remaining()) {
    throw error(errc::truncated, concat(what, " at byte ", position_, " needs ", count,
                                        " bytes, the file has ", remaining(), " left"));
  }
  const auto out = bytes_.subspan(position_, static_cast<std::size_t>(count));
  position_ += out.size();
  return out;
}

std::string_view byte_reader::text(std::uint64_t count, std::string_view what) {
  const auto raw = bytes(count, what);
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

}  // namespace quarry
