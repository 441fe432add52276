// raw_test.cpp: headerless files: whose they are, what a sidecar says of them, and how a layout
// given as text meets the size of a file. The JSON's own rules are in layout_json_test.cpp, files
// beside the description in store/beside_test.cpp.
#include "formats/raw/raw.hpp"

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry.hpp"
#include "quarry/array/dtype_text.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/golden.hpp"
#include "map/failure.hpp"
#include "map/scratch.hpp"

using golden::refusal;
using quarry::array;
using quarry::array_info;
using quarry::catalog;
using quarry::concat;
using quarry::errc;
using quarry::error;
using quarry::layout;
using quarry::siblings;
using quarry::formats::raw;

namespace {

const std::string sidecar = R"({"arrays":[{"dtype":">i2","shape":[2,3],"offset":4}]})";

// The directory of a file called `file_name` that holds one more file.
siblings directory_of(std::string file_name, const std::string& other = {},
                      const std::string& text = {}) {
  siblings out;
  out.file_name = std::move(file_name);
  out.exists = [other](std::string_view name) { return !name.empty() && name == other; };
  out.read = [other, text](std::string_view name) {
    return !name.empty() && name == other ? std::optional(text) : std::nullopt;
  };
  return out;
}

int probe(const siblings& beside) {
  const std::string bytes = "\x93NUMPY";
  return raw.probe({std::as_bytes(std::span(bytes)), bytes.size(), beside});
}

catalog parse(std::string_view file, const siblings& beside) {
  return raw.parse(std::as_bytes(std::span(file)), beside);
}

// Headerless files of any size, read by a layout.
class dump {
 public:
  explicit dump(std::size_t bytes) {
    std::string text(bytes, '\0');
    for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>(i);
    put(path(), text);
  }
  std::filesystem::path path() const { return here_ / "a.dat"; }
  array as(std::string_view text) const { return quarry::open_raw(path(), text); }
  std::string shape(std::string_view text) const { return quarry::tuple_text(as(text).shape()); }
  // The error that the layout meets, which must say the path.
  error failure(std::string_view text) const {
    error out = failure_of([&] { as(text); });
    CHECK(out.path() == path());
    return out;
  }

 private:
  scratch here_;
};

}  // namespace

TEST_CASE("raw: a sidecar claims its file, the name alone hardly", "[formats][raw]") {
  CHECK(probe(directory_of("a.npy", "a.npy.layout.json")) == 100);
  CHECK(probe(directory_of("a", "a.layout.json")) == 100);
  CHECK(probe(directory_of("a.layout.json")) == 95);
  CHECK(probe(directory_of("a.raw")) == 1);
  CHECK(probe(directory_of("a.dat")) == 1);
  CHECK(probe(directory_of("a.bin")) == 1);
  CHECK(probe(directory_of("a.npy")) == 0);
  CHECK(probe(directory_of("a.raw.old")) == 0);
  CHECK(probe(directory_of("a.npy", "b.npy.layout.json")) == 0);
}

TEST_CASE("raw: without a sidecar the error says what is needed", "[formats][raw]") {
  const refusal found = golden::refusal_from([] { parse("bytes", directory_of("a.dat")); });
  CHECK(found.code == errc::invalid_argument);
  CHECK(found.message ==
        "has no header that says what it holds; give a layout such as '<f4[100,200]' (open_raw(), "
        "--as) or a sidecar a.dat.layout.json (describe)");
}

TEST_CASE("raw: a sidecar says what the file beside it holds", "[formats][raw]") {
  const catalog found = parse("", directory_of("a.dat", "a.dat.layout.json", sidecar));
  const array_info& only = found.arrays.at(0);
  CHECK(found.arrays.size() == 1);
  CHECK(only.type == quarry::parse_dtype(">i2"));
  CHECK(only.where == layout::contiguous(std::vector<std::int64_t>{2, 3}, 2));
  CHECK(only.offset_bytes == 4);
  CHECK(only.data_file.empty());
}

