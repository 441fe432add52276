#include "quarry/array/view.hpp"

#include <cstring>
#include <iterator>
#include <numeric>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"

using quarry::array;
using quarry::big;
using quarry::boolean;
using quarry::byte_order;
using quarry::dtype;
using quarry::element;
using quarry::errc;
using quarry::layout;
using quarry::little;
using quarry::memory_order;
using quarry::type_kind;
using quarry::view;
using extents = std::vector<std::int64_t>;

namespace {

template <class Array>
concept gives_view = requires(Array a) {
  std::forward<Array>(a).template as<float, 1>();
};
static_assert(gives_view<const array&> && gives_view<array&>);
static_assert(!gives_view<array> && !gives_view<const array>, "a temporary gives no view");

static_assert(std::is_trivially_copyable_v<view<float, 3>>);
static_assert(std::is_trivially_copyable_v<view<const float, 3>>);
static_assert(std::is_trivially_copyable_v<view<double, 0>>);
static_assert(std::is_nothrow_copy_constructible_v<view<float, 2>>);
static_assert(std::is_nothrow_convertible_v<view<float, 2>, view<const float, 2>>);
static_assert(!std::is_constructible_v<view<float, 2>, view<const float, 2>>);
static_assert(!std::is_constructible_v<view<float, 2>, view<float, 1>>);
static_assert(std::forward_iterator<view<float, 2>::iterator>);
static_assert(std::forward_iterator<view<const big<float>, 0>::iterator>);
static_assert(std::is_same_v<decltype(view<float, 1>()[0]), float&>);
static_assert(std::is_same_v<decltype(view<float, 2>()[0]), view<float, 1>>);
static_assert(std::is_invocable_v<view<float, 2>, int, std::size_t>);
static_assert(!std::is_invocable_v<view<float, 2>, int>, "one index per axis");
static_assert(!std::is_invocable_v<view<float, 1>, double>, "an index is an integer");
static_assert(alignof(big<double>) == 1 && sizeof(little<float>) == 4);
static_assert(!quarry::array_element<bool>, "its bytes in a file may be neither 0 nor 1");
static_assert(!quarry::array_element<std::string> && !quarry::array_element<float*>);
// A scalar is always one element: there is no rank 0 view over nothing.
static_assert(std::is_default_constructible_v<view<float, 1>>);
static_assert(!std::is_default_constructible_v<view<float, 0>>);

// Elements 0, 1, 2 ... in memory order, of the C++ type T.
template <class T>
array counting(const extents& shape, memory_order order = memory_order::c) {
  array a = array::zeros(element<T>::type(), shape, order);
  for (std::int64_t i = 0; i < a.size(); ++i) {
    const T value = static_cast<T>(i);
    std::memcpy(a.mutable_data() + i * std::int64_t{sizeof(T)}, &value, sizeof(T));
  }
  return a;
}

template <class View>
auto elements(const View& v) {
  return std::vector<typename View::value_type>(v.begin(), v.end());
}

std::vector<std::byte> bytes(std::initializer_list<int> values) {
  std::vector<std::byte> result;
  for (const int value : values) result.push_back(static_cast<std::byte>(value));
  return result;
}

template <class T, int Rank>
void check_refused(const array& from, errc code, const std::string& message) {
  try {
    (void)from.as<T, Rank>();
    FAIL("as() accepts it, should say: " << message);
  } catch (const quarry::error& e) {
    CHECK(e.code() == code);
    CHECK(e.message() == message);
  }
}

}  // namespace

TEST_CASE("view: shape, strides and address are those of the array") {
  const array a = counting<std::int32_t>({2, 3, 4});
  const auto v = a.as<const std::int32_t, 3>();
  CHECK(v.shape() == std::array<std::int64_t, 3>{2, 3, 4});
  CHECK(v.strides() == std::array<std::int64_t, 3>{48, 16, 4});
  CHECK(v.extent(2) == 4);
  CHECK(v.size() == 24);
  CHECK(!v.empty());
  CHECK(static_cast<const void*>(v.data()) == a.data());
  CHECK(v.rank() == 3);
}

