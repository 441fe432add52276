// manifest.hpp: a format held to the golden files of its generator, as manifest.py lists them.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "quarry/array/array.hpp"
#include "quarry/base/text.hpp"
#include "quarry/kernels/convert.hpp"
#include "quarry/store/format.hpp"

#include "formats/golden.hpp"

namespace golden {

inline std::string_view characters(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The bytes of the elements in C order.
inline std::string elements_of(std::string_view file, const quarry::array_info& info) {
  const auto found = quarry::array::over(std::as_bytes(std::span(file)), info.type, info.where,
                                         static_cast<std::int64_t>(info.offset_bytes));
  const auto packed = quarry::array::zeros(info.type, info.where.shape());
  quarry::copy(found, packed);
  return std::string(characters({packed.data(), static_cast<std::size_t>(packed.size_bytes())}));
}

// Every line of data/NAME/manifest.txt, the arrays of a file in its order. Returns how many.
inline std::size_t check_manifest(const quarry::format& of, std::string_view name) {
  const auto rows = read_table(folder / name / "manifest.txt");
  std::string file_name;
  std::size_t position = 0;
  for (const auto& row : rows) {
    REQUIRE(row.size() == 8);
    position = row[0] == file_name ? position + 1 : 0;
    file_name = row[0];
    INFO(file_name << " " << row[2]);
    const std::string file = read_file(folder / name / file_name);
    const quarry::siblings beside{.file_name = file_name};
    CHECK(of.probe({std::as_bytes(std::span(file)), file.size(), beside}) >= 60);
    const quarry::catalog found = of.parse(std::as_bytes(std::span(file)), beside);
    CHECK(std::to_string(found.warnings.size()) == row[1]);
    REQUIRE(position < found.arrays.size());
    const quarry::array_info& array = found.arrays[position];
    CHECK(array.name == row[2]);
    CHECK(array.data_file.empty());
    CHECK(array.stored_as == quarry::encoding::plain);
    CHECK(descr_text(array.type) == row[3]);
    CHECK(quarry::tuple_text(array.where.shape()) == row[4]);
    CHECK(quarry::tuple_text(array.where.strides()) == row[5]);
    CHECK(array.where.item_bytes() == array.type.item_bytes());
    CHECK(std::to_string(array.offset_bytes) == row[6]);
    CHECK(std::to_string(fnv1a(elements_of(file, array))) == row[7]);
  }
  return rows.size();
}

}  // namespace golden