TEST_CASE("raw: the file named in a sidecar may be the described one or another",
          "[formats][raw]") {
  const auto file_in = [](const std::string& name) {
    const std::string text =
        concat(R"({"arrays":[{"file":")", name, R"(","dtype":"|u1","shape":[1]}]})");
    const catalog beside = parse("", directory_of("a.dat", "a.dat.layout.json", text));
    const catalog itself = parse(text, directory_of("a.dat.layout.json"));
    return beside.arrays.at(0).data_file.native() + " " + itself.arrays.at(0).data_file.native();
  };
  CHECK(file_in("") == " a.dat");
  CHECK(file_in("a.dat") == " a.dat");
  CHECK(file_in("b.dat") == "b.dat b.dat");
  CHECK(file_in("../b.dat") ==
        "../b.dat ../b.dat");  // where a file may lie is the store's question
}

TEST_CASE("raw: a damaged sidecar is refused, whichever file is opened", "[formats][raw]") {
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{\"arrays\":[]}"),
        sidecar.substr(0, sidecar.size() - 1), std::string(1000000, '['), sidecar + "\n{}"}) {
    const auto beside = directory_of("a.dat", "a.dat.layout.json", text);
    CHECK(golden::refusal_from([&] { parse("", beside); }).code == errc::corrupt_header);
    const auto itself = directory_of("a.dat.layout.json");
    CHECK(golden::refusal_from([&] { parse(text, itself); }).code == errc::corrupt_header);
  }
}

TEST_CASE("raw: what is planned is the elements and nothing else", "[formats][raw]") {
  array_info one;
  one.type = quarry::parse_dtype("<f8");
  one.where = layout::contiguous(std::vector<std::int64_t>{2, 3}, 8);
  const quarry::file_plan plan = raw.plan(std::span(&one, 1));
  CHECK(plan.header.empty());
  CHECK(plan.offsets_bytes == std::vector<std::uint64_t>{0});
  CHECK(plan.file_bytes == 48);

  const auto refusal_of = [](std::span<const array_info> arrays) {
    return golden::refusal_from([&] { raw.plan(arrays); });
  };
  const array_info two[] = {one, one};
  CHECK(refusal_of({}).message == "a raw file holds one array, not 0");
  CHECK(refusal_of(two).message == "a raw file holds one array, not 2");
  CHECK(refusal_of(two).code == errc::unsupported);
  one.type = quarry::dtype(quarry::type_kind::object, 8);
  CHECK(refusal_of(std::span(&one, 1)).code == errc::unsupported);
}

TEST_CASE("raw: a layout gives bytes their meaning", "[formats][raw]") {
  const dump file(24);
  const array big = file.as(">i2[2,3]@4");
  CHECK(quarry::tuple_text(big.shape()) == "(2, 3)");
  CHECK(quarry::tuple_text(big.strides()) == "(6, 2)");
  CHECK(big.as<const quarry::big<std::int16_t>, 2>()(1, 2) == 0x0e0f);
  const array fortran = file.as("u1[2,3]F@1");
  CHECK(fortran.as<const std::uint8_t, 2>()(1, 2) == 6);
  const array strided = file.as("u1[3,2](-8,1)@16");
  CHECK(strided.as<const std::uint8_t, 2>()(2, 1) == 1);
  const array record = file.as("{a:u1, b:<u2}[-1]").field("b");
  CHECK(record.as<const quarry::little<std::uint16_t>, 1>()(7) == 22 + 256 * 23);
  const array scalar = file.as("u1[]@23");
  CHECK(scalar.as<const std::uint8_t, 0>()() == 23);
  CHECK(quarry::open_file(file.path(), {.layout = "u1"}).format_name() == "raw");
}

