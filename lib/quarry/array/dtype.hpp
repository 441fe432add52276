// dtype.hpp: what one element of an array is: a number with a byte order, a string, a moment, or
// a record of named fields at byte offsets. The model is NumPy's dtype (NEP 1 and
// numpy.lib.format), plus 24-bit integers and bfloat16.
#pragma once
#include <complex>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quarry/array/numbers.hpp"
#include "quarry/base/byte_order.hpp"

namespace quarry {

/// The family of an element; together with the item size it fixes the meaning of the bytes.
enum class type_kind : std::uint8_t {
  boolean,           ///< one byte; 0 is false, anything else true
  signed_integer,    ///< two's complement, 1, 2, 3, 4 or 8 bytes
  unsigned_integer,  ///< 1, 2, 3, 4 or 8 bytes
  floating,          ///< IEEE 754 in 2, 4 or 8 bytes; 16 bytes: the platform's long double
  brain_floating,    ///< bfloat16, 2 bytes
  complex_floating,  ///< real then imaginary part: 8, 16 or (long double) 32 bytes
  timedelta,         ///< int64 count of a time_unit; INT64_MIN is NaT
  datetime,          ///< int64 count of a time_unit since 1970-01-01T00:00 UTC; INT64_MIN is NaT
  bytes,             ///< S: byte string padded with NUL to the item size
  text,              ///< U: UCS-4 code points, 4 bytes each, padded with NUL
  raw,               ///< V: opaque bytes
  object,            ///< O: a Python object; its values are never read
  record,            ///< named fields
};

/// Every number type that quarry computes with, one row each: X(C++ type, type_kind, name).
/// The one list from which names, C++ bindings and cast tables are made.
#define QUARRY_FOR_EACH_NUMBER(X)                       \
  X(quarry::boolean, boolean, "bool")                   \
  X(std::int8_t, signed_integer, "int8")                \
  X(std::int16_t, signed_integer, "int16")              \
  X(quarry::int24, signed_integer, "int24")             \
  X(std::int32_t, signed_integer, "int32")              \
  X(std::int64_t, signed_integer, "int64")              \
  X(std::uint8_t, unsigned_integer, "uint8")            \
  X(std::uint16_t, unsigned_integer, "uint16")          \
  X(quarry::uint24, unsigned_integer, "uint24")         \
  X(std::uint32_t, unsigned_integer, "uint32")          \
  X(std::uint64_t, unsigned_integer, "uint64")          \
  X(quarry::float16, floating, "float16")               \
  X(quarry::bfloat16, brain_floating, "bfloat16")       \
  X(float, floating, "float32")                         \
  X(double, floating, "float64")                        \
  X(std::complex<float>, complex_floating, "complex64") \
  X(std::complex<double>, complex_floating, "complex128")

/// The tick of a datetime or timedelta: `count` times a base unit, as in "25s".
/// `generic`: no unit, as in "<M8".
struct time_unit {
  // NOLINTBEGIN(readability-identifier-naming): NumPy's letters; M is a month and m a minute
  enum class base : std::uint8_t { generic, Y, M, W, D, h, m, s, ms, us, ns, ps, fs, as };
  // NOLINTEND(readability-identifier-naming)
  base unit = base::generic;
  std::int32_t count = 1;
  friend bool operator==(const time_unit&, const time_unit&) = default;
};

struct field;

/// One element's type. A value: cheap to copy (a record shares its fields), immutable,
/// thread-safe. Invariant: item_bytes() >= 0; every field lies inside its record.
class dtype {
 public:
  /// uint8.
  dtype() noexcept = default;

  /// A number, string, raw or object type of `item_bytes` bytes. `order` is dropped where the
  /// item has none (single bytes, bytes, raw, object); `none` for an item with one is native.
  /// Throws error(type_mismatch) if the kind has no such size, or is a record or a moment, and
  /// error(limit_exceeded) beyond max_item_bytes.
  dtype(type_kind kind, std::int64_t item_bytes, byte_order order = native_order);

  /// A datetime (kind datetime) or duration (kind timedelta) of 8 bytes counting `unit`.
  /// Throws error(type_mismatch) for another kind, a count below 1 or a counted generic unit.
  static dtype moment(type_kind kind, time_unit unit, byte_order order = native_order);

