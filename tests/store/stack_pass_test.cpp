// stack_pass_test.cpp: stacks converted into memory and into new files: order, errors, progress.
#include "quarry/store/stack_pass.hpp"

#include <cstdint>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry.hpp"

#include "map/failure.hpp"
#include "map/scratch.hpp"

using quarry::array;
using quarry::errc;
using quarry::memory_order;
using quarry::stacked;

namespace {

using extents = std::vector<std::int64_t>;

const quarry::dtype number = quarry::parse_dtype("int32");

// Counts on from `start`, in C order of the indices.
array counting(const extents& shape, std::int32_t start, memory_order order = memory_order::c) {
  const array plain = array::zeros(number, shape);
  const array flat = plain.reshape({-1});
  const auto values = flat.as<std::int32_t, 1>();
  std::iota(values.begin(), values.end(), start);
  array out = array::zeros(number, shape, order);
  convert(plain, out);
  return out;
}

// The same stack put together element by element.
array by_hand(const std::vector<array>& parts, int axis, const extents& shape) {
  array out = array::zeros(number, shape);
  std::int64_t begin = 0;
  for (const array& part : parts) {
    std::vector<quarry::index_entry> index(static_cast<std::size_t>(axis), quarry::all);
    const std::int64_t extent = part.where().extent(axis);
    index.emplace_back(quarry::range{begin, begin + extent});
    quarry::copy(part, out.slice(index));
    begin += extent;
  }
  return out;
}

bool same_elements(const array& a, const array& b) {
  const array one = quarry::to_native(a);
  const array other = quarry::to_native(b);
  return std::memcmp(one.data(), other.data(), static_cast<std::size_t>(one.size_bytes())) == 0;
}

}  // namespace

TEST_CASE("stack_pass: every axis, memory order and budget gives the same elements",
          "[store][stack]") {
  const scratch here;
  int files = 0;
  for (int axis = 0; axis < 3; ++axis) {
    std::vector<array> parts;
    for (const std::int64_t extent : {3, 1, 40, 2}) {
      extents shape{30, 31, 32};
      shape[static_cast<std::size_t>(axis)] = extent;
      const auto order = extent == 40 ? memory_order::f : memory_order::c;
      parts.push_back(counting(shape, static_cast<std::int32_t>(extent * 100000), order));
    }
    const stacked all = quarry::concatenate(parts, axis, number);
    const array expected = by_hand(parts, axis, {all.shape().begin(), all.shape().end()});
    const array read = array::zeros(number, all.shape());
    convert(all, read);
    CHECK(same_elements(read, expected));
    for (const memory_order order : {memory_order::c, memory_order::f}) {
      for (const std::uint64_t memory : {std::uint64_t{0}, std::uint64_t{1} << 30U}) {
        const std::string name = quarry::concat(files++, ".npy");
        quarry::new_array out = quarry::create(here / name, number, all.shape(), {.order = order});
        convert(all, out, {}, {.memory_bytes = memory});
        out.commit();
        CHECK(same_elements(quarry::open(here / name), expected));
      }
    }
  }
}

TEST_CASE("stack_pass: rows longer than the memory are put together piece by piece",
          "[store][stack]") {
  const scratch here;
  const std::vector<array> parts{counting({2, 300, 200, 3}, 0),
                                 counting({2, 300, 200, 2}, 1000000)};
  const stacked all = quarry::concatenate(parts, 3, number);
  quarry::new_array out = quarry::create(here / "out.npy", number, all.shape());
  convert(all, out, {}, {.memory_bytes = 1});
  out.commit();
  CHECK(same_elements(quarry::open(here / "out.npy"), by_hand(parts, 3, {2, 300, 200, 5})));
}

