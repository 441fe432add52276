// The bridge to std::mdspan, which needs a newer standard library than the rest of the tests:
// mdspan.sh builds this program on its own.
#define CATCH_CONFIG_MAIN
#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <mdspan>
#include <span>
#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/array/view.hpp"
#include "quarry/base/error.hpp"

using quarry::array;
using quarry::big;
using quarry::byte_order;
using quarry::dtype;
using quarry::element;
using quarry::errc;
using quarry::layout;
using quarry::layout_any_stride;
using quarry::type_kind;
using quarry::view;
using extents = std::vector<std::int64_t>;

namespace {

using matrix = decltype(view<float, 2>().to_mdspan());
using constant = decltype(view<const float, 2>().to_mdspan());
static_assert(std::is_same_v<matrix::reference, float&>);
static_assert(std::is_same_v<constant::reference, const float&>);
static_assert(std::is_same_v<matrix::index_type, std::int64_t>);
static_assert(std::is_same_v<matrix::layout_type, layout_any_stride>);
static_assert(matrix::rank() == 2 && matrix::rank_dynamic() == 2);
static_assert(std::is_trivially_copyable_v<matrix> && std::regular<matrix::mapping_type>);
static_assert(matrix::is_always_strided() && !matrix::is_always_unique());
static_assert(std::is_trivially_copyable_v<view<float, 2>> && std::copyable<view<const float, 0>>);

array counting(const extents& shape) {
  array a = array::zeros(element<std::int32_t>::type(), shape);
  auto* const first = reinterpret_cast<std::int32_t*>(a.mutable_data());
  for (std::int32_t i = 0; i < a.size(); ++i) first[i] = i;
  return a;
}

// The mdspan and the view name the same elements at the same addresses, and the mdspan's handle
// and span size hold just these.
template <class T>
void check_same(const view<T, 3>& v) {
  const auto m = v.to_mdspan();
  for (int axis = 0; axis < 3; ++axis) {
    const auto r = static_cast<std::size_t>(axis);
    CHECK(m.extent(r) == v.extent(axis));
    CHECK(m.stride(r) * std::int64_t{sizeof(T)} == v.strides()[r]);
  }
  CHECK(static_cast<std::int64_t>(m.size()) == v.size());
  std::int64_t wrong = 0;
  std::int64_t lowest = m.mapping().required_span_size();
  std::int64_t highest = -1;
  for (std::int64_t i = 0; i < m.extent(0); ++i) {
    for (std::int64_t j = 0; j < m.extent(1); ++j) {
      for (std::int64_t k = 0; k < m.extent(2); ++k) {
        if (&m[i, j, k] != &v(i, j, k)) ++wrong;
        lowest = std::min(lowest, m.mapping()(i, j, k));
        highest = std::max(highest, m.mapping()(i, j, k));
      }
    }
  }
  CHECK(wrong == 0);
  CHECK(lowest == 0);
  CHECK(highest + 1 == m.mapping().required_span_size());
}

}  // namespace

TEST_CASE("mdspan: values and strides are those of the view") {
  const array a = counting({2, 3, 4});
  const auto v = a.as<const std::int32_t, 3>();
  const auto m = v.to_mdspan();
  CHECK((m[0, 0, 0]) == 0);
  CHECK((m[1, 2, 3]) == 23);
  CHECK((m[std::array{1, 0, 2}]) == 14);
  CHECK(m.stride(0) == 12);
  CHECK(m.stride(2) == 1);
  CHECK(m.data_handle() == v.data());
  CHECK(m.mapping().required_span_size() == 24);
  CHECK(m.is_strided());
  check_same(v);
}

TEST_CASE("mdspan: stores land in the array") {
  const array a = counting({2, 3});
  const auto m = a.as<std::int32_t, 2>().to_mdspan();
  m[1, 0] = -5;
  CHECK(a.as<const std::int32_t, 2>()(1, 0) == -5);
}

TEST_CASE("mdspan: steps, gaps and swapped axes are strides") {
  const array a = counting({4, 6, 5});
  const array steps = a.slice("1:, ::2, 3:");
  check_same(steps.as<const std::int32_t, 3>());
  const array swapped = steps.transpose();
  check_same(swapped.as<const std::int32_t, 3>());
  CHECK((swapped.as<const std::int32_t, 3>().to_mdspan()[1, 2, 0]) == 54);  // a[1, 4, 4]
}