TEST_CASE("view: an index per axis finds the element in either memory order") {
  const array c = counting<double>({2, 3});
  const auto by_rows = c.as<const double, 2>();
  CHECK(by_rows(0, 0) == 0);
  CHECK(by_rows(0, 2) == 2);
  CHECK(by_rows(std::size_t{1}, std::int8_t{1}) == 4);
  CHECK(by_rows(std::array<std::int64_t, 2>{1, 2}) == 5);
  const array f = counting<double>({2, 3}, memory_order::f);
  const auto by_columns = f.as<const double, 2>();
  CHECK(by_columns(1, 0) == 1);
  CHECK(by_columns(0, 2) == 4);
  CHECK(elements(by_columns) == std::vector<double>{0, 2, 4, 1, 3, 5});
}

TEST_CASE("view: brackets take the first axis off") {
  const array a = counting<std::uint16_t>({2, 3, 4});
  const auto v = a.as<const std::uint16_t, 3>();
  CHECK(v[1].shape() == std::array<std::int64_t, 2>{3, 4});
  CHECK(v[1].strides() == std::array<std::int64_t, 2>{8, 2});
  CHECK(v[1][2][3] == 23);
  CHECK(&v[0][1][2] == &v(0, 1, 2));
}

TEST_CASE("view: iteration is in C order whatever the strides") {
  // np.arange(24).reshape(2, 3, 4)[::-1, :, ::-2].transpose(2, 0, 1).ravel()
  const array a =
      counting<std::int64_t>({2, 3, 4}).slice("::-1, :, ::-2").transpose(std::vector<int>{2, 0, 1});
  const auto v = a.as<const std::int64_t, 3>();
  CHECK(v.strides() == std::array<std::int64_t, 3>{-16, -96, 32});
  CHECK(elements(v) == std::vector<std::int64_t>{15, 19, 23, 3, 7, 11, 13, 17, 21, 1, 5, 9});
  CHECK(v(1, 0, 2) == 21);
  CHECK(std::distance(v.begin(), v.end()) == 12);
}

TEST_CASE("view: an iterator copied before a step stays where it was") {
  const array a = counting<float>({2, 2});
  const auto v = a.as<const float, 2>();
  auto it = v.begin();
  const auto first = it++;
  CHECK(*first == 0);
  CHECK(*it == 1);
  CHECK(*++it == 2);  // over the end of a row
  CHECK(first == v.begin());
  CHECK(it != first);
  CHECK(++ ++it == v.end());
  CHECK(it.operator->() != nullptr);
}

TEST_CASE("view: a stride of 0 repeats an element") {
  const array a = counting<std::int32_t>({3}).broadcast_to(extents{2, 3});
  const auto v = a.as<const std::int32_t, 2>();
  CHECK(elements(v) == std::vector<std::int32_t>{0, 1, 2, 0, 1, 2});
  CHECK(&v(0, 1) == &v(1, 1));
  check_refused<std::int32_t, 2>(
      a, errc::read_only, "a view that can store wants a writable array; view<const T> reads");
}

TEST_CASE("view: rank 0 is one element") {
  const array scalar = counting<double>({3}).slice("2").reshape(extents{});
  const auto v = scalar.as<double, 0>();
  CHECK(v.size() == 1);
  CHECK(v() == 2);
  CHECK(elements(v) == std::vector<double>{2});
  v() = 7;
  CHECK(view<const double, 0>(v)() == 7);
}

TEST_CASE("view: without elements there is nothing to walk") {
  const view<float, 2> none;
  CHECK(none.empty());
  CHECK(none.data() == nullptr);
  CHECK(none.begin() == none.end());
  for (const extents& shape : {extents{0, 3}, extents{3, 0}, extents{0, 0}}) {
    const array a = array::zeros(element<float>::type(), shape);
    const auto v = a.as<float, 2>();
    CHECK(v.size() == 0);
    CHECK(elements(v).empty());
  }
  const array no_columns = array::zeros(element<float>::type(), extents{3, 0});
  CHECK(no_columns.as<float, 2>()[2].empty());
  CHECK(no_columns.as<float, 2>().row(2).empty());
}

TEST_CASE("view: rows are spans where the last axis is contiguous") {
  const array a = counting<std::int32_t>({2, 3, 4});
  const auto v = a.as<const std::int32_t, 3>();
  REQUIRE(v.has_row_spans());
  const std::span<const std::int32_t> row = v.row(1, 2);
  CHECK(std::vector<std::int32_t>(row.begin(), row.end()) ==
        std::vector<std::int32_t>{20, 21, 22, 23});
  const array flipped = a.slice("::-1, ::2, 1:3");
  const auto w = flipped.as<const std::int32_t, 3>();
  REQUIRE(w.has_row_spans());
  CHECK(w.row(0, 1).size() == 2);
  CHECK(w.row(0, 1)[0] == 21);
  const array line = counting<float>({5});
  CHECK(line.as<float, 1>().row().size() == 5);
}

