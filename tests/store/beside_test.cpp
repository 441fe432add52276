// beside_test.cpp: files that are described by another one: sidecars, data in a neighbour, and
// what a hostile description cannot reach.
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <utility>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/store/file.hpp"

#include "map/child.hpp"
#include "map/failure.hpp"
#include "map/scratch.hpp"

using quarry::array;
using quarry::concat;
using quarry::errc;
using quarry::error;
using quarry::file;

namespace {

const std::filesystem::path data_folder = QUARRY_TEST_DATA;

// A description of ten bytes in the file called `name`.
std::string ten_bytes_of(std::string_view name) {
  return concat(R"({"arrays":[{"file":")", name, R"(","dtype":"|u1","shape":[10]}]})");
}

std::string text_in(const array& bytes) {
  std::string out;
  for (const std::uint8_t byte : bytes.as<const std::uint8_t, 1>()) out += static_cast<char>(byte);
  return out;
}

}  // namespace

TEST_CASE("beside: a sidecar outweighs the magic of the file", "[store][beside]") {
  const scratch here;
  std::filesystem::copy_file(data_folder / "npy" / "c_f4.npy", here / "a.npy");
  CHECK(quarry::open_file(here / "a.npy").format_name() == "npy");
  put(here / "a.npy.layout.json",
      R"({"arrays":[{"name":"magic","dtype":"|S5","shape":[],"offset":1}]})");
  const file found = quarry::open_file(here / "a.npy");
  CHECK(found.format_name() == "raw");
  CHECK(found.get("magic").origin().offset_bytes == 1);
  CHECK(quarry::open_file(here / "a.npy", {.format = "npy"}).contents().arrays[0].name.empty());
}

TEST_CASE("beside: a layout given outweighs the sidecar", "[store][beside]") {
  const scratch here;
  put(here / "a.raw", "0123456789");
  put(here / "a.raw.layout.json", "damaged");
  CHECK(text_in(quarry::open_raw(here / "a.raw", "u1@8")) == "89");
  CHECK(fails_with(errc::corrupt_header, [&] { quarry::open(here / "a.raw"); }));
}

TEST_CASE("beside: a sidecar of more than 64 MiB counts as none", "[store][beside]") {
  const scratch here;
  put(here / "a.raw", "0123456789");
  put(here / "a.raw.layout.json", R"({"arrays":[{"dtype":"|u1","shape":[3]}]})");
  std::filesystem::resize_file(here / "a.raw.layout.json", (std::uintmax_t{64} << 20U) + 1);
  CHECK(fails_with(errc::invalid_argument, [&] { quarry::open(here / "a.raw"); }));
}

TEST_CASE("beside: a description that may not be read is an error", "[store][beside]") {
  const scratch here;
  put(here / "a.raw", "0123456789");
  put(here / "a.raw.layout.json", R"({"arrays":[{"dtype":"|u1","shape":[3]}]})");
  std::filesystem::permissions(here.path(), std::filesystem::perms::all);
  std::filesystem::permissions(here / "a.raw.layout.json", std::filesystem::perms::none);
  CHECK(in_child([&] {
          return without_privilege() && fails_with(EACCES, [&] { quarry::open(here / "a.raw"); });
        }) == 0);
}

TEST_CASE("beside: data files are read as the file is", "[store][beside]") {
  const scratch here;
  put(here / "a.raw", "0123456789");
  put(here / "a.raw.layout.json", R"({"arrays":[{"file":"a.raw","dtype":"|u1","shape":[3]}]})");
  const auto opened_by = [&](quarry::io_method how) {
    return quarry::open(here / "a.raw.layout.json", {.io = how});
  };
  CHECK(is_mapped(*opened_by(quarry::io_method::mmap).memory()));
  CHECK_FALSE(is_mapped(*opened_by(quarry::io_method::pread).memory()));
}

