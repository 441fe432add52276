// file_test.cpp: opening through the table of formats: whose a file is, where its arrays lie, who
// keeps them mapped. Arrays by name are in names_test.cpp, data in other files in beside_test.cpp.
#include "quarry/store/file.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "map/failure.hpp"
#include "map/scratch.hpp"
#include "store/made_formats.hpp"

using made::bytes_at;
using made::claiming;
using made::described;
using quarry::array;
using quarry::array_info;
using quarry::catalog;
using quarry::concat;
using quarry::dtype;
using quarry::errc;
using quarry::error;
using quarry::file;
using quarry::format;
using quarry::open_options;

namespace {

const std::filesystem::path data_folder = QUARRY_TEST_DATA;

void copy_to(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::copy_file(data_folder / from, to);
}

// The uint8 elements of an array of one axis.
std::string text_in(const array& bytes) {
  std::string out;
  for (const std::uint8_t byte : bytes.as<const std::uint8_t, 1>()) {
    out += static_cast<char>(byte);
  }
  return out;
}

std::int64_t item_at(const array& numbers, std::int64_t position) {
  const array one = quarry::array::zeros(dtype(quarry::type_kind::signed_integer, 8), {});
  quarry::convert(numbers.slice({position}), one, {.rule = quarry::casting::unsafe});
  return one.as<const std::int64_t, 0>()();
}

file open_described(const std::filesystem::path& path, std::vector<array_info> arrays,
                    const open_options& options = {}) {
  const format table[] = {described({.arrays = std::move(arrays)})};
  return file::open(path, table, options);
}

}  // namespace

TEST_CASE("file: the bytes say whose it is, not the name", "[store][file]") {
  const scratch here;
  copy_to("bin/plain.bin", here / "a.npy");
  copy_to("npy/c_f4.npy", here / "a.bin");
  copy_to("npy/c_f4.npy", here / "a");
  CHECK(quarry::open_file(here / "a.npy").format_name() == "bin");
  CHECK(quarry::open_file(here / "a.bin").format_name() == "npy");
  CHECK(quarry::open_file(here / "a").format_name() == "npy");
}

TEST_CASE("file: what the header says is seen", "[store][file]") {
  const file found = quarry::open_file(data_folder / "bin" / "interleaved.bin");
  CHECK(found.path() == data_folder / "bin" / "interleaved.bin");
  CHECK(found.size_bytes() == 350);
  CHECK(found.contents().arrays.size() == 3);
  CHECK(found.at(1).origin().offset_bytes == 322);
  CHECK(found.at(1).origin().path == found.path());
  CHECK(found.at(1).strides()[0] == 6);
}

TEST_CASE("file: the surest format reads it, in any order of the table", "[store][file]") {
  const scratch here;
  put(here / "a", "anything");
  const format table[] = {claiming<30>("heuristic"), claiming<95>("magic"), claiming<20>("suffix"),
                          claiming<0>("other")};
  CHECK(file::open(here / "a", table).format_name() == "magic");
  const format reversed[] = {table[3], table[2], table[1], table[0]};
  CHECK(file::open(here / "a", reversed).format_name() == "magic");
}

TEST_CASE("file: two formats that are as sure are an error until one is named", "[store][file]") {
  const scratch here;
  put(here / "a", "anything");
  const format table[] = {claiming<10>("less"), claiming<30>("one"), claiming<30>("two")};
  const error failure = failure_of([&] { file::open(here / "a", table); });
  CHECK(failure.code() == errc::not_recognized);
  CHECK(failure.message() == "could be one or two; name the format");
  CHECK(failure.path() == here / "a");
  CHECK(file::open(here / "a", table, {.format = "two"}).format_name() == "two");
  CHECK(file::open(here / "a", table, {.format = "less"}).format_name() == "less");
}

TEST_CASE("file: a file that nobody claims is not recognized", "[store][file]") {
  const scratch here;
  put(here / "a", "anything");
  put(here / "empty", "");
  const error unknown = failure_of([&] { quarry::open(here / "a"); });
  CHECK(unknown.code() == errc::not_recognized);
  CHECK(unknown.message() ==
        "no known format (npy, npz, bin, raw, safetensors, idx, wav, au, aiff, isf, ieee488, trc, "
        "keysight, edf, brainvision, nrrd, metaimage, envi, sigmf); a layout reads a headerless "
        "file");
  const std::pair<const char*, const char*> packed[] = {{"\x1f\x8b\x08", "gunzip"},
                                                        {"BZh91AY", "bunzip2"},
                                                        {"\xfd\x37zXZ", "unxz"},
                                                        {"\x28\xb5\x2f\xfd", "unzstd"}};
  for (const auto& [start, remedy] : packed) {
    put(here / "packed.gz", start);
    const error refused = failure_of([&] { quarry::open(here / "packed.gz"); });
    CHECK(refused.code() == errc::not_recognized);
    CHECK(refused.message() ==
          quarry::concat("compressed as a whole, so nothing can be mapped: ", remedy, " it first"));
  }
  const error empty = failure_of([&] { quarry::open(here / "empty"); });
  CHECK(empty.code() == errc::not_recognized);
  CHECK(empty.message() == "empty file");
  CHECK(empty.path() == here / "empty");
}

