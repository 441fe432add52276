// new_array_test.cpp: files made with an array in them: which format, what is written, when it
// appears and when nothing does.
#include "quarry/store/new_array.hpp"

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "map/failure.hpp"
#include "map/scratch.hpp"
#include "store/made_formats.hpp"

using quarry::array;
using quarry::byte_order;
using quarry::create_options;
using quarry::dtype;
using quarry::errc;
using quarry::error;
using quarry::memory_order;
using quarry::new_array;
using quarry::type_kind;

namespace {

using extents = std::vector<std::int64_t>;

const extents two_by_three = {2, 3};

// Numbers 1, 2, 3, ... in C order.
void number(const array& elements) {
  const auto view = elements.as<std::int32_t, 2>();
  std::int32_t next = 0;
  for (std::int32_t& each : view) each = ++next;
}

void make(const std::filesystem::path& path, const create_options& options = {}) {
  new_array out = quarry::create<std::int32_t>(path, two_by_three, options);
  number(out.elements());
  out.commit();
}

std::vector<std::int32_t> numbers_in(const array& elements) {
  const auto view = elements.as<const std::int32_t, 2>();
  return {view.begin(), view.end()};
}

}  // namespace

TEST_CASE("new array: the ending of the name chooses the format", "[store][new_array]") {
  const scratch here;
  for (const auto& [name, format] : {std::pair{"a.npy", "npy"}, {"a.bin", "bin"}}) {
    INFO(name);
    make(here / name);
    CHECK(quarry::open_file(here / name).format_name() == format);
    CHECK(numbers_in(quarry::open(here / name)) == std::vector<std::int32_t>{1, 2, 3, 4, 5, 6});
  }
  for (const char* const name : {"a.raw", "a.dat"}) {
    make(here / name);
    CHECK(std::filesystem::file_size(here / name) == 24);
    CHECK(numbers_in(quarry::open_raw(here / name, "i4[2,3]")) ==
          std::vector<std::int32_t>{1, 2, 3, 4, 5, 6});
  }
}

TEST_CASE("new array: a named format is written under any name", "[store][new_array]") {
  const scratch here;
  make(here / "a.npy", {.format = "bin"});
  make(here / "a", {.format = "npy"});
  CHECK(quarry::open_file(here / "a.npy").format_name() == "bin");
  CHECK(quarry::open_file(here / "a").format_name() == "npy");
}

TEST_CASE("new array: an ending that no format has is an error", "[store][new_array]") {
  const scratch here;
  for (const char* const name : {"a", "a.txt", "a.npy.old", "npy"}) {
    const error failure = failure_of([&] { make(here / name); });
    CHECK(failure.code() == errc::invalid_argument);
    CHECK(failure.message() ==
          "no format is written under that ending (there are: .npy, .npz, .bin, .raw, .dat, "
          ".safetensors, .idx, .wav, .nrrd, .img, .hdr, .sigmf-meta, .sigmf-data)");
    CHECK(failure.path() == here / name);
  }
  const error unknown = failure_of([&] { make(here / "a.npy", {.format = "hdf5"}); });
  CHECK(unknown.code() == errc::invalid_argument);
  CHECK(unknown.message() == "no format is called 'hdf5'");
  CHECK(names_in(here.path()).empty());
}

TEST_CASE("new array: a format that is only read is not written", "[store][new_array]") {
  const quarry::format table[] = {made::claiming<95>("reader")};
  const error failure = failure_of([&] { quarry::writable_format("a", "reader", table); });
  CHECK(failure.code() == errc::unsupported);
  CHECK(failure.message() == "the format reader is read but not written");
  const auto all = quarry::format_table();
  CHECK(quarry::writable_format("b.bin", "", all).name == "bin");
  for (const auto& [path, name] : {std::pair{"a.bdf", "edf"},
                                   {"a.isf", "isf"},
                                   {"a.mhd", "metaimage"},
                                   {"a.trc", "trc"},
                                   {"a.vhdr", "brainvision"}}) {
    CHECK(failure_of([&] { quarry::writable_format(path, "", all); }).message() ==
          quarry::concat("the format ", name, " is read but not written"));
  }
}

