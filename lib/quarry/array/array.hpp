// array.hpp: bytes with a meaning: a dtype and a layout over memory that the array keeps alive.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "quarry/array/dtype.hpp"
#include "quarry/array/geometry.hpp"
#include "quarry/array/layout.hpp"
#include "quarry/array/slice.hpp"
#include "quarry/base/region.hpp"

namespace quarry {

template <class T, int Rank>
class view;

/// Properties of an array's memory, as numpy.ndarray.flags.
struct array_flags {
  bool c_contiguous = false;  ///< see layout::is_contiguous()
  bool f_contiguous = false;
  bool writable = false;             ///< stores are allowed
  bool aligned = false;              ///< every element lies at a multiple of what its dtype wants
  std::int64_t alignment_bytes = 1;  ///< largest power of two up to 4096 that divides the address
};

/// Where an array comes from: enough to open exactly this view again.
struct array_origin {
  std::filesystem::path path;     ///< empty if the memory maps no file
  std::int64_t offset_bytes = 0;  ///< of element [0, ..., 0], from the start of the file
  byte_range touched;  ///< bytes of the file from the lowest to behind the highest element
};

/// Elements of one dtype laid out over a region of bytes. A value with shared ownership: copies and
/// everything made by the operations below keep the same region alive and copy no element, unless
/// the name says so. Const-correct at run time: writable() tells whether stores are allowed.
/// Thread-safe when const; stores to elements are the caller's to synchronise.
/// Invariant: all elements lie inside the region.
class array {
 public:
  /// An array of no elements (shape (0,), uint8) over no memory.
  array();

  /// Elements of `type` at `where`, element [0, ..., 0] at byte `offset_bytes` of `memory`, which
  /// is kept alive. Throws error(type_mismatch) if the layout's item size is not the dtype's,
  /// error(unsupported) for Python objects, error(out_of_bounds) if an element lies outside.
  static array over(std::shared_ptr<const region> memory, dtype type, const layout& where,
                    std::int64_t offset_bytes = 0);
  /// Over borrowed memory: the array has no owner, the bytes must outlive it. Throws as above.
  static array over(std::span<std::byte> bytes, dtype type, const layout& where,
                    std::int64_t offset_bytes = 0);
  /// Read-only over borrowed memory.
  static array over(std::span<const std::byte> bytes, dtype type, const layout& where,
                    std::int64_t offset_bytes = 0);
  /// A new array in memory, zero-filled, contiguous in `order`; owns its bytes. Throws
  /// error(unsupported) for Python objects, what layout::contiguous() throws, std::bad_alloc.
  static array zeros(dtype type, std::span<const std::int64_t> shape,
                     memory_order order = memory_order::c);

  /// What one element is. Valid while this array lives, as all that is given by reference or span.
  const dtype& type() const noexcept { return type_; }
  /// Where the elements lie, from element [0, ..., 0] on.
  const layout& where() const noexcept { return where_; }
  /// Number of axes.
  int rank() const noexcept { return where_.rank(); }
  /// Elements per axis.
  std::span<const std::int64_t> shape() const noexcept { return where_.shape(); }
  /// Bytes from an element to the next, per axis.
  std::span<const std::int64_t> strides() const noexcept { return where_.strides(); }
  /// Number of elements.
  std::int64_t size() const noexcept { return where_.size(); }
  /// Bytes of the elements themselves, gaps left out.
  std::int64_t size_bytes() const noexcept { return where_.size_bytes(); }

  /// Address of element [0, ..., 0]; valid while this array or a relative lives. Unguarded: if the
  /// file shrinks under the mapping, touching it is SIGBUS.
  const std::byte* data() const noexcept { return data_; }
  /// The same for stores. Throws error(read_only) unless writable().
  std::byte* mutable_data() const;
  /// True if stores are allowed. What broadcast_to() and sliding_window() make never allows them.
  bool writable() const noexcept { return writable_; }
  /// What numpy.ndarray.flags says of such an array.
  array_flags flags() const noexcept;
  /// The file and the bytes of it that the elements are, also after slicing.
  array_origin origin() const;
  /// The bytes that this array keeps alive. Never null.
  const std::shared_ptr<const region>& memory() const noexcept { return memory_; }

  /// NumPy's basic indexing, as text ("0:100, ::2") or as values. Throws as parse_slice() and
  /// quarry::slice() do.
  array slice(std::string_view index) const;
  array slice(std::span<const index_entry> index) const;
  array slice(std::initializer_list<index_entry> index) const;

