// mdspan.hpp: std::mdspan over a view, where the standard library has it. layout_stride takes no
// negative strides, so views bring a layout policy of their own.
#pragma once
#include <version>
#if __has_include(<mdspan>)
#include <mdspan>
#endif

#ifdef __cpp_lib_mdspan
#include <array>
#include <concepts>
#include <cstddef>

namespace quarry {

/// An mdspan layout policy with strides of any sign, in elements. Element [0, ..., 0] lies `origin`
/// elements behind the data handle, which is the one at the lowest address. [mdspan.layout.reqmts]
struct layout_any_stride {
  /// Extents and strides, one per axis, in elements; the names are the standard's.
  template <class Extents>
  class mapping {
   public:
    using extents_type = Extents;
    using index_type = typename Extents::index_type;
    using size_type = typename Extents::size_type;
    using rank_type = typename Extents::rank_type;
    using layout_type = layout_any_stride;
    using strides_type = std::array<index_type, Extents::rank()>;

    constexpr mapping() noexcept = default;
    constexpr mapping(const extents_type& extents, const strides_type& strides,
                      index_type origin) noexcept
        : extents_(extents), strides_(strides), origin_(origin) {}

    constexpr const extents_type& extents() const noexcept { return extents_; }
    constexpr index_type stride(rank_type axis) const noexcept { return strides_[axis]; }

    constexpr index_type required_span_size() const noexcept {
      index_type last = origin_;
      for (rank_type axis = 0; axis < Extents::rank(); ++axis) {
        if (extents_.extent(axis) == 0) return 0;
        if (strides_[axis] > 0) last += (extents_.extent(axis) - 1) * strides_[axis];
      }
      return last + 1;
    }

    template <std::convertible_to<index_type>... Index>
    requires(sizeof...(Index) == Extents::rank()) constexpr index_type operator()(
        Index... index) const noexcept {
      index_type at = origin_;
      rank_type axis = 0;
      ((at += static_cast<index_type>(index) * strides_[axis++]), ...);
      return at;
    }

    static constexpr bool is_always_unique() noexcept { return false; }
    static constexpr bool is_always_exhaustive() noexcept { return false; }
    static constexpr bool is_always_strided() noexcept { return true; }
    static constexpr bool is_unique() noexcept { return false; }
    static constexpr bool is_exhaustive() noexcept { return false; }
    static constexpr bool is_strided() noexcept { return true; }
    friend constexpr bool operator==(const mapping&, const mapping&) noexcept = default;

   private:
    extents_type extents_{};
    strides_type strides_{};
    index_type origin_ = 0;
  };
};

}  // namespace quarry
#endif
