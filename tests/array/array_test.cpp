#include "quarry/array/array.hpp"

#include <limits>
#include <memory>

#include <catch2/catch.hpp>

#include "quarry/array/view.hpp"

#include "array/elements.hpp"
#include "map/failure.hpp"

using quarry::array;
using quarry::byte_range;
using quarry::dtype;
using quarry::errc;
using quarry::layout;
using quarry::memory_order;
using quarry::parse_dtype;

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

using values = std::vector<std::int32_t>;
using axes = std::vector<int>;

template <class Array>
concept gives_view = requires(Array&& from) {
  std::forward<Array>(from).template as<const int, 1>();
};

bool refused_over(errc code, const layout& where, std::int64_t offset_bytes) {
  borrowed memory;
  const auto bytes = std::span<std::byte>(memory.bytes).first(100);
  return fails_with(code, [&] { array::over(bytes, parse_dtype("<i4"), where, offset_bytes); });
}

bool refused_over(errc code, const numbers& shape, const numbers& strides, std::int64_t offset) {
  return refused_over(code, layout::strided(shape, strides, 4), offset);
}

}  // namespace

TEST_CASE("array: the default has no elements over no memory", "[array]") {
  const array none;
  CHECK(none.type() == dtype());
  CHECK(list(none.shape()) == numbers{0});
  CHECK(none.size() == 0);
  CHECK(none.size_bytes() == 0);
  CHECK_FALSE(none.writable());
  REQUIRE(none.memory() != nullptr);
  CHECK(none.slice("::-1").size() == 0);
  CHECK(none.origin().path.empty());
}

TEST_CASE("array: borrowed bytes are read and written in place", "[array]") {
  borrowed memory;
  const array a = memory.holding("<i4", {2, 3}, count_to(6));
  CHECK(a.data() == memory.bytes.data());
  CHECK(a.rank() == 2);
  CHECK(list(a.shape()) == numbers{2, 3});
  CHECK(list(a.strides()) == numbers{12, 4});
  CHECK(a.size() == 6);
  CHECK(a.size_bytes() == 24);
  CHECK(elements<std::int32_t>(a) == values{0, 1, 2, 3, 4, 5});
  REQUIRE(a.writable());
  CHECK(a.mutable_data() == memory.bytes.data());
  memory.bytes[4] = std::byte{77};
  CHECK(elements<std::int32_t>(a)[1] == 77);
}

TEST_CASE("array: constant bytes give no right to store", "[array]") {
  borrowed memory;
  const std::span<const std::byte> bytes = memory.bytes;
  const array a = array::over(bytes, dtype(), layout::contiguous(numbers{8}, 1));
  CHECK_FALSE(a.writable());
  CHECK_FALSE(a.slice("2:4").writable());
  CHECK_FALSE(a.flags().writable);
  CHECK(fails_with(errc::read_only, [&] { a.mutable_data(); }));
  const array b = memory.over("|u1", {8});
  CHECK(fails_with(errc::read_only, [&] { b.as_read_only().mutable_data(); }));
  CHECK(b.writable());
}

TEST_CASE("array: an element outside the memory is refused", "[array]") {
  CHECK_FALSE(refused_over(errc::out_of_bounds, {25}, {4}, 0));
  CHECK_FALSE(refused_over(errc::out_of_bounds, {24}, {4}, 4));
  CHECK(refused_over(errc::out_of_bounds, {25}, {4}, 1));
  CHECK(refused_over(errc::out_of_bounds, {26}, {4}, 0));
  CHECK(refused_over(errc::out_of_bounds, {1}, {4}, -1));
  CHECK(refused_over(errc::out_of_bounds, {}, {}, 97));
  CHECK_FALSE(refused_over(errc::out_of_bounds, {3}, {-8}, 16));
  CHECK(refused_over(errc::out_of_bounds, {3}, {-8}, 15));
  CHECK(refused_over(errc::out_of_bounds, {3}, {-8}, 97));
  CHECK(refused_over(errc::out_of_bounds, {1}, {4}, most));
  CHECK(refused_over(errc::out_of_bounds, {2}, {-(most - 4)}, -most));
  CHECK(refused_over(errc::out_of_bounds, {2}, {most - 4}, 96));
}

TEST_CASE("array: no elements still lie somewhere in the memory", "[array]") {
  CHECK_FALSE(refused_over(errc::out_of_bounds, {0}, {4}, 100));
  CHECK_FALSE(refused_over(errc::out_of_bounds, {0, 5}, {4, 400}, 0));
  CHECK(refused_over(errc::out_of_bounds, {0}, {4}, 101));
  CHECK(refused_over(errc::out_of_bounds, {0}, {4}, -1));
}

