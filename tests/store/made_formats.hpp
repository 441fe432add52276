// made_formats.hpp: rows for tables of formats that claim and describe what a test wants.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "quarry/store/format.hpp"

namespace made {

template <int Certainty>
int sure(const quarry::file_head& /*head*/) noexcept {
  return Certainty;
}

inline quarry::catalog no_arrays(std::span<const std::byte> /*file*/,
                                 const quarry::siblings& /*beside*/) {
  return {};
}

/// A format that is that sure of every file and finds nothing in it.
template <int Certainty>
quarry::format claiming(std::string_view name) {
  return {name, {}, sure<Certainty>, no_arrays, nullptr};
}

/// What the format of described() finds in every file.
inline quarry::catalog& next_catalog() {
  static quarry::catalog contents;
  return contents;
}

/// A format that finds `contents` in every file, until it is called again.
inline quarry::format described(quarry::catalog contents) {
  next_catalog() = std::move(contents);
  return {"described",
          {},
          sure<95>,
          [](std::span<const std::byte>, const quarry::siblings&) { return next_catalog(); },
          nullptr};
}

/// An array of uint8 at those places.
inline quarry::array_info bytes_at(const std::vector<std::int64_t>& shape,
                                   const std::vector<std::int64_t>& strides, std::uint64_t offset,
                                   std::string_view name = "a") {
  quarry::array_info out;
  out.name = name;
  out.where = quarry::layout::strided(shape, strides, 1);
  out.offset_bytes = offset;
  return out;
}

}  // namespace made
