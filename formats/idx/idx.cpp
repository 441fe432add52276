#include "formats/idx/idx.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "quarry/array/warnings.hpp"
#include "quarry/base/byte_reader.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry::formats {
namespace {

constexpr std::size_t magic_bytes = 4;

struct element_code {
  std::uint8_t code;
  type_kind kind;
  std::int64_t item_bytes;
};

constexpr std::array codes{element_code{0x08, type_kind::unsigned_integer, 1},
                           element_code{0x09, type_kind::signed_integer, 1},
                           element_code{0x0b, type_kind::signed_integer, 2},
                           element_code{0x0c, type_kind::signed_integer, 4},
                           element_code{0x0d, type_kind::floating, 4},
                           element_code{0x0e, type_kind::floating, 8}};

std::uint8_t number_at(std::span<const std::byte> bytes, std::size_t at) noexcept {
  return std::to_integer<std::uint8_t>(bytes[at]);
}

std::uint64_t extent_at(std::span<const std::byte> bytes, std::size_t at) noexcept {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < 4; ++i) out = out << 8U | number_at(bytes, at + i);
  return out;
}

// Bytes of the file that a whole header promises; nothing if it is none.
std::optional<std::uint64_t> promised_bytes(std::span<const std::byte> head) noexcept {
  const auto* const type = std::ranges::find(codes, number_at(head, 2), &element_code::code);
  const std::size_t rank = number_at(head, 3);
  const std::size_t header_bytes = magic_bytes + 4 * rank;
  if (type == codes.end() || head.size() < header_bytes) return std::nullopt;
  auto bytes = static_cast<std::uint64_t>(type->item_bytes);
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const auto more = checked::try_mul(bytes, extent_at(head, magic_bytes + 4 * axis));
    if (!more) return std::nullopt;
    bytes = *more;
  }
  return checked::try_add<std::uint64_t>(bytes, header_bytes);
}

// Two zeros and a code are a weak magic, so the size has a say as well.
int probe(const file_head& head) noexcept {
  const bool has_zeros = head.bytes.size() >= magic_bytes && number_at(head.bytes, 0) == 0 &&
                         number_at(head.bytes, 1) == 0;
  if (!has_zeros) return 0;
  const auto promised = promised_bytes(head.bytes);
  if (!promised) return 0;
  if (*promised == head.file_bytes) return 95;
  return head.beside.file_name.find("idx") != std::string::npos ? 60 : 0;
}

dtype type_of(std::uint8_t code) {
  const auto* const found = std::ranges::find(codes, code, &element_code::code);
  if (found == codes.end()) {
    throw error(errc::corrupt_header,
                concat("byte 2: found ", hex(code, 2),
                       ", expected the code of a type: 08, 09, 0b, 0c, 0d or 0e"));
  }
  return {found->kind, found->item_bytes, byte_order::big};
}

catalog parse(std::span<const std::byte> file, const siblings& /*beside*/) {
  byte_reader in(file);
  if (const auto zeros = in.number<std::uint16_t>(byte_order::big, "the magic"); zeros != 0) {
    throw error(errc::corrupt_header,
                concat("byte 0: found ", hex(zeros, 4), ", expected the zeros of IDX, 0000"));
  }
  array_info only;
  only.type = type_of(in.number<std::uint8_t>(byte_order::big, "the type"));
  std::vector<std::int64_t> extents(in.number<std::uint8_t>(byte_order::big, "the number of axes"));
  for (std::int64_t& each : extents) {
    each = in.number<std::uint32_t>(byte_order::big, "an extent");
  }
  only.where = layout::contiguous(extents, only.type.item_bytes());
  only.offset_bytes = in.position();
  catalog out;
  if (extents.empty()) {
    add_warning(out.warnings, "byte 3: found no axes, so the file is a single element");
  }
  const auto needed = static_cast<std::uint64_t>(only.where.size_bytes());
  if (in.remaining() > needed) {
    add_warning(out.warnings, concat("byte ", in.position() + needed, ": ", in.remaining() - needed,
                                     " bytes follow the data"));
  }
  out.arrays.push_back(std::move(only));
  return out;
}

const element_code& code_of(const dtype& type) {
  const auto* const found = std::ranges::find_if(codes, [&](const element_code& each) {
    return each.kind == type.kind() && each.item_bytes == type.item_bytes();
  });
  if (found == codes.end()) {
    throw error(errc::unsupported, "an IDX holds |u1, |i1, >i2, >i4, >f4 or >f8, nothing else");
  }
  if (type.order() == byte_order::little) {
    throw error(errc::unsupported, "an IDX holds big-endian numbers only: convert to that order");
  }
  return *found;
}

file_plan plan(std::span<const array_info> arrays) {
  if (arrays.size() != 1) {
    throw error(errc::unsupported, concat("an IDX holds one array, not ", arrays.size()));
  }
  const array_info& only = arrays.front();
  if (only.where.rank() == 0) throw error(errc::unsupported, "an IDX has at least one axis");
  if (!only.where.is_contiguous(memory_order::c)) {
    throw error(errc::unsupported, "an IDX holds C order only");
  }
  file_plan out;
  out.header = {std::byte{0}, std::byte{0}, std::byte{code_of(only.type).code},
                static_cast<std::byte>(only.where.rank())};
  for (const std::int64_t extent : only.where.shape()) {
    if (extent > std::numeric_limits<std::uint32_t>::max()) {
      throw error(errc::unsupported,
                  concat("an IDX has extents of 32 bits; ", extent, " does not fit"));
    }
    for (unsigned shift = 32; shift > 0; shift -= 8) {
      out.header.push_back(static_cast<std::byte>(extent >> (shift - 8)));
    }
  }
  out.offsets_bytes = {out.header.size()};
  out.file_bytes = checked::add<std::uint64_t>(
      out.header.size(), static_cast<std::uint64_t>(only.where.size_bytes()), "the file's size");
  return out;
}

constexpr std::array<std::string_view, 1> suffixes{".idx"};

}  // namespace

constinit const format idx{
    .name = "idx", .suffixes = suffixes, .probe = probe, .parse = parse, .plan = plan};

}  // namespace quarry::formats