  /// A record of `item_bytes` bytes whose fields lie at their own offsets; gaps are padding and
  /// fields may overlap. Throws error(type_mismatch) if a name is empty or occurs twice (titles
  /// count as names) or an extent is negative, error(out_of_bounds) if a field does not lie inside
  /// the item, and error(limit_exceeded) if a size overflows or passes max_item_bytes, a subarray
  /// has more than max_rank axes, there are more than max_fields or records nest deeper than
  /// max_depth. Linear in the fields.
  static dtype record(std::vector<field> fields, std::int64_t item_bytes);

  /// A record whose fields follow each other without gaps; their offsets are set.
  /// Throws as record() does.
  static dtype packed_record(std::vector<field> fields);

  /// Records may nest this deep.
  static constexpr int max_depth = 8;

  /// Fields of the widest record: each takes hundreds of times the characters that name it.
  static constexpr std::size_t max_fields = 262144;

  /// Bytes of the largest item. NumPy 1 counts them in a C int, which wraps beyond.
  static constexpr std::int64_t max_item_bytes = 2147483647;

  /// The family; with item_bytes() and order() it fixes the meaning of the bytes.
  type_kind kind() const noexcept { return kind_; }
  /// Bytes of one element; 0 is possible (|S0, a record without fields).
  std::int64_t item_bytes() const noexcept { return item_bytes_; }
  /// Byte order of a number, a text or a moment; `none` for the others, and for a record.
  byte_order order() const noexcept { return order_; }
  /// The tick of a moment; generic for everything else.
  time_unit unit() const noexcept { return unit_; }

  /// True if there are named fields (or could be: a record may have none).
  bool is_record() const noexcept { return kind_ == type_kind::record; }
  /// True if the type is, or anywhere contains, a Python object.
  bool has_object() const noexcept;
  /// Fields of a record in their order of declaration; empty for every other kind.
  /// Valid while this dtype or a copy of it lives.
  std::span<const field> fields() const noexcept;
  /// The field with that name or title; null if there is none. Constant time.
  const field* find(std::string_view name) const noexcept;

  /// The same type in byte order `order`, recursively. Precondition: `order` is not `none`.
  dtype with_byte_order(byte_order order) const;
  /// True if all orders inside (single bytes apart) are native: elements can be used in place.
  bool is_native() const noexcept;
  /// The byte order of all that is inside, for reports: none, little, big, or no value if mixed.
  struct order_summary {
    bool mixed = false;
    byte_order order = byte_order::none;
  };
  order_summary orders() const noexcept;
  /// What the machine wants an element's address to be a multiple of, as NumPy says: 4 for text
  /// (code points), 1 for bytes, raw data, 24-bit integers and records. 0 is never returned.
  std::int64_t alignment() const noexcept;

  /// Same kind, size, byte order, unit and, for records, the same fields at the same offsets.
  friend bool operator==(const dtype& a, const dtype& b) noexcept;

 private:
  struct record_fields;

  type_kind kind_ = type_kind::unsigned_integer;
  byte_order order_ = byte_order::none;
  time_unit unit_;
  std::int64_t item_bytes_ = 1;
  std::shared_ptr<const record_fields> record_;
};

/// A named part of a record.
struct field {
  std::string name;
  dtype type;                         ///< of one item
  std::vector<std::int64_t> shape{};  ///< of a subarray field, in C order; empty: a single item
  std::int64_t offset_bytes = 0;      ///< from the start of the record
  std::string title{};                ///< NumPy's second name; empty if there is none

  /// Bytes that the field covers: the item times the extents of the subarray, which must be >= 0.
  /// Throws error(limit_exceeded) if they overflow.
  std::int64_t bytes() const;
  friend bool operator==(const field&, const field&) = default;
};

/// True for integers of any width and sign; false for truth values and moments.
constexpr bool is_integer(type_kind kind) noexcept {
  return kind == type_kind::signed_integer || kind == type_kind::unsigned_integer;
}
/// True for datetimes and timedeltas.
constexpr bool is_moment(type_kind kind) noexcept {
  return kind == type_kind::datetime || kind == type_kind::timedelta;
}

/// True if elements can be compared, cast and computed with (a number, bool included).
/// False for the 16-byte long double and its complex, whose meaning is the platform's.
bool is_computable(const dtype& type) noexcept;

}  // namespace quarry
