// view.hpp: an array whose element type and rank the compiler knows: what inner loops use.
#pragma once
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <type_traits>

#include "quarry/array/array.hpp"
#include "quarry/array/element.hpp"
#include "quarry/array/mdspan.hpp"
#include "quarry/array/record.hpp"
#include "quarry/base/assert.hpp"

namespace quarry {

namespace detail {
[[noreturn]] void throw_no_row_spans(std::int64_t stride_bytes, std::size_t element_bytes);
/// stride_bytes / element_bytes; throws error(layout_error) if there is a remainder.
std::int64_t stride_in_elements(std::int64_t stride_bytes, std::size_t element_bytes);
}  // namespace detail

/// A typed window on memory that somebody else keeps alive: valid while the array it came from
/// lives. Trivially copyable; as cheap as a pointer. As with std::span, constness of the view
/// itself means nothing: view<const T, Rank> is the read-only one. T is an element type (see
/// element.hpp), const or not; strides are bytes and may be negative.
template <class T, int Rank>
class view {
  static_assert(Rank >= 0 && Rank <= max_rank);
  static_assert(array_element<std::remove_const_t<T>>);
  using bytes_pointer = std::conditional_t<std::is_const_v<T>, const std::byte*, std::byte*>;

 public:
  using element_type = T;
  using value_type = std::remove_const_t<T>;
  /// One number per axis: an index or extents (elements), or strides (bytes).
  using index_array = std::array<std::int64_t, static_cast<std::size_t>(Rank)>;
  class iterator;

  /// No elements over no memory. A scalar (rank 0) always has one, hence no such view.
  view() noexcept requires(Rank > 0) = default;

  /// Elements of shape `shape` (elements) at `strides` (bytes); `first` is element [0, ..., 0].
  /// Precondition: all of them lie in memory and are aligned for T.
  view(T* first, const index_array& shape, const index_array& strides) noexcept
      : first_(reinterpret_cast<bytes_pointer>(first)), shape_(shape), strides_(strides) {}

  /// The read-only view of a writable one. A template, for otherwise it would be the copy
  /// constructor of the writable one.
  template <std::same_as<value_type> Other>
  // NOLINTNEXTLINE(google-explicit-constructor): adds const, as std::span does
  view(const view<Other, Rank>& other) noexcept
      : view(other.data(), other.shape(), other.strides()) {}

  /// Number of axes.
  static constexpr int rank() noexcept { return Rank; }
  /// Elements per axis.
  const index_array& shape() const noexcept { return shape_; }
  /// Bytes from an element to the next, per axis.
  const index_array& strides() const noexcept { return strides_; }
  /// Elements of an axis. Precondition: 0 <= axis < Rank.
  std::int64_t extent(int axis) const noexcept { return shape_[static_cast<std::size_t>(axis)]; }
  /// Number of elements; 1 for a scalar.
  std::int64_t size() const noexcept {
    std::int64_t count = 1;
    for (const std::int64_t extent : shape_) count *= extent;
    return count;
  }
  /// True if there is no element.
  bool empty() const noexcept { return size() == 0; }
  /// Element [0, ..., 0].
  T* data() const noexcept { return reinterpret_cast<T*>(first_); }

  /// The element at one index per axis. Precondition: 0 <= index < extent on every axis.
  template <std::integral... Index>
  requires(sizeof...(Index) == static_cast<std::size_t>(Rank)) T& operator()(
      Index... index) const noexcept {
    return (*this)(index_array{static_cast<std::int64_t>(index)...});
  }

  /// The same, for an index in an array.
  T& operator()(const index_array& index) const noexcept {
    bytes_pointer at = first_;
    for (std::size_t axis = 0; axis < shape_.size(); ++axis) {
      QUARRY_ASSERT(index[axis] >= 0 && index[axis] < shape_[axis]);
      at += index[axis] * strides_[axis];
    }
    return *reinterpret_cast<T*>(at);
  }

  /// Element `i` of the first axis: a reference, or a view of one axis less.
  /// Precondition: 0 <= i < extent(0).
  decltype(auto) operator[](std::int64_t i) const noexcept requires(Rank >= 1) {
    QUARRY_ASSERT(i >= 0 && i < shape_[0]);
    T* const at = reinterpret_cast<T*>(first_ + i * strides_[0]);
    if constexpr (Rank == 1) {
      return static_cast<T&>(*at);
    } else {
      typename view<T, Rank - 1>::index_array shape;
      typename view<T, Rank - 1>::index_array strides;
      for (std::size_t axis = 1; axis < shape_.size(); ++axis) {
        shape[axis - 1] = shape_[axis];
        strides[axis - 1] = strides_[axis];
      }
      return view<T, Rank - 1>(at, shape, strides);
    }
  }

