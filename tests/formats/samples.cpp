#include "formats/samples.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"

#include "formats/bin_files.hpp"
#include "formats/formats.hpp"
#include "formats/golden.hpp"
#include "formats/layout_json.hpp"
#include "formats/npy/npy_header.hpp"
#include "formats/sound_files.hpp"
#include "formats/zip_files.hpp"

using quarry::array_info;
using quarry::byte_order;
using quarry::dtype;
using quarry::format;
using quarry::layout;
using quarry::type_kind;

namespace samples {
namespace {

sample npy_sample(const format& of, const array_info& array) {
  const quarry::file_plan plan = of.plan(std::span(&array, 1));
  const std::string header(reinterpret_cast<const char*>(plan.header.data()), plan.header.size());
  const auto bytes = static_cast<std::size_t>(array.where.size_bytes());
  return {.array = array, .file = header + data.substr(0, bytes), .header_bytes = header.size()};
}

// Smaller than what is planned, whose header is a page.
sample bin_sample(const format& /*of*/, const array_info& array) {
  const auto bytes = static_cast<std::size_t>(array.where.size_bytes());
  const std::string file = bin_files::file_of(
      quarry::formats::layout_json(std::span(&array, 1), {}), data.substr(0, bytes));
  return {.array = array,
          .file = file,
          .header_bytes = file.size() - bytes,
          .sealed = bin_files::sealed};
}

sample raw_sample(const format& /*of*/, const array_info& array) {
  const std::string sidecar = quarry::formats::layout_json(std::span(&array, 1), {});
  return {.array = array,
          .file = sidecar,
          .header_bytes = sidecar.size(),
          .file_name = "a.dat.layout.json",
          .data_file = "a.dat"};
}

// Of one tensor in C order, all that the format knows.
sample safetensors_sample(const format& of, const array_info& /*array*/) {
  array_info array;
  array.name = "a";
  array.type = dtype(type_kind::floating, 4, byte_order::little);
  array.where = layout::contiguous(std::vector<std::int64_t>{2, 3}, 4);
  return npy_sample(of, array);
}

sample idx_sample(const format& of, const array_info& /*array*/) {
  array_info array;
  array.type = dtype(type_kind::signed_integer, 2, byte_order::big);
  array.where = layout::contiguous(std::vector<std::int64_t>{3, 7}, 2);
  return npy_sample(of, array);
}

// A 7 by 3 array of 16-bit samples, which the sound formats hold.
sample sound_sample(std::string file, byte_order order) {
  array_info array;
  array.type = dtype(type_kind::signed_integer, 2, order);
  array.where = layout::contiguous(std::vector<std::int64_t>{7, 3}, 2);
  const std::size_t bytes = file.size();
  return {.array = array, .file = std::move(file), .header_bytes = bytes - data.size()};
}

sample wav_sample(const format& /*of*/, const array_info& /*array*/) {
  return sound_sample(sound_files::riff_file(sound_files::fmt_chunk({.channels = 3}) +
                                             sound_files::riff_chunk("data", data)),
                      byte_order::little);
}

sample au_sample(const format& /*of*/, const array_info& /*array*/) {
  return sound_sample(sound_files::au_file(3, 3, data, data.size()), byte_order::big);
}

sample aiff_sample(const format& /*of*/, const array_info& /*array*/) {
  return sound_sample(
      sound_files::aiff_file(sound_files::comm_chunk(3, 7, 16) + sound_files::ssnd_chunk(data)),
      byte_order::big);
}

// A golden file of one array in C order, for formats that are only read. Its data follow the
// header.
sample golden_sample(std::string_view path, const dtype& type,
                     const std::vector<std::int64_t>& shape) {
  const std::string file = golden::read_file(golden::folder / path);
  const layout where = layout::contiguous(shape, type.item_bytes());
  return {.array = {.name = "", .type = type, .where = where},
          .file = file,
          .header_bytes = file.size() - static_cast<std::size_t>(where.size_bytes())};
}

sample isf_sample(const format& /*of*/, const array_info& /*array*/) {
  return golden_sample("isf/plain.isf", {type_kind::signed_integer, 2, byte_order::big}, {2});
}

sample ieee488_sample(const format& /*of*/, const array_info& /*array*/) {
  array_info array;
  array.where = layout::contiguous(std::vector<std::int64_t>{12}, 1);
  return {.array = array, .file = "#212" + data.substr(0, 12), .header_bytes = 4, .certainty = 50};
}

sample trc_sample(const format& /*of*/, const array_info& /*array*/) {
  return golden_sample("trc/word_big.trc", {type_kind::signed_integer, 2, byte_order::big}, {9});
}

sample keysight_sample(const format& /*of*/, const array_info& /*array*/) {
  return golden_sample("keysight/one_10.bin", {type_kind::floating, 4, byte_order::little}, {5});
}

sample edf_sample(const format& /*of*/, const array_info& /*array*/) {
  return golden_sample("edf/latin.edf", {type_kind::signed_integer, 2, byte_order::little}, {3, 4});
}

// What is last is needed, so that no prefix says all.
sample brainvision_sample(const format& /*of*/, const array_info& /*array*/) {
  const std::string header =
      "Brain Vision Data Exchange Header File Version 1.0\n[Channel Infos]\nCh1=a,,0.5,mV\nCh2=b\n"
      "Ch3=c\n[Binary Infos]\nBinaryFormat=INT_16\n[Common Infos]\nDataFile=a.eeg\n"
      "DataFormat=BINARY\nNumberOfChannels=3\nSamplingInterval=5\nDataOrientation=MULTIPLEXED";
  array_info array;
  array.type = dtype(type_kind::signed_integer, 2, byte_order::little);
  array.where = layout::contiguous(std::vector<std::int64_t>{7, 3}, 2);
  return {.array = array,
          .file = header,
          .header_bytes = header.size(),
          .file_name = "a.vhdr",
          .data_file = "a.eeg"};
}

// In C order, the only one that NRRD has; a record is a block to it.
sample nrrd_sample(const format& of, const array_info& array) {
  array_info own = array;
  if (own.type.is_record()) own.type = {type_kind::raw, own.type.item_bytes()};
  own.where = layout::contiguous(own.where.shape(), own.type.item_bytes());
  return npy_sample(of, own);
}

// All bytes of the data, as a plane of int16.
sample metaimage_sample(const format& /*of*/, const array_info& /*array*/) {
  const std::string header =
      "ObjectType = Image\nNDims = 2\nDimSize = 7 3\nElementType = MET_SHORT\n"
      "BinaryData = True\nBinaryDataByteOrderMSB = True\nElementDataFile = LOCAL\n";
  array_info array;
  array.type = dtype(type_kind::signed_integer, 2, byte_order::big);
  array.where = layout::contiguous(std::vector<std::int64_t>{3, 7}, 2);
  return {.array = array, .file = header + data, .header_bytes = header.size()};
}

// The last byte of the header is needed; the data is found by its name.
sample envi_sample(const format& /*of*/, const array_info& /*array*/) {
  const std::string header =
      "ENVI\nsamples = 7\nlines = 3\nbands = 1\ninterleave = bsq\nbyte order = 1\ndata type = 2";
  array_info array;
  array.type = dtype(type_kind::signed_integer, 2, byte_order::big);
  array.where = layout::contiguous(std::vector<std::int64_t>{1, 3, 7}, 2);
  return {.array = array,
          .file = header,
          .header_bytes = header.size(),
          .file_name = "a.hdr",
          .data_file = "a.img"};
}

// The directory is behind the data, so all of the file is header.
sample npz_sample(const format& /*of*/, const array_info& array) {
  const auto bytes = static_cast<std::size_t>(array.where.size_bytes());
  const std::string member = quarry::formats::write_npy_header(array) + data.substr(0, bytes);
  const std::string file = zip_files::archive_of({{.name = "a.npy", .data = member}}).file;
  return {.array = array, .file = file, .header_bytes = file.size()};
}

sample sigmf_sample(const format& /*of*/, const array_info& /*array*/) {
  const std::string meta =
      R"({"global":{"core:datatype":"ri16_le","core:version":"1.2.0","core:num_channels":3}})";
  sample out = sound_sample(data, byte_order::little);
  out.file = meta;
  out.header_bytes = meta.size();
  out.file_name = "a.sigmf-meta";
  out.data_file = "a.sigmf-data";
  return out;
}

struct maker {
  std::string_view format_name;
  sample (*make)(const format& of, const array_info& array);
};

constexpr maker makers[] = {{"npy", npy_sample},
                            {"npz", npz_sample},
                            {"bin", bin_sample},
                            {"raw", raw_sample},
                            {"safetensors", safetensors_sample},
                            {"idx", idx_sample},
                            {"wav", wav_sample},
                            {"au", au_sample},
                            {"aiff", aiff_sample},
                            {"isf", isf_sample},
                            {"ieee488", ieee488_sample},
                            {"trc", trc_sample},
                            {"keysight", keysight_sample},
                            {"edf", edf_sample},
                            {"brainvision", brainvision_sample},
                            {"nrrd", nrrd_sample},
                            {"metaimage", metaimage_sample},
                            {"envi", envi_sample},
                            {"sigmf", sigmf_sample}};

}  // namespace

std::vector<array_info> arrays() {
  const dtype number(type_kind::floating, 4, byte_order::big);
  const dtype record = dtype::packed_record(
      {{.name = "a", .type = number}, {.name = "b", .type = {type_kind::bytes, 3}}});
  const std::vector<std::int64_t> shape = {2, 3};
  std::vector<array_info> out;
  for (const dtype& type : {number, record}) {
    const layout where = layout::contiguous(shape, type.item_bytes(), quarry::memory_order::f);
    out.push_back({.name = "", .type = type, .where = where});
  }
  return out;
}

void for_each_sample(const std::function<void(const format&, const sample&)>& check) {
  for (const format& each : quarry::formats::table()) {
    INFO(each.name);
    const auto* const found = std::ranges::find(makers, each.name, &maker::format_name);
    REQUIRE(found != std::end(makers));
    for (const array_info& array : arrays()) check(each, found->make(each, array));
  }
}

quarry::siblings beside(const sample& of) {
  quarry::siblings out;
  out.file_name = of.file_name;
  out.exists = [&of](std::string_view name) { return !name.empty() && name == of.data_file; };
  out.look = [&of](std::string_view name, std::size_t bytes) {
    if (name != of.data_file) throw quarry::error(quarry::errc::not_found, "no such file");
    return quarry::neighbour{data.size(), data.substr(0, bytes)};
  };
  return out;
}

}  // namespace samples
