// manifest.hpp: a format held to the golden files of its generator, as manifest.py lists them.
#pragma once
#include <charconv>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "quarry/array/array.hpp"
#include "quarry/base/inflate.hpp"
#include "quarry/base/text.hpp"
#include "quarry/kernels/convert.hpp"
#include "quarry/store/format.hpp"

#include "formats/golden.hpp"
#include "formats/reading.hpp"

namespace golden {

inline std::string_view characters(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The bytes of the elements in C order.
inline std::string elements_of(std::string_view file, const quarry::array_info& info) {
  std::string_view bytes = file;
  std::uint64_t offset = info.offset_bytes;
  std::string inflated(static_cast<std::size_t>(info.stream.inflated_bytes), '?');
  if (info.stored_as == quarry::encoding::deflate) {
    const auto stream = bytes.substr(static_cast<std::size_t>(offset),
                                     static_cast<std::size_t>(info.stream.stored_bytes));
    quarry::inflater from(std::as_bytes(std::span(stream)));
    CHECK(from.read(std::as_writable_bytes(std::span(inflated))) == inflated.size());
    CHECK(quarry::crc32(std::as_bytes(std::span(inflated))) == info.stream.crc32);
    bytes = inflated;
    offset = info.stream.offset_bytes;
  }
  const auto found = quarry::array::over(std::as_bytes(std::span(bytes)), info.type, info.where,
                                         static_cast<std::int64_t>(offset));
  const auto packed = quarry::array::zeros(info.type, info.where.shape());
  quarry::copy(found, packed);
  return std::string(characters({packed.data(), static_cast<std::size_t>(packed.size_bytes())}));
}

// "0.5,-1e-07" as numbers.
inline std::vector<double> numbers_of(std::string_view text) {
  std::vector<double> out;
  if (text.empty()) return out;
  for (const std::string& each : split(text, ',')) {
    double number = 0;
    REQUIRE(std::from_chars(each.data(), each.data() + each.size(), number).ec == std::errc());
    out.push_back(number);
  }
  return out;
}

// What signals.py adds to a line: scales, offsets, units, sample rate.
inline void check_meaning(const quarry::array_info& found, std::span<const std::string> columns) {
  CHECK(found.scale.scale == numbers_of(columns[0]));
  CHECK(found.scale.offset == numbers_of(columns[1]));
  const bool has_units = find_attribute(found.attrs, "units") != nullptr;
  CHECK((has_units ? attribute_of<std::string>(found.attrs, "units") : "") == columns[2]);
  const bool has_rate = find_attribute(found.attrs, "sample_rate") != nullptr;
  CHECK(has_rate == !columns[3].empty());
  if (has_rate) {
    CHECK(std::vector{attribute_of<double>(found.attrs, "sample_rate")} == numbers_of(columns[3]));
  }
}

// Every line of data/NAME/manifest.txt, the arrays of a file in its order. Returns how many.
inline std::size_t check_manifest(const quarry::format& of, std::string_view name) {
  const auto rows = read_table(folder / name / "manifest.txt");
  std::string file_name;
  std::size_t position = 0;
  for (const auto& row : rows) {
    REQUIRE((row.size() == 8 || row.size() == 13));
    const std::string data_file = row.size() > 8 ? row[12] : "";
    position = row[0] == file_name ? position + 1 : 0;
    file_name = row[0];
    INFO(file_name << " " << row[2]);
    const std::string file = read_file(folder / name / file_name);
    const quarry::siblings around = beside(folder / name, file_name);
    CHECK(probe(of, file, around) >= 20);
    const quarry::catalog found = parse(of, file, around);
    CHECK(std::to_string(found.warnings.size()) == row[1]);
    REQUIRE(position < found.arrays.size());
    const quarry::array_info& array = found.arrays[position];
    CHECK(array.name == row[2]);
    CHECK(array.data_file == data_file);
    CHECK(array.stored_as != quarry::encoding::pickle);
    CHECK(descr_text(array.type) == row[3]);
    CHECK(quarry::tuple_text(array.where.shape()) == row[4]);
    CHECK(quarry::tuple_text(array.where.strides()) == row[5]);
    CHECK(array.where.item_bytes() == array.type.item_bytes());
    CHECK(std::to_string(array.offset_bytes) == row[6]);
    const std::string data = data_file.empty() ? file : read_file(folder / name / data_file);
    CHECK(std::to_string(fnv1a(elements_of(data, array))) == row[7]);
    if (row.size() > 8) check_meaning(array, std::span(row).subspan(8));
  }
  return rows.size();
}

}  // namespace golden
