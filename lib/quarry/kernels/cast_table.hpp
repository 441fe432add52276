// cast_table.hpp: every number type into every other, over blocks of native numbers.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "quarry/array/dtype.hpp"

namespace quarry {

/// What becomes of a value that an integer type cannot hold.
enum class misfit : std::uint8_t {
  fail,      ///< it stops the cast
  wrap,      ///< an integer loses its high bits; a float fails all the same
  saturate,  ///< the nearest value that the type has; 0 for NaN
};

/// Casts `count` numbers at `from` to `to`; both contiguous, native, at any alignment. Returns the
/// position of the first that does not fit, or `count`; all of `to` is written in either case.
using number_cast = std::int64_t (*)(const std::byte* from, std::byte* to,
                                     std::int64_t count) noexcept;

/// The largest item of a number type in bytes.
inline constexpr std::int64_t max_number_bytes = 16;

/// The function from one number type to another. Byte orders are not looked at.
/// Precondition: is_computable() of both.
number_cast cast_between(const dtype& from, const dtype& to, misfit rule) noexcept;

/// The name of a number type in QUARRY_FOR_EACH_NUMBER. Precondition: is_computable(type).
std::string_view number_name(const dtype& type) noexcept;

/// The number of native type `type` at `at`, as text for a message: shortest that reads back equal.
std::string number_text(const dtype& type, const std::byte* at);

}  // namespace quarry
