// wav_plan_test.cpp: what is written as WAV: the header byte by byte, what a WAV cannot hold, and
// that it is read back. That SciPy, soundfile and sox read it is in tests/tools/sound_test.py.
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/array/dtype_text.hpp"
#include "quarry/base/error.hpp"

#include "formats/golden.hpp"
#include "formats/sound_files.hpp"

using golden::little_endian;
using golden::refusal;
using quarry::array_info;
using quarry::dtype;
using quarry::errc;
using quarry::layout;
using quarry::memory_order;
using quarry::type_kind;
using quarry::formats::wav;
using sound_files::riff_chunk;

namespace {

array_info info(std::string_view type, std::vector<std::int64_t> shape,
                quarry::attribute_value rate = {std::int64_t{8000}},
                memory_order order = memory_order::c) {
  array_info out;
  out.type = quarry::parse_dtype(type);
  out.where = layout::contiguous(shape, out.type.item_bytes(), order);
  out.attrs.push_back({"sample_rate", std::move(rate)});
  return out;
}

quarry::file_plan plan_of(const array_info& array) { return wav.plan(std::span(&array, 1)); }

std::string header_of(const array_info& array) {
  const quarry::file_plan plan = plan_of(array);
  CHECK(plan.offsets_bytes == std::vector<std::uint64_t>{128});
  return {reinterpret_cast<const char*>(plan.header.data()), plan.header.size()};
}

refusal refusal_of(const array_info& array) {
  return golden::refusal_from([&] { plan_of(array); });
}

}  // namespace

TEST_CASE("wav: 16-bit stereo is written in the plainest form", "[formats][wav]") {
  const std::string header = header_of(info("<i2", {5, 2}));
  CHECK(header == "RIFF" + little_endian(128 + 20 - 8, 4) + "WAVE" +
                      riff_chunk("JUNK", std::string(76, '\0')) +
                      sound_files::fmt_chunk({.channels = 2}) + "data" + little_endian(20, 4));
  CHECK(plan_of(info("<i2", {5, 2})).file_bytes == 148);
}

TEST_CASE("wav: more bits or channels are written as extensible", "[formats][wav]") {
  const std::string guid("\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71", 16);
  const std::string more = little_endian(22, 2) + little_endian(24, 2) + little_endian(0, 4) + guid;
  const std::string header = header_of(info("<i3", {5}));
  CHECK(header == "RIFF" + little_endian(128 + 16 - 8, 4) + "WAVE" +
                      riff_chunk("JUNK", std::string(40, '\0')) +
                      sound_files::fmt_chunk({.tag = 0xfffe, .bits = 24, .more = more}) +
                      riff_chunk("fact", little_endian(5, 4)) + "data" + little_endian(15, 4));
  CHECK(plan_of(info("<i3", {5})).file_bytes == 144);  // odd data are padded
  CHECK(header_of(info("|u1", {5, 3})).substr(68, 2) == "\xfe\xff");
}

TEST_CASE("wav: floating-point samples count their frames", "[formats][wav]") {
  const std::string header = header_of(info("<f4", {5, 2}));
  CHECK(header == "RIFF" + little_endian(128 + 40 - 8, 4) + "WAVE" +
                      riff_chunk("JUNK", std::string(62, '\0')) +
                      sound_files::fmt_chunk(
                          {.tag = 3, .channels = 2, .bits = 32, .more = std::string(2, '\0')}) +
                      riff_chunk("fact", little_endian(5, 4)) + "data" + little_endian(40, 4));
}

