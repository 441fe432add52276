#include "quarry/kernels/cast.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include "quarry/array/dtype_text.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/kernels/moments.hpp"

namespace quarry {
namespace {

constexpr std::array rules{casting::no, casting::equiv, casting::safe, casting::same_kind,
                           casting::unsafe};

// The answer for one pair: the strictest rule that allows it, or nothing if no rule does.
using answer = std::optional<casting>;

// The numbers come first in type_kind.
bool is_number(type_kind kind) { return kind <= type_kind::complex_floating; }

// NumPy's order of kinds (b < u < i < f < c): a cast upwards in it is of the same kind.
int kind_place(type_kind kind) {
  switch (kind) {
    case type_kind::boolean:
      return 0;
    case type_kind::unsigned_integer:
      return 1;
    case type_kind::signed_integer:
      return 2;
    case type_kind::floating:
    case type_kind::brain_floating:
      return 3;
    default:
      return 4;
  }
}

// Integers up to this many bits lie exactly in a float of `bytes` bytes. float64 is NumPy's
// exception: it counts as large enough for all of 64 bits.
std::int64_t exact_integer_bits(type_kind kind, std::int64_t bytes) {
  if (kind == type_kind::brain_floating) return 8;
  if (bytes == 2) return 11;
  return bytes == 4 ? 24 : 64;
}

bool is_safe_from_integer(const dtype& from, type_kind to_kind, std::int64_t to_bytes) {
  const bool has_sign = from.kind() == type_kind::signed_integer;
  const std::int64_t value_bits = 8 * from.item_bytes() - (has_sign ? 1 : 0);
  if (to_kind == type_kind::signed_integer) return value_bits <= 8 * to_bytes - 1;
  if (to_kind == type_kind::unsigned_integer) return !has_sign && value_bits <= 8 * to_bytes;
  return value_bits <= exact_integer_bits(to_kind, to_bytes);
}

bool is_safe_from_float(const dtype& from, type_kind to_kind, std::int64_t to_bytes) {
  if (kind_place(to_kind) < 3) return false;
  if (from.item_bytes() == 2 && to_bytes == 2) return from.kind() == to_kind;
  return from.item_bytes() <= to_bytes;
}

casting number_to_number(const dtype& from, const dtype& to) {
  if (from.kind() == to.kind() && from.item_bytes() == to.item_bytes()) {
    return from.order() == to.order() ? casting::no : casting::equiv;
  }
  if (from.kind() == type_kind::boolean) return casting::safe;
  if (to.kind() == type_kind::boolean) return casting::unsafe;
  // A real number becomes complex as it becomes the real part.
  const bool from_complex = from.kind() == type_kind::complex_floating;
  const bool to_complex = to.kind() == type_kind::complex_floating;
  const type_kind to_kind = to_complex && !from_complex ? type_kind::floating : to.kind();
  const std::int64_t to_bytes = to_complex && !from_complex ? to.item_bytes() / 2 : to.item_bytes();
  const bool safe = is_integer(from.kind()) ? is_safe_from_integer(from, to_kind, to_bytes)
                    : from_complex          ? to_complex && from.item_bytes() <= to.item_bytes()
                                            : is_safe_from_float(from, to_kind, to_bytes);
  if (safe) return casting::safe;
  return kind_place(from.kind()) <= kind_place(to.kind()) ? casting::same_kind : casting::unsafe;
}

// Characters that the text of any such number fits in, as NumPy counts them: digits and a sign,
// for 64-bit integers one more than needed.
std::int64_t text_length(const dtype& number) {
  static constexpr std::array<std::int64_t, 9> signed_digits{0, 4, 6, 8, 11, 0, 0, 0, 21};
  static constexpr std::array<std::int64_t, 9> unsigned_digits{0, 3, 5, 8, 10, 0, 0, 0, 20};
  switch (number.kind()) {
    case type_kind::boolean:
      return 5;
    case type_kind::signed_integer:
      return signed_digits[static_cast<std::size_t>(number.item_bytes())];
    case type_kind::unsigned_integer:
      return unsigned_digits[static_cast<std::size_t>(number.item_bytes())];
    case type_kind::complex_floating:
      return number.item_bytes() == 32 ? 96 : 64;
    default:
      return number.item_bytes() == 16 ? 48 : 32;
  }
}

std::int64_t characters(const dtype& string) {
  return string.kind() == type_kind::text ? string.item_bytes() / 4 : string.item_bytes();
}

casting to_string_type(const dtype& from, const dtype& to) {
  if (is_number(from.kind())) {
    return text_length(from) <= characters(to) ? casting::safe : casting::same_kind;
  }
  const bool from_bytes = from.kind() == type_kind::bytes;
  if (from.kind() == to.kind()) {
    if (from.item_bytes() == to.item_bytes()) {
      return from.order() == to.order() ? casting::no : casting::equiv;
    }
    return from.item_bytes() < to.item_bytes() ? casting::safe : casting::same_kind;
  }
  if (!from_bytes || to.kind() != type_kind::text) return casting::unsafe;
  return characters(from) <= characters(to) ? casting::safe : casting::same_kind;
}

casting to_moment(const dtype& from, const dtype& to) {
  if (from.kind() == to.kind()) {
    if (from.unit() != to.unit()) return least_casting(from.unit(), to.unit(), to.kind());
    return from.order() == to.order() ? casting::no : casting::equiv;
  }
  // Integers count ticks: as int64 for a duration, which is one; a date is more than a count.
  const bool counts = from.kind() == type_kind::boolean || is_integer(from.kind());
  if (to.kind() != type_kind::timedelta || !counts) return casting::unsafe;
  return number_to_number(from, dtype(type_kind::signed_integer, 8)) == casting::same_kind
             ? casting::same_kind
             : casting::safe;
}

casting to_raw(const dtype& from, const dtype& to) {
  if (from.item_bytes() == to.item_bytes() && from.kind() == type_kind::raw) return casting::no;
  if (from.kind() == type_kind::object) return casting::unsafe;
  if (from.item_bytes() <= to.item_bytes()) return casting::safe;
  return from.kind() == type_kind::raw ? casting::same_kind : casting::unsafe;
}

answer least(const dtype& from, const dtype& to);

answer least(const field& from, const field& to) {
  const answer item = least(from.type, to.type);
  if (!item || from.shape == to.shape) return item;
  // NumPy broadcasts a single item over a subarray and reshapes nothing else safely.
  return from.shape.empty() ? std::max(*item, casting::safe) : casting::unsafe;
}

answer record_to_record(const dtype& from, const dtype& to) {
  const std::span<const field> a = from.fields();
  const std::span<const field> b = to.fields();
  if (a.size() != b.size()) return std::nullopt;
  casting out = from.item_bytes() == to.item_bytes() ? casting::no : casting::equiv;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const answer one = least(a[i], b[i]);
    if (!one) return std::nullopt;
    out = std::max(out, *one);
    if (a[i].offset_bytes != b[i].offset_bytes) out = std::max(out, casting::equiv);
    if (a[i].name != b[i].name || a[i].title != b[i].title) out = std::max(out, casting::safe);
  }
  return out;
}

answer least(const dtype& from, const dtype& to) {
  if (from.is_record() && to.is_record()) return record_to_record(from, to);
  if (to.kind() == type_kind::object) {
    return from.kind() == type_kind::object ? casting::no : casting::safe;
  }
  if (from.is_record() && from.fields().size() != 1) return std::nullopt;
  if (from.is_record() || to.is_record()) return casting::unsafe;
  switch (to.kind()) {
    case type_kind::bytes:
    case type_kind::text:
      return to_string_type(from, to);
    case type_kind::timedelta:
    case type_kind::datetime:
      return to_moment(from, to);
    case type_kind::raw:
      return to_raw(from, to);
    default:
      return is_number(from.kind()) ? number_to_number(from, to) : casting::unsafe;
  }
}

// What numbers promote to that are none of them, the least first.
constexpr std::array<std::pair<type_kind, std::int64_t>, 7> promotions{{
    {type_kind::signed_integer, 2},
    {type_kind::signed_integer, 4},
    {type_kind::signed_integer, 8},
    {type_kind::floating, 4},
    {type_kind::floating, 8},
    {type_kind::complex_floating, 8},
    {type_kind::complex_floating, 16},
}};

bool holds_all(const dtype& type, std::span<const dtype> others) {
  return std::ranges::all_of(
      others, [&](const dtype& each) { return can_cast(each, type, casting::safe); });
}

}  // namespace

