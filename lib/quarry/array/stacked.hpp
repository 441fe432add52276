// stacked.hpp: several arrays, one behind another along an axis, as one array: the parts may lie in
// different files, have different dtypes and layouts, and are opened when they are needed.
#pragma once
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quarry/array/array.hpp"

namespace quarry {

/// One array of a stack.
struct stack_part {
  std::int64_t begin = 0;         ///< index along the stack's axis of its first element
  std::int64_t extent = 0;        ///< how many it has there
  std::function<array()> open{};  ///< the array; may map a file, and throw what that throws
};

/// Arrays one behind another along an axis, seen as one. An array is a stack of one part, so that
/// what works on stacks works on arrays. A value; slices and fields are made without opening a part
/// and keep those that they touch. Thread-safe when const, if the parts' open() is.
/// Invariant: the parts cover the axis without gaps, each with at least one element, unless there
/// is only one.
class stacked {
 public:
  /// Only this array.
  // NOLINTNEXTLINE(google-explicit-constructor): an array is a stack of one part
  stacked(array only);
  /// Parts along `axis` of an array of `type` and `shape`: of each the extent and how it is opened.
  /// Parts without elements along the axis are left out. Throws error(shape_mismatch) unless the
  /// extents are those of the axis, and what layout::contiguous() throws.
  stacked(const dtype& type, std::span<const std::int64_t> shape, int axis,
          std::vector<stack_part> parts);

  /// What one element is: parts whose own dtype is another are cast to it when they are read. Valid
  /// while this stack lives, as all that is given by reference or span.
  const dtype& type() const noexcept { return type_; }
  /// Number of axes.
  int rank() const noexcept { return where_.rank(); }
  /// Elements per axis.
  std::span<const std::int64_t> shape() const noexcept { return where_.shape(); }
  /// Number of elements.
  std::int64_t size() const noexcept { return where_.size(); }
  /// Bytes of the elements, in type().
  std::int64_t size_bytes() const noexcept { return where_.size_bytes(); }
  /// The axis along which the parts follow each other; of one part it says nothing.
  int axis() const noexcept { return axis_; }
  /// The parts in the order of their indices; at least one.
  std::span<const stack_part> parts() const noexcept { return parts_; }

  /// Opens the part at `position`. Throws what its open() throws, and error(changed) if its shape
  /// is not the one that the stack was made for. Precondition: position < parts().size().
  array open(std::size_t position) const;

  /// NumPy's basic indexing. Throws as array::slice() does.
  stacked slice(std::string_view index) const;
  stacked slice(std::span<const index_entry> index) const;
  stacked slice(std::initializer_list<index_entry> index) const;
  /// Axes reversed, or in the order given. Throws as array::transpose() does.
  stacked transpose() const;
  stacked transpose(std::span<const int> axes) const;
  /// One field of a record, several of them. Throw as array::field() and array::fields() do.
  stacked field(std::string_view path) const;
  stacked fields(std::span<const std::string> names) const;

 private:
  using operation = std::function<array(const array&)>;
  stacked(dtype type, const layout& where, int axis, std::vector<stack_part> parts);
  stacked with_each(const dtype& type, std::span<const std::int64_t> shape, int axis,
                    const operation& change) const;
  stacked picked(std::vector<index_entry> index, std::size_t entry, const layout& where) const;
  stacked ranged(std::vector<index_entry> index, std::size_t entry, const layout& where,
                 int axis) const;

  dtype type_;
  layout where_;  // of its shape; its strides mean nothing
  int axis_ = 0;
  std::vector<stack_part> parts_;
};

/// The shape of arrays of these shapes one behind another along `axis`, which they have. Throws
/// error(shape_mismatch) naming the first that does not go with the one before, or if there are
/// none; error(limit_exceeded) if the extents together overflow.
std::vector<std::int64_t> concatenated_shape(std::span<const std::vector<std::int64_t>> parts,
                                             int axis);

/// The same for arrays of one shape side by side along a new axis, which is to be `axis` of the
/// result.
std::vector<std::int64_t> stacked_shape(std::span<const std::vector<std::int64_t>> parts, int axis);

/// numpy.concatenate without a copy: arrays one behind another along `axis` (negative: from the
/// last), as elements of `type`. Throws as concatenated_shape() does.
stacked concatenate(std::span<const array> parts, int axis, const dtype& type);

/// numpy.stack without a copy: arrays of one shape side by side along a new axis. Throws as
/// stacked_shape() does.
stacked stack(std::span<const array> parts, int axis, const dtype& type);

}  // namespace quarry