TEST_CASE("wav: from 4 GiB on a file is an RF64", "[formats][wav]") {
  // RIFF counts all but 8 of the file's bytes in 32 bits, of which all ones mean unknown
  const std::int64_t largest = 0xfffffffe - 120;
  CHECK(header_of(info("|u1", {largest})).starts_with("RIFF\xfe\xff\xff\xff"));
  const std::string header = header_of(info("|u1", {largest + 1}));
  const std::uint64_t bytes = std::uint64_t{1} << 32U;
  CHECK(header.substr(0, 60) ==
        "RF64\xff\xff\xff\xffWAVE" +
            riff_chunk("ds64", little_endian(bytes, 8) + little_endian(largest + 1, 8) +
                                   little_endian(largest + 1, 8) + little_endian(0, 4)) +
            riff_chunk("JUNK", std::string(40, '\0')).substr(0, 12));
  CHECK(header.ends_with(std::string("data\xff\xff\xff\xff")));
  CHECK(plan_of(info("|u1", {largest + 1})).file_bytes == bytes + 8);
}

TEST_CASE("wav: what is written is read back", "[formats][wav]") {
  for (const char* const type : {"|u1", "<i2", "<i3", "<i4", "<f4", "<f8"}) {
    for (const std::vector<std::int64_t>& shape :
         {std::vector<std::int64_t>{0}, {3}, {3, 2}, {3, 7}, {0, 3}}) {
      INFO(type);
      const array_info array = info(type, shape);
      const quarry::file_plan plan = plan_of(array);
      std::vector<std::byte> file = plan.header;
      file.resize(static_cast<std::size_t>(plan.file_bytes));
      const quarry::catalog found = wav.parse(file, quarry::siblings{});
      CHECK(found.warnings.empty());
      REQUIRE(found.arrays.size() == 1);
      CHECK(found.arrays[0].type == array.type);
      CHECK(found.arrays[0].where == array.where);
      CHECK(found.arrays[0].offset_bytes == 128);
      CHECK(std::get<std::int64_t>(found.arrays[0].attrs.at(0).value.value) == 8000);
    }
  }
}

TEST_CASE("wav: what a WAV does not hold is refused", "[formats][wav]") {
  for (const char* const type : {"|i1", "<u2", "<i8", "<f2", "<c8", ">i2", "|S3", "|b1"}) {
    INFO(type);
    const refusal found = refusal_of(info(type, {3}));
    CHECK(found.code == errc::unsupported);
    CHECK(found.message.starts_with("a .wav holds |u1, <i2, <i3, <i4, <f4 or <f8, not "));
  }
  const std::string axes = "a .wav holds frames of channels, 1 or 2 axes in C order";
  CHECK(refusal_of(info("<i2", {})).message == axes);
  CHECK(refusal_of(info("<i2", {2, 2, 2})).message == axes);
  CHECK(refusal_of(info("<i2", {2, 2}, {std::int64_t{1}}, memory_order::f)).message == axes);
  CHECK(refusal_of(info("<i4", {1, 16384})).message ==
        "a .wav holds 1 to 16383 channels of 4 bytes, not 16384");
  CHECK(refusal_of(info("<i4", {1, 0})).code == errc::unsupported);
  const std::vector<array_info> two(2, info("<i2", {3}));
  CHECK(golden::refusal_from([&] { wav.plan(two); }).message == "a .wav holds one array, not 2");
}

TEST_CASE("wav: the sample rate is the array's, in whole Hz", "[formats][wav]") {
  array_info none = info("<i2", {3});
  none.attrs.clear();
  CHECK(refusal_of(none).code == errc::unsupported);
  CHECK(refusal_of(none).message ==
        "a .wav needs the attribute sample_rate, in Hz, which the array does not have");
  const quarry::attribute_value wrong[] = {{0.5},  {std::int64_t{0}},     {std::int64_t{-1}},
                                           {1e10}, {std::string("8000")}, {}};
  for (const auto& rate : wrong) {
    CHECK(refusal_of(info("<i2", {3}, rate)).message ==
          "a .wav holds a sample_rate from 1 to 4294967295 in whole Hz, not the array's");
  }
  CHECK(header_of(info("<i2", {3}, {96000.0})).substr(108, 4) == little_endian(96000, 4));
}
