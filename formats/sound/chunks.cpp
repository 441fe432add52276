#include "formats/sound/chunks.hpp"

#include "quarry/base/byte_reader.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry::formats {
namespace {

constexpr std::uint32_t unknown_size = 0xffffffff;  // of streams; RF64 has the size elsewhere

// What follows the 4 characters in the GUIDs of Wave64's chunks.
constexpr std::string_view guid_end("\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a", 12);

constexpr std::uint64_t header_bytes(chunk_style style) {
  return style == chunk_style::iff ? 8 : 24;
}

chunk read_iff(byte_reader& in, byte_order order) {
  chunk out;
  out.at = in.position();
  out.id = in.text(4, "the name of a chunk");
  const auto size = in.number<std::uint32_t>(order, "the size of a chunk");
  out.is_sized = size != unknown_size;
  out.bytes = out.is_sized ? size : 0;
  out.start = in.position();
  return out;
}

chunk read_wave64(byte_reader& in) {
  chunk out;
  out.at = in.position();
  const std::string_view guid = in.text(16, "the GUID of a chunk");
  if (guid.ends_with(guid_end)) out.id = guid.substr(0, 4);
  const auto size = in.number<std::uint64_t>(byte_order::little, "the size of a chunk");
  out.start = in.position();
  const std::uint64_t own = out.start - out.at;
  out.is_sized = size >= own && size != UINT64_MAX;
  out.bytes = out.is_sized ? size - own : 0;
  return out;
}

}  // namespace

std::uint64_t chunk::end() const { return checked::add(start, bytes, "the end of a chunk"); }

std::optional<chunk> chunk_reader::next() {
  if (position_ > file_.size() || file_.size() - position_ < header_bytes(style_)) {
    return std::nullopt;
  }
  if (++count_ > max_chunks) {
    throw error(errc::limit_exceeded,
                concat("byte ", position_, ": more than ", max_chunks, " chunks"));
  }
  byte_reader in(file_);
  in.seek(position_, "a chunk");
  const chunk out = style_ == chunk_style::iff ? read_iff(in, order_) : read_wave64(in);
  continue_behind(out.is_sized ? out.end() : file_.size());
  return out;
}

void chunk_reader::continue_behind(std::uint64_t end) {
  const std::uint64_t step = style_ == chunk_style::iff ? 2 : 8;
  position_ = checked::round_up(end, step, "the end of a chunk");
}

std::span<const std::byte> contents_of(std::span<const std::byte> file, const chunk& of,
                                       std::uint64_t least) {
  if (of.bytes < least) {
    throw error(errc::corrupt_header, concat("byte ", of.at, ": the chunk '", of.id, "' has ",
                                             of.bytes, " bytes, at least ", least, " expected"));
  }
  byte_reader in(file);
  in.seek(of.start, concat("the chunk '", of.id, "'"));
  return in.bytes(of.bytes, concat("the chunk '", of.id, "'"));
}

}  // namespace quarry::formats
