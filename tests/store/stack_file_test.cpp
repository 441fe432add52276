// stack_file_test.cpp: stacks described by a layout file: their parts opened in place, checked, and
// missing.
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry.hpp"

#include "quarry/map/file_state.hpp"

#include "map/failure.hpp"
#include "map/scratch.hpp"
#include "store/made_formats.hpp"

using quarry::array;
using quarry::concat;
using quarry::errc;
using quarry::stacked;

namespace {

using extents = std::vector<std::int64_t>;
using bytes = std::vector<std::uint8_t>;

// The directory of the tests: a.dat holds 0 to 5, b.npy 10 to 13 behind its header, as uint8.
class parts {
 public:
  parts() {
    put(here_ / "a.dat", std::string_view("\0\1\2\3\4\5", 6));
    quarry::new_array made = quarry::create<std::uint8_t>(here_ / "b.npy", extents{2, 2});
    const bytes values{10, 11, 12, 13};
    std::memcpy(made.elements().mutable_data(), values.data(), values.size());
    made.commit();
  }

  std::filesystem::path operator/(std::string_view name) const { return here_ / name; }

  // The stack whose entry has those keys beside the dtype.
  stacked stack(std::string_view keys, const quarry::open_options& options = {}) const {
    put(here_ / "s.layout.json", concat(R"({"arrays":[{"dtype":"|u1",)", keys, "}]}"));
    return quarry::open_stack(here_ / "s.layout.json", "", options);
  }

 private:
  scratch here_;
};

constexpr std::string_view both =
    R"("axis":0,"parts":[{"file":"a.dat","shape":[3,2]},{"file":"b.npy","array":"","shape":[2,2]}])";

bytes values_of(const stacked& from) {
  const array out = array::zeros(from.type(), from.shape());
  convert(from, out);
  bytes values(static_cast<std::size_t>(out.size_bytes()));
  std::memcpy(values.data(), out.data(), values.size());
  return values;
}

}  // namespace

TEST_CASE("stack file: parts of two formats are one array", "[store][stack]") {
  const parts here;
  const stacked all = here.stack(both);
  CHECK(extents(all.shape().begin(), all.shape().end()) == extents{5, 2});
  CHECK(values_of(all) == bytes{0, 1, 2, 3, 4, 5, 10, 11, 12, 13});
  CHECK(values_of(all.slice("::-2, 1")) == bytes{13, 5, 1});
  CHECK(all.open(1).origin().path == here / "b.npy");
}

TEST_CASE("stack file: strides, offsets and dtypes are those of the part", "[store][stack]") {
  const parts here;
  put(here / "c.dat", std::string_view("\0\x1\0\x2", 4));
  const stacked all =
      here.stack(R"("new_axis":1,"parts":[{"file":"a.dat","shape":[2],"strides":[-3],"offset":4},)"
                 R"({"file":"a.dat","shape":[2],"offset":1}])");
  CHECK(values_of(all) == bytes{4, 1, 1, 2});
  put(here / "s.layout.json", R"({"arrays":[{"dtype":"<i4","axis":0,"parts":[)"
                              R"({"file":"c.dat","dtype":">i2","shape":[2]},)"
                              R"({"file":"a.dat","dtype":"|u1","shape":[2],"offset":3}]}]})");
  CHECK(values_of(quarry::open_stack(here / "s.layout.json")) ==
        bytes{1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0});
}

TEST_CASE("stack file: an array that is no stack is one part", "[store][stack]") {
  const parts here;
  const stacked one = quarry::open_stack(here / "b.npy");
  CHECK(one.parts().size() == 1);
  CHECK(values_of(one) == bytes{10, 11, 12, 13});
}

TEST_CASE("stack file: a stack cannot be had as a single array", "[store][stack]") {
  const parts here;
  here.stack(both);
  const quarry::file source = quarry::open_file(here / "s.layout.json");
  CHECK(fails_with(errc::unsupported, [&] { source.get(); }));
  CHECK(fails_with(errc::unsupported, [&] { source.load(0); }));
  CHECK(fails_with(errc::unsupported, [&] { source.as_part(0); }));
}

TEST_CASE("stack file: nothing of a part is looked at before it is read", "[store][stack]") {
  const parts here;
  const stacked all = here.stack(
      R"("axis":0,"parts":[{"file":"a.dat","shape":[3,2]},{"file":"none.npy","array":"","shape":[2,2]}])");
  CHECK(values_of(all.slice(":3")) == bytes{0, 1, 2, 3, 4, 5});
  const quarry::error failure = failure_of([&] { values_of(all); });
  CHECK(failure.code() == std::errc::no_such_file_or_directory);
  CHECK(failure.path() == here / "none.npy");
}

