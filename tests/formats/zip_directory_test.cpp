// zip_directory_test.cpp: each rule of npz.md on archives, before any member is looked at.
#include "formats/npz/zip_directory.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/golden.hpp"
#include "formats/zip_files.hpp"

using golden::little_endian;
using golden::refusal;
using quarry::concat;
using quarry::errc;
using quarry::formats::read_zip_directory;
using quarry::formats::zip_directory;
using zip_files::archive;
using zip_files::archive_of;
using zip_files::member;
using zip_files::patched;

namespace {

zip_directory read(std::string_view file) {
  return read_zip_directory(std::as_bytes(std::span(file)));
}

refusal refusal_of(std::string_view file) {
  return golden::refusal_from([&] { read(file); });
}

// Two members: headers at 0 and 36, the data of the first at 31; the directory at 72, its second
// entry at 119.
archive two() {
  return archive_of({{.name = "a", .data = "12345"}, {.name = "b", .data = "12345"}});
}

// The same with Zip64 records.
std::string two_wide(std::string_view behind = {}) {
  const archive of = two();
  const std::size_t bytes = of.end - of.directory;
  return of.file.substr(0, of.end) + zip_files::zip64_records(2, bytes, of.directory, behind) +
         zip_files::end_record(0xffff, 0xffffffff, 0xffffffff);
}

// One member whose entry leaves its numbers to a Zip64 field.
std::string widened(std::string_view field) {
  const archive of =
      archive_of({{.name = "a", .data = "12345", .entry_extra = std::string(field)}});
  std::string file = patched(of.file, of.directory + 20, 0xffffffff, 4);
  file = patched(file, of.directory + 24, 0xffffffff, 4);
  return patched(file, of.directory + 42, 0xffffffff, 4);
}

const std::string five_five_zero = little_endian(1, 2) + little_endian(24, 2) +
                                   little_endian(5, 8) + little_endian(5, 8) + little_endian(0, 8);

void check_corrupt(std::string_view file, std::string_view message) {
  const refusal found = refusal_of(file);
  CHECK(found.code == errc::corrupt_header);
  CHECK(found.message == message);
}

}  // namespace

TEST_CASE("zip: members are where their own headers end", "[formats][zip]") {
  const archive of = two();
  const zip_directory found = read(of.file);
  CHECK(found.warnings.empty());
  REQUIRE(found.members.size() == 2);
  CHECK(found.members[1].name == "b");
  CHECK(found.members[1].header_offset == 36);
  CHECK(found.members[1].data_offset == 67);
  CHECK(found.members[1].stored_bytes == 5);
  CHECK(found.members[1].plain_bytes == 5);
  CHECK(found.members[1].method == 0);
  CHECK_FALSE(found.members[1].is_encrypted);
  CHECK(found.members[1].crc32 == 0xcbf53a1c);  // of 12345, by Python's zlib
}

TEST_CASE("zip: extra fields of header and entry need not agree", "[formats][zip]") {
  const archive of = archive_of({{.name = "a", .data = "x", .extra = "\x99\x99\x02\x01zz"}});
  CHECK(refusal_of(of.file).code == errc::corrupt_header);  // a field of 258 bytes
  const std::string field = concat("\x99\x99", little_endian(2, 2), "zz");
  const zip_directory found = read(archive_of({{.name = "a", .data = "x", .extra = field}}).file);
  CHECK(found.members.at(0).data_offset == 37);
}

TEST_CASE("zip: a file without an end record is truncated", "[formats][zip]") {
  const archive of = two();
  for (std::size_t bytes = 0; bytes < of.file.size(); ++bytes) {
    CHECK(refusal_of(std::string_view(of.file).substr(0, bytes)).code == errc::truncated);
  }
  CHECK(refusal_of(of.file.substr(0, 100)).message ==
        "no end record of a zip archive in the last 100 bytes: the file was cut short, or is no"
        " archive");
}

TEST_CASE("zip: the end record is found behind the longest comment", "[formats][zip]") {
  const archive of = archive_of({{.name = "a"}}, std::string(65535, 'c'));
  CHECK(read(of.file).members.size() == 1);
  CHECK(read(of.file).warnings.empty());
  CHECK(refusal_of(of.file + "x").code == errc::truncated);
  CHECK(refusal_of(std::string_view(of.file).substr(0, of.file.size() - 1)).code ==
        errc::truncated);
}

TEST_CASE("zip: bytes around the archive are warned of", "[formats][zip]") {
  const archive of = two();
  const zip_directory found = read(concat("#!/bin/sh\n", of.file, "\r\n"));
  CHECK(found.warnings == std::vector<std::string>{"byte 198: 2 bytes follow the archive",
                                                   "byte 0: 10 bytes precede the archive"});
  CHECK(found.members.at(1).data_offset == 77);
}

