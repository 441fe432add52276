// patched.hpp: golden files with some of their bytes replaced.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace golden {

inline std::string with(std::string file, std::size_t at, std::string_view bytes) {
  std::ranges::copy(bytes, file.begin() + static_cast<std::ptrdiff_t>(at));
  return file;
}

}  // namespace golden