TEST_CASE("new array: elements are zero until they are stored", "[store][new_array]") {
  const scratch here;
  new_array out = quarry::create<double>(here / "a.bin", extents{1000});
  CHECK(out.elements().writable());
  CHECK(out.elements().flags().c_contiguous);
  for (const double value : out.elements().as<double, 1>()) CHECK(value == 0.0);
}

TEST_CASE("new array: without commit nothing is left", "[store][new_array]") {
  const scratch here;
  {
    const new_array out = quarry::create<std::int32_t>(here / "a.npy", two_by_three);
    number(out.elements());
    CHECK_FALSE(std::filesystem::exists(here / "a.npy"));
  }
  CHECK(names_in(here.path()).empty());
}

TEST_CASE("new array: what is written stays while the elements are held", "[store][new_array]") {
  const scratch here;
  array elements;
  {
    new_array out = quarry::create<std::int32_t>(here / "a.npy", two_by_three);
    elements = out.elements();
    out.commit();
    CHECK(fails_with(errc::invalid_argument, [&] { out.commit(); }));
  }
  number(elements);
  CHECK(numbers_in(elements) == std::vector<std::int32_t>{1, 2, 3, 4, 5, 6});
  CHECK(numbers_in(quarry::open(here / "a.npy")) == std::vector<std::int32_t>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("new array: pages let go come back as they were stored", "[store][new_array]") {
  const scratch here;
  new_array out = quarry::create<std::int32_t>(here / "a.npy", two_by_three);
  number(out.elements());
  out.pages().let_go(0, UINT64_MAX);
  CHECK(numbers_in(out.elements()) == std::vector<std::int32_t>{1, 2, 3, 4, 5, 6});
  out.commit();
  CHECK(numbers_in(quarry::open(here / "a.npy")) == std::vector<std::int32_t>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("new array: nothing is overwritten unless asked for", "[store][new_array]") {
  const scratch here;
  put(here / "a.npy", "precious");
  CHECK(fails_with(EEXIST, [&] { make(here / "a.npy"); }));
  CHECK(text_of(here / "a.npy") == "precious");
  {
    const new_array dropped =
        quarry::create<double>(here / "a.npy", extents{5}, {.file = {.overwrite = true}});
  }
  CHECK(text_of(here / "a.npy") == "precious");
  make(here / "a.npy", {.file = {.overwrite = true}});
  CHECK(numbers_in(quarry::open(here / "a.npy")) == std::vector<std::int32_t>{1, 2, 3, 4, 5, 6});
  CHECK(names_in(here.path()) == std::vector<std::string>{"a.npy"});
}

TEST_CASE("new array: a file that appeared meanwhile is not replaced", "[store][new_array]") {
  const scratch here;
  new_array out = quarry::create<std::int32_t>(here / "a.npy", two_by_three);
  put(here / "a.npy", "precious");
  CHECK(fails_with(EEXIST, [&] { out.commit(); }));
  CHECK(text_of(here / "a.npy") == "precious");
}

TEST_CASE("new array: what was open keeps its bytes when its file is replaced",
          "[store][new_array]") {
  const scratch here;
  make(here / "a.npy");
  const array before = quarry::open(here / "a.npy");
  new_array out =
      quarry::create<std::int32_t>(here / "a.npy", two_by_three, {.file = {.overwrite = true}});
  quarry::copy(before.flip(1), out.elements());
  out.commit();
  CHECK(numbers_in(before) == std::vector<std::int32_t>{1, 2, 3, 4, 5, 6});
  CHECK(numbers_in(quarry::open(here / "a.npy")) == std::vector<std::int32_t>{3, 2, 1, 6, 5, 4});
}

TEST_CASE("new array: order and byte order are written as asked for", "[store][new_array]") {
  const scratch here;
  const dtype big(type_kind::signed_integer, 4, byte_order::big);
  for (const char* const name : {"a.npy", "a.bin"}) {
    INFO(name);
    new_array out = quarry::create(here / name, big, two_by_three, {.order = memory_order::f});
    CHECK(quarry::tuple_text(out.elements().strides()) == "(4, 8)");
    const auto view = out.elements().as<quarry::big<std::int32_t>, 2>();
    view(1, 2) = 0x01020304;
    out.commit();
    const array found = quarry::open(here / name);
    CHECK(found.type() == big);
    CHECK(quarry::tuple_text(found.strides()) == "(4, 8)");
    CHECK(text_of(here / name).ends_with("\1\2\3\4"));
  }
}

TEST_CASE("new array: scalars and arrays without elements are files", "[store][new_array]") {
  const scratch here;
  for (const std::string ending : {".npy", ".bin", ".raw"}) {
    INFO(ending);
    for (const extents& shape : {extents{}, extents{0}, extents{3, 0, 2}}) {
      new_array out =
          quarry::create<double>(here / ("a" + ending), shape, {.file = {.overwrite = true}});
      out.commit();
      if (ending == ".raw") {
        CHECK(std::filesystem::file_size(here / "a.raw") == (shape.empty() ? 8 : 0));
        continue;
      }
      const array found = quarry::open(here / ("a" + ending));
      CHECK(quarry::tuple_text(found.shape()) == quarry::tuple_text(shape));
    }
  }
}

TEST_CASE("new array: attributes are kept where the format holds them", "[store][new_array]") {
  const scratch here;
  const create_options options{.attrs = {{"unit", {std::string("mm")}}}};
  make(here / "a.bin", options);
  make(here / "a.npy", options);
  const quarry::file found = quarry::open_file(here / "a.bin");
  const quarry::attributes& attrs = found.contents().arrays.at(0).attrs;
  REQUIRE(attrs.size() == 1);
  CHECK(std::get<std::string>(attrs[0].value.value) == "mm");
  CHECK(quarry::open_file(here / "a.npy").contents().arrays[0].attrs.empty());
}

TEST_CASE("new array: what cannot be made names the path and leaves nothing",
          "[store][new_array]") {
  const scratch here;
  const auto failure_for = [&](std::string_view name, const dtype& type, const extents& shape) {
    const error out = failure_of([&] { quarry::create(here / name, type, shape); });
    CHECK(out.path() == here / name);
    return out.code();
  };
  const dtype number(type_kind::floating, 8);
  for (const char* const name : {"a.npy", "a.bin", "a.raw"}) {
    INFO(name);
    CHECK(failure_for(name, {type_kind::object, 8}, {2}) == errc::unsupported);
    CHECK(failure_for(name, number, {2, -1}) == errc::shape_mismatch);
    CHECK(failure_for(name, number, {INT64_MAX}) == errc::limit_exceeded);
    CHECK(failure_for(name, number, extents(65, 1)) == errc::limit_exceeded);
    CHECK(failure_for(std::string("none/") + name, number, {2}) ==
          std::error_code(ENOENT, std::system_category()));
  }
  CHECK(failure_for("a.npy", {type_kind::bytes, 0}, {2}) == errc::unsupported);
  CHECK(failure_for("a.bin", {type_kind::bytes, 0}, {2}) == errc::unsupported);
  CHECK(names_in(here.path()).empty());
}

TEST_CASE("new array: what stands behind the data is written", "[store][new_array]") {
  const scratch here;
  quarry::format table[] = {made::claiming<95>("tail")};
  table[0].plan = [](std::span<const quarry::array_info> arrays) {
    const auto bytes = [](std::string_view text) {
      const auto all = std::as_bytes(std::span(text));
      return std::vector<std::byte>(all.begin(), all.end());
    };
    const auto data = static_cast<std::uint64_t>(arrays[0].where.size_bytes());
    return quarry::file_plan{bytes("head"), {4}, 4 + data + 4, bytes("tail")};
  };
  new_array out(here / "a", dtype(type_kind::bytes, 1), extents{3}, table, {.format = "tail"});
  out.write(4, std::as_bytes(std::span("abc", 3)));
  out.commit();
  CHECK(text_of(here / "a") == "headabctail");
}