TEST_CASE("beside: a description can be opened itself", "[store][beside]") {
  const scratch here;
  put(here / "a.raw", "0123456789");
  put(here / "a.raw.layout.json", R"({"arrays":[{"dtype":"|u1","shape":[3],"offset":7}]})");
  CHECK(text_in(quarry::open(here / "a.raw")) == "789");
  CHECK(text_in(quarry::open(here / "a.raw.layout.json")) == "789");
}

TEST_CASE("beside: one description speaks of several files", "[store][beside]") {
  const scratch here;
  std::filesystem::create_directory(here / "below");
  put(here / "a.raw", "0123456789");
  put(here / "b", "abcdefghij");
  put(here / "below/c", "ABCDEFGHIJ");
  put(here / "all.layout.json", R"({"arrays":[
      {"name":"a","file":"a.raw","dtype":"|u1","shape":[2]},
      {"name":"b","file":"b","dtype":"|u1","shape":[2],"strides":[-9],"offset":9},
      {"name":"b too","file":"b","dtype":"|u1","shape":[1],"offset":3},
      {"name":"c","file":"below/c","dtype":"|u1","shape":[1],"offset":9}]})");
  array b;
  {
    file found = quarry::open_file(here / "all.layout.json");
    CHECK(text_in(found.get("a")) == "01");
    CHECK(text_in(found.get("b too")) == "d");
    CHECK(text_in(found.get("c")) == "J");
    CHECK(found.get("c").origin().path == here / "below/c");
    b = found.get("b");
    CHECK(fails_with(errc::busy, [&] { found.close(); }));
    CHECK(text_in(found.get("a")) == "01");
    std::filesystem::resize_file(here / "b", 12);
    CHECK(fails_with(errc::changed, [&] { found.verify_unchanged(); }));
  }
  CHECK(text_in(b) == "ja");
}

TEST_CASE("beside: extents are held against the file that has the data", "[store][beside]") {
  const scratch here;
  put(here / "short", "012");
  put(here / "a.layout.json", ten_bytes_of("short"));
  const error failure = failure_of([&] { quarry::open(here / "a.layout.json"); });
  CHECK(failure.code() == errc::truncated);
  CHECK(failure.message() ==
        "shape (10,) of |u1 ends at byte 10, the file has 3 bytes: 7 are missing");
  CHECK(quarry::open(here / "a.layout.json", {.allow_prefix = true}).size() == 3);
}

TEST_CASE("beside: no description leads out of its directory", "[store][beside]") {
  const scratch here;
  std::filesystem::create_directory(here / "home");
  std::filesystem::create_directory(here / "home2");
  std::filesystem::create_directory(here / "home/below");
  put(here / "secret", "0123456789");
  put(here / "home2/secret", "0123456789");
  put(here / "home/data", "abcdefghij");
  std::filesystem::create_symlink("../secret", here / "home/link");
  std::filesystem::create_symlink(here.path(), here / "home/folder");
  std::filesystem::create_symlink("../home2", here / "home/twin");
  std::filesystem::create_symlink("../data", here / "home/below/inside");
  const auto failure_for = [&](std::string_view name) {
    put(here / "home/a.layout.json", ten_bytes_of(name));
    return failure_of([&] { quarry::open(here / "home/a.layout.json"); });
  };
  const std::string secret = (here / "secret").native();
  const std::pair<std::string, std::string> refused[] = {
      {"../secret", "leaves the directory by '..'"},
      {"..", "leaves the directory by '..'"},
      {"below/../../secret", "leaves the directory by '..'"},
      {"below/../data", "leaves the directory by '..'"},
      {secret, "has an absolute name"},
      {"link", "is a link that leaves the directory"},
      {"folder/secret", "is a link that leaves the directory"},
      {"twin/secret", "is a link that leaves the directory"},
  };
  for (const auto& [name, why] : refused) {
    const error failure = failure_for(name);
    CHECK(failure.code() == errc::unsupported);
    CHECK(failure.path() == here / "home/a.layout.json");
    CHECK(failure.message() ==
          concat("data file '", name, "' ", why,
                 "; only files beside the header are opened without --allow-external"));
  }
  CHECK_FALSE(failure_for("data").code());
  CHECK_FALSE(failure_for("./data").code());
  CHECK_FALSE(failure_for("below/inside").code());
}

