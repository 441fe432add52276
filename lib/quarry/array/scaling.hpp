// scaling.hpp: what the stored numbers of an array mean: metadata that no view applies.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace quarry {

/// physical = raw * scale + offset, as the header of an array says it.
struct scaling {
  std::vector<double> scale{};    ///< one, or one per index of `axis`; empty: 1
  std::vector<double> offset{};   ///< one, or one per index of `axis`; empty: 0
  int axis = 0;                   ///< that several entries belong to
  std::optional<double> blank{};  ///< the raw value that stands for no value

  bool operator==(const scaling&) const = default;

  /// True if physical and raw values are the same and none is blank.
  bool is_identity() const noexcept;
  /// True if the entries of `scale` or `offset` belong to the indices of `axis`.
  bool is_per_index() const noexcept { return scale.size() > 1 || offset.size() > 1; }
};

/// `of` at one index of its axis: at most one pair, and the blank. Precondition: there are entries
/// for that index.
scaling scaling_at(const scaling& of, std::int64_t index);

/// Throws error(corrupt_header) unless all of scale and offset are finite and, where there are
/// several, `axis` is one of `shape` and there are as many as it has indices.
void check_scaling(const scaling& of, std::span<const std::int64_t> shape);

}  // namespace quarry
