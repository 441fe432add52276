// wav_rules_test.cpp: each rule of wav.md on reading: what is refused and with which words, what is
// accepted with a warning, what is left out. What is written is in wav_plan_test.cpp.
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
using golden::little_endian;
using golden::refusal;
using quarry::catalog;
using quarry::concat;
using quarry::errc;
using quarry::formats::wav;
using sound_files::fmt_chunk;
using sound_files::riff_chunk;
using sound_files::riff_file;
using sound_files::wave;

namespace {

const std::string samples = "0123456789ab";

catalog parse(std::string_view file) { return sound_files::parse(wav, file); }
refusal refusal_of(std::string_view file) { return sound_files::refusal_of(wav, file); }

std::string file_of(const wave& format, std::string_view data = samples) {
  return riff_file(fmt_chunk(format) + riff_chunk("data", data));
}

// Behind the 16 bytes that all formats have.
std::string extension(unsigned valid_bits, unsigned mask, std::string_view guid,
                      unsigned size = 22) {
  return little_endian(size, 2) + little_endian(valid_bits, 2) + little_endian(mask, 4) +
         std::string(guid);
}

const std::string pcm_guid("\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71", 16);

std::string long_file(std::uint64_t riff_bytes, std::uint64_t data_bytes, std::string_view magic,
                      std::uint64_t data_size32 = 0xffffffffU) {
  return std::string(magic) + little_endian(0xffffffffU, 4) + "WAVE" +
         riff_chunk("ds64", little_endian(riff_bytes, 8) + little_endian(data_bytes, 8) +
                                little_endian(6, 8) + little_endian(0, 4)) +
         fmt_chunk({}) + riff_chunk("data", samples, data_size32);
}

void check_shape(const catalog& found, std::string_view descr, std::string_view shape) {
  REQUIRE(found.arrays.size() == 1);
  CHECK(descr_text(found.arrays[0].type) == concat("'", descr, "'"));
  CHECK(quarry::tuple_text(found.arrays[0].where.shape()) == shape);
}

const quarry::attribute_value* value_of(const catalog& of, std::string_view name) {
  for (const quarry::attribute& each : of.arrays.at(0).attrs) {
    if (each.name == name) return &each.value;
  }
  return nullptr;
}

std::int64_t number_of(const catalog& of, std::string_view name) {
  const auto* const found = value_of(of, name);
  REQUIRE(found != nullptr);
  return std::get<std::int64_t>(found->value);
}

}  // namespace

TEST_CASE("wav: each magic of the family is recognised, other RIFF files are not",
          "[formats][wav]") {
  CHECK(sound_files::probe(wav, file_of({})) == 95);
  CHECK(sound_files::probe(wav, long_file(0, 0, "BW64")) == 95);
  CHECK(sound_files::probe(wav, "RIFF1234WAVE") == 95);
  CHECK(sound_files::probe(wav, "RIFF1234AVI ") == 0);
  CHECK(sound_files::probe(wav, "RIFF1234WAV") == 0);
  CHECK(sound_files::probe(wav, "riff1234WAVE") == 0);
  CHECK(sound_files::probe(wav, "RIFF") == 0);
}

TEST_CASE("wav: another magic is refused", "[formats][wav]") {
  const refusal found = refusal_of("RIFF1234AVI LIST");
  CHECK(found.code == errc::corrupt_header);
  CHECK(found.message ==
        "bytes 0 to 11 are not RIFF, RIFX, RF64 or BW64, a size and WAVE, nor is this a Wave64 "
        "file");
  CHECK(refusal_of("RIFF1234WAV").message ==
        "the file ends at byte 11, inside the header of a WAV");
  CHECK(refusal_of("").code == errc::truncated);
}

TEST_CASE("wav: a file that ends before its samples is truncated", "[formats][wav]") {
  const std::string file = file_of({});
  for (std::size_t bytes = 0; bytes < 44; ++bytes) {
    INFO(bytes);
    CHECK(refusal_of(file.substr(0, bytes)).code == errc::truncated);
  }
  CHECK(refusal_of(file.substr(0, 36)).message ==
        "the file ends at byte 36 before its chunk 'data'");
  CHECK(refusal_of(riff_file(fmt_chunk({}) + riff_chunk("JUNK", "", 100))).message ==
        "the chunk 'JUNK' at byte 44 needs 100 bytes, the file has 0 left");
}

