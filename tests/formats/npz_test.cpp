// npz_test.cpp: .npz against files that npz_golden.py made with NumPy and zipfile, and each rule of
// npz.md on members. The archive's own rules are in zip_directory_test.cpp.
#include "formats/npz/npz.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/golden.hpp"
#include "formats/manifest.hpp"
#include "formats/npy_files.hpp"
#include "formats/zip_files.hpp"

using golden::little_endian;
using quarry::catalog;
using quarry::concat;
using quarry::encoding;
using quarry::skipped_array;
using quarry::formats::npz;
using zip_files::archive;
using zip_files::archive_of;
using zip_files::patched;

namespace {

catalog parse(std::string_view file) {
  return npz.parse(std::as_bytes(std::span(file)), quarry::siblings{});
}

catalog golden_catalog(std::string_view name) {
  return parse(golden::read_file(golden::folder / "npz" / name));
}

int probe(std::string_view head, std::string name) {
  const quarry::siblings beside{.file_name = std::move(name)};
  return npz.probe({std::as_bytes(std::span(head)), head.size(), beside});
}

// The one member that is skipped.
skipped_array only_skipped(const catalog& of) {
  REQUIRE(of.skipped.size() == 1);
  return of.skipped.front();
}

const std::string small = npy_files::file_of(npy_files::header_of("'|u1'", "(3,)")) + "xyz";

}  // namespace

TEST_CASE("npz: golden files are read as NumPy reads them", "[formats][npz]") {
  CHECK(golden::check_manifest(npz, "npz") == 33);
}

TEST_CASE("npz: deflated members say what their stream is", "[formats][npz]") {
  const catalog found = golden_catalog("deflated.npz");
  REQUIRE(found.arrays.size() == 3);
  const quarry::array_info& signal = found.arrays[0];
  CHECK(signal.stored_as == encoding::deflate);
  CHECK(signal.offset_bytes == 60);
  CHECK(signal.stream.inflated_bytes == 128 + 48);
  CHECK(signal.stream.offset_bytes == 128);
  CHECK(signal.stream.crc32.has_value());
  CHECK(golden_catalog("plain.npz").arrays[0].stored_as == encoding::plain);
}

TEST_CASE("npz: Python objects are described", "[formats][npz]") {
  const catalog found = golden_catalog("objects.npz");
  REQUIRE(found.arrays.size() == 2);
  CHECK(found.arrays[1].name == "o");
  CHECK(found.arrays[1].stored_as == encoding::pickle);
}

TEST_CASE("npz: an archive may be empty", "[formats][npz]") {
  const catalog found = golden_catalog("empty.npz");
  CHECK(found.arrays.empty());
  CHECK(found.skipped.empty());
}

TEST_CASE("npz: archives of .npy members are recognised, others hardly", "[formats][npz]") {
  const std::string of_npy = archive_of({{.name = "a.npy"}}).file;
  const std::string of_text = archive_of({{.name = "a.txt"}}).file;
  CHECK(probe(of_npy, "a.zip") == 95);
  CHECK(probe(of_text, "a.npz") == 95);
  CHECK(probe(of_text, "a.zip") == 30);
  CHECK(probe(golden::read_file(golden::folder / "npz/empty.npz"), "a.npz") == 95);
  CHECK(probe(golden::read_file(golden::folder / "npz/empty.npz"), "a.zip") == 30);
  CHECK(probe(concat("#!/bin/sh\n", of_npy), "a.npz") == 20);
  CHECK(probe(concat("#!/bin/sh\n", of_npy), "a.sh") == 0);
  CHECK(probe("PK\x03\x04", "a.zip") == 0);
}

TEST_CASE("npz: a file that ends inside the archive is truncated", "[formats][npz]") {
  const std::string file = golden::read_file(golden::folder / "npz/plain.npz");
  const std::string_view half = std::string_view(file).substr(0, file.size() / 2);
  CHECK(golden::refusal_from([&] { parse(half); }).code == quarry::errc::truncated);
}

