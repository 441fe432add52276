// What it costs to open files of other formats than .npy and to touch their first element: sparse
// files of 4 GiB, or of the most that the format can count. A part of open_bench.
#include <array>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <quarry.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

#include <benchmark/benchmark.h>

namespace {

constexpr std::uint64_t four_gib = std::uint64_t{4} << 30U;

// A header and the size of its file; the data, zeros, are a hole.
struct recording {
  std::string file_name;
  std::string header;
  std::uint64_t file_bytes;
  std::string data_file{};  // beside the header, if it is not the same one
};

std::string text(std::string_view value, std::size_t bytes, char fill) {
  return std::string(value) + std::string(bytes - value.size(), fill);
}

template <class Number>
requires std::is_arithmetic_v<Number>
void put(std::string& header, std::size_t at, Number number) {
  std::memcpy(header.data() + at, &number, sizeof number);
}

recording isf() {
  const std::uint64_t bytes = 999999998;  // nine digits
  return {"a.isf",
          ":WFMPRE:BYT_NR 2;BIT_NR 16;ENCDG BIN;BN_FMT RI;BYT_OR MSB;NR_PT 499999999;PT_FMT Y;"
          "XINCR 1E-9;XUNIT \"s\";YMULT 1E-3;YZERO 0;YOFF 0;YUNIT \"V\";:CURVE #9999999998",
          bytes};
}

recording trc() {
  const std::int32_t bytes = 2147483646;  // 31 bits
  std::string header(346, '\0');
  header.replace(0, 8, "WAVEDESC").replace(16, 10, "LECROY_2_3");
  put<std::uint16_t>(header, 32, 1);
  put<std::uint16_t>(header, 34, 1);
  put<std::int32_t>(header, 36, 346);
  put<std::int32_t>(header, 60, bytes);
  put<std::int32_t>(header, 116, bytes / 2);
  return {"a.trc", header, bytes};
}

recording keysight() {
  std::string header = "AG03" + std::string(12 + 140 + 16, '\0');
  put<std::uint64_t>(header, 4, header.size() + four_gib);
  put<std::uint32_t>(header, 12, 1);
  put<std::uint32_t>(header, 16, 140);
  put<std::uint32_t>(header, 24, 1);
  put<std::uint32_t>(header, 28, four_gib / 4);
  put<std::uint32_t>(header, 156, 16);
  put<std::uint16_t>(header, 160, 1);
  put<std::uint16_t>(header, 162, 4);
  put<std::uint64_t>(header, 164, four_gib);
  return {"a.bin", header, four_gib};
}

recording edf() {
  const std::string zero = text("0", 8, ' ');
  const std::string one = text("1", 8, ' ');
  return {"a.edf",
          zero + std::string(160, ' ') + "01.01.2410.00.00" + text("512", 8, ' ') +
              std::string(44, ' ') + text("2097152", 8, ' ') + one + "1   " + text("EEG", 16, ' ') +
              std::string(80, ' ') + text("uV", 8, ' ') + zero + one + zero + one +
              std::string(80, ' ') + text("1024", 8, ' ') + std::string(32, ' '),
          four_gib};
}

recording brainvision() {
  return {"a.vhdr",
          "Brain Vision Data Exchange Header File Version 1.0\n[Common Infos]\nDataFile=a.eeg\n"
          "DataFormat=BINARY\nDataOrientation=MULTIPLEXED\nNumberOfChannels=1\n"
          "SamplingInterval=1000\n[Binary Infos]\nBinaryFormat=INT_16\n[Channel Infos]\n"
          "Ch1=Cz,,0.5\n",
          four_gib, "a.eeg"};
}

recording nrrd() {
  return {"a.nrrd",
          "NRRD0005\ntype: float\nendian: little\ndimension: 3\nsizes: 1024 1024 1024\n"
          "encoding: raw\n\n",
          four_gib};
}

recording nhdr() {
  return {"a.nhdr",
          "NRRD0005\ntype: float\nendian: little\ndimension: 3\nsizes: 1024 1024 1024\n"
          "encoding: raw\nbyte skip: -1\ndata file: a.raw\n",
          four_gib, "a.raw"};
}

recording mha() {
  return {"a.mha",
          "ObjectType = Image\nNDims = 3\nDimSize = 1024 1024 1024\nElementType = MET_FLOAT\n"
          "BinaryDataByteOrderMSB = False\nElementDataFile = LOCAL\n",
          four_gib};
}

recording envi() {
  return {"a.hdr",
          "ENVI\nsamples = 1024\nlines = 1024\nbands = 1024\ndata type = 4\ninterleave = bip\n"
          "byte order = 0\n",
          four_gib, "a.img"};
}

recording wav() {
  std::string header =
      "RF64....WAVEds64" + std::string(32, '\0') + "fmt " + std::string(20, '\0') + "data....";
  put<std::uint32_t>(header, 4, UINT32_MAX);
  put<std::uint32_t>(header, 16, 28);
  put<std::uint64_t>(header, 20, header.size() + four_gib - 8);
  put<std::uint64_t>(header, 28, four_gib);
  put<std::uint32_t>(header, 52, 16);
  put<std::uint16_t>(header, 56, 1);
  put<std::uint16_t>(header, 58, 2);
  put<std::uint32_t>(header, 60, 48000);
  put<std::uint32_t>(header, 64, 192000);
  put<std::uint16_t>(header, 68, 4);
  put<std::uint16_t>(header, 70, 16);
  put<std::uint32_t>(header, 76, UINT32_MAX);
  return {"a.wav", header, four_gib};
}

recording au() {
  const std::string_view header(".snd\0\0\0\x18\xff\xff\xff\xff\0\0\0\x03\0\0\xbb\x80\0\0\0\x02",
                                24);
  return {"a.au", std::string(header), four_gib};
}

recording aiff() {
  // 2^29 frames of one 32-bit channel take 2 GiB; sizes are of 32 bits, big-endian
  const std::string_view header(
      "FORM\x80\0\0\x2e"
      "AIFFCOMM\0\0\0\x12\0\x01\x20\0\0\0\0\x20\x40\x0e\xbb\x80\0\0\0\0\0\0"
      "SSND\x80\0\0\x08\0\0\0\0\0\0\0\0",
      54);
  return {"a.aiff", std::string(header), std::uint64_t{2} << 30U};
}

recording sigmf() {
  return {"a.sigmf-meta",
          R"({"global":{"core:datatype":"ci16_le","core:version":"1.2.0","core:sample_rate":1e6},)"
          R"("captures":[{"core:sample_start":0,"core:frequency":433e6}],"annotations":[]})",
          four_gib, "a.sigmf-data"};
}

// A directory of one recording, removed at its end.
class recorded {
 public:
  explicit recorded(const recording& of)
      : directory_(std::filesystem::temp_directory_path() / "quarry_open_formats_bench"),
        path_(directory_ / of.file_name) {
    std::filesystem::create_directories(directory_);
    std::ofstream(path_, std::ios::binary) << of.header;
    const auto data = of.data_file.empty() ? path_ : directory_ / of.data_file;
    if (data != path_) std::ofstream(data, std::ios::binary).put('\0');
    std::filesystem::resize_file(data, of.file_bytes + (data == path_ ? of.header.size() : 0));
  }
  recorded(const recorded&) = delete;
  recorded& operator=(const recorded&) = delete;
  ~recorded() { std::filesystem::remove_all(directory_); }

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path directory_;
  std::filesystem::path path_;
};

void open_recording(benchmark::State& state, const recording& of) {
  const recorded file(of);
  const auto first = [&] {
    const quarry::array a = quarry::open(file.path());
    return a.data()[0];
  };
  const quarry::array whole = quarry::open(file.path());
  if (static_cast<std::uint64_t>(whole.size_bytes()) != of.file_bytes || first() != std::byte{0}) {
    throw std::runtime_error("wrong answer: " + of.file_name);
  }
  for (auto _ : state) benchmark::DoNotOptimize(first());
}
BENCHMARK_CAPTURE(open_recording, isf, isf())->Name("open + first element, .isf of 1 GB");
BENCHMARK_CAPTURE(open_recording, trc, trc())->Name("open + first element, .trc of 2 GiB");
BENCHMARK_CAPTURE(open_recording, keysight, keysight())
    ->Name("open + first element, Keysight's .bin of 4 GiB");
BENCHMARK_CAPTURE(open_recording, edf, edf())->Name("open + first element, .edf of 4 GiB");
BENCHMARK_CAPTURE(open_recording, brainvision, brainvision())
    ->Name("open + first element, .vhdr with 4 GiB");
BENCHMARK_CAPTURE(open_recording, wav, wav())->Name("open + first element, .wav of 4 GiB");
BENCHMARK_CAPTURE(open_recording, au, au())->Name("open + first element, .au of 4 GiB");
BENCHMARK_CAPTURE(open_recording, aiff, aiff())->Name("open + first element, .aiff of 2 GiB");
BENCHMARK_CAPTURE(open_recording, sigmf, sigmf())
    ->Name("open + first element, .sigmf-meta with 4 GiB");
BENCHMARK_CAPTURE(open_recording, nrrd, nrrd())->Name("open + first element, .nrrd of 4 GiB");
BENCHMARK_CAPTURE(open_recording, nhdr, nhdr())->Name("open + first element, .nhdr with 4 GiB");
BENCHMARK_CAPTURE(open_recording, mha, mha())->Name("open + first element, .mha of 4 GiB");
BENCHMARK_CAPTURE(open_recording, envi, envi())->Name("open + first element, .hdr with 4 GiB");

// A sparse file of 4 GiB that quarry makes, by the ending of its name; the first element is 1.
class made {
 public:
  made(const std::string& ending, quarry::byte_order order)
      : path_(std::filesystem::temp_directory_path() / ("quarry_open_formats_bench" + ending)) {
    const quarry::dtype type(quarry::type_kind::signed_integer, 4, order);
    quarry::create_options options;
    options.file.overwrite = true;
    options.file.sparse = true;
    auto out = quarry::create(path_, type, std::array{std::int64_t{four_gib / 4}}, options);
    if (order == quarry::byte_order::little) {
      out.elements().as<std::int32_t, 1>()(0) = 1;
    } else {
      out.elements().as<quarry::big<std::int32_t>, 1>()(0) = 1;
    }
    out.commit();
  }
  made(const made&) = delete;
  made& operator=(const made&) = delete;
  ~made() { std::filesystem::remove(path_); }

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

void open_made(benchmark::State& state, const std::string& ending, quarry::byte_order order) {
  const made file(ending, order);
  const auto first = [&] {
    const quarry::array a = quarry::open(file.path());
    return std::to_integer<int>(a.data()[0] | a.data()[3]);
  };
  if (first() != 1) throw std::runtime_error("wrong answer: " + ending);
  for (auto _ : state) benchmark::DoNotOptimize(first());
}
BENCHMARK_CAPTURE(open_made, npz, ".npz", quarry::byte_order::little)
    ->Name("open + first element, .npz of 4 GiB");
BENCHMARK_CAPTURE(open_made, safetensors, ".safetensors", quarry::byte_order::little)
    ->Name("open + first element, .safetensors of 4 GiB");
BENCHMARK_CAPTURE(open_made, idx, ".idx", quarry::byte_order::big)
    ->Name("open + first element, .idx of 4 GiB");

}  // namespace
