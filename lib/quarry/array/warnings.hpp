// warnings.hpp: the list in which readers of text report what is legal but unusual.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace quarry {

/// So many warnings are kept: a header of 64 MiB can hold millions of reasons for one.
inline constexpr std::size_t max_warnings = 64;

/// Appends `text` to `warnings`; once there are max_warnings, says so and drops the rest.
inline void add_warning(std::vector<std::string>& warnings, std::string_view text) {
  if (warnings.size() < max_warnings) {
    warnings.emplace_back(text);
  } else if (warnings.size() == max_warnings) {
    warnings.emplace_back("further warnings are left out");
  }
}

}  // namespace quarry
