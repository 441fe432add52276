#include "quarry/array/stacked.hpp"

#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/array/dtype_text.hpp"
#include "quarry/array/view.hpp"
#include "quarry/base/error.hpp"

using quarry::array;
using quarry::concatenate;
using quarry::dtype;
using quarry::errc;
using quarry::parse_dtype;
using quarry::stacked;

namespace {

using extents = std::vector<std::int64_t>;

const dtype number = parse_dtype("int32");

// Counts on from `start`, in C order.
array counting(const extents& shape, std::int32_t start) {
  array out = array::zeros(number, shape);
  const array flat = out.reshape({-1});
  const auto values = flat.as<std::int32_t, 1>();
  std::iota(values.begin(), values.end(), start);
  return out;
}

// Elements of a stack of two axes at most, in C order, one by one.
std::vector<std::int32_t> values_of(const stacked& from) {
  std::vector<std::int32_t> out;
  const auto append = [&](const stacked& one) {
    REQUIRE(one.rank() == 0);
    const array element = one.open(0);
    out.push_back(element.as<const std::int32_t, 0>()());
  };
  const extents shape(from.shape().begin(), from.shape().end());
  if (shape.empty()) append(from);
  for (std::int64_t i = 0; !shape.empty() && i < shape[0]; ++i) {
    if (shape.size() == 1) append(from.slice({i}));
    for (std::int64_t j = 0; shape.size() == 2 && j < shape[1]; ++j) append(from.slice({i, j}));
  }
  return out;
}

// 0 to 11 in parts of 3, 1, 0, 5 and 3 elements.
stacked line() {
  const std::vector<array> parts{counting({3}, 0), counting({1}, 3), counting({0}, 0),
                                 counting({5}, 4), counting({3}, 9)};
  return concatenate(parts, 0, number);
}

std::vector<std::int32_t> taken(std::string_view index) { return values_of(line().slice(index)); }

std::error_code thrown(const std::function<void()>& action) {
  try {
    action();
  } catch (const quarry::error& failure) {
    return failure.code();
  }
  return {};
}

}  // namespace

TEST_CASE("stacked: an array is a stack of one part", "[array][stacked]") {
  const array one = counting({2, 3}, 5);
  const stacked of = one;
  CHECK(of.parts().size() == 1);
  CHECK(of.type() == number);
  CHECK(extents(of.shape().begin(), of.shape().end()) == extents{2, 3});
  CHECK(of.open(0).data() == one.data());
  CHECK(of.slice("1, ::-1").open(0).where() == one.slice("1, ::-1").where());
  CHECK(of.transpose().open(0).where() == one.transpose().where());
  CHECK(stacked(counting({}, 7)).slice("...").open(0).rank() == 0);
}

TEST_CASE("stacked: parts without elements are left out", "[array][stacked]") {
  const stacked of = line();
  CHECK(of.size() == 12);
  CHECK(of.parts().size() == 4);
  CHECK(of.parts()[2].begin == 4);
  const std::vector<array> none{counting({0, 2}, 0), counting({0, 2}, 0)};
  CHECK(concatenate(none, 0, number).parts().size() == 1);
  CHECK(concatenate(none, 0, number).open(0).size() == 0);
  CHECK(concatenate(none, 1, number).size() == 0);
}

