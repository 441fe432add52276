// sigmf_plan_test.cpp: what is written as SigMF, what a recording cannot hold, and that it is read
// back. That the two files make sense to others is in tests/tools/sigmf_test.py.
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/array/dtype_text.hpp"
#include "quarry/base/error.hpp"

#include "formats/array_infos.hpp"
#include "formats/golden.hpp"
#include "formats/sigmf/sigmf.hpp"

using golden::info;
using golden::refusal;
using quarry::array_info;
using quarry::errc;
using quarry::layout;
using quarry::memory_order;
using quarry::formats::sigmf;

namespace {

quarry::file_plan plan_of(const array_info& array) { return sigmf.plan(std::span(&array, 1)); }

std::string text_of(const array_info& array) {
  const quarry::file_plan plan = plan_of(array);
  return {reinterpret_cast<const char*>(plan.detached.data()), plan.detached.size()};
}

refusal refusal_of(const array_info& array) {
  return golden::refusal_from([&] { plan_of(array); });
}

}  // namespace

TEST_CASE("sigmf: the metadata say what the data are", "[formats][sigmf]") {
  array_info array = info("<c8", {5, 2});
  array.attrs = {{"core:hw", {std::string("mixer 3")}},
                 {"sample_rate", {48000.5}},
                 {"units", {std::string("V")}},
                 {"core:sha512", {std::string("of the old data")}},
                 {"description", {std::string("pump")}}};
  CHECK(text_of(array) == R"({
  "global": {
    "core:datatype": "cf32_le",
    "core:version": "1.2.0",
    "core:num_channels": 2,
    "core:hw": "mixer 3",
    "core:sample_rate": 48000.5,
    "core:description": "pump"
  },
  "captures": [
    {
      "core:sample_start": 0
    }
  ],
  "annotations": []
}
)");
  const quarry::file_plan plan = plan_of(array);
  CHECK(plan.header.empty());
  CHECK(plan.offsets_bytes == std::vector<std::uint64_t>{0});
  CHECK(plan.file_bytes == 80);
}

TEST_CASE("sigmf: a frequency that all captures have is kept, their times are not",
          "[formats][sigmf]") {
  const auto captures = [](double first, double second) {
    std::vector<quarry::attribute_value> list;
    for (const double each : {first, second}) {
      list.push_back({quarry::attributes{{"core:sample_start", {std::int64_t{7}}},
                                         {"core:datetime", {std::string("2026-01-01T00:00:00Z")}},
                                         {"core:frequency", {each}}}});
    }
    array_info out = info("|u1", {5});
    out.attrs.push_back({"captures", {std::move(list)}});
    return text_of(out);
  };
  CHECK(captures(1.5, 1.5).find("\"core:frequency\": 1.5") != std::string::npos);
  CHECK(captures(1.5, 1.5).find("core:datetime") == std::string::npos);
  CHECK(captures(1.5, 2.5).find("core:frequency") == std::string::npos);
}

TEST_CASE("sigmf: what is written is read back", "[formats][sigmf]") {
  for (const char* const type : {"|i1",
                                 "|u1",
                                 "<i2",
                                 ">i2",
                                 "<u2",
                                 ">u2",
                                 "<i4",
                                 ">i4",
                                 "<u4",
                                 ">u4",
                                 "<f4",
                                 ">f4",
                                 "<f8",
                                 ">f8",
                                 "<c8",
                                 ">c8",
                                 "<c16",
                                 ">c16",
                                 "{re:<i2, im:<i2}",
                                 "{re:>u4, im:>u4}",
                                 "{re:|i1, im:|i1}"}) {
    for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{0}, {4}, {4, 3}}) {
      INFO(type);
      const array_info array = info(type, shape);
      const std::string text = text_of(array);
      quarry::siblings around{.file_name = "a.sigmf-meta"};
      around.look = [&](std::string_view /*name*/, std::size_t /*bytes*/) {
        return quarry::neighbour{static_cast<std::uint64_t>(array.where.size_bytes())};
      };
      const quarry::catalog found = sigmf.parse(std::as_bytes(std::span(text)), around);
      CHECK(found.warnings.empty());
      REQUIRE(found.arrays.size() == 1);
      CHECK(found.arrays[0].type == array.type);
      CHECK(found.arrays[0].where == array.where);
      CHECK(found.arrays[0].data_file == "a.sigmf-data");
    }
  }
}

TEST_CASE("sigmf: what a recording does not hold is refused", "[formats][sigmf]") {
  for (const char* const type : {"<i8", "<f2", "<i3", "|b1", "|S2", "{re:<i2, im:<i4}",
                                 "{re:<f4, im:<f4}", "{a:<i2, b:<i2}"}) {
    INFO(type);
    const refusal found = refusal_of(info(type, {3}));
    CHECK(found.code == errc::unsupported);
    CHECK(found.message.starts_with("a SigMF recording holds real and complex f4 and f8, "));
  }
  const std::string axes = "a SigMF recording holds samples of channels, 1 or 2 axes in C order";
  CHECK(refusal_of(info("<i2", {})).message == axes);
  CHECK(refusal_of(info("<i2", {2, 2, 2})).message == axes);
  CHECK(refusal_of(info("<i2", {2, 2}, memory_order::f)).message == axes);
  CHECK(refusal_of(info("<i2", {2, 0})).message ==
        "a SigMF recording holds 1 to 2147483647 channels, not 0");
  const std::vector<array_info> two(2, info("<i2", {3}));
  CHECK(golden::refusal_from([&] { sigmf.plan(two); }).message ==
        "a SigMF recording holds one array, not 2");
}
