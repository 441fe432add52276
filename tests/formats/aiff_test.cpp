// aiff_test.cpp: each rule of aiff.md: what is read, warned of, left out and refused. Files of
// other writers are in sound_test.cpp.
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/golden.hpp"
#include "formats/sound_files.hpp"

using golden::descr_text;
using golden::refusal;
using quarry::catalog;
using quarry::errc;
using quarry::formats::aiff;
using sound_files::aiff_file;
using sound_files::big_endian;
using sound_files::comm_chunk;
using sound_files::iff_chunk;
using sound_files::ssnd_chunk;

namespace {

const std::string samples = "0123456789ab";

catalog parse(std::string_view file) { return sound_files::parse(aiff, file); }
refusal refusal_of(std::string_view file) { return sound_files::refusal_of(aiff, file); }

// An AIFF-C of 12 bytes of samples.
catalog coded(std::string_view coding, unsigned frames, unsigned bits) {
  return parse(aiff_file(
      comm_chunk(1, frames, bits, std::string(coding) + std::string(2, '\0')) + ssnd_chunk(samples),
      "AIFC"));
}

}  // namespace

TEST_CASE("aiff: both forms are recognised, others are not", "[formats][aiff]") {
  CHECK(sound_files::probe(aiff, "FORM1234AIFF") == 95);
  CHECK(sound_files::probe(aiff, "FORM1234AIFC") == 95);
  CHECK(sound_files::probe(aiff, "FORM1234ILBM") == 0);
  CHECK(sound_files::probe(aiff, "FORM1234AIF") == 0);
  CHECK(refusal_of("FORM1234ILBM").message ==
        "bytes 0 to 11 are not FORM, a size and AIFF or AIFC");
  CHECK(refusal_of("FORM1234AIF").code == errc::truncated);
}

TEST_CASE("aiff: chunks come in any order", "[formats][aiff]") {
  const std::string comm = comm_chunk(2, 3, 16);
  const std::string ssnd = ssnd_chunk(samples);
  const std::string note = iff_chunk("ANNO", "pump 3");
  for (const std::string& chunks : {comm + ssnd + note, note + ssnd + comm, ssnd + note + comm}) {
    const catalog found = parse(aiff_file(chunks));
    REQUIRE(found.arrays.size() == 1);
    CHECK(descr_text(found.arrays[0].type) == "'>i2'");
    CHECK(quarry::tuple_text(found.arrays[0].where.shape()) == "(3, 2)");
    CHECK(found.warnings.empty());
    REQUIRE(found.arrays[0].attrs.size() == 2);
    CHECK(found.arrays[0].attrs[1].name == "description");
    CHECK(std::get<std::string>(found.arrays[0].attrs[1].value.value) == "pump 3");
  }
}

TEST_CASE("aiff: the samples may start behind an offset", "[formats][aiff]") {
  const catalog found = parse(aiff_file(comm_chunk(1, 5, 16) + ssnd_chunk(samples, 2)));
  CHECK(found.arrays.at(0).offset_bytes == 12 + 26 + 16 + 2);
  CHECK(found.warnings.empty());
  const refusal outside = refusal_of(aiff_file(comm_chunk(1, 0, 16) + ssnd_chunk("", 1)));
  CHECK(outside.code == errc::corrupt_header);
  CHECK(outside.message == "byte 38: the chunk 'SSND' has 8 bytes, its samples start behind 9");
}

TEST_CASE("aiff: the coding decides type and byte order", "[formats][aiff]") {
  const auto type = [](const catalog& found) { return descr_text(found.arrays.at(0).type); };
  CHECK(type(coded("NONE", 6, 16)) == "'>i2'");
  CHECK(type(coded("twos", 12, 8)) == "'|i1'");
  CHECK(type(coded("sowt", 6, 16)) == "'<i2'");
  CHECK(type(coded("raw ", 12, 8)) == "'|u1'");
  CHECK(type(coded("in24", 4, 24)) == "'>i3'");
  CHECK(type(coded("in32", 3, 32)) == "'>i4'");
  CHECK(type(coded("42ni", 4, 24)) == "'<i3'");
  CHECK(type(coded("23ni", 3, 32)) == "'<i4'");
  CHECK(type(coded("fl32", 3, 32)) == "'>f4'");
  CHECK(type(coded("FL64", 1, 64)) == "'>f8'");
  const catalog skipped = coded("ima4", 1, 16);
  CHECK(skipped.arrays.empty());
  CHECK(skipped.skipped.at(0).reason == "its samples are coded as 'ima4'");
}