TEST_CASE("raw: -1 is as much as the file holds", "[formats][raw]") {
  const dump file(24);
  CHECK(file.shape("<u4") == "(6,)");
  CHECK(file.shape("<u4[-1]@4") == "(5,)");
  CHECK(file.shape("<u4[-1]@24") == "(0,)");
  CHECK(file.shape("<u2[3,-1]") == "(3, 4)");
  CHECK(file.shape("<u2[-1,3]F") == "(4, 3)");
  CHECK(file.shape("u1[2,-1,3]") == "(2, 4, 3)");
  CHECK(file.shape("u1[-1,4](5,1)") == "(5, 4)");
  CHECK(file.shape("u1[-1,4](5,1)@1") == "(4, 4)");
  CHECK(file.shape("u1[-1](-1)@23") == "(24,)");
  CHECK(file.shape("<f8[-1](8)@17") == "(0,)");
  CHECK(dump(0).shape("u1") == "(0,)");
}

TEST_CASE("raw: a layout that does not fit its file is an error", "[formats][raw]") {
  const dump file(24);
  CHECK(file.failure("<u4[-1,4]").code() == errc::shape_mismatch);
  CHECK(file.failure("<u4[-1,4]").message() ==
        "the 24 bytes from byte 0 on hold 1 times 16 bytes, 8 bytes are left over");
  CHECK(file.failure("<u4[-1]@1").code() == errc::shape_mismatch);
  CHECK(file.failure("u1[-1,0]").code() == errc::shape_mismatch);
  CHECK(file.failure("u1[-1](0)").code() == errc::shape_mismatch);
  CHECK(file.failure("u1[-1]@25").code() == errc::out_of_bounds);
  CHECK(file.failure("u1[0]@25").code() == errc::out_of_bounds);
  CHECK(file.failure("u1[25]").code() == errc::truncated);
  CHECK(file.failure("u1[25]").message() ==
        "shape (25,) of |u1 ends at byte 25, the file has 24 bytes: 1 are missing");
  CHECK(file.failure("u1[24]@1").code() == errc::truncated);
  CHECK(file.failure("u1[3](-1)@1").code() == errc::out_of_bounds);
  CHECK(file.failure("u1[3](9223372036854775807)").code() == errc::limit_exceeded);
  CHECK(file.failure("u1[4294967296,4294967296]").code() == errc::limit_exceeded);
  CHECK(file.failure("<f8[9223372036854775807]").code() == errc::limit_exceeded);
  CHECK(file.failure("u1[1]@18446744073709551615").code() == errc::out_of_bounds);
  CHECK(file.failure("|O[3]").code() == errc::unsupported);
  CHECK(quarry::open(file.path(), {.layout = "<f8[2,2]", .allow_prefix = true}).shape()[0] == 1);
}

TEST_CASE("raw: text that is no layout is the caller's error", "[formats][raw]") {
  const dump file(24);
  for (const char* const text : {"nonsense", "u1[", "u1[-2]", "u1[-1,-1]", "u1[2](1,1)", "u1@-1",
                                 "u1[3]X", "[3]", "@4", " ", "u1[3] junk"}) {
    INFO(text);
    CHECK(file.failure(text).code() == errc::invalid_argument);
  }
  CHECK(file.failure("u1@18446744073709551616").code() == errc::limit_exceeded);
}

TEST_CASE("raw: a written file is read with the layout of its array", "[formats][raw]") {
  const scratch here;
  const std::vector<std::int64_t> shape = {2, 2};
  auto out = quarry::create<std::int16_t>(here / "a.raw", shape);
  const array elements = out.elements();
  const auto view = elements.as<std::int16_t, 2>();
  view(0, 1) = 0x0102;
  view(1, 1) = -2;
  out.commit();
  CHECK(text_of(here / "a.raw") == std::string("\0\0\2\1\0\0\xfe\xff", 8));
  CHECK(quarry::open_raw(here / "a.raw", "<i2[2,2]").as_read_only().size() == 4);
}