TEST_CASE("zip: two end records are refused", "[formats][zip]") {
  const archive of = two();
  // the comment of the first holds the second
  const std::string inner = zip_files::end_record(0, 0, 0);
  const std::string outer = of.file.substr(0, of.end) +
                            zip_files::end_record(2, of.end - of.directory, of.directory, inner);
  check_corrupt(outer, "there are two end records, at bytes 166 and 188");
}

TEST_CASE("zip: archives on several disks are not read", "[formats][zip]") {
  const archive of = two();
  CHECK(refusal_of(patched(of.file, of.end + 4, 1, 2)).code == errc::unsupported);
  CHECK(refusal_of(patched(of.file, of.end + 6, 1, 2)).code == errc::unsupported);
  CHECK(refusal_of(patched(of.file, of.end + 8, 1, 2)).code == errc::unsupported);
  CHECK(refusal_of(patched(of.file, of.directory + 34, 1, 2)).code == errc::unsupported);
  const std::string wide = two_wide();
  CHECK(refusal_of(patched(wide, of.end + 16, 1, 4)).code == errc::unsupported);
  CHECK(refusal_of(patched(wide, of.end + 56 + 4, 1, 4)).code == errc::unsupported);
  CHECK(refusal_of(patched(wide, of.end + 56 + 16, 2, 4)).code == errc::unsupported);
  CHECK(refusal_of(patched(wide, of.end + 76 + 4, 1, 2)).code == errc::unsupported);
}

TEST_CASE("zip: a directory that cannot be where it should is refused", "[formats][zip]") {
  const archive of = two();
  check_corrupt(patched(of.file, of.end + 12, 167, 4),
                "a directory of 167 bytes at byte 72 does not end before byte 166");
  check_corrupt(patched(of.file, of.end + 16, 73, 4),
                "a directory of 94 bytes at byte 73 does not end before byte 166");
  check_corrupt(patched(patched(of.file, of.end + 8, 3, 2), of.end + 10, 3, 2),
                "a directory of 94 bytes has no room for 3 entries");
  check_corrupt(patched(patched(of.file, of.end + 8, 1, 2), of.end + 10, 1, 2),
                "byte 119: 47 bytes of the directory follow its 1 entries");
  check_corrupt(patched(of.file, 119, 0, 1), "byte 119 is no entry of the directory");
}

TEST_CASE("zip: Zip64 records have the numbers that the end record leaves to them",
          "[formats][zip]") {
  for (const std::string_view behind : {"", "extensible data"}) {
    const std::string file = two_wide(behind);
    CHECK(read(file).members.size() == 2);
    const zip_directory moved = read(concat("prefix", two_wide()));
    CHECK(moved.members.at(1).data_offset == 73);
    CHECK(moved.warnings.size() == 1);
  }
  // numbers that the end record has as well must be the same
  const archive of = two();
  const std::string file = two_wide();
  const std::size_t end = file.size() - 22;
  CHECK(read(patched(patched(file, end + 10, 2, 2), end + 12, 94, 4)).members.size() == 2);
  check_corrupt(patched(file, end + 10, 1, 2),
                "the number of entries is 1 in the end record, 2 in the Zip64 record");
  check_corrupt(patched(file, end + 12, 47, 4),
                "the directory's size is 47 in the end record, 94 in the Zip64 record");
  check_corrupt(patched(file, end + 16, 1, 4),
                "the directory's offset is 1 in the end record, 72 in the Zip64 record");
  check_corrupt(patched(file, of.end, 0, 1),
                "no Zip64 record ends at byte 222, where its locator begins");
  check_corrupt(patched(file, of.end + 4, 45, 8),
                "no Zip64 record ends at byte 222, where its locator begins");
}

TEST_CASE("zip: an entry finds its numbers in its Zip64 field", "[formats][zip]") {
  const zip_directory found = read(widened(five_five_zero));
  CHECK(found.members.at(0).stored_bytes == 5);
  CHECK(found.members.at(0).plain_bytes == 5);
  CHECK(found.members.at(0).header_offset == 0);
  const std::string_view missing = "member 'a': a size or an offset is missing in its Zip64 field";
  check_corrupt(widened(""), missing);
  check_corrupt(widened(little_endian(1, 2) + little_endian(16, 2) + std::string(16, '\0')),
                missing);
  check_corrupt(widened(five_five_zero + five_five_zero), "member 'a': two Zip64 fields");
  check_corrupt(widened(five_five_zero.substr(0, 27)),
                "member 'a': an extra field of 24 bytes has 23");
  CHECK(refusal_of(widened(little_endian(1, 2) + little_endian(24, 2) + little_endian(5, 8) +
                           little_endian(5, 8) + little_endian(1U << 20U, 8)))
            .code == errc::truncated);
}

