// au_test.cpp: each rule of au.md: what is read, warned of, left out and refused. Files of other
// writers are in sound_test.cpp.
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/golden.hpp"
#include "formats/sound_files.hpp"

using golden::refusal;
using quarry::catalog;
using quarry::errc;
using quarry::formats::au;
using sound_files::au_file;

namespace {

const std::string samples = "0123456789ab";

catalog parse(std::string_view file) { return sound_files::parse(au, file); }
refusal refusal_of(std::string_view file) { return sound_files::refusal_of(au, file); }

}  // namespace

TEST_CASE("au: both magics are recognised", "[formats][au]") {
  CHECK(sound_files::probe(au, ".snd") == 95);
  CHECK(sound_files::probe(au, "dns.") == 95);
  CHECK(sound_files::probe(au, ".sn") == 0);
  CHECK(sound_files::probe(au, "snd.") == 0);
}

TEST_CASE("au: a text before the samples is their description", "[formats][au]") {
  const catalog found = parse(au_file(3, 2, samples, 12, std::string_view("pump 3\0\0", 8)));
  REQUIRE(found.arrays.size() == 1);
  CHECK(found.arrays[0].offset_bytes == 32);
  CHECK(quarry::tuple_text(found.arrays[0].where.shape()) == "(3, 2)");
  REQUIRE(found.arrays[0].attrs.size() == 2);
  CHECK(found.arrays[0].attrs[1].name == "description");
  CHECK(std::get<std::string>(found.arrays[0].attrs[1].value.value) == "pump 3");
}

TEST_CASE("au: a stream goes to the end of the file", "[formats][au]") {
  const catalog found = parse(au_file(3, 1, samples, 0xffffffffU));
  CHECK(found.arrays.at(0).where.extent(0) == 6);
  CHECK(found.warnings.empty());
}

TEST_CASE("au: a size of 0 before samples is an unfinished recording", "[formats][au]") {
  const catalog found = parse(au_file(3, 1, samples, 0));
  CHECK(found.arrays.at(0).where.extent(0) == 6);
  CHECK(found.warnings ==
        std::vector<std::string>{
            "byte 8: the size of the samples was never written, as in a stream or an unfinished "
            "recording: 12 bytes to the end of the file are taken"});
  CHECK(parse(au_file(3, 1, "", 0)).arrays.at(0).where.extent(0) == 0);
  CHECK(parse(au_file(3, 1, "", 0)).warnings.empty());
}

TEST_CASE("au: bytes behind the samples are a warning, missing ones the store's matter",
          "[formats][au]") {
  CHECK(parse(au_file(3, 1, samples, 10)).warnings ==
        std::vector<std::string>{"byte 34: 2 bytes follow the data"});
  const catalog cut = parse(au_file(3, 1, samples, 100));
  CHECK(cut.warnings.empty());
  CHECK(cut.arrays.at(0).where.extent(0) == 50);
}

TEST_CASE("au: coded samples are skipped by name", "[formats][au]") {
  const auto reason = [](unsigned encoding) {
    const catalog found = parse(au_file(encoding, 1, samples, 12));
    CHECK(found.arrays.empty());
    return found.skipped.at(0).reason;
  };
  CHECK(reason(1) == "its samples are coded as mu-law (encoding 1)");
  CHECK(reason(23) == "its samples are coded as G.721 ADPCM (encoding 23)");
  CHECK(reason(27) == "its samples are coded as A-law (encoding 27)");
  CHECK(reason(8) == "its samples are coded as a codec (encoding 8)");
}

TEST_CASE("au: damaged headers are refused", "[formats][au]") {
  const std::string file = au_file(3, 1, samples, 12);
  for (std::size_t bytes = 0; bytes < 24; ++bytes) {
    CHECK(refusal_of(file.substr(0, bytes)).code == errc::truncated);
  }
  CHECK(refusal_of("RIFF" + file.substr(4)).message ==
        "bytes 0 to 3 are not the magic .snd (or dns.)");
  CHECK(refusal_of(au_file(3, 0, samples, 12)).message == "byte 20: no channels");
  std::string wrong = file;
  wrong[7] = 23;
  const refusal inside = refusal_of(wrong);
  CHECK(inside.code == errc::corrupt_header);
  CHECK(inside.message == "byte 4: the data starts at byte 23, inside the header");
  wrong[7] = 100;
  CHECK(refusal_of(wrong).code == errc::truncated);
}