TEST_CASE("array: dtype and layout agree on the item and hold no objects", "[array]") {
  CHECK(refused_over(errc::type_mismatch, layout::contiguous(numbers{2}, 8), 0));
  borrowed memory;
  CHECK(fails_with(errc::unsupported, [&] { memory.over("O", {2}); }));
  CHECK(fails_with(errc::unsupported, [&] { memory.over("{a:<i4, b:O}", {2}); }));
}

TEST_CASE("array: zeros owns aligned zero bytes", "[array]") {
  const array a = array::zeros(parse_dtype("<i4"), numbers{2, 3});
  CHECK(elements<std::int32_t>(a) == values(6, 0));
  CHECK(a.writable());
  CHECK(a.flags().alignment_bytes >= 64);
  CHECK(list(a.strides()) == numbers{12, 4});
  const array f = array::zeros(parse_dtype("<i4"), numbers{2, 3}, memory_order::f);
  CHECK(list(f.strides()) == numbers{4, 8});
  CHECK(array::zeros(dtype(), numbers{}).size() == 1);
  CHECK(array::zeros(dtype(), numbers{3, 0}).size() == 0);
  CHECK(fails_with(errc::limit_exceeded, [] { array::zeros(parse_dtype("f8"), numbers{most}); }));
}

TEST_CASE("array: everything made from memory keeps it alive", "[array]") {
  struct owned {
    std::array<std::byte, 64> bytes{};
    quarry::region where{bytes.data(), bytes.size(), true};
  };
  auto owner = std::make_shared<owned>();
  const std::weak_ptr<owned> watch = owner;
  array last;
  {
    const array whole =
        array::over(std::shared_ptr<const quarry::region>(owner, &owner->where),
                    parse_dtype("{a:<i4, b:<f4}"), layout::contiguous(numbers{8}, 8));
    owner.reset();
    last = whole.field("b").slice("::2").reshape({2, 2}).transpose();
  }
  CHECK_FALSE(watch.expired());
  CHECK(elements<float>(last) == std::vector<float>(4, 0));
  last = array();
  CHECK(watch.expired());
}

TEST_CASE("array: a temporary gives no view", "[array]") {
  STATIC_REQUIRE(gives_view<array&>);
  STATIC_REQUIRE(gives_view<const array&>);
  STATIC_REQUIRE_FALSE(gives_view<array>);
  STATIC_REQUIRE_FALSE(gives_view<const array>);
}

TEST_CASE("array: slices by text and by values are the same bytes", "[array]") {
  borrowed memory;
  const array a = memory.holding("<i4", {4, 5}, count_to(20));
  CHECK(elements<std::int32_t>(a.slice("1:3, ::-2")) == values{9, 7, 5, 14, 12, 10});
  CHECK(elements<std::int32_t>(a.slice("-1")) == values{15, 16, 17, 18, 19});
  CHECK(elements<std::int32_t>(a.slice("2, 3")) == values{13});
  CHECK(list(a.slice("None, ..., 0").shape()) == numbers{1, 4});
  const auto same = a.slice({quarry::range{.start = 1, .stop = 3}, quarry::range{.step = -2}});
  CHECK(elements<std::int32_t>(same) == values{9, 7, 5, 14, 12, 10});
  CHECK(fails_with(errc::out_of_bounds, [&] { a.slice("4"); }));
  CHECK(fails_with(errc::shape_mismatch, [&] { a.slice("0, 0, 0"); }));
  CHECK(fails_with(errc::invalid_argument, [&] { a.slice("a"); }));
  a.slice("1, 1").mutable_data()[0] = std::byte{99};
  CHECK(elements<std::int32_t>(a)[6] == 99);
}

