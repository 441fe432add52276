// npy_files.hpp: .npy files as text, for the tests of the format.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/npy/npy.hpp"

namespace npy_files {

inline quarry::catalog parse(std::string_view file) {
  return quarry::formats::npy.parse(std::as_bytes(std::span(file)), quarry::siblings{});
}

inline std::string little_endian(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xff);
  return out;
}

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

// The code and message of what reading `file` throws; an empty message if it does not.
struct refusal {
  std::error_code code;
  std::string message;
};

inline refusal refusal_of(std::string_view file) {
  try {
    parse(file);
  } catch (const quarry::error& e) {
    CHECK(e.path().empty());
    return {e.code(), e.message()};
  }
  return {};
}

}  // namespace npy_files
