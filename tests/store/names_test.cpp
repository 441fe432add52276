// names_test.cpp: arrays of a file by name and by position, and the errors that list what there is.
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/store/file.hpp"

#include "map/failure.hpp"
#include "map/scratch.hpp"
#include "store/made_formats.hpp"

using made::bytes_at;
using quarry::catalog;
using quarry::errc;
using quarry::error;
using quarry::file;

namespace {

class names {
 public:
  // A file that a format describes so.
  explicit names(catalog contents) {
    put(here_ / "a", "0123456789");
    const quarry::format table[] = {made::described(std::move(contents))};
    file_.push_back(file::open(here_ / "a", table));
  }

  std::size_t position_of(std::string_view name) const { return file_[0].position_of(name); }
  // The error for that name, which must say the path.
  error failure(std::string_view name) const {
    error out = failure_of([&] { file_[0].get(name); });
    CHECK(out.path() == here_ / "a");
    return out;
  }

 private:
  scratch here_;
  std::vector<file> file_;  // one; a file has no value before it is opened
};

catalog called(const std::vector<std::string>& all) {
  catalog out;
  for (const std::string& name : all) out.arrays.push_back(bytes_at({1}, {1}, 0, name));
  return out;
}

}  // namespace

TEST_CASE("names: an array has its name and its position", "[store][names]") {
  const names found(called({"x", "y", "gr\xc3\xbcn"}));
  CHECK(found.position_of("") == 0);
  CHECK(found.position_of("x") == 0);
  CHECK(found.position_of("y") == 1);
  CHECK(found.position_of("gr\xc3\xbcn") == 2);
  CHECK(found.position_of("2") == 2);
}

TEST_CASE("names: a name of digits comes before a position", "[store][names]") {
  const names found(called({"1", "0", ""}));
  CHECK(found.position_of("1") == 0);
  CHECK(found.position_of("0") == 1);
  CHECK(found.position_of("2") == 2);
  CHECK(found.position_of("") == 2);
}

TEST_CASE("names: what is not there is answered with what there is", "[store][names]") {
  const names found(called({"x", "y"}));
  for (const char* const name :
       {"z", "2", "-1", "+1", "1 ", "0x1", "1.0", "18446744073709551616", "X"}) {
    const error failure = found.failure(name);
    CHECK(failure.code() == errc::not_found);
    CHECK(failure.message() == quarry::concat("no array '", name, "' (there are: 'x', 'y')"));
  }
}

TEST_CASE("names: a dozen is listed of many", "[store][names]") {
  std::vector<std::string> many;
  for (int i = 0; i < 13; ++i) many.push_back(quarry::concat("n", i));
  CHECK(names(called(many)).failure("x").message() ==
        "no array 'x' (there are: 'n0', 'n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7', 'n8', 'n9', "
        "'n10', 'n11', ...)");
}

TEST_CASE("names: what was skipped is refused with the reason", "[store][names]") {
  catalog contents = called({"x"});
  contents.skipped = {{"packed", "it is compressed", "convert it first"}, {"odd", "no reason", ""}};
  const names found(contents);
  CHECK(found.position_of("") == 0);
  CHECK(found.failure("packed").code() == errc::unsupported);
  CHECK(found.failure("packed").message() ==
        "array 'packed' cannot be mapped: it is compressed; convert it first");
  CHECK(found.failure("odd").message() == "array 'odd' cannot be mapped: no reason");
  CHECK(found.failure("other").code() == errc::not_found);

  contents.arrays.clear();
  CHECK(names(contents).failure("").code() == errc::unsupported);
  CHECK(names(catalog{}).failure("").code() == errc::not_found);
}

TEST_CASE("names: a position behind the last array is out of bounds", "[store][names]") {
  const auto path = std::filesystem::path(QUARRY_TEST_DATA) / "bin" / "interleaved.bin";
  const file found = quarry::open_file(path);
  const error failure = failure_of([&] { found.at(3); });
  CHECK(failure.code() == errc::out_of_bounds);
  CHECK(failure.message() == "array 3 of 3");
  CHECK(failure.path() == path);
  CHECK(quarry::open(path, "gr\xc3\xbcn").origin().offset_bytes ==
        found.at(1).origin().offset_bytes);
}

TEST_CASE("names: a file of one array without a name needs none", "[store][names]") {
  const names found(called({""}));
  CHECK(found.position_of("") == 0);
  CHECK(found.position_of("0") == 0);
  const error failure = found.failure("x");
  CHECK(failure.code() == errc::not_found);
  CHECK(failure.message() == "no array 'x': the file's one array has no name, so leave '::x' out");
  CHECK(names(called({"", ""})).failure("x").message() ==
        "no array 'x' (there are: '' at 0, '' at 1)");
  CHECK(names(called({"y"})).failure("x").message() == "no array 'x' (there are: 'y')");
  CHECK(names(catalog{}).failure("x").message() == "no array 'x' (there are none)");
}