TEST_CASE("wav: bits decide the type, channels the shape", "[formats][wav]") {
  check_shape(parse(file_of({.bits = 8})), "|u1", "(12,)");
  check_shape(parse(file_of({.channels = 2, .bits = 16})), "<i2", "(3, 2)");
  check_shape(parse(file_of({.channels = 2, .bits = 24})), "<i3", "(2, 2)");
  check_shape(parse(file_of({.channels = 3, .bits = 32})), "<i4", "(1, 3)");
  check_shape(parse(file_of({.tag = 3, .bits = 32})), "<f4", "(3,)");
  check_shape(parse(file_of({.channels = 0xffff, .bits = 8}, "")), "|u1", "(0, 65535)");
}

TEST_CASE("wav: bits that do not fill their bytes are named", "[formats][wav]") {
  const catalog found = parse(file_of({.bits = 12}));
  check_shape(found, "<i2", "(6,)");
  CHECK(number_of(found, "valid_bits") == 12);
  CHECK(value_of(parse(file_of({.bits = 16})), "valid_bits") == nullptr);
}

TEST_CASE("wav: an extensible format gives valid bits and loudspeakers", "[formats][wav]") {
  const catalog found = parse(
      file_of({.tag = 0xfffe, .channels = 2, .bits = 24, .more = extension(20, 3, pcm_guid)}));
  check_shape(found, "<i3", "(2, 2)");
  CHECK(number_of(found, "valid_bits") == 20);
  CHECK(number_of(found, "channel_mask") == 3);
  CHECK(found.warnings.empty());
}

TEST_CASE("wav: an extensible format must be whole", "[formats][wav]") {
  const wave cut{.tag = 0xfffe, .more = extension(16, 0, pcm_guid.substr(0, 14))};
  CHECK(refusal_of(file_of(cut)).code == errc::corrupt_header);
  CHECK(refusal_of(file_of(cut)).message ==
        "the chunk 'fmt ': at byte 20 an extensible format of 38 bytes, expected 40");
  const wave small{.tag = 0xfffe, .more = extension(16, 0, pcm_guid, 21)};
  CHECK(refusal_of(file_of(small)).message ==
        "the chunk 'fmt ': an extension of 21 bytes, expected 22");
  const wave wide{.tag = 0xfffe, .more = extension(17, 0, pcm_guid)};
  CHECK(refusal_of(file_of(wide)).code == errc::corrupt_header);
  CHECK(refusal_of(file_of(wide)).message == "the chunk 'fmt ': 17 valid bits in samples of 16");
}

TEST_CASE("wav: codecs are skipped by name", "[formats][wav]") {
  const auto reason = [](const wave& format) {
    const catalog found = parse(file_of(format));
    CHECK(found.arrays.empty());
    return found.skipped.at(0).reason;
  };
  CHECK(reason({.tag = 0x55, .bits = 0}) == "its samples are coded as MP3 (format tag 0x0055)");
  CHECK(reason({.tag = 6, .bits = 8}) == "its samples are coded as A-law (format tag 0x0006)");
  CHECK(reason({.tag = 0x1234}) == "its samples are coded as a codec (format tag 0x1234)");
  const std::string odd_guid = pcm_guid.substr(0, 15) + "?";
  CHECK(reason({.tag = 0xfffe, .more = extension(16, 0, odd_guid)}) ==
        "its samples are coded as a GUID's own (format tag 0xfffe)");
}

TEST_CASE("wav: samples of sizes that no type has are skipped", "[formats][wav]") {
  const auto reason = [](const wave& format) {
    return parse(file_of(format)).skipped.at(0).reason;
  };
  CHECK(reason({.bits = 36}) == "integer samples of 36 bits in 5 bytes");
  CHECK(reason({.bits = 53}) == "integer samples of 53 bits in 7 bytes");
  CHECK(reason({.tag = 3, .bits = 16}) == "floating-point samples of 16 bits in 2 bytes");
  check_shape(parse(file_of({.bits = 64}, "01234567")), "<i8", "(1,)");
}

TEST_CASE("wav: frames, channels and bits must agree", "[formats][wav]") {
  const refusal found = refusal_of(file_of({.channels = 3, .bits = 24, .frame_bytes = 4}));
  CHECK(found.code == errc::corrupt_header);
  CHECK(found.message == "the chunk 'fmt ': frames of 4 bytes, but 3 channels of 24 bits take 9");
  CHECK(refusal_of(file_of({.channels = 0, .frame_bytes = 2})).message ==
        "the chunk 'fmt ': no channels");
  CHECK(refusal_of(file_of({.bits = 0, .frame_bytes = 2})).message ==
        "the chunk 'fmt ': samples of 0 bits");
}

