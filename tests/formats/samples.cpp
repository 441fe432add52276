#include "formats/samples.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/array_infos.hpp"
#include "formats/bin_files.hpp"
#include "formats/field_text.hpp"
#include "formats/formats.hpp"
#include "formats/golden.hpp"
#include "formats/idx/idx.hpp"
#include "formats/layout_json.hpp"
#include "formats/npy/npy.hpp"
#include "formats/npy/npy_header.hpp"
#include "formats/nrrd/nrrd.hpp"
#include "formats/safetensors/safetensors.hpp"
#include "formats/sound_files.hpp"
#include "formats/zip_files.hpp"

using golden::info;
using quarry::array_info;
using quarry::byte_order;
using quarry::dtype;
using quarry::format;
using quarry::layout;
using quarry::memory_order;
using quarry::type_kind;

namespace samples {
namespace {

using extents = std::vector<std::int64_t>;

const dtype big_float(type_kind::floating, 4, byte_order::big);
const dtype little_short(type_kind::signed_integer, 2, byte_order::little);
const dtype big_short(type_kind::signed_integer, 2, byte_order::big);

dtype record() {
  return dtype::packed_record(
      {{.name = "a", .type = big_float}, {.name = "b", .type = {type_kind::bytes, 3}}});
}

// What formats that say much about an array can hold.
std::vector<array_info> turned_arrays() {
  return {info(big_float, {2, 3}, memory_order::f), info(record(), {2, 3}, memory_order::f)};
}

std::string elements_of(const array_info& array) {
  return data.substr(0, static_cast<std::size_t>(array.where.size_bytes()));
}

// The header that the format plans, and the data behind it.
sample planned(const format& of, const array_info& array) {
  const quarry::file_plan plan = of.plan(std::span(&array, 1));
  const std::string header(quarry::formats::as_text(plan.header));
  return {.array = array, .file = header + elements_of(array), .header_bytes = header.size()};
}

// A file that describes `data_file`, opened by itself and by that one.
std::vector<sample> either_half(std::string header, std::string file_name, std::string data_file,
                                const array_info& array, int certainty_by_data = 90) {
  const std::size_t header_bytes = header.size();
  sample by_header{.array = array,
                   .file = std::move(header),
                   .header_bytes = header_bytes,
                   .file_name = std::move(file_name),
                   .data_file = std::move(data_file)};
  sample by_data = by_header;
  by_data.certainty = certainty_by_data;
  by_data.is_by_data = true;
  return {std::move(by_header), std::move(by_data)};
}

// A golden file of one array in C order, for formats that are only read. Its data follow the
// header.
std::vector<sample> golden_sample(std::string_view path, const dtype& type, const extents& shape) {
  const array_info array = info(type, shape);
  const std::string file = golden::read_file(golden::folder / path);
  return {{.array = array, .file = file, .header_bytes = file.size() - elements_of(array).size()}};
}

// A 7 by 3 array of 16-bit samples, which the sound formats hold.
std::vector<sample> sound_sample(const std::string& file, const dtype& type) {
  return {{.array = info(type, {7, 3}), .file = file, .header_bytes = file.size() - data.size()}};
}

std::vector<sample> npy_samples() {
  std::vector<sample> out;
  for (const array_info& each : turned_arrays()) out.push_back(planned(quarry::formats::npy, each));
  return out;
}

// The directory is behind the data, so all of the file is header.
std::vector<sample> npz_samples() {
  std::vector<sample> out;
  for (const array_info& each : turned_arrays()) {
    const std::vector<std::byte> header = quarry::formats::write_npy_header(each);
    const std::string member = std::string(quarry::formats::as_text(header)) + elements_of(each);
    const std::string file = zip_files::archive_of({{.name = "a.npy", .data = member}}).file;
    out.push_back({.array = each, .file = file, .header_bytes = file.size()});
  }
  return out;
}

// Smaller than what is planned, whose header is a page.
std::vector<sample> bin_samples() {
  std::vector<sample> out;
  for (const array_info& each : turned_arrays()) {
    const std::string elements = elements_of(each);
    const std::string file =
        bin_files::file_of(quarry::formats::layout_json(std::span(&each, 1), {}), elements);
    out.push_back({.array = each,
                   .file = file,
                   .header_bytes = file.size() - elements.size(),
                   .sealed = bin_files::sealed});
  }
  return out;
}

std::vector<sample> raw_samples() {
  const array_info array = info(record(), {2, 3}, memory_order::f);
  return either_half(quarry::formats::layout_json(std::span(&array, 1), {}), "a.dat.layout.json",
                     "a.dat", array, 100);
}

std::vector<sample> safetensors_samples() {
  array_info array = info({type_kind::floating, 4, byte_order::little}, {2, 3});
  array.name = "a";
  return {planned(quarry::formats::safetensors, array)};
}

std::vector<sample> idx_samples() {
  return {planned(quarry::formats::idx, info(big_short, {3, 7}))};
}

std::vector<sample> wav_samples() {
  return sound_sample(sound_files::riff_file(sound_files::fmt_chunk({.channels = 3}) +
                                             sound_files::riff_chunk("data", data)),
                      little_short);
}

std::vector<sample> au_samples() {
  return sound_sample(sound_files::au_file(3, 3, data, data.size()), big_short);
}

std::vector<sample> aiff_samples() {
  return sound_sample(
      sound_files::aiff_file(sound_files::comm_chunk(3, 7, 16) + sound_files::ssnd_chunk(data)),
      big_short);
}

std::vector<sample> isf_samples() { return golden_sample("isf/plain.isf", big_short, {2}); }

std::vector<sample> ieee488_samples() {
  const array_info array = info({type_kind::unsigned_integer, 1}, {12});
  return {
      {.array = array, .file = "#212" + elements_of(array), .header_bytes = 4, .certainty = 50}};
}

std::vector<sample> trc_samples() { return golden_sample("trc/word_big.trc", big_short, {9}); }

std::vector<sample> keysight_samples() {
  return golden_sample("keysight/one_10.bin", {type_kind::floating, 4, byte_order::little}, {5});
}

std::vector<sample> edf_samples() { return golden_sample("edf/latin.edf", little_short, {3, 4}); }

// What is last is needed, in this header and in those below, so that no prefix says all.
std::vector<sample> brainvision_samples() {
  return either_half(
      "Brain Vision Data Exchange Header File Version 1.0\n[Channel Infos]\nCh1=a,,0.5,mV\nCh2=b\n"
      "Ch3=c\n[Binary Infos]\nBinaryFormat=INT_16\n[Common Infos]\nDataFile=a.eeg\n"
      "DataFormat=BINARY\nNumberOfChannels=3\nSamplingInterval=5\nDataOrientation=MULTIPLEXED",
      "a.vhdr", "a.eeg", info(little_short, {7, 3}));
}

// A record is a block to it.
std::vector<sample> nrrd_samples() {
  std::vector<sample> out = either_half(
      "NRRD0004\ntype: short\nendian: big\ndimension: 2\nsizes: 7 3\nencoding: raw\n"
      "data file: a.raw",
      "a.nhdr", "a.raw", info(big_short, {3, 7}));
  out.push_back(planned(quarry::formats::nrrd, info(big_float, {2, 3})));
  out.push_back(planned(quarry::formats::nrrd, info({type_kind::raw, 7}, {2, 3})));
  return out;
}

// All bytes of the data, as a plane of int16.
std::vector<sample> metaimage_samples() {
  const auto header_of = [](std::string_view data_file) {
    return quarry::concat(
        "ObjectType = Image\nNDims = 2\nDimSize = 7 3\nElementType = MET_SHORT\n"
        "BinaryData = True\nBinaryDataByteOrderMSB = True\nElementDataFile = ",
        data_file);
  };
  const array_info array = info(big_short, {3, 7});
  std::vector<sample> out = either_half(header_of("a.raw"), "a.mhd", "a.raw", array);
  const std::string attached = header_of("LOCAL\n");
  out.push_back({.array = array, .file = attached + data, .header_bytes = attached.size()});
  return out;
}

// The data is found by its name.
std::vector<sample> envi_samples() {
  return either_half(
      "ENVI\nsamples = 7\nlines = 3\nbands = 1\ninterleave = bsq\nbyte order = 1\ndata type = 2",
      "a.hdr", "a.img", info(big_short, {1, 3, 7}));
}

std::vector<sample> sigmf_samples() {
  return either_half(
      R"({"global":{"core:datatype":"ri16_le","core:version":"1.2.0","core:num_channels":3}})",
      "a.sigmf-meta", "a.sigmf-data", info(little_short, {7, 3}), 95);
}

struct maker {
  std::string_view format_name;
  std::vector<sample> (*make)();
};

constexpr maker makers[] = {{"npy", npy_samples},
                            {"npz", npz_samples},
                            {"bin", bin_samples},
                            {"raw", raw_samples},
                            {"safetensors", safetensors_samples},
                            {"idx", idx_samples},
                            {"wav", wav_samples},
                            {"au", au_samples},
                            {"aiff", aiff_samples},
                            {"isf", isf_samples},
                            {"ieee488", ieee488_samples},
                            {"trc", trc_samples},
                            {"keysight", keysight_samples},
                            {"edf", edf_samples},
                            {"brainvision", brainvision_samples},
                            {"nrrd", nrrd_samples},
                            {"metaimage", metaimage_samples},
                            {"envi", envi_samples},
                            {"sigmf", sigmf_samples}};

}  // namespace

std::vector<array_info> arrays() {
  std::vector<dtype> types{{type_kind::unsigned_integer, 1}, record()};
  for (const byte_order order : {byte_order::little, byte_order::big}) {
    types.emplace_back(type_kind::floating, 4, order);
    types.emplace_back(type_kind::signed_integer, 2, order);
  }
  std::vector<array_info> out;
  for (const dtype& type : types) {
    for (const memory_order order : {memory_order::c, memory_order::f}) {
      out.push_back(info(type, {2, 3}, order));
      out.back().attrs = {{"sample_rate", {std::int64_t{8000}}}};
    }
  }
  return out;
}

void for_each_sample(const std::function<void(const format&, const sample&)>& check) {
  for (const format& each : quarry::formats::table()) {
    INFO(each.name);
    const auto* const found = std::ranges::find(makers, each.name, &maker::format_name);
    REQUIRE(found != std::end(makers));
    for (const sample& made : found->make()) {
      INFO((made.is_by_data ? "by its data" : "by itself"));
      check(each, made);
    }
  }
}

std::string_view opened(const sample& of, std::string_view file) {
  return of.is_by_data ? data : file;
}

quarry::siblings beside(const sample& of, std::string_view file) {
  quarry::siblings out;
  out.file_name = of.is_by_data ? of.data_file : of.file_name;
  const std::string other = of.is_by_data ? of.file_name : of.data_file;
  const std::string_view contents = of.is_by_data ? file : data;
  out.exists = [other](std::string_view name) { return !name.empty() && name == other; };
  out.read = [other, contents](std::string_view name) -> std::optional<std::string> {
    if (name.empty() || name != other) return std::nullopt;
    return std::string(contents);
  };
  out.look = [other, contents](std::string_view name, std::size_t bytes) {
    if (name.empty() || name != other) {
      throw quarry::error(quarry::errc::not_found, "no such file");
    }
    return quarry::neighbour{contents.size(), std::string(contents.substr(0, bytes))};
  };
  return out;
}

}  // namespace samples
