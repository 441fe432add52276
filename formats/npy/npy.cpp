#include "formats/npy/npy.hpp"

#include <array>

#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/field_text.hpp"
#include "formats/npy/npy_header.hpp"

namespace quarry::formats {
namespace {

int probe(const file_head& head) noexcept {
  const std::string_view start = as_text(head.bytes);
  if (start.starts_with(npy_magic)) return 95;
  return head.beside.file_name.ends_with(".npy") ? 20 : 0;
}

catalog parse(std::span<const std::byte> file, const siblings& /*beside*/) {
  catalog out;
  out.arrays.push_back(read_npy_header(file, file.size(), out.warnings));
  return out;
}

file_plan plan(std::span<const array_info> arrays) {
  if (arrays.size() != 1) {
    throw error(errc::unsupported, concat("a .npy holds one array, not ", arrays.size()));
  }
  const array_info& array = arrays.front();
  file_plan out;
  out.header = write_npy_header(array);
  out.offsets_bytes = {out.header.size()};
  out.file_bytes = checked::add<std::uint64_t>(out.header.size(),
                                               static_cast<std::uint64_t>(array.where.size_bytes()),
                                               "the size of the file");
  return out;
}

constexpr std::array<std::string_view, 1> suffixes = {".npy"};

}  // namespace

constinit const format npy{
    .name = "npy", .suffixes = suffixes, .probe = probe, .parse = parse, .plan = plan};

}  // namespace quarry::formats