  /// True if the elements of the last axis lie one after another, so that row() works.
  bool has_row_spans() const noexcept requires(Rank >= 1) {
    return shape_.back() <= 1 || strides_.back() == std::int64_t{sizeof(T)};
  }

  /// The elements of the last axis at an index for each of the other axes. Precondition: the index
  /// lies inside. Throws error(layout_error) unless has_row_spans().
  template <std::integral... Index>
  requires(Rank >= 1 &&
           sizeof...(Index) == static_cast<std::size_t>(Rank) - 1) std::span<T> row(Index... index)
  const {
    if (!has_row_spans()) detail::throw_no_row_spans(strides_.back(), sizeof(T));
    if (shape_.back() == 0) return {};
    return {&(*this)(index..., 0), static_cast<std::size_t>(shape_.back())};
  }

  /// All elements in C order, whatever the strides. Iterators do not need the view itself.
  iterator begin() const noexcept { return iterator(*this, size()); }
  iterator end() const noexcept { return iterator(*this, 0); }

#ifdef __cpp_lib_mdspan
  /// The same elements as a std::mdspan with strides of any sign. Throws error(layout_error) if a
  /// stride is no multiple of sizeof(T), as in a field of a record.
  auto to_mdspan() const {
    using extents = std::dextents<std::int64_t, static_cast<std::size_t>(Rank)>;
    index_array strides{};
    std::int64_t origin = 0;
    for (std::size_t axis = 0; axis < shape_.size(); ++axis) {
      strides[axis] = detail::stride_in_elements(strides_[axis], sizeof(T));
      if (strides[axis] < 0 && shape_[axis] > 0) origin -= (shape_[axis] - 1) * strides[axis];
    }
    if (empty()) origin = 0;
    return std::mdspan<T, extents, layout_any_stride>(
        data() - origin, layout_any_stride::mapping<extents>(extents(shape_), strides, origin));
  }
#endif

 private:
  bytes_pointer first_ = nullptr;
  index_array shape_{};
  index_array strides_{};
};

/// Walks all elements of a view in C order. A forward iterator; valid while the memory is.
template <class T, int Rank>
class view<T, Rank>::iterator {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = std::remove_const_t<T>;
  using difference_type = std::ptrdiff_t;
  using pointer = T*;
  using reference = T&;

  iterator() noexcept = default;

  T& operator*() const noexcept { return *reinterpret_cast<T*>(at_); }
  T* operator->() const noexcept { return reinterpret_cast<T*>(at_); }
  iterator& operator++() noexcept {
    --left_;
    for (std::size_t axis = shape_.size(); axis-- > 0;) {
      if (++index_[axis] < shape_[axis]) {
        at_ += strides_[axis];
        return *this;
      }
      at_ -= (shape_[axis] - 1) * strides_[axis];
      index_[axis] = 0;
    }
    return *this;
  }
  iterator operator++(int) noexcept {
    iterator before = *this;
    ++*this;
    return before;
  }
  /// Precondition: both come from the same view.
  friend bool operator==(const iterator& a, const iterator& b) noexcept {
    return a.left_ == b.left_;
  }

 private:
  friend class view<T, Rank>;
  iterator(const view& over, std::int64_t left) noexcept
      : at_(over.first_), left_(left), shape_(over.shape_), strides_(over.strides_) {}

  bytes_pointer at_ = nullptr;
  std::int64_t left_ = 0;  // elements from here to the end
  index_array shape_{};
  index_array strides_{};
  index_array index_{};
};

namespace detail {

/// What as<T, Rank>() needs an array to be; throws error naming the first thing that it is not.
struct view_needs {
  const dtype& type;
  int rank;
  bool writable;
  std::size_t alignment_bytes;
};
void check_view(const array& from, const view_needs& needs);

}  // namespace detail

template <class T, int Rank>
view<T, Rank> array::as() const& {
  using value = std::remove_const_t<T>;
  const dtype& wanted = element<value>::type();
  detail::check_view(*this, {wanted, Rank, !std::is_const_v<T>, alignof(T)});
  typename view<T, Rank>::index_array shape{};
  typename view<T, Rank>::index_array strides{};
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    shape[axis] = where_.shape()[axis];
    strides[axis] = where_.strides()[axis];
  }
  return {reinterpret_cast<T*>(data_), shape, strides};
}

}  // namespace quarry