TEST_CASE("stack file: missing parts are the fill, and themselves when they appear",
          "[store][stack]") {
  const parts here;
  const std::string keys =
      R"("axis":0,"fill":7,"parts":[{"file":"c.npy","array":"","shape":[1,2]},)"
      R"({"file":"b.npy","array":"","shape":[2,2]}])";
  CHECK(values_of(here.stack(keys)) == bytes{7, 7, 10, 11, 12, 13});
  quarry::create<std::uint8_t>(here / "c.npy", extents{1, 2}).commit();
  CHECK(values_of(here.stack(keys)) == bytes{0, 0, 10, 11, 12, 13});
  const std::string beyond =
      R"("axis":0,"fill":256,"parts":[{"file":"d.npy","array":"","shape":[1,2]}])";
  CHECK(fails_with(errc::out_of_bounds, [&] { values_of(here.stack(beyond)); }));
}

TEST_CASE("stack file: a part that comes or goes while the stack is open is an error",
          "[store][stack]") {
  const parts here;
  constexpr int count = 300;  // more than are kept open
  std::string list;
  for (int i = 0; i < count; ++i) {
    if (i != 0) put(here / concat(i, ".dat"), "x");
    list += concat(i == 0 ? "" : ",", R"({"file":")", i, R"(.dat","shape":[1]})");
  }
  const stacked all = here.stack(concat(R"("axis":0,"fill":7,"parts":[)", list, "]"));
  CHECK(values_of(all.slice(":2")) == bytes{7, 'x'});
  CHECK(values_of(all).size() == count);
  std::filesystem::rename(here / "2.dat", here / "0.dat");
  for (const std::string_view index : {":1", "2:3"}) {
    const quarry::error failure = failure_of([&] { values_of(all.slice(index)); });
    CHECK(failure.code() == errc::changed);
  }
}

TEST_CASE("stack file: what else is missing is not filled", "[store][stack]") {
  const parts here;
  put(here / "c.nhdr", "NRRD0004\ntype: uint8\ndimension: 1\nsizes: 2\nencoding: raw\n"
                       "data file: none.raw\n\n");
  const stacked all = here.stack(
      R"("axis":0,"fill":7,"parts":[{"file":"c.nhdr","array":"","shape":[2]}])");
  const quarry::error failure = failure_of([&] { values_of(all); });
  CHECK(failure.code() == std::errc::no_such_file_or_directory);
}

TEST_CASE("stack file: a part that is another one by now is an error that names it",
          "[store][stack]") {
  const parts here;
  for (const auto& [type, shape] : std::vector<std::pair<std::string_view, extents>>{
           {"|u1", {4, 2}}, {"|u1", {4}}, {"|i1", {2, 2}}}) {
    const stacked all = here.stack(both);
    std::filesystem::remove(here / "b.npy");
    quarry::create(here / "b.npy", quarry::parse_dtype(type), shape).commit();
    const quarry::error failure = failure_of([&] { values_of(all); });
    CHECK(failure.code() == errc::changed);
    CHECK(failure.path() == here / "b.npy");
  }
  const stacked all = here.stack(both);
  std::filesystem::resize_file(here / "a.dat", 5);
  const quarry::error failure = failure_of([&] { values_of(all); });
  CHECK(failure.code() == errc::out_of_bounds);
  CHECK(failure.path() == here / "a.dat");
}

TEST_CASE("stack file: a part that changes while it is open is noticed", "[store][stack]") {
  const parts here;
  here.stack(both);
  const quarry::file source = quarry::open_file(here / "s.layout.json");
  const stacked all = source.stack(0);
  values_of(all);
  source.verify_unchanged();
  put(here / "a.dat", "1234567");
  const quarry::error failure = failure_of([&] { source.verify_unchanged(); });
  CHECK(failure.code() == errc::changed);
  CHECK(failure.path() == here / "a.dat");
}

TEST_CASE("stack file: a part that was closed and replaced meanwhile is an error",
          "[store][stack]") {
  const parts here;
  constexpr int count = 300;  // more than are kept open
  std::string list;
  for (int i = 0; i < count; ++i) {
    put(here / concat(i, ".dat"), "x");
    list += concat(i == 0 ? "" : ",", R"({"file":")", i, R"(.dat","shape":[1]})");
  }
  const stacked all = here.stack(concat(R"("axis":0,"parts":[)", list, "]"));
  CHECK(values_of(all) == bytes(count, 'x'));
  put(here / "other", "y");
  std::filesystem::rename(here / "other", here / "0.dat");
  const quarry::error failure = failure_of([&] { values_of(all.slice(":1")); });
  CHECK(failure.code() == errc::changed);
  CHECK(failure.path() == here / "0.dat");
}