TEST_CASE("mdspan: negative strides start at the lowest address") {
  const array a = counting({2, 3, 4});
  for (const char* index :
       {"::-1", ":, ::-1", ":, :, ::-1", "::-1, ::-1, ::-1", "::-1, :, 3:0:-2"}) {
    INFO(index);
    const array part = a.slice(index);
    check_same(part.as<const std::int32_t, 3>());
  }
  const array backwards = a.flip();
  const auto m = backwards.as<const std::int32_t, 3>().to_mdspan();
  CHECK((m[0, 0, 0]) == 23);
  CHECK((m[1, 2, 3]) == 0);
  CHECK((m[0, 1, 3]) == 16);
  CHECK(m.stride(0) == -12);
  CHECK(m.data_handle() == a.as<const std::int32_t, 3>().data());
}

TEST_CASE("mdspan: a stride of 0 repeats elements") {
  const array a = counting({4}).broadcast_to(extents{2, 3, 4});
  check_same(a.as<const std::int32_t, 3>());
  const auto m = a.as<const std::int32_t, 3>().to_mdspan();
  CHECK((m[1, 2, 3]) == 3);
  CHECK(m.stride(1) == 0);
  CHECK(m.mapping().required_span_size() == 4);
  CHECK(!m.is_unique());
}

TEST_CASE("mdspan: rank 0 is one element") {
  const array a = counting({3}).slice("2").reshape(extents{});
  const auto m = a.as<std::int32_t, 0>().to_mdspan();
  CHECK(m.rank() == 0);
  CHECK(m.size() == 1);
  CHECK(m[] == 2);
  CHECK(m.mapping().required_span_size() == 1);
}

TEST_CASE("mdspan: without elements nothing is spanned") {
  const array a = counting({2, 3, 4});
  for (const char* index : {"0:0", ":, 0:0, ::-1", "::-1, ::-1, 4:4", "::-1, 0:0, 0:0"}) {
    INFO(index);
    const array part = a.slice(index);
    const auto v = part.as<const std::int32_t, 3>();
    const auto m = v.to_mdspan();
    CHECK(m.empty());
    CHECK(m.mapping().required_span_size() == 0);
    CHECK(m.data_handle() == v.data());
  }
  CHECK(view<float, 2>().to_mdspan().data_handle() == nullptr);
  CHECK(view<float, 2>().to_mdspan().empty());
}

TEST_CASE("mdspan: big-endian elements swap on load and on store") {
  // >f4 at an odd address: 1.0, -2.5, 0.5
  std::array<unsigned char, 13> stored{0, 0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0, 0x3f, 0, 0, 0};
  const std::span<std::byte> bytes = std::as_writable_bytes(std::span(stored));
  const dtype type(type_kind::floating, 4, byte_order::big);
  const array a = array::over(bytes, type, layout::contiguous(extents{3}, 4), 1).flip();
  const auto m = a.as<big<float>, 1>().to_mdspan();
  CHECK((m[0]) == 0.5F);
  CHECK((m[1]) == -2.5F);
  CHECK((m[2]) == 1.0F);
  m[1] = 2.0F;
  CHECK(stored[5] == 0x40);
  CHECK(stored[6] == 0);
}

TEST_CASE("mdspan: strides between elements are refused") {
  std::array<unsigned char, 22> stored{};
  const std::span<std::byte> bytes = std::as_writable_bytes(std::span(stored));
  const dtype type(type_kind::floating, 4, byte_order::big);
  const array a = array::over(bytes, type, layout::strided(extents{3}, extents{9}, 4));
  const auto v = a.as<big<float>, 1>();
  try {
    (void)v.to_mdspan();
    FAIL("a stride of 9 bytes counts no floats");
  } catch (const quarry::error& e) {
    CHECK(e.code() == errc::layout_error);
    CHECK(e.message() == "a stride of 9 bytes is no multiple of the element's 4");
  }
}

TEST_CASE("mdspan: mappings are equal if shape, strides and origin are") {
  const array a = counting({2, 3});
  const array backwards = a.flip(0);
  const auto forth = a.as<const std::int32_t, 2>().to_mdspan().mapping();
  const auto back = backwards.as<const std::int32_t, 2>().to_mdspan().mapping();
  CHECK(forth == a.as<const std::int32_t, 2>().to_mdspan().mapping());
  CHECK(forth != back);
  CHECK(forth == decltype(forth)(forth));
}