TEST_CASE("beside: what lies below an allowed directory is opened by any name", "[store][beside]") {
  const scratch here;
  std::filesystem::create_directory(here / "home");
  std::filesystem::create_directories(here / "store/deep");
  std::filesystem::create_directory(here / "store2");
  put(here / "store/deep/data", "abcdefghij");
  put(here / "store2/data", "0123456789");
  std::filesystem::create_symlink("../store/deep/data", here / "home/link");
  std::filesystem::create_symlink("../../store2/data", here / "store/deep/leaving");
  std::filesystem::create_symlink("store", here / "alias");
  const auto failure_for = [&](std::string_view name, const std::filesystem::path& allowed) {
    put(here / "home/a.layout.json", ten_bytes_of(name));
    return failure_of(
        [&] { quarry::open(here / "home/a.layout.json", {.allow_external = {allowed}}); });
  };
  const std::string data = (here / "store/deep/data").native();
  for (const std::string& name : {data, std::string("../store/deep/data"), std::string("link")}) {
    CHECK_FALSE(failure_for(name, here / "store").code());
    CHECK_FALSE(failure_for(name, here / "store/deep").code());
    CHECK_FALSE(failure_for(name, here / "alias").code());
    const error failure = failure_for(name, here / "store2");
    CHECK(failure.code() == errc::unsupported);
    CHECK(failure.message().ends_with(" and lies below no directory of --allow-external"));
    CHECK(failure_for(name, here / "missing").code() == errc::unsupported);
  }
  CHECK(failure_for("../store2/data", here / "store").code() == errc::unsupported);
  CHECK(failure_for("../store/deep/leaving", here / "store").code() == errc::unsupported);
  CHECK(failure_for("../store/deep", here / "store").code() == errc::unsupported);  // no file
  CHECK(failure_for("../store/none", here / "store").code() ==
        std::error_code(ENOENT, std::system_category()));
  put(here / "home/inside", "abcdefghij");
  CHECK_FALSE(failure_for("inside", here / "store").code());
}

TEST_CASE("beside: data is as long as files can be", "[store][beside]") {
  const scratch here;
  put(here / "data", "");
  std::filesystem::resize_file(here / "data", std::uintmax_t{1} << 32U);
  put(here / "a.layout.json", R"({"arrays":[{"file":"data","dtype":"|u1","shape":[4294967296]}]})");
  CHECK(quarry::open(here / "a.layout.json").size() == std::int64_t{1} << 32U);
}

TEST_CASE("beside: a data file that cannot be mapped is an error", "[store][beside]") {
  const scratch here;
  std::filesystem::create_directory(here / "below");
  REQUIRE(::mkfifo((here / "pipe").c_str(), 0600) == 0);
  const auto failure_for = [&](std::string_view name) {
    put(here / "a.layout.json", ten_bytes_of(name));
    return failure_of([&] { quarry::open(here / "a.layout.json"); });
  };
  CHECK(failure_for("missing").code() == std::error_code(ENOENT, std::system_category()));
  CHECK(failure_for("missing").path() == here / "missing");
  CHECK(failure_for("pipe").code() == errc::unsupported);
  CHECK(failure_for("below").code() == errc::unsupported);
  std::filesystem::create_directory(here / "devices");
  REQUIRE(::mknod((here / "devices/null").c_str(), S_IFCHR | 0600, makedev(1, 3)) == 0);
  CHECK(failure_for("devices/null").code() == errc::unsupported);
  CHECK(failure_for(".").code() == errc::unsupported);
  CHECK(failure_for("pipe/x").code() == std::error_code(ENOTDIR, std::system_category()));
}