TEST_CASE("array: axes are reordered, reversed and dropped", "[array]") {
  borrowed memory;
  const array a = memory.holding("<i4", {2, 1, 3}, count_to(6));
  CHECK(elements<std::int32_t>(a.transpose()) == values{0, 3, 1, 4, 2, 5});
  CHECK(list(a.transpose(axes{1, 2, 0}).shape()) == numbers{1, 3, 2});
  CHECK(list(a.swap_axes(0, -1).shape()) == numbers{3, 1, 2});
  CHECK(a.swap_axes(1, 1).where() == a.where());
  CHECK(elements<std::int32_t>(a.swap_axes(2, 0)) == values{0, 3, 1, 4, 2, 5});
  CHECK(elements<std::int32_t>(a.flip(0)) == values{3, 4, 5, 0, 1, 2});
  CHECK(elements<std::int32_t>(a.flip()) == values{5, 4, 3, 2, 1, 0});
  CHECK(list(a.squeeze().shape()) == numbers{2, 3});
  CHECK(list(a.squeeze(1).shape()) == numbers{2, 3});
  CHECK(elements<std::int32_t>(a.squeeze().diagonal(1)) == values{1, 5});
  CHECK(elements<std::int32_t>(a.squeeze().diagonal(-1)) == values{3});
  CHECK(fails_with(errc::shape_mismatch, [&] { a.swap_axes(0, 3); }));
  CHECK(fails_with(errc::shape_mismatch, [&] { a.swap_axes(-4, 0); }));
  CHECK(fails_with(errc::shape_mismatch, [&] { a.flip(3); }));
  CHECK(fails_with(errc::shape_mismatch, [&] { a.squeeze(0); }));
  CHECK(fails_with(errc::shape_mismatch, [&] { a.diagonal(0, 2, 2); }));
}

TEST_CASE("array: reshape never copies and says so", "[array]") {
  borrowed memory;
  const array a = memory.holding("<i4", {2, 3}, count_to(6));
  CHECK(elements<std::int32_t>(a.reshape({3, -1})) == values{0, 1, 2, 3, 4, 5});
  CHECK(a.ravel().data() == a.data());
  CHECK(elements<std::int32_t>(a.transpose().ravel(memory_order::f)) == values{0, 1, 2, 3, 4, 5});
  CHECK(elements<std::int32_t>(a.reshape(numbers{3, 2}, memory_order::c)) == count_to(6));
  const auto refused = failure_of([&] { a.transpose().reshape({6}); });
  CHECK(refused.code() == errc::layout_error);
  CHECK(refused.message() ==
        "shape (3, 2) with strides (4, 12) cannot be seen as (6,) without a copy; "
        "convert() makes one");
  CHECK(fails_with(errc::layout_error, [&] { a.ravel(memory_order::f); }));
  CHECK(fails_with(errc::layout_error, [&] { a.slice(":, ::2").ravel(); }));
  CHECK(fails_with(errc::shape_mismatch, [&] { a.reshape({4, 2}); }));
}

TEST_CASE("array: what shows an element twice is read-only", "[array]") {
  borrowed memory;
  const array a = memory.holding("<i4", {4}, count_to(4));
  const array rows = a.broadcast_to(numbers{2, 4});
  CHECK(elements<std::int32_t>(rows) == values{0, 1, 2, 3, 0, 1, 2, 3});
  CHECK_FALSE(rows.writable());
  CHECK_FALSE(rows.slice("0").writable());
  const array windows = a.sliding_window(numbers{3}, axes{0});
  CHECK(elements<std::int32_t>(windows) == values{0, 1, 2, 1, 2, 3});
  CHECK_FALSE(windows.writable());
  CHECK_FALSE(a.as_strided(numbers{2, 3}, numbers{4, 4}).writable());
  CHECK_FALSE(a.as_strided(numbers{2}, numbers{3}).writable());
  CHECK(a.as_strided(numbers{2, 2}, numbers{4, 8}).writable());
  CHECK_FALSE(a.as_read_only().as_strided(numbers{2}, numbers{4}).writable());
  CHECK(fails_with(errc::shape_mismatch, [&] { a.broadcast_to(numbers{2}); }));
  CHECK(fails_with(errc::shape_mismatch, [&] { a.sliding_window(numbers{5}, axes{0}); }));
}

TEST_CASE("array: as_strided reaches all of the memory and nothing else", "[array]") {
  borrowed memory;
  memory.holding("<i4", {25}, count_to(25));
  const array whole = array::over(std::span<std::byte>(memory.bytes).first(100), parse_dtype("<i4"),
                                  layout::contiguous(numbers{25}, 4));
  const array a = whole.slice("10:12");
  CHECK(elements<std::int32_t>(a.as_strided(numbers{2, 2}, numbers{-8, 4})) ==
        values{10, 11, 8, 9});
  CHECK(elements<std::int32_t>(a.as_strided(numbers{25}, numbers{4}, -40)) == count_to(25));
  CHECK(elements<std::int32_t>(a.as_strided(numbers{}, numbers{}, 56)) == values{24});
  const auto refused = [&](errc code, const numbers& shape, const numbers& strides,
                           std::int64_t offset) {
    return fails_with(code, [&] { a.as_strided(shape, strides, offset); });
  };
  CHECK(refused(errc::out_of_bounds, {}, {}, 57));
  CHECK(refused(errc::out_of_bounds, {}, {}, -41));
  CHECK(refused(errc::out_of_bounds, {16}, {4}, 0));
  CHECK(refused(errc::out_of_bounds, {12}, {-4}, 0));
  CHECK(refused(errc::out_of_bounds, {2}, {most / 2}, 0));
  CHECK(refused(errc::limit_exceeded, {2}, {most}, 0));
  CHECK(refused(errc::limit_exceeded, {1}, {4}, most));
  CHECK(refused(errc::shape_mismatch, {2}, {4, 4}, 0));
  CHECK(refused(errc::shape_mismatch, {-2}, {4}, 0));
}

