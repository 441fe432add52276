// brainvision_test.cpp: BrainVision: recordings that brainvision_golden.py made and MNE agrees on,
// and each rule of brainvision.md.
#include "formats/brainvision/brainvision.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/golden.hpp"
#include "formats/manifest.hpp"
#include "formats/reading.hpp"

using golden::attribute_of;
using quarry::catalog;
using quarry::errc;
using quarry::siblings;
using quarry::formats::brainvision;

namespace {

using list = std::vector<quarry::attribute_value>;

const std::string first = "Brain Vision Data Exchange Header File Version 1.0\n";
const std::string common =
    "[Common Infos]\nDataFile=a.eeg\nDataFormat=BINARY\nDataOrientation=MULTIPLEXED\n"
    "NumberOfChannels=2\nSamplingInterval=2000\n";
const std::string binary = "[Binary Infos]\nBinaryFormat=INT_16\n";
const std::string channels = "[Channel Infos]\nCh1=Fp1,,0.5,mV\nCh2=Fp2\n";
const std::string plain = first + common + binary + channels;

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// a.vhdr beside a.eeg of 12 bytes.
siblings around(std::string file_name, std::string header = plain) {
  siblings out;
  out.file_name = std::move(file_name);
  out.exists = [](std::string_view name) { return name == "a.vhdr" || name == "a.eeg"; };
  out.read = [header](std::string_view name) {
    return name == "a.vhdr" ? std::optional(header) : std::nullopt;
  };
  out.look = [](std::string_view name, std::size_t) -> quarry::neighbour {
    if (name != "a.eeg") throw quarry::error(errc::not_found, "no such file");
    return {12};
  };
  return out;
}

catalog parse(std::string_view header) {
  return golden::parse(brainvision, header, around("a.vhdr"));
}

void check_refusal(std::string_view header, errc code, std::string_view message) {
  golden::check_refusal(brainvision, header, code, message, around("a.vhdr"));
}

std::vector<std::string> texts_of(const catalog& in, std::string_view name) {
  std::vector<std::string> out;
  for (const auto& each : attribute_of<list>(in.arrays.at(0).attrs, name)) {
    out.push_back(std::get<std::string>(each.value));
  }
  return out;
}

}  // namespace

TEST_CASE("brainvision: golden recordings are read from both halves", "[formats][brainvision]") {
  CHECK(golden::check_manifest(brainvision, "brainvision") == 28);
}

TEST_CASE("brainvision: a header is recognised, and a data file that one names",
          "[formats][brainvision]") {
  CHECK(golden::probe(brainvision, plain, around("b.vhdr")) == 95);
  CHECK(golden::probe(brainvision, "BrainVision Data Exchange Header File", around("b")) == 95);
  CHECK(golden::probe(brainvision, "abcd", around("a.eeg")) == 90);
  CHECK(golden::probe(brainvision, "abcd", around("a.dat")) == 0);
  CHECK(golden::probe(brainvision, "abcd", around("b.eeg")) == 0);
  CHECK(golden::probe(brainvision, "abcd", around("a.eeg", first)) == 0);
  CHECK(golden::probe(brainvision, "abcd", around("a.eeg", "other text")) == 0);
  golden::check_refusal(brainvision, "abcd", errc::corrupt_header,
                        "is no header of BrainVision, and none beside it names it as its DataFile",
                        around("b.eeg"));
}

TEST_CASE("brainvision: a marker file leads to its header", "[formats][brainvision]") {
  const std::string markers = "Brain Vision Data Exchange Marker File, Version 1.0\n";
  CHECK(golden::probe(brainvision, markers, around("a.vmrk")) == 95);
  golden::check_refusal(brainvision, markers, errc::unsupported,
                        "markers are text; the .vhdr beside them leads to the samples",
                        around("a.vmrk"));
}

TEST_CASE("brainvision: the scale belongs to the axis of channels", "[formats][brainvision]") {
  const auto by_sample = parse(plain).arrays.at(0);
  CHECK(quarry::tuple_text(by_sample.where.shape()) == "(3, 2)");
  CHECK(by_sample.scale.axis == 1);
  CHECK(by_sample.scale.scale == std::vector{0.5, 1.0});
  const auto by_channel = parse(replaced(plain, "MULTIPLEXED", "VECTORIZED")).arrays.at(0);
  CHECK(quarry::tuple_text(by_channel.where.shape()) == "(2, 3)");
  CHECK(by_channel.scale.axis == 0);
}

TEST_CASE("brainvision: names, units and markers become attributes", "[formats][brainvision]") {
  const catalog found = parse(replaced(plain, "DataFormat", "MarkerFile=a.vmrk\nDataFormat"));
  CHECK(texts_of(found, "channel_names") == std::vector<std::string>{"Fp1", "Fp2"});
  CHECK(texts_of(found, "channel_units") == std::vector<std::string>{"mV", "\xc2\xb5V"});
  CHECK(texts_of(found, "axis_names") == std::vector<std::string>{"sample", "channel"});
  CHECK(attribute_of<std::string>(found.arrays[0].attrs, "marker_file") == "a.vmrk");
  CHECK(attribute_of<double>(found.arrays[0].attrs, "sample_rate") == 500.0);
  CHECK(find_attribute(found.arrays[0].attrs, "units") == nullptr);
}