TEST_CASE("file: an empty file of a known name is an error of that format", "[store][file]") {
  const scratch here;
  put(here / "a.npy", "");
  put(here / "a.raw", "");
  put(here / "a.bin", "");
  CHECK(fails_with(errc::truncated, [&] { quarry::open(here / "a.npy"); }));
  CHECK(fails_with(errc::invalid_argument, [&] { quarry::open(here / "a.raw"); }));
  CHECK(fails_with(errc::invalid_argument, [&] { quarry::open(here / "a.bin"); }));
  CHECK(fails_with(errc::truncated, [&] { quarry::open(here / "a.bin", {.format = "bin"}); }));
}

TEST_CASE("file: a format that does not exist is the caller's error", "[store][file]") {
  const error failure =
      failure_of([] { quarry::open(data_folder / "bin" / "plain.bin", {.format = "hdf5"}); });
  CHECK(failure.code() == errc::invalid_argument);
  CHECK(failure.message() == "no format is called 'hdf5'");
}

TEST_CASE("file: a named format does not read a file of another", "[store][file]") {
  const auto path = data_folder / "bin" / "plain.bin";
  const error failure = failure_of([&] { quarry::open(path, {.format = "npy"}); });
  CHECK(failure.code() == errc::corrupt_header);
  CHECK(failure.path() == path);
}

TEST_CASE("file: a missing file is the error of the system", "[store][file]") {
  const scratch here;
  CHECK(fails_with(ENOENT, [&] { quarry::open(here / "a.npy"); }));
  CHECK(fails_with(errc::unsupported, [&] { quarry::open(here.path()); }));
}

TEST_CASE("file: probes see the first 4 KiB and the size of the whole", "[store][file]") {
  const scratch here;
  put(here / "large", std::string(10000, 'x'));
  put(here / "small", "xyz");
  const format table[] = {{"sizes",
                           {},
                           [](const quarry::file_head& head) noexcept {
                             const bool large = head.bytes.size() == 4096 &&
                                                head.file_bytes == 10000 &&
                                                head.beside.file_name == "large";
                             const bool small = head.bytes.size() == 3 && head.file_bytes == 3 &&
                                                head.beside.file_name == "small";
                             return large || small ? 50 : 0;
                           },
                           made::no_arrays,
                           nullptr}};
  CHECK(file::open(here / "large", table).format_name() == "sizes");
  CHECK(file::open(here / "small", table).format_name() == "sizes");
}

TEST_CASE("file: every array lies inside its file, whatever a format says", "[store][file]") {
  const scratch here;
  put(here / "a", "0123456789");
  CHECK(text_in(open_described(here / "a", {bytes_at({10}, {1}, 0)}).get()) == "0123456789");
  CHECK(text_in(open_described(here / "a", {bytes_at({5}, {-2}, 9)}).get()) == "97531");
  CHECK(text_in(open_described(here / "a", {bytes_at({3}, {0}, 9)}).get()) == "999");
  CHECK(open_described(here / "a", {bytes_at({0}, {1}, 10)}).get().size() == 0);

  struct row {
    array_info array;
    errc code;
    std::string message;
  };
  const row rows[] = {
      {bytes_at({10}, {1}, 1), errc::truncated,
       "shape (10,) of |u1 ends at byte 11, the file has 10 bytes: 1 are missing"},
      {bytes_at({2, 2}, {8, 2}, 0), errc::truncated,
       "shape (2, 2) of |u1 ends at byte 11, the file has 10 bytes: 1 are missing"},
      {bytes_at({}, {}, 10), errc::truncated,
       "shape () of |u1 ends at byte 11, the file has 10 bytes: 1 are missing"},
      {bytes_at({0}, {1}, 11), errc::truncated,
       "shape (0,) of |u1 ends at byte 11, the file has 10 bytes: 1 are missing"},
      {bytes_at({10}, {-1}, 8), errc::out_of_bounds, "array 'a' begins 1 bytes before the file"},
      {bytes_at({2}, {INT64_MAX - 1}, 5), errc::limit_exceeded,
       "the end of the array overflows 64 bits"},
      {bytes_at({1}, {1}, INT64_MAX), errc::limit_exceeded,
       "the end of the array overflows 64 bits"},
      {bytes_at({1}, {1}, UINT64_MAX), errc::limit_exceeded,
       "the array's offset overflows 64 bits"},
  };
  for (const row& each : rows) {
    INFO(each.message);
    const error failure = failure_of([&] { open_described(here / "a", {each.array}); });
    CHECK(failure.code() == each.code);
    CHECK(failure.message() == each.message);
    CHECK(failure.path() == here / "a");
  }
  const array_info good = bytes_at({1}, {1}, 0);
  CHECK(fails_with(errc::truncated, [&] {
    open_described(here / "a", {good, good, rows[0].array});
  }));
}

