// layout.hpp: where the elements of an array lie: shape, byte strides and item size; no data.
// All zero-copy operations are arithmetic on this value: each gives a new layout and the byte
// distance of its element [0, ..., 0] from the old one's.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace quarry {

/// The largest number of axes (as NumPy 2).
inline constexpr int max_rank = 64;

/// C: the last axis varies fastest. F (Fortran): the first one does.
enum class memory_order : std::uint8_t { c, f };

/// Half-open range of bytes [begin, end), relative to element [0, ..., 0] of a layout or to the
/// start of a file. Empty if begin == end.
struct byte_range {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  friend bool operator==(const byte_range&, const byte_range&) = default;
};

/// Strided description of an n-dimensional array; holds no data.
/// Invariant: rank() <= max_rank, extents >= 0, and the bytes from the lowest to the highest
/// element fit in int64, axes of extent 0 left out, so that no offset computed later overflows.
/// A value without allocation; copies cost what the rank costs. Thread-safe when const.
class layout {
 public:
  /// A scalar of one byte.
  layout() noexcept = default;

  /// Elements of `item_bytes` bytes one after another in `order`. An extent may be 0; no extents
  /// are a scalar. Throws error(limit_exceeded) if the size overflows int64 (zero extents left
  /// out of the product) or there are more than max_rank extents, error(shape_mismatch) if an
  /// extent is negative.
  static layout contiguous(std::span<const std::int64_t> extents, std::int64_t item_bytes,
                           memory_order order = memory_order::c);

  /// Elements at `strides` bytes (any sign, 0 allowed). Throws as contiguous() does, and
  /// error(shape_mismatch) if the two spans differ in length.
  static layout strided(std::span<const std::int64_t> extents,
                        std::span<const std::int64_t> strides, std::int64_t item_bytes);

  /// Number of axes.
  int rank() const noexcept { return rank_; }
  /// Bytes of one element.
  std::int64_t item_bytes() const noexcept { return item_bytes_; }
  /// Extents (elements), one per axis. Valid while this layout lives.
  std::span<const std::int64_t> shape() const noexcept { return {extents_.data(), axes()}; }
  /// Strides (bytes), one per axis. Valid while this layout lives.
  std::span<const std::int64_t> strides() const noexcept { return {strides_.data(), axes()}; }
  /// Elements of an axis. Precondition: 0 <= axis < rank().
  std::int64_t extent(int axis) const noexcept { return extents_[static_cast<std::size_t>(axis)]; }
  /// Bytes from an element of an axis to the next. Precondition: 0 <= axis < rank().
  std::int64_t stride(int axis) const noexcept { return strides_[static_cast<std::size_t>(axis)]; }
  /// Number of elements; 1 for a scalar.
  std::int64_t size() const noexcept;
  /// Bytes of the elements themselves: size() * item_bytes().
  std::int64_t size_bytes() const noexcept { return size() * item_bytes_; }

  /// Byte offset of `index` from element [0, ..., 0].
  /// Precondition: index.size() == rank(), 0 <= index[d] < extent(d).
  std::int64_t offset_of(std::span<const std::int64_t> index) const noexcept;
  /// The bytes touched, from the lowest to behind the highest; empty if there is no element.
  byte_range extent_bytes() const noexcept;

  /// True if all elements lie a multiple of `bytes` (above 0) from element [0, ..., 0].
  bool steps_are_multiples_of(std::int64_t bytes) const noexcept;
  /// True if the elements lie one after another in that order. As NumPy: axes of extent 1 do not
  /// matter, and a layout without elements is contiguous in both orders.
  bool is_contiguous(memory_order order) const noexcept;

  layout(const layout& other) noexcept { copy_from(other); }
  layout& operator=(const layout& other) noexcept {
    copy_from(other);
    return *this;
  }
  ~layout() = default;

  /// Same item size, shape and strides.
  friend bool operator==(const layout& a, const layout& b) noexcept;

 private:
  std::size_t axes() const noexcept { return static_cast<std::size_t>(rank_); }
  void copy_from(const layout& other) noexcept;

  int rank_ = 0;
  std::int64_t item_bytes_ = 1;
  // Only the first rank_ hold values: clearing a kilobyte would cost more than most operations.
  std::array<std::int64_t, max_rank> extents_;
  std::array<std::int64_t, max_rank> strides_;
};

}  // namespace quarry
