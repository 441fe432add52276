// cast.hpp: which element types may become which.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "quarry/array/dtype.hpp"

namespace quarry {

/// NumPy's casting rules, from the strictest: the same type; a different byte order; no value can
/// change; a smaller type of the same kind too; anything.
enum class casting : std::uint8_t { no, equiv, safe, same_kind, unsafe };

/// "no", "equiv", "safe", "same_kind" or "unsafe".
std::string_view name_of(casting rule) noexcept;

/// numpy.can_cast(from, to, rule) of NumPy 1.24, extended to 24-bit integers and bfloat16. A string
/// of no length is a type like any other, not NumPy's "of any length".
bool can_cast(const dtype& from, const dtype& to, casting rule) noexcept;

/// The strictest rule that lets `from` become `to`; unsafe if none other does.
casting least_casting(const dtype& from, const dtype& to) noexcept;

/// The one of `types` that all others can safely become; of several that differ in byte order alone
/// the first. Where none is, as of int32 and float32, the least number that all of them can become,
/// in this machine's byte order: numpy.result_type() for numbers. Throws error(type_mismatch) naming
/// one that does not fit, or if there are none.
dtype common_type(std::span<const dtype> types);

}  // namespace quarry