TEST_CASE("aiff: bits that do not fill their bytes are named", "[formats][aiff]") {
  const catalog found = parse(aiff_file(comm_chunk(1, 6, 12) + ssnd_chunk(samples)));
  CHECK(descr_text(found.arrays.at(0).type) == "'>i2'");
  CHECK(found.arrays[0].attrs.at(1).name == "valid_bits");
  CHECK(std::get<std::int64_t>(found.arrays[0].attrs[1].value.value) == 12);
  for (const unsigned bits : {0U, 33U}) {
    const refusal wrong = refusal_of(aiff_file(comm_chunk(1, 0, bits) + ssnd_chunk("")));
    CHECK(wrong.code == errc::corrupt_header);
    CHECK(wrong.message ==
          quarry::concat("the chunk 'COMM': samples of ", bits, " bits, expected 1 to 32"));
  }
}

TEST_CASE("aiff: frames and bytes must agree", "[formats][aiff]") {
  const refusal more = refusal_of(aiff_file(comm_chunk(1, 7, 16) + ssnd_chunk(samples)));
  CHECK(more.code == errc::corrupt_header);
  CHECK(more.message ==
        "byte 38: the chunk 'SSND' has 12 bytes of samples, the chunk 'COMM' promises 14");
  CHECK(parse(aiff_file(comm_chunk(1, 5, 16) + ssnd_chunk(samples))).warnings ==
        std::vector<std::string>{"byte 64: 2 bytes behind the last frame"});
}

TEST_CASE("aiff: no frames need no samples", "[formats][aiff]") {
  const catalog found = parse(aiff_file(comm_chunk(2, 0, 16)));
  CHECK(quarry::tuple_text(found.arrays.at(0).where.shape()) == "(0, 2)");
  CHECK(refusal_of(aiff_file(comm_chunk(2, 1, 16))).code == errc::truncated);
}

TEST_CASE("aiff: each chunk comes once", "[formats][aiff]") {
  const std::string comm = comm_chunk(1, 6, 16);
  const std::string ssnd = ssnd_chunk(samples);
  CHECK(refusal_of(aiff_file(comm + comm + ssnd)).message == "byte 38: a second chunk 'COMM'");
  CHECK(refusal_of(aiff_file(ssnd + ssnd + comm)).message == "byte 40: a second chunk 'SSND'");
  CHECK(refusal_of(aiff_file(ssnd)).message == "the file ends at byte 40 before its chunk 'COMM'");
  CHECK(refusal_of(aiff_file(comm_chunk(0, 6, 16) + ssnd)).message ==
        "the chunk 'COMM': no channels");
}

TEST_CASE("aiff: an unfinished recording is read to its end", "[formats][aiff]") {
  const auto unfinished = [](std::uint64_t form_bytes, std::uint64_t frames, std::uint64_t bytes) {
    return "FORM" + big_endian(form_bytes, 4) + "AIFF" + comm_chunk(1, frames, 16) +
           iff_chunk("SSND", std::string(8, '\0') + samples, bytes);
  };
  const std::string files[] = {unfinished(0x7f000050, 0x3f800000, 0x7f000008),
                               unfinished(0xffffffffU, 0, 0xffffffffU), unfinished(46, 0, 8),
                               unfinished(0, 0, 8)};
  for (const std::string& file : files) {
    const catalog found = parse(file);
    CHECK(found.arrays.at(0).where.extent(0) == 6);
    CHECK(found.warnings ==
          std::vector<std::string>{
              "byte 38: the size of the samples was never written, as in a stream or an unfinished "
              "recording: 12 bytes to the end of the file are taken"});
  }
}

TEST_CASE("aiff: a file that ends elsewhere than it says is a warning", "[formats][aiff]") {
  const std::string whole = aiff_file(comm_chunk(1, 6, 16) + ssnd_chunk(samples));
  using list = std::vector<std::string>;
  CHECK(parse(whole + "tail").warnings == list{"byte 66: 4 bytes behind the file's own end"});
  CHECK(parse(whole.substr(0, 60)).warnings.empty());  // the store says how many bytes are missing
  const std::string noted =
      aiff_file(comm_chunk(1, 6, 16) + ssnd_chunk(samples) + iff_chunk("ANNO", "cut off"));
  CHECK(parse(noted.substr(0, 76)).warnings ==
        list{"byte 66: the chunk 'ANNO' ends behind the file",
             "the file says to end at byte 82, but it has 76 bytes"});
}