TEST_CASE("stack file: stacks of stacks and stacks of themselves are refused", "[store][stack]") {
  const parts here;
  const auto of = [&](std::string_view file) {
    return failure_of([&] {
      values_of(here.stack(
          concat(R"("axis":0,"parts":[{"file":")", file, R"(","array":"","shape":[5,2]}])")));
    });
  };
  here.stack(both);
  std::filesystem::rename(here / "s.layout.json", here / "inner.layout.json");
  const quarry::error nested = of("inner.layout.json");
  CHECK(nested.code() == errc::unsupported);
  CHECK(nested.path() == here / "inner.layout.json");
  const quarry::error itself = of("s.layout.json");
  CHECK(itself.code() == errc::unsupported);
  CHECK(itself.path() == here / "s.layout.json");
}

TEST_CASE("stack file: parts lie beside the layout file unless others are allowed",
          "[store][stack]") {
  const parts here;
  const scratch elsewhere;
  put(elsewhere / "x.dat", "abcdef");
  const std::string far = concat(R"("axis":0,"parts":[{"file":")", (elsewhere / "x.dat").native(),
                                 R"(","shape":[6]}])");
  CHECK(fails_with(errc::unsupported, [&] { values_of(here.stack(far)); }));
  CHECK(values_of(here.stack(far, {.allow_external = {elsewhere.path()}})).size() == 6);
  CHECK(fails_with(errc::unsupported, [&] {
    values_of(here.stack(R"("axis":0,"parts":[{"file":"../x.dat","shape":[6]}])"));
  }));
}

TEST_CASE("stack file: a dtype that does not hold a part's values is refused", "[store][stack]") {
  const parts here;
  const std::string keys = R"("axis":0,"parts":[{"file":"a.dat","dtype":"<i2","shape":[3]}])";
  const quarry::error failure = failure_of([&] { here.stack(keys); });
  CHECK(failure.code() == errc::type_mismatch);
}

TEST_CASE("stack file: what is described opens as it was meant", "[store][stack]") {
  const parts here;
  const quarry::file a = quarry::open_file(here / "a.dat", {.layout = "|u1[2,2]@1"});
  const quarry::file b = quarry::open_file(here / "b.npy");
  quarry::array_info info;
  info.type = quarry::parse_dtype("<u2");
  info.stack = quarry::stack_info{.is_new_axis = true, .parts = {a.as_part(0), b.as_part(0)}};
  const extents shape = shape_of(*info.stack);
  info.where = quarry::layout::contiguous(shape, 2);
  const bytes expected{1, 0, 2, 0, 3, 0, 4, 0, 10, 0, 11, 0, 12, 0, 13, 0};
  CHECK(values_of(quarry::open_parts(info)) == expected);
  describe_stack(here / "all.layout.json", info);
  CHECK(values_of(quarry::open_stack(here / "all.layout.json")) == expected);
  CHECK(text_of(here / "all.layout.json").find(R"("file":"b.npy")") != std::string::npos);

  CHECK(fails_with(EEXIST, [&] { describe_stack(here / "all.layout.json", info); }));
  CHECK(fails_with(errc::invalid_argument, [&] { describe_stack(here / "all.json", info); }));
  CHECK(fails_with(errc::invalid_argument,
                   [&] { describe_stack(here / "a.dat.layout.json", info); }));
  const scratch elsewhere;
  CHECK(
      fails_with(errc::unsupported, [&] { describe_stack(elsewhere / "all.layout.json", info); }));
  const quarry::open_options allowing{.allow_external = {(here / "a.dat").parent_path()}};
  describe_stack(elsewhere / "all.layout.json", info, allowing);
  CHECK(values_of(quarry::open_stack(elsewhere / "all.layout.json", "", allowing)) == expected);
}

