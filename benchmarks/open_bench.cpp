// What it costs to open an array and to look at it: open + first element for small and huge files,
// sums by plain loops through views beside the same loops over raw pointers, and field views of
// narrow and wide records. np.load(mmap_mode='r') is measured beside it by scripts/bench.
//
// Every answer is checked before its clock runs. Files are sparse: their pages are in the cache.
#include <array>
#include <bit>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <quarry.hpp>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

using quarry::array;
using quarry::dtype;

// Files of one run, removed at its end.
class scratch {
 public:
  scratch() : directory_(std::filesystem::temp_directory_path() / "quarry_open_bench") {
    std::filesystem::create_directories(directory_);
  }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  ~scratch() { std::filesystem::remove_all(directory_); }

  /// A sparse float32 .npy of `count` elements of which the first is 1.
  std::filesystem::path npy(std::int64_t count) const {
    auto path = directory_ / ("f4_" + std::to_string(count) + ".npy");
    quarry::create_options options;
    options.file.overwrite = true;
    options.file.sparse = true;
    auto made = quarry::create<float>(path, std::array{count}, options);
    made.elements().as<float, 1>()(0) = 1.0F;
    made.commit();
    return path;
  }

 private:
  std::filesystem::path directory_;
};

const scratch& files() {
  static const scratch instance;
  return instance;
}

void check(bool right, const char* what) {
  if (!right) throw std::runtime_error(std::string("wrong answer: ") + what);
}

void open_first_element(benchmark::State& state) {
  const auto path = files().npy(state.range(0) / 4);
  const auto first = [&path] {
    const array a = quarry::open(path);
    return a.as<const float, 1>()(0);
  };
  check(first() == 1.0F, "first element");
  for (auto _ : state) benchmark::DoNotOptimize(first());
}
BENCHMARK(open_first_element)
    ->Name("open + first element, file bytes")
    ->Arg(1 << 10)
    ->Arg(std::int64_t{8} << 30);

// What the kernel alone takes for the same: the limit. A larger file costs it more, since a mapping
// that shares no page tables with its neighbours needs its own, and a fault brings 16 pages along.
void bare_first_element(benchmark::State& state) {
  const auto path = files().npy(state.range(0) / 4);
  const auto bytes = static_cast<std::size_t>(std::filesystem::file_size(path));
  const auto first = [&] {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    void* const pages = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, descriptor, 0);
    ::close(descriptor);
    float value = 0;
    std::memcpy(&value, static_cast<const std::byte*>(pages) + 128, sizeof value);
    ::munmap(pages, bytes);
    return value;
  };
  check(first() == 1.0F, "first element by system calls");
  for (auto _ : state) benchmark::DoNotOptimize(first());
}
BENCHMARK(bare_first_element)
    ->Name("system calls + first element, file bytes")
    ->Arg(1 << 10)
    ->Arg(std::int64_t{8} << 30);

// 8 MiB: in the caches' reach, so that loops and not memory are compared.
constexpr std::int64_t rows = 2048;
constexpr std::int64_t columns = 1024;
constexpr std::array<std::int64_t, 2> matrix{rows, columns};

const array& native_matrix() {
  static const array a = [] {
    array out = array::zeros(dtype(quarry::type_kind::floating, 4), matrix);
    const auto v = out.as<float, 2>();
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < columns; ++j) v(i, j) = static_cast<float>((i + j) % 7);
    }
    return out;
  }();
  return a;
}

const array& big_matrix() {
  static const array a = [] {
    array out = array::zeros(quarry::element<quarry::big<float>>::type(), matrix);
    quarry::convert(native_matrix(), out);
    return out;
  }();
  return a;
}

float sum_view(const quarry::view<const float, 2>& v) {
  float sum = 0;
  for (std::int64_t i = 0; i < v.extent(0); ++i) {
    for (std::int64_t j = 0; j < v.extent(1); ++j) sum += v(i, j);
  }
  return sum;
}