TEST_CASE("stack_pass: an error names the index in the stack", "[store][stack]") {
  const scratch here;
  const quarry::dtype small = quarry::parse_dtype("int8");
  const std::vector<array> parts{counting({2, 3}, 0), counting({2, 100}, 100)};
  for (const int axis : {0, 1}) {
    const std::vector<array> turned{parts[0].transpose(), parts[1].transpose()};
    const stacked all = quarry::concatenate(axis == 1 ? parts : turned, axis, number);
    const std::string first = axis == 1 ? "128 at index (0, 31)" : "200 at index (3, 1)";
    quarry::new_array out = quarry::create(here / "out.npy", small, all.shape());
    const array memory = array::zeros(small, all.shape());
    const quarry::error in_file = failure_of([&] { convert(all, out, {}, {}); });
    const quarry::error in_memory = failure_of([&] { convert(all, memory); });
    for (const quarry::error& failure : {in_file, in_memory}) {
      CHECK(failure.code() == errc::out_of_bounds);
      CHECK(failure.message() == "value " + first + " does not fit int8");
    }
  }
}

TEST_CASE("stack_pass: progress counts all parts to the end", "[store][stack]") {
  const scratch here;
  const std::vector<array> parts{counting({64, 64}, 0), counting({64, 32}, 0)};
  for (const int axis : {0, 1}) {
    const std::vector<array> fitting{parts[0], axis == 1 ? parts[1] : parts[1].transpose()};
    const stacked all = quarry::concatenate(fitting, axis, number);
    quarry::new_array out = quarry::create(here / "out.npy", number, all.shape());
    std::vector<std::uint64_t> told;
    convert(all, out, {}, {.memory_bytes = 0, .progress = [&](auto done, auto whole) {
                             CHECK(whole == 96 * 64 * 4);
                             told.push_back(done);
                           }});
    CHECK(std::ranges::is_sorted(told));
    CHECK(told.back() == 96 * 64 * 4);
  }
}

TEST_CASE("stack_pass: what is asked to stop stops between the parts", "[store][stack]") {
  const scratch here;
  const std::vector<array> parts{counting({64, 64}, 0), counting({64, 32}, 0)};
  const stacked all = quarry::concatenate(parts, 1, number);
  quarry::new_array out = quarry::create(here / "out.npy", number, all.shape());
  std::stop_source stop;
  stop.request_stop();
  const quarry::error failure =
      failure_of([&] { convert(all, out, {}, {.stop = stop.get_token()}); });
  CHECK(failure.code() == std::errc::operation_canceled);
}

TEST_CASE("stack_pass: rules are checked before any part is opened", "[store][stack]") {
  const auto never = []() -> array { throw std::runtime_error("opened"); };
  const stacked all(number, extents{4}, 0, {{0, 2, never}, {0, 2, never}});
  const array doubles = array::zeros(quarry::parse_dtype("<f8"), extents{4});
  const array bits = array::zeros(quarry::parse_dtype("bool"), extents{4});
  CHECK(fails_with(errc::type_mismatch, [&] { convert(all, bits); }));
  CHECK(fails_with(errc::shape_mismatch, [&] { convert(all, array::zeros(number, extents{5})); }));
  const quarry::scaling per_index{.scale = {1.0, 2.0, 3.0, 4.0}};
  CHECK(fails_with(errc::unsupported, [&] { convert(all, doubles, {.physical = &per_index}); }));
}

TEST_CASE("stack_pass: a part that is truncated while it is read is an error", "[store][stack]") {
  const scratch here;
  put(here / "a.dat", std::string(1 << 20U, 'a'));
  const array part = quarry::open_raw(here / "a.dat", "u1[16384,64]");
  const std::vector<array> parts{part, part};
  const stacked all = quarry::concatenate(parts, 1, part.type());
  std::filesystem::resize_file(here / "a.dat", 100);
  const array memory = array::zeros(part.type(), all.shape());
  const quarry::error in_memory = failure_of([&] { convert(all, memory); });
  CHECK(in_memory.code() == errc::changed);
  CHECK(in_memory.path() == here / "a.dat");
  quarry::new_array out = quarry::create(here / "out.npy", part.type(), all.shape());
  CHECK(fails_with(errc::changed, [&] { convert(all, out, {}, {}); }));
}