TEST_CASE("beside: a format sees the directory of its file and no other", "[store][beside]") {
  const scratch here;
  std::filesystem::create_directory(here / "home");
  std::filesystem::create_directory(here / "home/below");
  put(here / "secret", "secret");
  put(here / "home/a", "a");
  put(here / "home/b", "what b says");
  put(here / "home/empty", "");
  put(here / "home/below/c", "c");
  REQUIRE(::mkfifo((here / "home/pipe").c_str(), 0600) == 0);
  std::ofstream(here / "home/huge");
  std::filesystem::resize_file(here / "home/huge", (std::uintmax_t{64} << 20U) + 1);
  const quarry::format table[] = {
      {"looks",
       {},
       [](const quarry::file_head& /*head*/) noexcept { return 95; },
       [](std::span<const std::byte> /*file*/, const quarry::siblings& beside) {
         quarry::catalog out;
         for (const char* const name :
              {"b", "empty", "missing", "../secret", "below", "below/c", "pipe", "huge", ""}) {
           const auto found = beside.read(name);
           out.attrs.push_back({name, {found.value_or("nothing")}});
           out.attrs.push_back({name, {beside.exists(name)}});
         }
         return out;
       },
       nullptr}};
  const file found = file::open(here / "home/a", table);
  std::vector<std::string> texts;
  std::vector<bool> exists;
  for (const quarry::attribute& each : found.contents().attrs) {
    if (const auto* const text = std::get_if<std::string>(&each.value.value)) {
      texts.push_back(*text);
    } else {
      exists.push_back(std::get<bool>(each.value.value));
    }
  }
  CHECK(texts == std::vector<std::string>{"what b says", "", "nothing", "nothing", "nothing",
                                          "nothing", "nothing", "nothing", "nothing"});
  CHECK(exists[0]);
  CHECK(exists[1]);
  CHECK_FALSE(exists[2]);
  CHECK_FALSE(exists[4]);
  CHECK_FALSE(exists[6]);
}

TEST_CASE("beside: describe writes what open reads", "[store][beside]") {
  const scratch here;
  put(here / "a.dat", "header01234567");
  const auto sidecar = quarry::describe(here / "a.dat", ">u2[-1,2]F@6");
  CHECK(sidecar == here / "a.dat.layout.json");
  CHECK(text_of(sidecar) ==
        R"({"arrays":[{"name":"","dtype":">u2","shape":[2,2],"strides":[2,4],"offset":6,)"
        R"("attributes":{}}],"attributes":{}})"
        "\n");
  const array found = quarry::open(here / "a.dat");
  CHECK(quarry::tuple_text(found.strides()) == "(2, 4)");
  CHECK(found.origin().offset_bytes == 6);
  CHECK(fails_with(EEXIST, [&] { quarry::describe(here / "a.dat", "u1"); }));
  quarry::describe(here / "a.dat", "u1", {.overwrite = true});
  CHECK(text_in(quarry::open(here / "a.dat")) == "header01234567");
}

TEST_CASE("beside: describe writes nothing that does not fit", "[store][beside]") {
  const scratch here;
  put(here / "a.dat", "0123456789");
  CHECK(fails_with(errc::shape_mismatch, [&] { quarry::describe(here / "a.dat", "<f4"); }));
  CHECK(fails_with(errc::truncated, [&] { quarry::describe(here / "a.dat", "u1[11]"); }));
  CHECK(fails_with(errc::invalid_argument, [&] { quarry::describe(here / "a.dat", "u1["); }));
  CHECK(fails_with(errc::unsupported, [&] { quarry::describe(here / "a.dat", "S0[3]"); }));
  CHECK(fails_with(ENOENT, [&] { quarry::describe(here / "b.dat", "u1"); }));
  CHECK(names_in(here.path()) == std::vector<std::string>{"a.dat"});
}

TEST_CASE("beside: a NUL in the name of a data file is the fault of the file", "[store][beside]") {
  const scratch here;
  put(here / "data", "0123456789");
  put(here / "a.layout.json", ten_bytes_of("data\\u0000x"));
  const error failure = failure_of([&] { quarry::open(here / "a.layout.json"); });
  CHECK(failure.code() == errc::unsupported);
  CHECK(failure.path() == here / "a.layout.json");
}