TEST_CASE("file: pickled objects are described and never mapped", "[store][file]") {
  const scratch here;
  put(here / "a", "0123456789");
  array_info objects = bytes_at({1000}, {8}, 5);
  objects.stored_as = quarry::encoding::pickle;
  const file found = open_described(here / "a", {objects});
  CHECK(found.contents().arrays.size() == 1);
  const error failure = failure_of([&] { found.get(); });
  CHECK(failure.code() == errc::unsupported);
  CHECK(failure.path() == here / "a");
}

TEST_CASE("file: a file cut short is truncated in every format", "[store][file]") {
  const scratch here;
  for (const std::string_view name : {"npy/c_f8.npy", "bin/fortran.bin", "bin/plain.bin"}) {
    INFO(name);
    const std::string whole = text_of(data_folder / name);
    put(here / "a", whole.substr(0, whole.size() - 1));
    const error failure = failure_of([&] { quarry::open(here / "a"); });
    CHECK(failure.code() == errc::truncated);
    CHECK(failure.message().find("are missing") != std::string::npos);
    CHECK(fails_with(errc::truncated, [&] { quarry::open(here / "a", {.strict = true}); }));
  }
}

TEST_CASE("file: a file that has lost no element is read with a warning", "[store][file]") {
  const scratch here;
  const std::string whole = text_of(data_folder / "bin" / "padded.bin");
  put(here / "a", whole.substr(0, whole.size() - 54));  // room behind the last row
  const file found = quarry::open_file(here / "a");
  CHECK(found.contents().warnings.size() == 1);
  CHECK(found.get().size() == 12);
  CHECK(fails_with(errc::corrupt_header, [&] { quarry::open(here / "a", {.strict = true}); }));
}

TEST_CASE("file: a prefix gives the whole rows that it holds", "[store][file]") {
  const scratch here;
  const auto rows_of = [&](std::string_view name, std::size_t missing) {
    const std::string whole = text_of(data_folder / name);
    put(here / "a", whole.substr(0, whole.size() - missing));
    const array found = quarry::open(here / "a", {.allow_prefix = true});
    return quarry::tuple_text(found.shape());
  };
  CHECK(rows_of("npy/c_f8.npy", 0) == "(3, 2)");
  CHECK(rows_of("npy/c_f8.npy", 1) == "(2, 2)");
  CHECK(rows_of("npy/c_f8.npy", 16) == "(2, 2)");
  CHECK(rows_of("npy/c_f8.npy", 17) == "(1, 2)");
  CHECK(rows_of("npy/c_f8.npy", 48) == "(0, 2)");
  CHECK(rows_of("npy/fortran.npy", 1) == "(3, 3)");
  CHECK(rows_of("bin/plain.bin", 1) == "(1, 3)");
  CHECK(rows_of("bin/fortran.bin", 13) == "(3, 2)");
  CHECK(rows_of("bin/padded.bin", 54) == "(3, 4)");
  CHECK(rows_of("bin/padded.bin", 55) == "(2, 4)");
  CHECK(rows_of("bin/interleaved.bin", 6) == "(4,)");
  CHECK(fails_with(errc::truncated, [&] { rows_of("npy/zero_d.npy", 1); }));
  CHECK(fails_with(errc::truncated, [&] { rows_of("bin/plain.bin", 25); }));
}

TEST_CASE("file: warnings are errors when strictness is asked for", "[store][file]") {
  const auto path = data_folder / "bin" / "trailing.bin";
  CHECK(quarry::open_file(path).contents().warnings.size() == 1);
  const error failure = failure_of([&] { quarry::open(path, {.strict = true}); });
  CHECK(failure.code() == errc::corrupt_header);
  CHECK(failure.message() == quarry::open_file(path).contents().warnings[0]);
  CHECK_NOTHROW(quarry::open(data_folder / "bin" / "plain.bin", {.strict = true}));
}