TEST_CASE("brainvision: keys and sections are read in any case", "[formats][brainvision]") {
  CHECK(parse(replaced(plain, "[Common Infos]", "[Common infos]")).arrays.size() == 1);
  CHECK(parse(replaced(plain, "DataFormat=BINARY", "DATAFORMAT = binary")).arrays.size() == 1);
}

TEST_CASE("brainvision: decimal text is skipped with a remedy", "[formats][brainvision]") {
  const catalog found = parse(replaced(first + common + channels, "BINARY", "ASCII"));
  CHECK(found.arrays.empty());
  REQUIRE(found.skipped.size() == 1);
  CHECK(found.skipped[0].reason == "its samples are decimal text (DataFormat ASCII)");
  CHECK(found.skipped[0].remedy == "export it again with the data format BINARY");
}

TEST_CASE("brainvision: what gives type and shape must be there", "[formats][brainvision]") {
  for (const char* const line : {"DataFile=a.eeg\n", "DataFormat=BINARY\n",
                                 "DataOrientation=MULTIPLEXED\n", "NumberOfChannels=2\n"}) {
    const std::string key(line, std::string_view(line).find('='));
    check_refusal(replaced(plain, line, ""), errc::corrupt_header,
                  quarry::concat("[Common Infos] has no ", key));
  }
  check_refusal(first + common + channels, errc::corrupt_header,
                "[Binary Infos] has no BinaryFormat");
}

TEST_CASE("brainvision: values outside the format are refused", "[formats][brainvision]") {
  check_refusal(replaced(plain, "INT_16", "UINT_16"), errc::unsupported,
                "BinaryFormat is 'UINT_16', not INT_16, INT_32 or IEEE_FLOAT_32");
  check_refusal(replaced(plain, "MULTIPLEXED", "SORTED"), errc::unsupported,
                "DataOrientation is 'SORTED', not VECTORIZED or MULTIPLEXED");
  check_refusal(replaced(plain, "=BINARY", "=MATLAB"), errc::unsupported,
                "DataFormat is 'MATLAB', not ASCII or BINARY");
  check_refusal(replaced(plain, "DataFormat", "DataType=FREQUENCYDOMAIN\nDataFormat"),
                errc::unsupported, "DataType is 'FREQUENCYDOMAIN', not TIMEDOMAIN");
  check_refusal(replaced(plain, "INT_16\n", "INT_16\nUseBigEndianOrder=1\n"), errc::corrupt_header,
                "UseBigEndianOrder is '1', not YES or NO");
  check_refusal(replaced(plain, "0.5", "half"), errc::corrupt_header,
                "the resolution of Ch1 is 'half', not a number");
  check_refusal(replaced(plain, "2000", "2 ms"), errc::corrupt_header,
                "SamplingInterval is '2 ms', not a number");
}

TEST_CASE("brainvision: channels are as many as they are said to be", "[formats][brainvision]") {
  for (const char* const count : {"0", "-2", "two", "9223372036854775808"}) {
    check_refusal(replaced(plain, "Channels=2", quarry::concat("Channels=", count)),
                  errc::corrupt_header,
                  quarry::concat("NumberOfChannels is '", count, "', not a number from 1 on"));
  }
  check_refusal(replaced(plain, "Channels=2", "Channels=2147483647"), errc::corrupt_header,
                "[Channel Infos] has 2 channels, NumberOfChannels is 2147483647");
  check_refusal(replaced(plain, "Ch2", "Ch3"), errc::corrupt_header, "[Channel Infos] has no Ch2");
}

TEST_CASE("brainvision: points beyond the file are left to the store", "[formats][brainvision]") {
  const std::string many = replaced(plain, "DataFormat", "DataPoints=1000000\nDataFormat");
  CHECK(parse(many).arrays.at(0).where.extent(0) == 1000000);
  check_refusal(replaced(plain, "DataFormat", "DataPoints=9223372036854775807\nDataFormat"),
                errc::limit_exceeded, "the data's size overflows 64 bits");
  check_refusal(replaced(plain, "DataFormat", "DataPoints=-1\nDataFormat"), errc::corrupt_header,
                "DataPoints is '-1', not a number from 0 on");
}

TEST_CASE("brainvision: lines are values, sections or comments", "[formats][brainvision]") {
  check_refusal(first + "nonsense\n" + plain, errc::corrupt_header,
                "line 2: 'nonsense' is no KEY=VALUE, section or comment");
  check_refusal(replaced(plain, "Ch2=Fp2", "Ch1=Fp2"), errc::corrupt_header,
                "line 12: Ch1 stands twice in its section");
  std::string many = plain;
  for (int i = 0; i < 65536; ++i) many += quarry::concat("k", i, "=\n");
  golden::refusal found = golden::refusal_from([&] { parse(many); });
  CHECK(found.code == errc::limit_exceeded);
}

TEST_CASE("brainvision: a data file that is not there is the store's error",
          "[formats][brainvision]") {
  check_refusal(replaced(plain, "a.eeg", "b.eeg"), errc::not_found, "no such file");
}
