// sound_test.cpp: WAV, AU and AIFF against files that libsndfile, sox and SciPy wrote
// (sound_golden.py), and what the three formats do alike.
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/base/text.hpp"

#include "formats/golden.hpp"
#include "formats/manifest.hpp"
#include "formats/sound/chunks.hpp"
#include "formats/sound/frames.hpp"
#include "formats/sound_files.hpp"

using golden::read_file;
using golden::read_table;
using quarry::array_info;
using quarry::catalog;
using quarry::errc;
using quarry::formats::chunk_reader;

namespace {

struct kind {
  const quarry::format& format;
  std::string_view folder;
  std::size_t files;  // at least
};

const kind kinds[] = {{quarry::formats::wav, "wav", 30},
                      {quarry::formats::au, "au", 10},
                      {quarry::formats::aiff, "aiff", 10}};

std::string text_of(std::string_view bytes) {
  return quarry::formats::remark_text(std::as_bytes(std::span(bytes)));
}

}  // namespace

TEST_CASE("sound: golden files are read as their writers read them", "[formats][sound]") {
  for (const kind& each : kinds) {
    CHECK(golden::check_manifest(each.format, each.folder) > each.files);
    for (const auto& row : read_table(golden::folder / each.folder / "manifest.txt")) {
      const catalog found =
          sound_files::parse(each.format, read_file(golden::folder / each.folder / row[0]));
      CHECK(found.arrays.at(0).attrs.at(0).name == "sample_rate");
      CHECK(std::get<std::int64_t>(found.arrays[0].attrs[0].value.value) == 8000);
    }
  }
}

TEST_CASE("sound: files of codecs are skipped with what helps", "[formats][sound]") {
  for (const kind& each : kinds) {
    std::size_t files = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(golden::folder / each.folder / "coded")) {
      INFO(entry.path());
      const catalog found = sound_files::parse(each.format, read_file(entry.path()));
      CHECK(found.arrays.empty());
      REQUIRE(found.skipped.size() == 1);
      CHECK(found.skipped[0].reason.starts_with("its samples are coded as "));
      CHECK(found.skipped[0].remedy == "decode it: sox FILE -e signed-integer -b 16 OUT.wav");
      ++files;
    }
    CHECK(files > 0);
  }
}

TEST_CASE("sound: bytes behind the last whole frame are left out with a warning",
          "[formats][sound]") {
  std::vector<std::string> warnings;
  const quarry::formats::sound stereo{quarry::dtype(quarry::type_kind::signed_integer, 3), 2, 10.5};
  const array_info found = quarry::formats::frames_of(stereo, 100, 20, warnings);
  CHECK(quarry::tuple_text(found.where.shape()) == "(3, 2)");
  CHECK(warnings == std::vector<std::string>{"byte 118: 2 bytes behind the last whole frame of 6"});
  CHECK(std::get<double>(found.attrs.at(0).value.value) == 10.5);
}

TEST_CASE("sound: integers are fractions of full scale", "[formats][sound]") {
  const auto scaling_of = [](quarry::type_kind kind, std::int64_t bytes) {
    std::vector<std::string> warnings;
    return quarry::formats::frames_of({quarry::dtype(kind, bytes), 1, 8000}, 0, 0, warnings).scale;
  };
  using list = std::vector<double>;
  CHECK(scaling_of(quarry::type_kind::unsigned_integer, 1).scale == list{1.0 / 128});
  CHECK(scaling_of(quarry::type_kind::unsigned_integer, 1).offset == list{-1.0});
  CHECK(scaling_of(quarry::type_kind::signed_integer, 1).scale == list{1.0 / 128});
  CHECK(scaling_of(quarry::type_kind::signed_integer, 1).offset.empty());
  CHECK(scaling_of(quarry::type_kind::signed_integer, 2).scale == list{1.0 / 32768});
  CHECK(scaling_of(quarry::type_kind::signed_integer, 3).scale == list{1.0 / 8388608});
  CHECK(scaling_of(quarry::type_kind::signed_integer, 8).scale ==
        list{1.0 / 9223372036854775808.0});
  CHECK(scaling_of(quarry::type_kind::floating, 4).is_identity());
}

TEST_CASE("sound: texts end at a NUL and are UTF-8 or latin-1", "[formats][sound]") {
  CHECK(text_of("field recorder \r\n") == "field recorder");
  CHECK(text_of(std::string_view("one\0two", 7)) == "one");
  CHECK(text_of("K\xc3\xb6ln") == "K\xc3\xb6ln");
  CHECK(text_of("K\xf6ln") == "K\xc3\xb6ln");
  CHECK(text_of(" \t").empty());
  CHECK(text_of(std::string(70000, 'x')).size() == 65536);
}

TEST_CASE("sound: chunks are found behind odd ones and at the end of a file", "[formats][sound]") {
  const std::string file = sound_files::riff_chunk("odd ", "123") +
                           sound_files::riff_chunk("none", "") +
                           sound_files::riff_chunk("open", "12", 0xffffffffU) + "1234567";
  chunk_reader in(std::as_bytes(std::span(file)), 0, quarry::byte_order::little);
  const auto odd = in.next();
  REQUIRE(odd);
  CHECK((odd->id == "odd " && odd->at == 0 && odd->start == 8 && odd->bytes == 3));
  const auto none = in.next();
  REQUIRE(none);
  CHECK((none->id == "none" && none->at == 12 && none->bytes == 0 && none->is_sized));
  const auto open = in.next();
  REQUIRE(open);
  CHECK((open->id == "open" && !open->is_sized));
  CHECK_FALSE(in.next());
}

TEST_CASE("sound: a file full of empty chunks is given up", "[formats][sound]") {
  std::string file;
  for (int i = 0; i <= chunk_reader::max_chunks; ++i) file += sound_files::riff_chunk("none", "");
  const auto found = golden::refusal_from([&] {
    chunk_reader in(std::as_bytes(std::span(file)), 0, quarry::byte_order::little);
    while (in.next()) {
    }
  });
  CHECK(found.code == errc::limit_exceeded);
  CHECK(found.message == "byte 524288: more than 65536 chunks");
}