TEST_CASE("file: arrays and their slices outlive the file object", "[store][file]") {
  array slice;
  {
    const file found = quarry::open_file(data_folder / "bin" / "interleaved.bin");
    slice = found.get("gr\xc3\xbcn").slice("1::2");
  }
  // bytes 7 i + 1 modulo 251, read from the positions 8 and 20 of the data
  CHECK(item_at(slice, 0) == 57 + 256 * 64);
  CHECK(item_at(slice, 1) == 141 + 256 * 148 - 65536);
}

TEST_CASE("file: closing waits for nobody and takes nothing away", "[store][file]") {
  file found = quarry::open_file(data_folder / "bin" / "plain.bin");
  {
    const array held = found.get().slice("0");
    const error failure = failure_of([&] { found.close(); });
    CHECK(failure.code() == errc::busy);
    CHECK(held.size() == 3);
    CHECK(found.get().size() == 6);
  }
  found.close();
  CHECK_NOTHROW(found.close());
  CHECK(fails_with(errc::invalid_argument, [&] { found.get(); }));
}

TEST_CASE("file: stores reach the file only where that was asked for", "[store][file]") {
  const scratch here;
  put(here / "a", "0123456789");
  const auto first_set = [&](quarry::access mode) {
    file found = quarry::open_file(here / "a", {.mode = mode, .layout = "u1"});
    found.get().mutable_data()[0] = std::byte{'x'};
    if (mode == quarry::access::read_write) found.flush();
  };
  CHECK(fails_with(errc::read_only, [&] { first_set(quarry::access::read_only); }));
  first_set(quarry::access::copy_on_write);
  CHECK(text_of(here / "a") == "0123456789");
  first_set(quarry::access::read_write);
  CHECK(text_of(here / "a") == "x123456789");
}

TEST_CASE("file: a change of the file after it was opened is told", "[store][file]") {
  const scratch here;
  put(here / "a", "0123456789");
  const file found = quarry::open_file(here / "a", {.layout = "u1"});
  CHECK_NOTHROW(found.verify_unchanged());
  std::filesystem::resize_file(here / "a", 11);
  CHECK(fails_with(errc::changed, [&] { found.verify_unchanged(); }));
  std::filesystem::resize_file(here / "a", 9);
  CHECK(fails_with(errc::changed, [&] { found.verify_unchanged(); }));
}

TEST_CASE("file: what numbers mean fits the array in every format", "[store][file]") {
  const scratch here;
  put(here / "a", "0123456789");
  const auto scaled = [&](const quarry::scaling& scale, const open_options& options = {}) {
    array_info info = bytes_at({6, 2}, {2, 1}, 0);
    info.scale = scale;
    return open_described(here / "a", {info}, options);
  };
  CHECK(failure_of([&] {
          scaled({.scale = {1, 2, 3}}, {.allow_prefix = true});
        }).message() == "3 scales for an axis of extent 6");
  const file found = scaled({.scale = {1, 2, 3, 4, 5, 6}, .offset = {7}}, {.allow_prefix = true});
  CHECK(quarry::tuple_text(found.get().shape()) == "(5, 2)");
  CHECK(found.contents().arrays[0].scale.scale == std::vector<double>{1, 2, 3, 4, 5});
  CHECK(found.contents().arrays[0].scale.offset == std::vector<double>{7});
}

TEST_CASE("file: an array in memory that is there already is checked and read as one of a file",
          "[store][file]") {
  std::string text = "0123456789";
  const auto memory = std::make_shared<const quarry::region>(
      quarry::region{.data = reinterpret_cast<std::byte*>(text.data()), .bytes = text.size()});
  const auto over = [&](const array_info& info) {
    return file::over("shm:a", "shm", {.arrays = {info}}, memory);
  };
  const file found = over(bytes_at({2, 3}, {3, 1}, 4));
  CHECK(found.path() == "shm:a");
  CHECK(found.format_name() == "shm");
  CHECK(found.size_bytes() == 10);
  CHECK(found.get().memory() == memory);
  CHECK(*found.get().slice("1, 2").data() == std::byte{'9'});
  CHECK_NOTHROW(found.verify_unchanged());
  const auto failure = failure_of([&] { over(bytes_at({2, 3}, {3, 1}, 5)); });
  CHECK(failure.code() == errc::truncated);
  CHECK(failure.path() == "shm:a");
}
