// made.hpp: segments for tests, and elements that tell whether they are whole.
#pragma once
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "quarry/array/array.hpp"
#include "quarry/array/element.hpp"
#include "quarry/array/view.hpp"
#include "quarry/share/segment.hpp"
#include "quarry/share/writers.hpp"

/// Room for `extents` numbers in the slots of a segment.
inline quarry::share::segment_spec numbers(std::vector<std::int64_t> extents = {4}) {
  return {quarry::element<std::uint64_t>::type(), std::move(extents)};
}

inline std::uint64_t* data_of(const quarry::array& elements) {
  return reinterpret_cast<std::uint64_t*>(elements.mutable_data());
}

inline std::span<const std::uint64_t> values_of(const quarry::array& elements) {
  return {reinterpret_cast<const std::uint64_t*>(elements.data()),
          static_cast<std::size_t>(elements.size())};
}

/// Stores seed, seed + 1, ..., and the sum of those last.
inline void fill_whole(const quarry::array& elements, std::uint64_t seed) {
  const std::span all(data_of(elements), static_cast<std::size_t>(elements.size()));
  std::iota(all.begin(), all.end() - 1, seed);
  all.back() = std::accumulate(all.begin(), all.end() - 1, std::uint64_t{0});
}

/// True if the elements are what one fill_whole() stored.
inline bool is_whole(const quarry::array& elements, std::uint64_t seed) {
  const auto all = values_of(elements);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    if (all[i] != seed + i) return false;
    sum += all[i];
  }
  return all.back() == sum;
}

/// Publishes a version of `value` in every element.
inline std::uint64_t publish(quarry::share::slot_writer& writer, std::uint64_t value) {
  quarry::share::slot slot = writer.begin();
  std::fill_n(data_of(slot.elements()), slot.elements().size(), value);
  return slot.commit();
}