float sum_pointer(const float* p, std::int64_t n, std::int64_t m) {
  float sum = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < m; ++j) sum += p[i * m + j];
  }
  return sum;
}

float sum_big_view(const quarry::view<const quarry::big<float>, 2>& v) {
  float sum = 0;
  for (std::int64_t i = 0; i < v.extent(0); ++i) {
    for (std::int64_t j = 0; j < v.extent(1); ++j) sum += v(i, j);
  }
  return sum;
}

float sum_bswap(const std::byte* p, std::int64_t n, std::int64_t m) {
  float sum = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < m; ++j) {
      std::uint32_t bits = 0;
      std::memcpy(&bits, p + 4 * (i * m + j), 4);
      sum += std::bit_cast<float>(__builtin_bswap32(bits));
    }
  }
  return sum;
}

void sum_of_view(benchmark::State& state) {
  auto v = native_matrix().as<const float, 2>();
  check(sum_view(v) == sum_pointer(v.data(), rows, columns), "sum over a view");
  for (auto _ : state) {
    benchmark::DoNotOptimize(v);
    benchmark::DoNotOptimize(sum_view(v));
  }
}
BENCHMARK(sum_of_view)->Name("sum, view<float, 2>")->Repetitions(5)->ReportAggregatesOnly();

void sum_of_pointer(benchmark::State& state) {
  const float* p = native_matrix().as<const float, 2>().data();
  std::int64_t n = rows;
  std::int64_t m = columns;
  for (auto _ : state) {
    benchmark::DoNotOptimize(p);
    benchmark::DoNotOptimize(n);
    benchmark::DoNotOptimize(m);
    benchmark::DoNotOptimize(sum_pointer(p, n, m));
  }
}
BENCHMARK(sum_of_pointer)->Name("sum, raw pointer")->Repetitions(5)->ReportAggregatesOnly();

void sum_of_big_view(benchmark::State& state) {
  auto v = big_matrix().as<const quarry::big<float>, 2>();
  check(sum_big_view(v) == sum_bswap(big_matrix().data(), rows, columns), "sum over a big view");
  check(sum_big_view(v) == sum_view(native_matrix().as<const float, 2>()), "sum of swapped values");
  for (auto _ : state) {
    benchmark::DoNotOptimize(v);
    benchmark::DoNotOptimize(sum_big_view(v));
  }
}
BENCHMARK(sum_of_big_view)
    ->Name("sum, view<big<float>, 2>")
    ->Repetitions(5)
    ->ReportAggregatesOnly();

void sum_of_bswap(benchmark::State& state) {
  const std::byte* p = big_matrix().data();
  std::int64_t n = rows;
  std::int64_t m = columns;
  for (auto _ : state) {
    benchmark::DoNotOptimize(p);
    benchmark::DoNotOptimize(n);
    benchmark::DoNotOptimize(m);
    benchmark::DoNotOptimize(sum_bswap(p, n, m));
  }
}
BENCHMARK(sum_of_bswap)->Name("sum, bswap by hand")->Repetitions(5)->ReportAggregatesOnly();

// The field asked for is the last one, where a search from the front would take longest.
void field_view(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  std::vector<quarry::field> fields(count);
  for (std::size_t i = 0; i < count; ++i) {
    fields[i].name = "channel_" + std::to_string(1000 + i);
    fields[i].type = dtype(quarry::type_kind::floating, 4);
  }
  const std::string last = fields.back().name;
  const array records =
      array::zeros(dtype::packed_record(std::move(fields)), std::array<std::int64_t, 1>{100});
  check(records.field(last).strides()[0] == state.range(0) * 4, "stride of a field");
  for (auto _ : state) benchmark::DoNotOptimize(records.field(last));
}
BENCHMARK(field_view)->Name("field view, fields in the record")->Arg(2)->Arg(200);

}  // namespace

BENCHMARK_MAIN();