TEST_CASE("stack file: no damaged layout file does worse than an error", "[store][stack]") {
  const parts here;
  const std::string text =
      concat(R"({"arrays":[{"dtype":"|u1","shape":[8,2],"axis":0,"fill":1,"parts":[)",
             R"({"file":"a.dat","shape":[3,2],"strides":[2,1],"offset":0},)",
             R"({"file":"b.npy","array":"","dtype":"|u1","shape":[2,2]},)",
             R"({"file":"c.npy","array":"x","shape":[3,2]}]}]})");
  const auto open = [&](std::string_view damaged) {
    put(here / "s.layout.json", damaged);
    try {
      const stacked all = quarry::open_stack(here / "s.layout.json");
      if (all.size() > 1000) return;
      values_of(all);
      values_of(all.slice("::-1"));
    } catch (const quarry::error& refused) {
      CHECK(refused.what() != std::string());
    }
  };
  put(here / "s.layout.json", text);
  CHECK(values_of(quarry::open_stack(here / "s.layout.json")) ==
        bytes{0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 1, 1, 1, 1, 1, 1});
  for (std::size_t size = 0; size < text.size(); ++size) open(text.substr(0, size));
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char wrong : std::string("\0 ,\"]}-09/\xff", 11)) {
      std::string damaged = text;
      damaged[at] = wrong;
      open(damaged);
    }
  }
}

namespace {

constexpr int many = 300;  // more than are kept open

std::string name_of(int part) { return concat("p", part); }

// Parts that hold the array "" of 12 bytes.
stacked stack_of_many(const scratch& here, std::span<const quarry::format> table) {
  quarry::array_info info;
  info.type = quarry::parse_dtype("|u1");
  info.stack = quarry::stack_info{};
  for (int i = 0; i < many; ++i) {
    info.stack->parts.push_back({.file = here / name_of(i),
                                 .array = "",
                                 .type = info.type,
                                 .where = quarry::layout::contiguous(extents{12}, 1)});
  }
  info.where = quarry::layout::contiguous(shape_of(*info.stack), 1);
  return open_parts(info, table, {}, quarry::casting::safe);
}

}  // namespace

TEST_CASE("stack file: a part that was changed meanwhile is an error", "[store][stack]") {
  // The bytes 1 to 12, deflated by zlib.
  const std::string content("\x63\x64\x62\x66\x61\x65\x63\xe7\xe0\xe4\xe2\xe6\x01\x00", 14);
  for (const bool is_deflated : {false, true}) {
    INFO(is_deflated);
    quarry::array_info info = made::bytes_at({12}, {1}, 0, "");
    if (is_deflated) {
      info.stored_as = quarry::encoding::deflate;
      info.stream = {.stored_bytes = 14, .inflated_bytes = 12, .crc32 = 0x925FC655U};
    }
    const quarry::format table[] = {made::described({.arrays = {info}})};
    const scratch here;
    for (int i = 0; i < many; ++i) put(here / name_of(i), content);
    const stacked all = stack_of_many(here, table);
    for (int i = 0; i < many; ++i) all.open(static_cast<std::size_t>(i));
    CHECK_NOTHROW(all.open(0));
    const auto before = quarry::detail::state_of(here / name_of(1));
    while (quarry::detail::state_of(here / name_of(1)) == before) put(here / name_of(1), content);
    CHECK(fails_with(errc::changed, [&] { all.open(1); }));
    put(here / "other", content);
    std::filesystem::rename(here / "other", here / name_of(2));
    CHECK(fails_with(errc::changed, [&] { all.open(2); }));
  }
}

TEST_CASE("stack file: flush and close are about its parts too", "[store][stack]") {
  const parts here;
  put(here / "s.layout.json", concat(R"({"arrays":[{"dtype":"|u1",)", both, "}]}"));
  quarry::file source =
      quarry::open_file(here / "s.layout.json", {.mode = quarry::access::read_write});
  {
    const stacked all = source.stack(0);
    const array first = all.open(0);
    first.mutable_data()[0] = std::byte{99};
    CHECK_NOTHROW(source.flush());
    CHECK(fails_with(errc::busy, [&] { source.close(); }));
  }
  array second = source.stack(0).open(1);
  CHECK(fails_with(errc::busy, [&] { source.close(); }));
  second = array();
  std::filesystem::rename(here / "b.npy", here / "c.npy");
  CHECK(fails_with(errc::changed, [&] { source.flush(); }));
  CHECK_NOTHROW(source.flush(quarry::durability::process_crash));
  CHECK_NOTHROW(source.close());
  CHECK(fails_with(errc::invalid_argument, [&] { source.stack(0); }));
  CHECK(text_of(here / "a.dat")[0] == 99);
}

TEST_CASE("stack file: one with a part that is filled can be closed", "[store][stack]") {
  const parts here;
  put(here / "s.layout.json", R"({"arrays":[{"dtype":"|u1","axis":0,"fill":7,"parts":[)"
                              R"({"file":"a.dat","shape":[6]},{"file":"none","shape":[2]}]}]})");
  quarry::file source = quarry::open_file(here / "s.layout.json");
  CHECK(values_of(source.stack(0)) == bytes{0, 1, 2, 3, 4, 5, 7, 7});
  CHECK_NOTHROW(source.close());
}
