// convert.hpp: elements from one layout and dtype into another, block by block.
#pragma once
#include <cstdint>
#include <span>

#include "quarry/array/array.hpp"
#include "quarry/array/scaling.hpp"
#include "quarry/kernels/cast.hpp"

namespace quarry {

/// What happens to the values on their way.
struct convert_options {
  casting rule = casting::same_kind;
  bool clip = false;   ///< saturate integers instead of failing; NaN becomes 0
  double scale = 1.0;  ///< value * scale + offset, in float64 (complex128 for complex numbers)
  double offset = 0.0;
  /// In the place of scale and offset: what the numbers of the source mean. raw * scale + offset in
  /// float64, NaN for a raw value that equals the blank as the source's dtype holds it; then
  /// physical_type(). Its axis is one of the source's. Must live as long as the call.
  const scaling* physical = nullptr;
  /// What errors add to the indices they name, one number per axis (or none): where the arrays lie
  /// in larger ones that the caller converts piece by piece.
  std::span<const std::int64_t> first_index{};
  /// Most threads that work at a time, the caller's among them. 0, and more than there are cores:
  /// one per core. Small arrays are the caller's alone. With 1 no thread is started.
  int threads = 0;
};

/// Throws error(shape_mismatch) naming both shapes unless they are equal, or if there are first
/// indices, but not one for each axis.
void require_same_shape(const array& from, const array& to,
                        std::span<const std::int64_t> first_index = {});

/// Stores from's elements in `to`, which has the same shape: load, scale, cast, store, for any
/// strides, alignment and byte order on both sides. Uses some 64 KiB of stack per thread.
/// Throws error(invalid_argument) for a negative number of threads, error(read_only),
/// error(shape_mismatch) also if scales or offsets do not reach over their axis,
/// error(type_mismatch) if the rule forbids the
/// cast (naming the rule that allows it), error(unsupported) for a cast that is not defined
/// (string to number, long double to another type), and error(out_of_bounds) with the index of the
/// first value that the target cannot hold: NaN, infinite or out-of-range floats to integers,
/// integers out of range unless the rule is unsafe (they wrap then), a time beyond its new unit,
/// a character outside ASCII from or to a byte string. `to` is partly written in that case.
/// Records are cast field by field and need the same names in the same order; padding of `to`
/// keeps its bytes, unless the dtypes are equal: then whole items are copied.
/// With entries per index of an axis the index is that of the first value that does not fit among
/// those with the first entries that have one.
/// `from` and `to` must not share memory.
void convert(const array& from, const array& to, const convert_options& options = {});

/// The dtype that value * scale + offset has before the cast, as NumPy's `a * 1.5 + 2.5`: float64
/// for integers, the same type for floating and complex numbers, always in native order.
/// Throws error(type_mismatch) if `from` is no number to compute with.
dtype scaled_type(const dtype& from);

/// The dtype that physical values have before the cast: float32 for floating-point numbers of at
/// most 4 bytes, complex numbers as they are, float64 for all others, in native order. Throws
/// error(type_mismatch) if `from` is no number to compute with.
dtype physical_type(const dtype& from);

/// Copies from's elements into `to` bit for bit, for any strides, on as many threads as
/// convert_options::threads says. Throws error(invalid_argument), error(read_only),
/// error(shape_mismatch), and error(type_mismatch) unless the dtypes are equal.
void copy(const array& from, const array& to, int threads = 0);

/// A copy of `from` in memory: in C order and native byte order, so that views of plain C++ types
/// fit it. Takes size_bytes() of memory. Throws as array::zeros() does.
array to_native(const array& from, int threads = 0);

/// Stores `value` (a scalar array: rank 0) in every element of `to`, cast as convert() does.
/// Throws as convert() does, and error(shape_mismatch) if the value has axes.
void fill(const array& to, const array& value, const convert_options& options = {});

}  // namespace quarry