TEST_CASE("array: flags tell contiguity and alignment", "[array]") {
  borrowed memory;
  const array a = memory.over("<f8", {4, 6});
  CHECK(a.flags().c_contiguous);
  CHECK_FALSE(a.flags().f_contiguous);
  CHECK(a.transpose().flags().f_contiguous);
  CHECK_FALSE(a.slice(":, ::2").flags().c_contiguous);
  CHECK(a.flags().writable);
  CHECK(a.flags().alignment_bytes == 4096);
  for (const std::int64_t bytes : {16, 32, 64, 1024}) {
    CHECK(memory.over("<f8", {4}, bytes).flags().alignment_bytes == bytes);
    CHECK(memory.over("<f8", {4}, 3 * bytes).flags().alignment_bytes == bytes);
  }
  CHECK(memory.over("<f8", {4}, 8192).flags().alignment_bytes == 4096);
  CHECK(memory.over("|u1", {4}, 7).flags().alignment_bytes == 1);
}

// As NumPy 1.24's flags.aligned.
TEST_CASE("array: aligned means every element", "[array]") {
  borrowed memory;
  CHECK(memory.over("<f8", {3}, 8).flags().aligned);
  CHECK_FALSE(memory.over("<f8", {3}, 4).flags().aligned);
  CHECK_FALSE(memory.over(">f8", {3}, 4).flags().aligned);
  CHECK(memory.over("<c8", {3}, 4).flags().aligned);
  CHECK(memory.over("|S5", {3}, 3).flags().aligned);
  CHECK_FALSE(memory.over("<U2", {3}, 2).flags().aligned);
  const array a = memory.over("<f8", {3});
  CHECK_FALSE(a.as_strided(numbers{3}, numbers{12}).flags().aligned);
  CHECK(a.as_strided(numbers{1}, numbers{12}).flags().aligned);
  CHECK(a.as_strided(numbers{0, 5}, numbers{3, 3}, 1).flags().aligned);
}

TEST_CASE("array: origin is the way back to the same view", "[array]") {
  borrowed memory;
  const auto mapped = std::make_shared<quarry::region>(
      quarry::region{memory.bytes.data(), 1000, false, false, "a.npy"});
  const array a =
      array::over(mapped, parse_dtype("<i4"), layout::contiguous(numbers{5, 6}, 4), 128);
  CHECK(a.origin().path == "a.npy");
  CHECK(a.origin().offset_bytes == 128);
  CHECK(a.origin().touched == byte_range{128, 248});
  const array part = a.slice("3:0:-2, 1:3");  // rows 3 and 1
  CHECK(part.origin().offset_bytes == 128 + 3 * 24 + 4);
  CHECK(part.origin().touched == byte_range{128 + 24 + 4, 128 + 3 * 24 + 12});
  CHECK(a.slice("5:").origin().touched == byte_range{128, 128});

  const auto again = array::over(mapped, part.type(), part.where(), part.origin().offset_bytes);
  CHECK(elements<std::int32_t>(again) == elements<std::int32_t>(part));
  CHECK(failure_of([&] { a.mutable_data(); }).path() == "a.npy");
  CHECK(failure_of([&] { a.transpose().reshape({30}); }).path() == "a.npy");
  CHECK(memory.over("<i4", {2}).origin().path.empty());
}

TEST_CASE("array: sharing knows addresses, not owners", "[array]") {
  borrowed memory;
  const array a = memory.over("<i4", {10});
  CHECK(shares_memory(a, memory.over("|u1", {1}, 39)));
  CHECK_FALSE(shares_memory(a, memory.over("|u1", {1}, 40)));
  CHECK_FALSE(shares_memory(a.slice("::2"), a.slice("1::2")));
  CHECK(may_share_memory(a.slice("::2"), a.slice("1::2")));
  CHECK_FALSE(may_share_memory(a.slice(":5"), a.slice("5:")));
  borrowed other;
  CHECK_FALSE(may_share_memory(a, other.over("<i4", {10})));
  CHECK_FALSE(shares_memory(a, array()));
}