TEST_CASE("wav: rates that contradict each other are a warning", "[formats][wav]") {
  std::string file = file_of({});
  file[28] = '\x81';  // the lowest byte of 16000 bytes a second, which was 80
  CHECK(parse(file).warnings ==
        std::vector<std::string>{
            "the chunk 'fmt ': 16001 bytes a second, but rate and frames make 16000"});
  CHECK(parse(file_of({.rate = 0})).warnings ==
        std::vector<std::string>{"the chunk 'fmt ': a sample rate of 0"});
}

TEST_CASE("wav: the format comes before the samples, and each only once", "[formats][wav]") {
  const std::string fmt = fmt_chunk({});
  const std::string data = riff_chunk("data", samples);
  CHECK(refusal_of(riff_file(data + fmt)).message ==
        "byte 12: the chunk 'data' comes before a chunk 'fmt '");
  CHECK(refusal_of(riff_file(fmt + fmt + data)).message == "byte 36: a second chunk 'fmt '");
  const refusal twice = refusal_of(riff_file(fmt + data + data));
  CHECK(twice.code == errc::corrupt_header);
  CHECK(twice.message == "byte 56: a second chunk 'data'");
  CHECK(refusal_of(riff_file(riff_chunk("fmt ", "0123") + data)).message ==
        "byte 12: the chunk 'fmt ' has 4 bytes, at least 16 expected");
}

TEST_CASE("wav: chunks on both sides of the samples are stepped over", "[formats][wav]") {
  const catalog found =
      parse(riff_file(riff_chunk("bext", "odd") + fmt_chunk({}) + riff_chunk("auxi", "more") +
                      riff_chunk("data", "012") + riff_chunk("smpl", "behind")));
  check_shape(found, "<i2", "(1,)");
  CHECK(found.arrays[0].offset_bytes == 12 + 12 + 24 + 12 + 8);
  CHECK(found.warnings ==
        std::vector<std::string>{"byte 70: 1 bytes behind the last whole frame of 2"});
}

TEST_CASE("wav: remarks become attributes, the comment as description", "[formats][wav]") {
  const std::string list = riff_chunk("LIST", "INFO" + riff_chunk("ICMT", "pump 3\0") +
                                                  riff_chunk("ISFT", std::string("rec\0", 4)) +
                                                  riff_chunk("a\x1b[m", "not a name"));
  const auto text = [](const catalog& of, std::string_view name) {
    const auto* const found = value_of(of, name);
    return found == nullptr ? "" : std::get<std::string>(found->value);
  };
  for (const bool behind : {false, true}) {
    const std::string fmt = fmt_chunk({});
    const std::string data = riff_chunk("data", samples);
    const catalog found = parse(riff_file(behind ? fmt + data + list : fmt + list + data));
    CHECK(found.warnings.empty());
    CHECK(found.arrays.at(0).attrs.size() == 3);
    CHECK(text(found, "description") == "pump 3");
    CHECK(text(found, "ISFT") == "rec");
  }
}

TEST_CASE("wav: a size that was never written takes the samples to the end", "[formats][wav]") {
  const auto unfinished = [](std::uint64_t riff_bytes, std::uint64_t data_bytes) {
    return "RIFF" + little_endian(riff_bytes, 4) + "WAVE" + fmt_chunk({}) +
           riff_chunk("data", samples, data_bytes);
  };
  const std::pair<std::uint64_t, std::uint64_t> sizes[] = {
      {0xffffffffU, 0xffffffffU}, {0, 0xffffffffU}, {0, 0}, {36, 0}, {0x7ffff024U, 0x7ffff000U}};
  for (const auto& [riff_bytes, data_bytes] : sizes) {
    INFO(riff_bytes << " " << data_bytes);
    const catalog found = parse(unfinished(riff_bytes, data_bytes));
    check_shape(found, "<i2", "(6,)");
    CHECK(found.warnings ==
          std::vector<std::string>{
              "byte 36: the size of the samples was never written, as in a stream or an unfinished "
              "recording: 12 bytes to the end of the file are taken"});
  }
}