TEST_CASE("stacked: slices cross the seams", "[array][stacked]") {
  using list = std::vector<std::int32_t>;
  CHECK(taken("...") == list{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  CHECK(taken("2:5") == list{2, 3, 4});
  CHECK(taken("1::3") == list{1, 4, 7, 10});
  CHECK(taken("::5") == list{0, 5, 10});
  CHECK(taken("::-1") == list{11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0});
  CHECK(taken("10:1:-4") == list{10, 6, 2});
  CHECK(taken("-2::-7") == list{10, 3});
  CHECK(taken("4:4").empty());
  CHECK(taken("11::9223372036854775807") == list{11});
  CHECK(taken("3::-9223372036854775808") == list{3});
  CHECK(taken("7") == list{7});
  CHECK(taken("-12") == list{0});
  CHECK(values_of(line().slice("1::2").slice("::-2").slice("1:")) == list{7, 3});
  CHECK(thrown([] { line().slice("12"); }) == errc::out_of_bounds);
  CHECK(thrown([] { line().slice("0, 0"); }) == errc::shape_mismatch);
}

TEST_CASE("stacked: a slice keeps the parts that it touches and opens none", "[array][stacked]") {
  int opened = 0;
  const auto part = [&](std::int32_t start) {
    return quarry::stack_part{0, 3, [start, &opened] {
                                ++opened;
                                return counting({3}, start);
                              }};
  };
  const stacked of(number, extents{9}, 0, {part(0), part(3), part(6)});
  const stacked cut = of.slice("1:5").slice("::2");
  CHECK(cut.parts().size() == 2);
  CHECK(of.slice("4").parts().size() == 1);
  CHECK(of.slice("8:0:-8").parts().size() == 1);
  CHECK(opened == 0);
  CHECK(values_of(cut) == std::vector<std::int32_t>{1, 3});
  CHECK(opened == 2);
}

TEST_CASE("stacked: axes are added, dropped and turned around the seams", "[array][stacked]") {
  const std::vector<array> parts{counting({2, 2}, 0), counting({2, 1}, 10), counting({2, 3}, 20)};
  const stacked of = concatenate(parts, -1, number);
  CHECK(extents(of.shape().begin(), of.shape().end()) == extents{2, 6});
  using list = std::vector<std::int32_t>;
  CHECK(values_of(of) == list{0, 1, 10, 20, 21, 22, 2, 3, 11, 23, 24, 25});
  CHECK(values_of(of.slice("1")) == list{2, 3, 11, 23, 24, 25});
  CHECK(values_of(of.slice("1").slice("::-2")) == list{25, 23, 3});
  CHECK(values_of(of.slice("..., 2")) == list{10, 11});
  CHECK(values_of(of.transpose().slice("1:4, 0")) == list{1, 10, 20});
  const stacked wide = of.slice("None, ::-1, None, 1:5");
  CHECK(extents(wide.shape().begin(), wide.shape().end()) == extents{1, 2, 1, 4});
  CHECK(wide.axis() == 3);
  CHECK(values_of(wide.slice("0, :, 0")) == list{3, 11, 23, 24, 1, 10, 20, 21});
  const std::vector<int> axes{3, 0, 2, 1};
  CHECK(values_of(wide.transpose(axes).slice("1:3, 0, 0")) == list{11, 10, 23, 20});
}

TEST_CASE("stacked: a new axis has an index for each part", "[array][stacked]") {
  const std::vector<array> parts{counting({2}, 0), counting({2}, 10), counting({2}, 20)};
  using list = std::vector<std::int32_t>;
  CHECK(values_of(stack(parts, 0, number)) == list{0, 1, 10, 11, 20, 21});
  CHECK(values_of(stack(parts, -1, number)) == list{0, 10, 20, 1, 11, 21});
  CHECK(stack(parts, 1, number).axis() == 1);
  const std::vector<array> scalars{counting({}, 4), counting({}, 6)};
  CHECK(values_of(stack(scalars, 0, number)) == list{4, 6});
}

TEST_CASE("stacked: fields are taken of every part", "[array][stacked]") {
  const dtype record = parse_dtype("{a:int32, b:int32[2]}");
  std::vector<array> parts;
  for (const std::int32_t start : {0, 6}) {
    parts.push_back(counting({6}, start).reinterpret(record));
  }
  const stacked of = concatenate(parts, 0, record);
  using list = std::vector<std::int32_t>;
  CHECK(values_of(of.field("a").slice("1:3")) == list{3, 6});
  CHECK(values_of(of.field("b").slice("::-3")) == list{10, 11, 1, 2});
  const std::vector<std::string> names{"b"};
  CHECK(values_of(of.fields(names).field("b").slice("3")) == list{10, 11});
  CHECK(thrown([&] { of.field("c"); }) == errc::not_found);
}

TEST_CASE("stacked: shapes that do not go together are refused", "[array][stacked]") {
  const auto joined = [](const std::vector<extents>& shapes, int axis) {
    return thrown([&] { quarry::concatenated_shape(shapes, axis); });
  };
  CHECK(joined({}, 0) == errc::shape_mismatch);
  CHECK(joined({{2, 3}, {2, 4}}, 0) == errc::shape_mismatch);
  CHECK(joined({{2, 3}, {3}}, 0) == errc::shape_mismatch);
  CHECK(joined({{2, 3}}, 2) == errc::shape_mismatch);
  CHECK(joined({{}, {}}, 0) == errc::shape_mismatch);
  CHECK(joined({{INT64_MAX}, {1}}, 0) == errc::limit_exceeded);
  const std::vector<extents> different{{2}, {3}};
  CHECK(thrown([&] { quarry::stacked_shape(different, 0); }) == errc::shape_mismatch);
  CHECK(thrown([] { stacked(number, extents{4}, 0, {{0, 3, {}}}); }) == errc::shape_mismatch);
}

TEST_CASE("stacked: a part that has another shape when it is opened is an error",
          "[array][stacked]") {
  const stacked of(number, extents{5, 2}, 0,
                   {{0, 3,
                     [] {
                       return counting({3, 2}, 0);
                     }},
                    {0, 2, [] {
                       return counting({2, 3}, 0);
                     }}});
  CHECK(of.open(0).size() == 6);
  CHECK(thrown([&] { of.open(1); }) == errc::changed);
}
