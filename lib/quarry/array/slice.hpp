// slice.hpp: NumPy's basic indexing as a value: integers, ranges, newaxis and ellipsis.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace quarry {

/// Python's slice(start, stop, step). Bounds beyond the axis are clamped; negative ones count
/// from the end.
struct range {
  std::optional<std::int64_t> start{};
  std::optional<std::int64_t> stop{};
  std::int64_t step = 1;  ///< not 0
};

/// Inserts an axis of extent 1 (Python's None).
struct newaxis_t {};
/// The one value of its type.
inline constexpr newaxis_t newaxis{};

/// As many full axes as are left over (Python's `...`); at most one in an index.
struct ellipsis_t {};
/// The one value of its type.
inline constexpr ellipsis_t ellipsis{};

/// All of an axis (Python's `:`).
inline constexpr range all{};

/// One entry of an index: an integer drops its axis, a range keeps it.
using index_entry = std::variant<std::int64_t, range, newaxis_t, ellipsis_t>;

/// Reads "0:100, ::2", "..., 3", "5, None, :"; brackets around it are optional, "newaxis" serves
/// as None, numbers beyond int64 saturate. An empty text selects everything only if it is "()" or
/// "...". Throws error(invalid_argument) naming the character: a step of 0, two ellipses, anything
/// that is not basic indexing, or more than 129 entries.
std::vector<index_entry> parse_slice(std::string_view text);

/// A range applied to an axis: the first index, the step and the number of indices taken.
struct resolved_range {
  std::int64_t first = 0;
  std::int64_t step = 1;
  std::int64_t count = 0;
};

/// What `r` selects from an axis of `extent` elements, as Python's slice.indices() and len().
/// No overflow for any values.
resolved_range resolve(const range& r, std::int64_t extent) noexcept;

}  // namespace quarry
