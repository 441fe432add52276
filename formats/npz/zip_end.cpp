#include "formats/npz/zip_end.hpp"

#include <algorithm>
#include <string_view>

#include "quarry/array/warnings.hpp"
#include "quarry/base/byte_reader.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/field_text.hpp"

namespace quarry::formats {
namespace {

constexpr std::string_view end_signature = "PK\x05\x06";
constexpr std::string_view locator_signature = "PK\x06\x07";
constexpr std::string_view zip64_signature = "PK\x06\x06";
constexpr std::size_t end_bytes = 22;
constexpr std::size_t locator_bytes = 20;
constexpr std::size_t zip64_bytes = 56;
constexpr std::size_t max_comment_bytes = 65535;
constexpr std::size_t entry_bytes = 46;  // of the directory, at least
constexpr auto order = byte_order::little;

[[noreturn]] void fail(std::string_view why) { throw error(errc::corrupt_header, why); }

bool has_signature(std::string_view file, std::uint64_t at, std::string_view signature) noexcept {
  return at <= file.size() && file.substr(static_cast<std::size_t>(at)).starts_with(signature);
}

// The end of the archive by the end record at byte `at`, its comment included.
std::size_t archive_end(std::string_view file, std::size_t at) noexcept {
  const auto low = static_cast<unsigned char>(file[at + end_bytes - 2]);
  const auto high = static_cast<unsigned char>(file[at + end_bytes - 1]);
  return at + end_bytes + low + 256U * high;
}

// The last end record. Others may take an earlier one that fits as well: then nobody knows.
std::size_t find_end_record(std::string_view file, std::vector<std::string>& warnings) {
  const std::size_t searched = std::min(file.size(), end_bytes + max_comment_bytes);
  const std::size_t start = file.size() - searched;
  const std::string_view window = file.substr(start);
  std::size_t found = searched < end_bytes ? std::string_view::npos
                                           : window.rfind(end_signature, searched - end_bytes);
  if (found == std::string_view::npos) {
    throw error(errc::truncated, concat("no end record of a zip archive in the last ", searched,
                                        " bytes: the file was cut short, or is no archive"));
  }
  const std::size_t at = start + found;
  const std::size_t end = archive_end(file, at);
  if (end > file.size()) {
    throw error(errc::truncated, concat("the comment of the archive ends at byte ", end,
                                        ", the file at byte ", file.size()));
  }
  while (found > 0) {
    found = window.rfind(end_signature, found - 1);
    if (found == std::string_view::npos) break;
    if (archive_end(file, start + found) == file.size()) {
      fail(concat("there are two end records, at bytes ", start + found, " and ", at));
    }
  }
  if (end < file.size()) {
    add_warning(warnings,
                concat("byte ", end, ": ", file.size() - end, " bytes follow the archive"));
  }
  return at;
}

// What the two kinds of end record say.
struct end_fields {
  std::uint64_t disk = 0;
  std::uint64_t directory_disk = 0;
  std::uint64_t entries_here = 0;
  std::uint64_t entries = 0;
  std::uint64_t directory_bytes = 0;
  std::uint64_t directory_offset = 0;
};

end_fields read_end_record(std::span<const std::byte> file, std::size_t at) {
  byte_reader in(file);
  in.seek(at + end_signature.size(), "the end record");
  end_fields out;
  out.disk = in.number<std::uint16_t>(order, "the disk");
  out.directory_disk = in.number<std::uint16_t>(order, "the directory's disk");
  out.entries_here = in.number<std::uint16_t>(order, "the entries on this disk");
  out.entries = in.number<std::uint16_t>(order, "the entries");
  out.directory_bytes = in.number<std::uint32_t>(order, "the directory's size");
  out.directory_offset = in.number<std::uint32_t>(order, "the directory's offset");
  return out;
}

// Byte of the Zip64 record, which ends where its locator begins. With bytes before the archive the
// locator's offset leads elsewhere.
std::size_t find_zip64(std::span<const std::byte> file, std::size_t locator) {
  byte_reader in(file);
  in.seek(locator + locator_signature.size(), "the Zip64 locator");
  const auto disk = in.number<std::uint32_t>(order, "the Zip64 record's disk");
  const auto offset = in.number<std::uint64_t>(order, "the Zip64 record's offset");
  const auto disks = in.number<std::uint32_t>(order, "the number of disks");
  if (disk != 0 || disks > 1) throw error(errc::unsupported, "an archive on several disks");
  const std::uint64_t usual = locator < zip64_bytes ? offset : locator - zip64_bytes;
  for (const std::uint64_t at : {usual, offset}) {
    if (!has_signature(as_text(file), at, zip64_signature) || at > locator) continue;
    in.seek(at + zip64_signature.size(), "the Zip64 record");
    const auto rest = in.number<std::uint64_t>(order, "the Zip64 record's size");
    if (rest >= zip64_bytes - 12 && in.position() <= locator && rest == locator - in.position()) {
      return static_cast<std::size_t>(at);
    }
  }
  fail(concat("no Zip64 record ends at byte ", locator, ", where its locator begins"));
}

end_fields read_zip64(std::span<const std::byte> file, std::size_t at) {
  byte_reader in(file);
  in.seek(at + 16, "the Zip64 record");
  end_fields out;
  out.disk = in.number<std::uint32_t>(order, "the disk");
  out.directory_disk = in.number<std::uint32_t>(order, "the directory's disk");
  out.entries_here = in.number<std::uint64_t>(order, "the entries on this disk");
  out.entries = in.number<std::uint64_t>(order, "the entries");
  out.directory_bytes = in.number<std::uint64_t>(order, "the directory's size");
  out.directory_offset = in.number<std::uint64_t>(order, "the directory's offset");
  return out;
}

// A field of the short record says the same, or that the long one has it.
void check_agrees(std::uint64_t narrow, std::uint64_t all_ones, std::uint64_t wide,
                  std::string_view what) {
  if (narrow == all_ones || narrow == wide) return;
  fail(concat(what, " is ", narrow, " in the end record, ", wide, " in the Zip64 record"));
}

void check_agrees(const end_fields& narrow, const end_fields& wide) {
  check_agrees(narrow.entries, 0xffff, wide.entries, "the number of entries");
  check_agrees(narrow.directory_bytes, 0xffffffff, wide.directory_bytes, "the directory's size");
  check_agrees(narrow.directory_offset, 0xffffffff, wide.directory_offset,
               "the directory's offset");
  if (narrow.disk != 0xffff && narrow.disk != wide.disk) {
    throw error(errc::unsupported, "an archive on several disks");
  }
}

}  // namespace

zip_end find_zip_end(std::span<const std::byte> file, std::vector<std::string>& warnings) {
  const std::size_t at = find_end_record(as_text(file), warnings);
  end_fields fields = read_end_record(file, at);
  zip_end out;
  out.end = at;
  if (at >= locator_bytes && has_signature(as_text(file), at - locator_bytes, locator_signature)) {
    out.end = find_zip64(file, at - locator_bytes);
    const end_fields wide = read_zip64(file, static_cast<std::size_t>(out.end));
    check_agrees(fields, wide);
    fields = wide;
  }
  if (fields.disk != 0 || fields.directory_disk != 0 || fields.entries_here != fields.entries) {
    throw error(errc::unsupported, "an archive on several disks");
  }
  if (fields.directory_bytes > out.end ||
      fields.directory_offset > out.end - fields.directory_bytes) {
    fail(concat("a directory of ", fields.directory_bytes, " bytes at byte ",
                fields.directory_offset, " does not end before byte ", out.end));
  }
  if (fields.entries > max_zip_members) {
    throw error(errc::limit_exceeded, concat("an archive of ", fields.entries, " members, at most ",
                                             max_zip_members, " are read"));
  }
  if (fields.entries > fields.directory_bytes / entry_bytes) {
    fail(concat("a directory of ", fields.directory_bytes, " bytes has no room for ",
                fields.entries, " entries"));
  }
  out.begin = out.end - fields.directory_bytes;
  out.entries = fields.entries;
  out.prefix_bytes = out.begin - fields.directory_offset;
  if (out.prefix_bytes > 0) {
    add_warning(warnings, concat("byte 0: ", out.prefix_bytes, " bytes precede the archive"));
  }
  return out;
}

}  // namespace quarry::formats