  // Axes may be negative: they count from the last one. All functions that take some throw
  // error(shape_mismatch) for an axis that does not exist.

  /// Axes reversed, or in the order given: a permutation of all of them.
  array transpose() const;
  array transpose(std::span<const int> axes) const;
  /// Two axes in each other's place.
  array swap_axes(int axis1, int axis2) const;
  /// One axis backwards.
  array flip(int axis) const;
  /// All axes reversed in direction.
  array flip() const;
  /// Without the axes of extent 1; without `axis`, whose extent must be 1
  /// (else error(shape_mismatch)).
  array squeeze() const;
  array squeeze(int axis) const;

  /// Another shape over the same elements, read in `order`; one extent may be -1. Never copies:
  /// throws error(layout_error) where a copy would be needed, error(shape_mismatch) where the
  /// number of elements differs.
  array reshape(std::span<const std::int64_t> shape, memory_order order = memory_order::c) const;
  array reshape(std::initializer_list<std::int64_t> shape) const;
  /// One axis; throws error(layout_error) where a copy would be needed.
  array ravel(memory_order order = memory_order::c) const;

  /// Stretched to `shape` as NumPy does. Read-only, for several indices share an element. Throws
  /// error(shape_mismatch) if the shapes do not go together.
  array broadcast_to(std::span<const std::int64_t> shape) const;
  /// Windows of `window` elements along `axes`, as new last axes; read-only. Throws as
  /// quarry::sliding_window().
  array sliding_window(std::span<const std::int64_t> window, std::span<const int> axes) const;
  /// Any shape and strides (bytes), checked against the memory: error(out_of_bounds). Read-only if
  /// two indices can reach the same byte.
  array as_strided(std::span<const std::int64_t> shape, std::span<const std::int64_t> strides,
                   std::int64_t offset_bytes = 0) const;
  /// The elements [i, i + offset] of two axes, as a new last axis in place of both.
  array diagonal(std::int64_t offset = 0, int axis1 = 0, int axis2 = 1) const;

  /// One field of a record, by name, title or path ("position.x"); axes of a subarray field are
  /// appended. Costs the same for any number of fields. Throws error(not_found) listing what there
  /// is, error(type_mismatch) if this is no record.
  array field(std::string_view path) const;
  /// Several fields as a record of the same item size, in the order given. Throws as field(), and
  /// error(type_mismatch) if a name occurs twice.
  array fields(std::span<const std::string> names) const;
  /// Real and imaginary part of a complex array; real() of anything else is the array
  /// itself, imag() of it throws error(type_mismatch).
  array real() const;
  array imag() const;

  /// The same bytes read in byte order `order`, records in all their fields.
  /// Precondition: `order` is not `none`.
  array with_byte_order(byte_order order) const;
  /// The same bytes as elements of `type`. Where the item sizes differ the last axis changes its
  /// extent as in NumPy's view(): it must be contiguous, and a smaller item must divide the old
  /// one, a larger one the bytes of the axis (else error(type_mismatch)).
  array reinterpret(const dtype& type) const;
  /// The same array, without the right to store.
  array as_read_only() const;

  /// The typed view of this array: see view.hpp. Throws error(type_mismatch) unless the dtype is
  /// T's, byte order included, and its elements are aligned for T, and error(shape_mismatch) unless
  /// it has Rank axes; error(read_only) if T is not const and the array is not writable. The view
  /// borrows: it must not outlive the array, so a temporary cannot give one.
  template <class T, int Rank>
  view<T, Rank> as() const&;
  template <class T, int Rank>
  view<T, Rank> as() const&& = delete;

 private:
  array(std::shared_ptr<const region> memory, std::byte* data, dtype type, const layout& where,
        bool writable) noexcept;
  array moved(const layout& where, std::int64_t offset_bytes = 0) const;
  array retyped(dtype type, const layout& where, std::int64_t offset_bytes = 0) const;

  std::shared_ptr<const region> memory_;
  std::byte* data_ = nullptr;
  dtype type_;
  layout where_;
  bool writable_ = false;
};

/// True if a byte belongs to an element of both arrays; see overlap() for when that is not exact.
bool shares_memory(const array& a, const array& b);

/// True if `a` and `b` occupy overlapping ranges of addresses; cheap, may be true without need.
bool may_share_memory(const array& a, const array& b) noexcept;

}  // namespace quarry