TEST_CASE("wav: an empty recording is no unfinished one", "[formats][wav]") {
  const std::string fmt = fmt_chunk({.channels = 2});
  check_shape(parse(riff_file(fmt + riff_chunk("data", ""))), "<i2", "(0, 2)");
  const catalog followed =
      parse(riff_file(fmt + riff_chunk("data", "") + riff_chunk("cue ", "1234")));
  check_shape(followed, "<i2", "(0, 2)");
  CHECK(followed.warnings.empty());
}

TEST_CASE("wav: a file cut in its samples promises more than it has", "[formats][wav]") {
  const std::string file = file_of({});
  const catalog found = parse(file.substr(0, 50));
  check_shape(found, "<i2", "(6,)");
  CHECK(found.warnings.empty());  // the store says how many bytes are missing
}

TEST_CASE("wav: a file that ends elsewhere than it says is a warning", "[formats][wav]") {
  const std::string fmt = fmt_chunk({});
  const std::string data = riff_chunk("data", samples);
  const auto warnings_of = [&](std::uint64_t riff_bytes, const std::string& behind) {
    return parse("RIFF" + little_endian(riff_bytes, 4) + "WAVE" + fmt + data + behind).warnings;
  };
  using list = std::vector<std::string>;
  CHECK(warnings_of(48, "").empty());
  CHECK(warnings_of(0, "").empty());
  CHECK(warnings_of(48, "tail") == list{"byte 56: 4 bytes behind the file's own end"});
  CHECK(warnings_of(40, "") ==
        list{"the file says to end at byte 48, but its samples end at byte 56"});
  CHECK(warnings_of(50, "") == list{"the file says to end at byte 58, but it has 56 bytes"});
  CHECK(warnings_of(60, riff_chunk("cue ", "", 9)) ==
        list{"byte 56: the chunk 'cue ' behind the data ends behind the file",
             "the file says to end at byte 68, but it has 64 bytes"});
}

TEST_CASE("wav: RF64 and BW64 have their sizes in ds64", "[formats][wav]") {
  for (const std::string_view magic : {"RF64", "BW64"}) {
    const catalog found = parse(long_file(92 - 8, 12, magic));
    check_shape(found, "<i2", "(6,)");
    CHECK(found.arrays[0].offset_bytes == 80);
    CHECK(found.warnings.empty());
  }
  check_shape(parse(long_file(84, 12, "RF64", 12)), "<i2", "(6,)");
  const std::uint64_t huge = std::uint64_t{6} << 32U;
  const catalog large = parse(long_file(huge + 72, huge, "RF64"));
  CHECK(large.arrays.at(0).where.extent(0) == std::int64_t{3} << 32U);
}

TEST_CASE("wav: RF64 without ds64 at its start is refused", "[formats][wav]") {
  const refusal found = refusal_of("RF64" + little_endian(0xffffffffU, 4) + "WAVE" + fmt_chunk({}) +
                                   riff_chunk("data", samples));
  CHECK(found.code == errc::corrupt_header);
  CHECK(found.message == "byte 12: the first chunk is not 'ds64'");
}

TEST_CASE("wav: sizes at the edge of 64 bits are refused without overflow", "[formats][wav]") {
  CHECK(refusal_of(long_file(84, 0xfffffffffffffff0U, "RF64")).code == errc::limit_exceeded);
  CHECK(refusal_of(long_file(84, 0x8000000000000000U, "RF64")).code == errc::limit_exceeded);
  CHECK(refusal_of(long_file(0xfffffffffffffffeU, 12, "RF64")).code == errc::limit_exceeded);
}

TEST_CASE("wav: only the samples may have no size", "[formats][wav]") {
  const refusal found =
      refusal_of(riff_file(riff_chunk("JUNK", "12", 0xffffffffU) + fmt_chunk({})));
  CHECK(found.code == errc::unsupported);
  CHECK(found.message == "byte 12: the chunk 'JUNK' does not say its size; only 'data' may");
}

TEST_CASE("wav: an unfinished Wave64 is read to its end", "[formats][wav]") {
  std::string file = golden::read_file(golden::folder / "wav" / "sf_pcm_16.w64");
  const std::size_t data = file.find("data\xf3\xac");
  REQUIRE(data != std::string::npos);
  for (const std::uint64_t bytes : {std::uint64_t{0}, std::uint64_t{23}, UINT64_MAX}) {
    file.replace(data + 16, 8, little_endian(bytes, 8));
    const catalog found = parse(file);
    CHECK(found.warnings.size() == 1);
    CHECK(found.arrays.at(0).where.size_bytes() ==
          static_cast<std::int64_t>(file.size() - data - 24));
  }
}