TEST_CASE("zip: a member's own header may have a Zip64 field as well", "[formats][zip]") {
  const std::string field =
      little_endian(1, 2) + little_endian(16, 2) + little_endian(5, 8) + little_endian(5, 8);
  const archive of = archive_of({{.name = "a", .data = "12345", .extra = field}});
  const std::string file = patched(patched(of.file, 18, 0xffffffff, 4), 22, 0xffffffff, 4);
  CHECK(read(file).members.at(0).data_offset == 51);
  check_corrupt(patched(file, 35, 6, 8),
                "member 'a': its header at byte 0 has another size than the directory");
}

TEST_CASE("zip: more than 65535 members need Zip64, as many do not", "[formats][zip]") {
  std::vector<member> members;
  for (int i = 0; i < 65535; ++i) members.push_back({.name = std::to_string(i)});
  CHECK(read(archive_of(members).file).members.size() == 65535);
  members.push_back({.name = "one more"});
  const archive of = archive_of(members);
  const std::size_t bytes = of.end - of.directory;
  const std::string wide = of.file.substr(0, of.end) +
                           zip_files::zip64_records(65536, bytes, of.directory) +
                           zip_files::end_record(0xffff, bytes, of.directory);
  CHECK(read(wide).members.size() == 65536);
  CHECK(read(wide).members.back().name == "one more");
  CHECK(refusal_of(of.file).code == errc::corrupt_header);  // it says that there are none
}

TEST_CASE("zip: more than 262144 members are not read", "[formats][zip]") {
  const archive good = archive_of({{.name = "a"}});
  const std::string before = good.file.substr(0, good.end);
  const std::size_t bytes = good.end - good.directory;
  const auto said = [&](std::size_t entries) {
    return refusal_of(before + zip_files::zip64_records(entries, bytes, good.directory) +
                      zip_files::end_record(0xffff, bytes, good.directory));
  };
  CHECK(said(262144).code == errc::corrupt_header);  // the directory has no room for them
  CHECK(said(262145).code == errc::limit_exceeded);
  CHECK(said(262145).message == "an archive of 262145 members, at most 262144 are read");
}

TEST_CASE("zip: a member's own header must agree with the directory", "[formats][zip]") {
  const archive of = two();
  const auto differs = [&](std::size_t at, std::string_view what) {
    check_corrupt(patched(of.file, at, 1, 1), "member 'b': its header at byte 36 has another " +
                                                  std::string(what) + " than the directory");
  };
  differs(36 + 30, "name");
  differs(36 + 8, "method");
  differs(36 + 6, "encryption");
  differs(36 + 14, "checksum");
  differs(36 + 18, "size");
  differs(36 + 22, "size");
  check_corrupt(patched(of.file, 36, 0, 1), "member 'b': no header at byte 36");
}

TEST_CASE("zip: sizes behind the data are those of the directory", "[formats][zip]") {
  archive of = archive_of({{.name = "a", .data = "12345", .flags = 8}});
  of.file = patched(patched(of.file, 14, 0, 8), 22, 0, 4);
  CHECK(read(of.file).members.at(0).stored_bytes == 5);
}

TEST_CASE("zip: members that overlap are refused", "[formats][zip]") {
  const archive of = two();
  // both entries lead to the first header: as bombs do
  std::string same = patched(of.file, 119 + 42, 0, 4);
  same[119 + 46] = 'a';
  CHECK(refusal_of(same).message == "there are two members 'a'");
  const std::string longer = patched(patched(of.file, 20 - 2, 6, 4), of.directory + 20, 6, 4);
  check_corrupt(longer, "member 'a': 6 bytes from byte 31 on reach into what begins at byte 36");
  const std::string last = patched(patched(of.file, 36 + 18, 6, 4), 119 + 20, 6, 4);
  check_corrupt(last, "member 'b': 6 bytes from byte 67 on reach into what begins at byte 72");
}

TEST_CASE("zip: names are text and each is there once", "[formats][zip]") {
  check_corrupt(archive_of({{.name = "a"}, {.name = "a"}}).file, "there are two members 'a'");
  check_corrupt(archive_of({{.name = std::string("a\0b", 3)}}).file,
                "member 'a\\x00b': its name is no text");
  check_corrupt(archive_of({{.name = "\x81", .flags = 1U << 11U}}).file,
                "member '\\x81': its name is no text");
  // without the flag the same byte is one of code page 437
  CHECK(read(archive_of({{.name = "\x81"}}).file).members.at(0).name == "\xc3\xbc");
  CHECK(read(archive_of({{.name = "\xc3\xbc", .flags = 1U << 11U}}).file).members.at(0).name ==
        "\xc3\xbc");
}
