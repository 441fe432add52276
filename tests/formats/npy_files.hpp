// npy_files.hpp: .npy files as text, for the tests of the format.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "quarry/base/text.hpp"

#include "formats/golden.hpp"
#include "formats/npy/npy.hpp"

namespace npy_files {

inline quarry::catalog parse(std::string_view file) {
  return quarry::formats::npy.parse(std::as_bytes(std::span(file)), quarry::siblings{});
}

using golden::little_endian;
using golden::refusal;

// A file without data.
inline std::string file_of(std::string_view header, int major = 1, int minor = 0) {
  std::string out = "\x93NUMPY";
  out += static_cast<char>(major);
  out += static_cast<char>(minor);
  return out + little_endian(header.size(), major < 2 ? 2 : 4) + std::string(header);
}

inline std::string header_of(std::string_view descr, std::string_view shape,
                             std::string_view fortran_order = "False") {
  return quarry::concat("{'descr': ", descr, ", 'fortran_order': ", fortran_order,
                        ", 'shape': ", shape, ", }\n");
}

inline refusal refusal_of(std::string_view file) {
  return golden::refusal_from([&] { parse(file); });
}

}  // namespace npy_files