std::string_view name_of(casting rule) noexcept {
  static constexpr std::array<std::string_view, rules.size()> names{"no", "equiv", "safe",
                                                                    "same_kind", "unsafe"};
  return names[static_cast<std::size_t>(rule)];
}

bool can_cast(const dtype& from, const dtype& to, casting rule) noexcept {
  const answer strictest = least(from, to);
  return strictest && *strictest <= rule;
}

casting least_casting(const dtype& from, const dtype& to) noexcept {
  return least(from, to).value_or(casting::unsafe);
}

dtype common_type(std::span<const dtype> types) {
  if (types.empty()) throw error(errc::type_mismatch, "no arrays have no dtype in common");
  dtype out = types[0];
  for (const dtype& each : types) {
    const bool is_larger = can_cast(out, each, casting::safe);
    if (is_larger && !can_cast(each, out, casting::safe)) out = each;
  }
  if (holds_all(out, types)) return out;
  for (const auto& [kind, item_bytes] : promotions) {
    if (const dtype larger(kind, item_bytes); holds_all(larger, types)) return larger;
  }
  const auto other = std::ranges::find_if_not(
      types, [&](const dtype& each) { return can_cast(each, out, casting::safe); });
  throw error(errc::type_mismatch,
              concat("the arrays have no dtype in common: neither ", to_string(*other), " nor ",
                     to_string(out), " holds the values of the other"));
}

}  // namespace quarry