TEST_CASE("view: rows are refused where elements lie apart") {
  const array every_other = counting<std::int32_t>({2, 4}).slice(":, ::2");
  const auto apart = every_other.as<const std::int32_t, 2>();
  CHECK(!apart.has_row_spans());
  try {
    (void)apart.row(0);
    FAIL("row() gives a span over the gaps");
  } catch (const quarry::error& e) {
    CHECK(e.code() == errc::layout_error);
    CHECK(e.message() == "no row spans: elements of 4 bytes lie 8 bytes apart");
  }
  const array backwards = counting<std::int32_t>({2, 4}).flip(1);
  CHECK(!(backwards.as<const std::int32_t, 2>().has_row_spans()));
  CHECK_THROWS_AS((backwards.as<const std::int32_t, 2>().row(1)), quarry::error);
  // one element is a row, whatever its stride
  const array column = counting<std::int32_t>({2, 4}).slice(":, 3:0:-4");
  CHECK(column.as<const std::int32_t, 2>().row(1)[0] == 7);
}

TEST_CASE("view: stores land in the array and in every relative of it") {
  const array a = counting<std::int32_t>({2, 3});
  const array backwards = a.flip();
  const auto v = backwards.as<std::int32_t, 2>();
  v(0, 0) = 100;
  v[1][2] = -1;
  for (std::int32_t& value : v[1]) value *= 2;
  const view<const std::int32_t, 2> seen = a.as<std::int32_t, 2>();
  CHECK(elements(seen) == std::vector<std::int32_t>{-2, 2, 4, 3, 4, 100});
}

TEST_CASE("view: big and little elements swap on load and on store") {
  auto stored = bytes({0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0});  // >f4: 1.0, -2.5
  const dtype type(type_kind::floating, 4, byte_order::big);
  const array a =
      array::over(std::span<std::byte>(stored), type, layout::contiguous(extents{2}, 4));
  const auto v = a.as<big<float>, 1>();
  CHECK(v(0) == 1.0F);
  CHECK(v[1] == -2.5F);
  v(0) = 2.0F;
  CHECK(stored == bytes({0x40, 0, 0, 0, 0xc0, 0x20, 0, 0}));
  const array reversed = a.with_byte_order(byte_order::little);
  CHECK(reversed.as<const little<float>, 1>().data() != nullptr);
  const auto counts =
      array::over(std::span<std::byte>(stored), element<little<std::uint16_t>>::type(),
                  layout::contiguous(extents{4}, 2));
  CHECK(counts.as<little<std::uint16_t>, 1>()(2) == 0x20c0);
}

TEST_CASE("view: 24-bit elements of either byte order keep their sign") {
  const auto stored = bytes({0xff, 0xff, 0xfe, 0x01, 0x02, 0x03});
  const layout two = layout::contiguous(extents{2}, 3);
  const dtype signed_type(type_kind::signed_integer, 3, byte_order::big);
  const array a = array::over(std::span(stored), signed_type, two);
  const auto v = a.as<const boost::endian::big_int24_t, 1>();
  CHECK(v(0) == -2);
  CHECK(v(1) == 0x010203);
  const dtype unsigned_type(type_kind::unsigned_integer, 3, byte_order::little);
  const array b = array::over(std::span(stored), unsigned_type, two);
  CHECK(b.as<const boost::endian::little_uint24_t, 1>()(0) == 0xfeffff);
  CHECK(b.as<const boost::endian::little_uint24_t, 1>()(1) == 0x030201);
}

TEST_CASE("view: byte strings and raw bytes are std arrays") {
  auto stored = bytes({'a', 'b', 0, 'x', 'y', 'z'});
  const layout two = layout::contiguous(extents{2}, 3);
  const array text = array::over(std::span(stored), dtype(type_kind::bytes, 3), two);
  const auto strings = text.as<std::array<char, 3>, 1>();
  CHECK(strings(0) == std::array<char, 3>{'a', 'b', '\0'});
  CHECK(strings(1) == std::array<char, 3>{'x', 'y', 'z'});
  const array raw = array::over(std::span(stored), dtype(type_kind::raw, 3), two);
  CHECK(raw.as<std::array<std::byte, 3>, 1>()(1)[2] == std::byte{'z'});
  check_refused<std::array<char, 3>, 1>(raw, errc::type_mismatch,
                                        "elements are |V3, the view wants |S3");
}

