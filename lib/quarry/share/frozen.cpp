#include "quarry/share/frozen.hpp"

#include <algorithm>
#include <utility>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/share/segment_header.hpp"

namespace quarry::share {
namespace {

array elements_of(const std::shared_ptr<const region>& memory, const segment_header& header) {
  return array::over(memory, header.type, header.layout_of(header.max_shape),
                     static_cast<std::int64_t>(header.data_offset));
}

fillable_memory started(const segment_header& header) {
  fillable_memory out("quarry", header.file_bytes);
  std::ranges::copy(bytes_of(header), out.share()->data);
  return out;
}

}  // namespace

frozen::frozen(sealed_memory memory, array elements) noexcept
    : memory_(std::move(memory)), elements_(std::move(elements)) {}

// Sealed bytes cannot change: they need no private copy.
frozen frozen::attach(int descriptor) {
  sealed_memory memory = sealed_memory::open(descriptor);
  const region& bytes = *memory.share();
  const segment_header header =
      parse_segment_header(std::span<const std::byte>(bytes.data, bytes.bytes), bytes.bytes);
  if (header.kind != segment_kind::frozen) {
    throw error(errc::unsupported,
                concat("a segment of the kind ", name_of(header.kind), ", not frozen"));
  }
  array elements = elements_of(memory.share(), header);
  return {std::move(memory), std::move(elements)};
}

freezable::freezable(const dtype& type, std::span<const std::int64_t> shape)
    : freezable(plan_segment(segment_kind::frozen, type, shape, 1)) {}

freezable::freezable(const segment_header& header)
    : memory_(started(header)), elements_(elements_of(memory_.share(), header)) {}

frozen freezable::freeze() && {
  elements_ = array();
  const sealed_memory memory = std::move(memory_).seal();
  return frozen::attach(memory.descriptor());
}

}  // namespace quarry::share
