#include "formats/npz/zip_directory.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "quarry/base/utf8.hpp"
#include "quarry/base/byte_reader.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/npz/zip_end.hpp"

namespace quarry::formats {
namespace {

constexpr std::uint32_t entry_signature = 0x02014b50;
constexpr std::uint32_t header_signature = 0x04034b50;
constexpr std::uint16_t zip64_extra = 1;
constexpr std::uint32_t in_zip64 =
    0xffffffff;  // a size or an offset that stands in the extra field
constexpr unsigned encrypted_flag = 1U << 0U;
constexpr unsigned descriptor_flag = 1U << 3U;  // sizes and checksum follow the data
constexpr unsigned utf8_flag = 1U << 11U;
constexpr std::size_t shown_bytes = 80;  // of a name in a message
constexpr auto order = byte_order::little;

// Code page 437 from 128 on: the alphabet of names that are not flagged as UTF-8.
constexpr std::array<char16_t, 128> code_page_437{
    0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb, 0x00e8, 0x00ef,
    0x00ee, 0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2, 0x00fb, 0x00f9,
    0x00ff, 0x00d6, 0x00dc, 0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192, 0x00e1, 0x00ed, 0x00f3, 0x00fa,
    0x00f1, 0x00d1, 0x00aa, 0x00ba, 0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc, 0x00a1, 0x00ab, 0x00bb,
    0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557,
    0x255d, 0x255c, 0x255b, 0x2510, 0x2514, 0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f,
    0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256c, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559,
    0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518, 0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580,
    0x03b1, 0x00df, 0x0393, 0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4, 0x03a6, 0x0398, 0x03a9, 0x03b4,
    0x221e, 0x03c6, 0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00f7, 0x2248,
    0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0};

[[noreturn]] void fail(std::string_view why) { throw error(errc::corrupt_header, why); }

std::string member_called(std::string_view name) {
  return concat("member '", escaped(name, shown_bytes), "'");
}

std::string decoded_name(std::string_view raw, bool is_utf8) {
  std::string out;
  for (std::size_t at = 0; at < raw.size();) {
    const auto byte = static_cast<unsigned char>(raw[at]);
    const std::size_t bytes = is_utf8 ? utf8::decode(raw, at).bytes : 1;
    if (bytes == 0 || byte == 0) fail(concat(member_called(raw), ": its name is no text"));
    if (is_utf8 || byte < 128) {
      out.append(raw.substr(at, bytes));
    } else {
      utf8::append(out, code_page_437[byte - 128U]);
    }
    at += bytes;
  }
  return out;
}

// The Zip64 field among the extra fields of an entry or a header (APPNOTE 4.5.3); nothing if there
// is none.
std::optional<byte_reader> find_zip64_extra(std::span<const std::byte> extra,
                                            std::string_view name) {
  std::optional<byte_reader> found;
  byte_reader in(extra);
  while (in.remaining() >= 4) {
    const auto id = in.number<std::uint16_t>(order, "an extra field");
    const auto bytes = in.number<std::uint16_t>(order, "an extra field");
    if (bytes > in.remaining()) {
      fail(concat(member_called(name), ": an extra field of ", bytes, " bytes has ",
                  in.remaining()));
    }
    const auto content = in.bytes(bytes, "an extra field");
    if (id != zip64_extra) continue;
    if (found) fail(concat(member_called(name), ": two Zip64 fields"));
    found = byte_reader(content);
  }
  return found;
}

// Replaces `value`, if it says so, by the next number of the Zip64 field.
void widen(std::uint64_t& value, std::optional<byte_reader>& wide, std::string_view name) {
  if (value != in_zip64) return;
  if (!wide || wide->remaining() < 8) {
    fail(concat(member_called(name), ": a size or an offset is missing in its Zip64 field"));
  }
  value = wide->number<std::uint64_t>(order, "a Zip64 field");
}

// What the directory's entry and the member's own header say alike.
struct zip_fields {
  unsigned flags = 0;
  std::uint16_t method = 0;
  std::uint32_t crc32 = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t plain_bytes = 0;
  std::uint16_t name_bytes = 0;
  std::uint16_t extra_bytes = 0;
};

zip_fields read_fields(byte_reader& in) {
  zip_fields out;
  out.flags = in.number<std::uint16_t>(order, "the flags");
  out.method = in.number<std::uint16_t>(order, "the method");
  in.bytes(4, "the time");
  out.crc32 = in.number<std::uint32_t>(order, "the checksum");
  out.stored_bytes = in.number<std::uint32_t>(order, "the stored size");
  out.plain_bytes = in.number<std::uint32_t>(order, "the size");
  out.name_bytes = in.number<std::uint16_t>(order, "the name's length");
  out.extra_bytes = in.number<std::uint16_t>(order, "the extra fields' length");
  return out;
}

// An entry of the directory.
struct entry {
  std::uint64_t offset = 0;
  zip_fields fields;
  std::string_view raw_name;
  std::uint64_t header_offset = 0;
};

entry read_entry(byte_reader& in, std::uint64_t prefix_bytes) {
  const std::size_t at = in.position();
  if (in.number<std::uint32_t>(order, "an entry of the directory") != entry_signature) {
    fail(concat("byte ", at, " is no entry of the directory"));
  }
  in.bytes(4, "the versions");
  entry out;
  out.offset = at;
  out.fields = read_fields(in);
  const auto comment_bytes = in.number<std::uint16_t>(order, "the comment's length");
  const auto disk = in.number<std::uint16_t>(order, "the disk");
  in.bytes(6, "the attributes");
  out.header_offset = in.number<std::uint32_t>(order, "the header's offset");
  out.raw_name = in.text(out.fields.name_bytes, "the name");
  auto wide = find_zip64_extra(in.bytes(out.fields.extra_bytes, "the extra fields"), out.raw_name);
  in.bytes(comment_bytes, "the comment");
  widen(out.fields.plain_bytes, wide, out.raw_name);
  widen(out.fields.stored_bytes, wide, out.raw_name);
  widen(out.header_offset, wide, out.raw_name);
  if (disk != 0 && disk != 0xffff) {
    throw error(errc::unsupported, concat(member_called(out.raw_name), " lies on another disk"));
  }
  out.header_offset = checked::add(out.header_offset, prefix_bytes, "the header's offset");
  return out;
}

// The member's own header may leave sizes and checksum to a descriptor behind the data; all else
// it must say as the directory does. Returns where the data begins.
std::uint64_t check_header(std::span<const std::byte> file, const entry& of) {
  byte_reader in(file);
  in.seek(of.header_offset, concat("the header of ", member_called(of.raw_name)));
  if (in.number<std::uint32_t>(order, "a member's header") != header_signature) {
    fail(concat(member_called(of.raw_name), ": no header at byte ", of.header_offset));
  }
  in.bytes(2, "the version");
  zip_fields own = read_fields(in);
  const std::string_view raw_name = in.text(own.name_bytes, "the name");
  auto wide = find_zip64_extra(in.bytes(own.extra_bytes, "the extra fields"), raw_name);
  const auto check = [&](bool agrees, std::string_view what) {
    if (agrees) return;
    fail(concat(member_called(of.raw_name), ": its header at byte ", of.header_offset,
                " has another ", what, " than the directory"));
  };
  const zip_fields& said = of.fields;
  check(raw_name == of.raw_name, "name");
  check(own.method == said.method, "method");
  check((own.flags & encrypted_flag) == (said.flags & encrypted_flag), "encryption");
  if ((own.flags & descriptor_flag) == 0) {
    widen(own.plain_bytes, wide, raw_name);
    widen(own.stored_bytes, wide, raw_name);
    check(own.crc32 == said.crc32, "checksum");
    check(own.plain_bytes == said.plain_bytes && own.stored_bytes == said.stored_bytes, "size");
  }
  return in.position();
}

zip_member member_of(std::span<const std::byte> file, const entry& from) {
  zip_member out;
  out.name = decoded_name(from.raw_name, (from.fields.flags & utf8_flag) != 0);
  out.method = from.fields.method;
  out.is_encrypted = (from.fields.flags & encrypted_flag) != 0;
  out.crc32 = from.fields.crc32;
  out.stored_bytes = from.fields.stored_bytes;
  out.plain_bytes = from.fields.plain_bytes;
  out.header_offset = from.header_offset;
  out.entry_offset = from.offset;
  out.data_offset = check_header(file, from);
  return out;
}

void check_names(const std::vector<zip_member>& members) {
  std::vector<std::string_view> sorted;
  for (const zip_member& each : members) sorted.push_back(each.name);
  std::ranges::sort(sorted);
  const auto twice = std::ranges::adjacent_find(sorted);
  if (twice != sorted.end()) fail(concat("there are two members '", escaped(*twice), "'"));
}

// No byte belongs to two members: archives of overlapping ones unpack to any size.
void check_apart(const std::vector<zip_member>& members, std::uint64_t directory_begin) {
  std::vector<const zip_member*> sorted;
  for (const zip_member& each : members) sorted.push_back(&each);
  std::ranges::sort(sorted, {}, &zip_member::header_offset);
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const zip_member& each = *sorted[i];
    const std::uint64_t limit =
        i + 1 < sorted.size() ? sorted[i + 1]->header_offset : directory_begin;
    if (each.data_offset > limit || each.stored_bytes > limit - each.data_offset) {
      fail(concat(member_called(each.name), ": ", each.stored_bytes, " bytes from byte ",
                  each.data_offset, " on reach into what begins at byte ", limit));
    }
  }
}

}  // namespace

zip_directory read_zip_directory(std::span<const std::byte> file) {
  zip_directory out;
  const zip_end end = find_zip_end(file, out.warnings);
  byte_reader in(file.first(static_cast<std::size_t>(end.end)));
  in.seek(end.begin, "the directory");
  for (std::uint64_t i = 0; i < end.entries; ++i) {
    out.members.push_back(member_of(file, read_entry(in, end.prefix_bytes)));
  }
  if (in.remaining() > 0) {
    fail(concat("byte ", in.position(), ": ", in.remaining(), " bytes of the directory follow its ",
                end.entries, " entries"));
  }
  check_names(out.members);
  check_apart(out.members, end.begin);
  return out;
}

}  // namespace quarry::formats
