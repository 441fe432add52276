// checked.hpp: arithmetic on sizes that come from a file or a user; overflow is an error.
// The ordinary operators on such numbers are a bug: wrapped products are how readers of array
// files were made to read outside their memory.
#pragma once
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace quarry::checked {

/// Throws error(limit_exceeded) saying that `what` overflows.
[[noreturn]] void throw_overflow(std::string_view what);

/// a + b, or nothing where the type cannot hold it.
template <std::integral Integer>
constexpr std::optional<Integer> try_add(Integer a, Integer b) noexcept {
  Integer out{};
  if (__builtin_add_overflow(a, b, &out)) return std::nullopt;
  return out;
}

/// a * b, or nothing where the type cannot hold it.
template <std::integral Integer>
constexpr std::optional<Integer> try_mul(Integer a, Integer b) noexcept {
  Integer out{};
  if (__builtin_mul_overflow(a, b, &out)) return std::nullopt;
  return out;
}

/// a + b. Throws error(limit_exceeded) naming `what` where the type cannot hold it.
template <std::integral Integer>
constexpr Integer add(Integer a, Integer b, std::string_view what) {
  const auto sum = try_add(a, b);
  if (!sum) throw_overflow(what);
  return *sum;
}

/// a * b. Throws error(limit_exceeded) naming `what` where the type cannot hold it.
template <std::integral Integer>
constexpr Integer mul(Integer a, Integer b, std::string_view what) {
  const auto product = try_mul(a, b);
  if (!product) throw_overflow(what);
  return *product;
}

/// `value` as a To. Throws error(limit_exceeded) naming `what` where To cannot hold it.
template <std::integral To, std::integral From>
constexpr To narrow(From value, std::string_view what) {
  if (!std::in_range<To>(value)) throw_overflow(what);
  return static_cast<To>(value);
}

/// `value` rounded up to the next multiple of `step`, which must not be 0. Throws as add() does.
template <std::unsigned_integral Integer>
constexpr Integer round_up(Integer value, Integer step, std::string_view what) {
  const Integer rest = value % step;
  return rest == 0 ? value : add<Integer>(value, step - rest, what);
}

/// Number of bytes of `extents` items of `item_bytes` bytes each; 0 if an extent is 0.
/// Throws error(limit_exceeded) if the product of item_bytes and the extents, zeros left out, does
/// not fit: a zero must not hide a size that other readers trip over. All must be >= 0.
std::int64_t array_bytes(std::span<const std::int64_t> extents, std::int64_t item_bytes);

}  // namespace quarry::checked
