#include "formats/ieee488/ieee488.hpp"

#include <array>
#include <utility>

#include "quarry/base/byte_reader.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/data_block.hpp"
#include "formats/field_text.hpp"

namespace quarry::formats {
namespace {

constexpr std::uint64_t max_end_bytes = 2;  // of a message: a newline, maybe behind ';' or a return

// A block of known length that fills the file is hardly anything else; '#' alone starts many texts.
int probe(const file_head& head) noexcept {
  constexpr int fills_the_file = 50;
  constexpr int may_be_cut_off = 20;
  constexpr int is_indefinite = 5;
  if (!as_text(head.bytes).starts_with('#')) return 0;
  try {
    byte_reader in(head.bytes);
    const auto data_bytes = read_block_head(in);
    if (!data_bytes) return is_indefinite;
    const std::uint64_t there = head.file_bytes - in.position();
    if (there < *data_bytes) return may_be_cut_off;
    return there - *data_bytes <= max_end_bytes ? fills_the_file : 0;
  } catch (const error&) {
    return 0;
  }
}

// Bytes up to the newline that ends the message of an indefinite block, or to the end of the file.
std::uint64_t bytes_to_the_end(std::span<const std::byte> file, std::size_t start) noexcept {
  const bool ends_in_newline = file.size() > start && file.back() == std::byte{'\n'};
  return file.size() - start - (ends_in_newline ? 1 : 0);
}

catalog parse(std::span<const std::byte> file, const siblings& /*beside*/) {
  byte_reader in(file);
  const auto counted = read_block_head(in);
  const std::uint64_t start = in.position();
  const std::uint64_t data_bytes = counted ? *counted : bytes_to_the_end(file, in.position());
  catalog out;
  array_info only;
  only.where = layout::contiguous(
      std::array{checked::narrow<std::int64_t>(data_bytes, "the block's length")},
      only.type.item_bytes());
  only.offset_bytes = start;
  const std::uint64_t end = checked::add(start, data_bytes, "the end of the block");
  if (counted && end < file.size() && file.size() - end > max_end_bytes) {
    out.warnings.push_back(concat(file.size() - end, " bytes behind the end of the block at byte ",
                                  end, " are left alone"));
  }
  out.arrays.push_back(std::move(only));
  return out;
}

}  // namespace

constinit const format ieee488{.name = "ieee488", .probe = probe, .parse = parse};

}  // namespace quarry::formats