TEST_CASE("view: another dtype is refused by name") {
  const array a = counting<float>({4});
  check_refused<double, 1>(a, errc::type_mismatch, "elements are <f4, the view wants <f8");
  check_refused<std::int32_t, 1>(a, errc::type_mismatch, "elements are <f4, the view wants <i4");
  const array b = counting<std::int16_t>({4});
  check_refused<std::uint16_t, 1>(b, errc::type_mismatch, "elements are <i2, the view wants <u2");
  const array c = counting<std::uint8_t>({4});
  check_refused<boolean, 1>(c, errc::type_mismatch, "elements are |u1, the view wants |b1");
}

TEST_CASE("view: a truth value is what NumPy says of its byte") {
  const array a = array::zeros(dtype(type_kind::boolean, 1), extents{4});
  const std::string bytes("\0\1\2\xff", 4);
  std::memcpy(a.mutable_data(), bytes.data(), bytes.size());
  const auto truths = a.as<boolean, 1>();
  CHECK_FALSE(truths[0]);
  for (int i = 1; i < 4; ++i) CHECK(truths[i]);
  CHECK(truths[2] == truths[3]);
  truths[3] = false;
  truths[0] = true;
  CHECK(std::memcmp(a.data(), "\1\1\2\0", 4) == 0);
}

TEST_CASE("view: another byte order is refused") {
  const array a = counting<float>({4});
  check_refused<big<float>, 1>(a, errc::type_mismatch, "elements are <f4, the view wants >f4");
  const array b = a.with_byte_order(byte_order::big);
  check_refused<float, 1>(b, errc::type_mismatch, "elements are >f4, the view wants <f4");
  check_refused<const little<float>, 1>(b, errc::type_mismatch,
                                        "elements are >f4, the view wants <f4");
  const array single = counting<std::int8_t>({2});  // a byte has no order
  CHECK(single.as<big<std::int8_t>, 1>()(1) == 1);
  CHECK(single.as<little<std::int8_t>, 1>()(1) == 1);
}

TEST_CASE("view: another rank is refused with the shape") {
  const array a = counting<float>({2, 3});
  check_refused<float, 1>(a, errc::shape_mismatch,
                          "the array has 2 axes, shape (2, 3); the view wants 1");
  check_refused<float, 3>(a, errc::shape_mismatch,
                          "the array has 2 axes, shape (2, 3); the view wants 3");
  const array scalar = counting<float>({});
  check_refused<float, 1>(scalar, errc::shape_mismatch,
                          "the array has 0 axes, shape (); the view wants 1");
}

TEST_CASE("view: a read-only array gives const views only") {
  const array a = counting<float>({4}).as_read_only();
  check_refused<float, 1>(a, errc::read_only,
                          "a view that can store wants a writable array; view<const T> reads");
  CHECK(a.as<const float, 1>()(3) == 3);
}

TEST_CASE("view: elements off their alignment are refused, little ones read them") {
  alignas(8) std::array<std::byte, 17> stored{};
  const float value = 1.5F;
  std::memcpy(&stored[1], &value, sizeof value);
  const dtype type = element<float>::type();
  const array off =
      array::over(std::span<std::byte>(stored), type, layout::contiguous(extents{4}, 4), 1);
  const std::string message =
      "elements are not aligned to 4 bytes; little<T> or big<T> views read them";
  check_refused<float, 1>(off, errc::type_mismatch, message);
  CHECK(off.as<const little<float>, 1>()(0) == 1.5F);
  const array apart =
      array::over(std::span<std::byte>(stored), type, layout::strided(extents{3}, extents{6}, 4));
  check_refused<const float, 1>(apart, errc::type_mismatch, message);
  const array backwards = array::over(std::span<std::byte>(stored), type,
                                      layout::strided(extents{3}, extents{-6}, 4), 12);
  check_refused<const float, 1>(backwards, errc::type_mismatch, message);
}

TEST_CASE("view: strides that lead nowhere need no alignment") {
  alignas(8) std::array<std::byte, 16> stored{};
  const dtype type = element<float>::type();
  const array one = array::over(std::span<std::byte>(stored), type,
                                layout::strided(extents{1, 2}, extents{3, 4}, 4));
  CHECK(one.as<float, 2>().size() == 2);
  const array none = array::over(std::span<std::byte>(stored), type,
                                 layout::strided(extents{0, 2}, extents{10, 5}, 4), 1);
  CHECK(none.as<float, 2>().empty());
}