TEST_CASE("npz: members in other methods are skipped with what helps", "[formats][npz]") {
  const skipped_array bzip2 = only_skipped(golden_catalog("bzip2.npz"));
  CHECK(bzip2.name == "a");
  CHECK(bzip2.reason == "it is compressed by bzip2 (method 12)");
  CHECK(bzip2.remedy == "load it with NumPy and write it by np.savez");
  CHECK(only_skipped(golden_catalog("lzma.npz")).reason == "it is compressed by LZMA (method 14)");
  const skipped_array encrypted = only_skipped(golden_catalog("encrypted.npz"));
  CHECK(encrypted.reason == "it is encrypted");
  CHECK(encrypted.remedy == "take it out with unzip and its password");
  for (const auto& [method, name] :
       {std::pair{9, "Deflate64"}, {93, "Zstandard"}, {95, "XZ"}, {1, "an unusual method"}}) {
    const auto number = static_cast<unsigned>(method);
    CHECK(only_skipped(parse(archive_of({{.name = "a", .method = number}}).file)).reason ==
          concat("it is compressed by ", name, " (method ", method, ")"));
  }
}

TEST_CASE("npz: members that are no .npy are skipped, the others read", "[formats][npz]") {
  const catalog found = golden_catalog("mixed.npz");
  REQUIRE(found.arrays.size() == 1);
  REQUIRE(found.skipped.size() == 3);
  CHECK(found.skipped[0].name == "notes.txt");
  CHECK(found.skipped[0].reason == "it is no .npy");
  CHECK(found.skipped[0].remedy == "'unzip FILE notes.txt' takes it out of the archive");
  CHECK(found.skipped[1].name == "e");
  CHECK(found.skipped[1].reason == "it is no .npy");
  CHECK(found.skipped[2].name == "short");
  CHECK(found.skipped[2].reason == "it is cut short: 1 bytes are missing");
}

TEST_CASE("npz: a broken header is the member's own trouble", "[formats][npz]") {
  const std::string broken = npy_files::file_of(npy_files::header_of("'|u1'", "5"));
  const catalog found = parse(
      archive_of({{.name = "bad.npy", .data = broken}, {.name = "good.npy", .data = small}}).file);
  CHECK(found.arrays.at(0).name == "good");
  CHECK(only_skipped(found).name == "bad");
  CHECK(only_skipped(found).reason == "byte 60: found 5, expected a shape, a tuple of integers");
}

TEST_CASE("npz: warnings name their member", "[formats][npz]") {
  const catalog found = parse(archive_of({{.name = "a.npy", .data = small + "!"}}).file);
  CHECK(found.warnings == std::vector<std::string>{concat("member 'a.npy': byte ", small.size(),
                                                          ": 1 bytes follow the data")});
}

TEST_CASE("npz: a stored member has one size", "[formats][npz]") {
  const archive of = archive_of({{.name = "a.npy", .data = small}});
  const std::string file = patched(patched(of.file, 22, 5, 4), of.directory + 24, 5, 4);
  CHECK(only_skipped(parse(file)).reason ==
        concat("it is stored in ", small.size(), " bytes but should have 5"));
}

TEST_CASE("npz: a member cannot inflate to more than deflate can hold", "[formats][npz]") {
  const archive of = archive_of({{.name = "a.npy", .data = small, .method = 8}});
  const std::uint64_t huge = 1033 * small.size();
  const std::string file = patched(patched(of.file, 22, huge, 4), of.directory + 24, huge, 4);
  CHECK(only_skipped(parse(file)).reason ==
        concat("its ", small.size(), " bytes cannot inflate to ", huge));
}

TEST_CASE("npz: a deflated header may be as long as its member and 1 MiB", "[formats][npz]") {
  // a stored block of deflate that holds the start of a header of 65000 bytes
  const std::string start = std::string("\x93NUMPY\x01\0", 8) + little_endian(65000, 2) + "{ ";
  const std::string stream =
      concat("\x01", little_endian(start.size(), 2), little_endian(~start.size(), 2), start);
  const archive of = archive_of({{.name = "a.npy", .data = stream, .method = 8}});
  CHECK(only_skipped(parse(of.file)).reason == "its header of 65010 bytes is longer than 17");
  // one so short that it ends within the first bytes that are looked at
  const std::string empty = std::string("\x93NUMPY\x01\0\0\0", 10) + "ab";
  const std::string short_stream =
      concat("\x01", little_endian(empty.size(), 2), little_endian(~empty.size(), 2), empty);
  CHECK(parse(archive_of({{.name = "a.npy", .data = short_stream, .method = 8}}).file)
            .skipped.size() == 1);
  const skipped_array garbage = only_skipped(
      parse(archive_of({{.name = "a.npy", .data = "\x07 no stream", .method = 8}}).file));
  CHECK(garbage.reason == "the deflate stream is damaged at its byte 1: invalid block type");
}
