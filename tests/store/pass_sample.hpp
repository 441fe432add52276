// pass_sample.hpp: what the tests of passes convert, and what they are told meanwhile.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "quarry.hpp"

#include "map/scratch.hpp"

using extents = std::vector<std::int64_t>;

inline const quarry::dtype big_short(quarry::type_kind::signed_integer, 2, quarry::byte_order::big);
inline const quarry::dtype wide(quarry::type_kind::floating, 8);

inline std::string bytes_of_elements(const quarry::array& elements) {
  const quarry::array packed = quarry::array::zeros(elements.type(), elements.shape());
  quarry::copy(elements, packed);
  return {reinterpret_cast<const char*>(packed.data()),
          static_cast<std::size_t>(packed.size_bytes())};
}

// A headerless file of shorts that differ, (300, 500) of them.
inline quarry::array shorts_in(const std::filesystem::path& path) {
  std::string text(std::size_t{300} * 500 * 2, '\0');
  std::uint32_t state = 1;
  for (char& each : text) {
    state = state * 1664525U + 1013904223U;
    each = static_cast<char>(state >> 24U);
  }
  put(path, text);
  return quarry::open_raw(path, ">i2[300,500]");
}

// What a pass says of its progress.
struct report {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> calls;
  quarry::pass_options options(std::uint64_t memory_bytes) {
    return {.memory_bytes = memory_bytes,
            .progress = [this](auto done, auto all) { calls.emplace_back(done, all); }};
  }
};
