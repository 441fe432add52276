#include "formats/npz/npz.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "quarry/array/warnings.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/inflate.hpp"
#include "quarry/base/text.hpp"

#include "formats/field_text.hpp"
#include "formats/npy/npy_header.hpp"
#include "formats/npz/zip_directory.hpp"
#include "formats/npz/zip_writer.hpp"

namespace quarry::formats {
namespace {

constexpr std::string_view suffix = ".npy";
constexpr std::uint64_t data_alignment = 64;
constexpr std::uint64_t max_inflated_header_bytes = std::uint64_t{1} << 20U;
constexpr std::string_view save_again = "load it with NumPy and write it by np.savez";

int probe(const file_head& head) noexcept {
  constexpr std::size_t name_at = 30;
  const std::string_view start = as_text(head.bytes);
  const bool is_called_so = head.beside.file_name.ends_with(".npz");
  if (start.starts_with("PK\x03\x04") && start.size() > name_at) {
    const auto name_bytes = static_cast<unsigned char>(start[26]) +
                            std::size_t{256} * static_cast<unsigned char>(start[27]);
    const bool starts_so = start.substr(name_at, name_bytes).ends_with(suffix);
    return is_called_so || starts_so ? 95 : 30;
  }
  if (start.starts_with("PK\x05\x06")) return is_called_so ? 95 : 30;
  return is_called_so ? 20 : 0;
}

std::string_view method_name(std::uint16_t method) noexcept {
  switch (method) {
    case 9:
      return "Deflate64";
    case 12:
      return "bzip2";
    case 14:
      return "LZMA";
    case 93:
      return "Zstandard";
    case 95:
      return "XZ";
    default:
      return "an unusual method";
  }
}

constexpr std::uint64_t least_deflated(std::uint64_t plain_bytes) noexcept {
  return plain_bytes / max_inflation + (plain_bytes % max_inflation > 0 ? 1 : 0);
}

// Why a member is out of reach whatever it holds; nothing if it is not.
std::optional<skipped_array> objection(const zip_member& member, std::string_view name) {
  skipped_array out{.name = std::string(name), .reason = {}, .remedy = std::string(save_again)};
  const bool is_deflated = member.method == static_cast<std::uint16_t>(zip_method::deflate);
  const bool is_stored = member.method == static_cast<std::uint16_t>(zip_method::stored);
  if (member.is_encrypted) {
    out.reason = "it is encrypted";
    out.remedy = "take it out with unzip and its password";
  } else if (!is_stored && !is_deflated) {
    out.reason =
        concat("it is compressed by ", method_name(member.method), " (method ", member.method, ")");
  } else if (is_stored && member.stored_bytes != member.plain_bytes) {
    out.reason = concat("it is stored in ", member.stored_bytes, " bytes but should have ",
                        member.plain_bytes);
  } else if (is_deflated && member.stored_bytes < least_deflated(member.plain_bytes)) {
    out.reason =
        concat("its ", member.stored_bytes, " bytes cannot inflate to ", member.plain_bytes);
  } else {
    return std::nullopt;
  }
  return out;
}

// The beginning of a deflated member: its .npy header, or less where it is none.
std::vector<std::byte> inflated_header(std::span<const std::byte> stream,
                                       std::uint64_t plain_bytes) {
  inflater from(stream);
  std::vector<std::byte> out(npy_prefix_bytes);
  out.resize(from.read(out));
  if (!as_text(out).starts_with(npy_magic)) return out;
  const std::uint64_t bytes = npy_header_bytes(out);
  if (bytes > max_inflated_header_bytes || bytes > plain_bytes) {
    throw error(errc::limit_exceeded, concat("its header of ", bytes, " bytes is longer than ",
                                             std::min(max_inflated_header_bytes, plain_bytes)));
  }
  const std::size_t there = out.size();
  if (bytes <= there) return out;
  out.resize(static_cast<std::size_t>(bytes));
  out.resize(there + from.read(std::span(out).subspan(there)));
  return out;
}

// The array that a member holds. Throws as read_npy_header() does.
array_info read_member(std::span<const std::byte> file, const zip_member& member,
                       std::vector<std::string>& warnings) {
  const auto stored = file.subspan(static_cast<std::size_t>(member.data_offset),
                                   static_cast<std::size_t>(member.stored_bytes));
  const bool is_deflated = member.method == static_cast<std::uint16_t>(zip_method::deflate);
  std::vector<std::byte> inflated;
  if (is_deflated) inflated = inflated_header(stored, member.plain_bytes);
  const auto start = is_deflated ? std::span<const std::byte>(inflated) : stored;
  if (!as_text(start).starts_with(npy_magic)) throw error(errc::unsupported, "it is no .npy");
  array_info out = read_npy_header(start, member.plain_bytes, warnings);
  const std::uint64_t held = member.plain_bytes - out.offset_bytes;
  const auto needed = static_cast<std::uint64_t>(out.where.size_bytes());
  if (out.stored_as == encoding::plain && needed > held) {
    throw error(errc::truncated, concat("it is cut short: ", needed - held, " bytes are missing"));
  }
  if (is_deflated && out.stored_as == encoding::plain) {
    out.stored_as = encoding::deflate;
    out.stream = {.stored_bytes = member.stored_bytes,
                  .inflated_bytes = member.plain_bytes,
                  .offset_bytes = out.offset_bytes,
                  .crc32 = member.crc32};
    out.offset_bytes = 0;
  }
  out.offset_bytes += member.data_offset;
  return out;
}

void add_member(std::span<const std::byte> file, const zip_member& member, std::string name,
                catalog& out) {
  if (auto skipped = objection(member, name)) {
    out.skipped.push_back(std::move(*skipped));
    return;
  }
  try {
    std::vector<std::string> warnings;
    array_info found = read_member(file, member, warnings);
    found.name = std::move(name);
    out.arrays.push_back(std::move(found));
    for (const std::string& each : warnings) {
      add_warning(out.warnings, concat("member '", escaped(member.name), "': ", each));
    }
  } catch (const error& failure) {
    out.skipped.push_back(
        {.name = std::move(name),
         .reason = failure.message(),
         .remedy = concat("'unzip FILE ", escaped(member.name), "' takes it out of the archive")});
  }
}

catalog parse(std::span<const std::byte> file, const siblings& /*beside*/) {
  zip_directory directory = read_zip_directory(file);
  std::vector<std::string_view> names;
  for (const zip_member& each : directory.members) names.push_back(each.name);
  std::ranges::sort(names);
  catalog out;
  out.warnings = std::move(directory.warnings);
  for (const zip_member& each : directory.members) {
    if (each.name.ends_with('/')) continue;
    std::string_view name = each.name;
    // As NumPy: a member x keeps its name from x.npy.
    if (name.ends_with(suffix)) {
      const std::string_view stem = name.substr(0, name.size() - suffix.size());
      if (!std::ranges::binary_search(names, stem)) name = stem;
    }
    add_member(file, each, std::string(name), out);
  }
  return out;
}

// --- writing

// As np.savez calls arrays: those without a name by their position.
std::string member_name(const array_info& array, std::size_t position) {
  return concat(array.name.empty() ? concat("arr_", position) : array.name, suffix);
}

// Every array at a multiple of 64: so is the length of its .npy header.
file_plan plan(std::span<const array_info> arrays) {
  file_plan out;
  std::vector<zip_member> members;
  std::set<std::string> names;
  std::uint64_t end = 0;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    const std::vector<std::byte> npy_header = write_npy_header(arrays[i]);
    const auto data_bytes = static_cast<std::uint64_t>(arrays[i].where.size_bytes());
    zip_member member;
    member.name = member_name(arrays[i], i);
    if (!names.insert(member.name).second) {
      throw error(errc::invalid_argument, concat("two members '", escaped(member.name), "'"));
    }
    member.plain_bytes =
        checked::add<std::uint64_t>(npy_header.size(), data_bytes, "the size of a member");
    member.stored_bytes = member.plain_bytes;
    member.header_offset = end;
    std::vector<std::byte> start = zip_header(member, data_alignment);
    member.data_offset = checked::add<std::uint64_t>(end, start.size(), "an offset");
    start.insert(start.end(), npy_header.begin(), npy_header.end());
    out.offsets_bytes.push_back(checked::add<std::uint64_t>(end, start.size(), "an offset"));
    if (i == 0) {
      out.header = std::move(start);
    } else {
      out.between.push_back({end, std::move(start)});
    }
    end = checked::add(out.offsets_bytes.back(), data_bytes, "the size of the file");
    members.push_back(std::move(member));
  }
  out.trailer = zip_trailer(members, end);
  for (const zip_member& each : members) {
    out.checksums.push_back(
        {.offset_bytes = each.data_offset,
         .size_bytes = each.stored_bytes,
         .stored_at = {each.header_offset + crc_in_header, each.entry_offset + crc_in_entry}});
  }
  out.file_bytes = checked::add<std::uint64_t>(end, out.trailer.size(), "the size of the file");
  return out;
}

constexpr std::array<std::string_view, 1> suffixes{".npz"};

}  // namespace

constinit const format npz{.name = "npz",
                           .suffixes = suffixes,
                           .probe = probe,
                           .parse = parse,
                           .plan = plan,
                           .has_names = true};

}  // namespace quarry::formats
