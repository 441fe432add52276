#include "quarry/kernels/cast.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/array/dtype_text.hpp"
#include "quarry/base/error.hpp"

using quarry::can_cast;
using quarry::casting;
using quarry::least_casting;
using quarry::parse_dtype;

namespace {

struct row {
  std::string_view type;
  std::string_view answers;
};
constexpr std::array numpy_rows = std::to_array<row>({
#include "data/can_cast.inc"
});

constexpr std::array rules{casting::no, casting::equiv, casting::safe, casting::same_kind,
                           casting::unsafe};

// The strictest rule that allows the cast, as a letter of the table.
char strictest(const quarry::dtype& from, const quarry::dtype& to) {
  for (const casting rule : rules) {
    if (can_cast(from, to, rule)) return "nesku"[static_cast<std::size_t>(rule)];
  }
  return '-';
}

casting least(std::string_view from, std::string_view to) {
  return least_casting(parse_dtype(from), parse_dtype(to));
}

}  // namespace

TEST_CASE("cast: NumPy gives the same answer for every pair of types", "[kernels][cast]") {
  std::vector<quarry::dtype> types;
  for (const row& r : numpy_rows) types.push_back(parse_dtype(r.type));
  for (std::size_t i = 0; i < types.size(); ++i) {
    std::string answers;
    for (const quarry::dtype& to : types) answers += strictest(types[i], to);
    INFO("from " << numpy_rows[i].type);
    CHECK(answers == numpy_rows[i].answers);
  }
}

TEST_CASE("cast: a wider rule allows what a stricter one does", "[kernels][cast]") {
  for (const row& a : numpy_rows) {
    for (const row& b : numpy_rows) {
      bool allowed = false;
      for (const casting rule : rules) {
        const bool now = can_cast(parse_dtype(a.type), parse_dtype(b.type), rule);
        if (allowed != now && allowed) FAIL(a.type << " to " << b.type);
        allowed = now;
      }
    }
  }
}

TEST_CASE("cast: 24-bit integers stand between 16 and 32 bits", "[kernels][cast]") {
  CHECK(least("<i3", "<i3") == casting::no);
  CHECK(least("<i3", ">i3") == casting::equiv);
  CHECK(least("<i2", "<i3") == casting::safe);
  CHECK(least("<u2", "<i3") == casting::safe);
  CHECK(least("<i3", "<i4") == casting::safe);
  CHECK(least("<u3", "<i4") == casting::safe);
  CHECK(least("<u3", "<u4") == casting::safe);
  CHECK(least("<i3", "<f4") == casting::safe);
  CHECK(least("<u3", "<f4") == casting::safe);
  CHECK(least("<u3", "<c8") == casting::safe);
  CHECK(least("<i3", "<f2") == casting::same_kind);
  CHECK(least("<i3", "<i2") == casting::same_kind);
  CHECK(least("<i4", "<i3") == casting::same_kind);
  CHECK(least("<u3", "<i3") == casting::same_kind);
  CHECK(least("<u2", "<u3") == casting::safe);
  CHECK(least("<i3", "<u3") == casting::unsafe);
  CHECK(least("<i1", "<u3") == casting::unsafe);
  CHECK(least("<f2", "<i3") == casting::unsafe);
  CHECK(least("<i3", "|S8") == casting::safe);
  CHECK(least("<i3", "|S7") == casting::same_kind);
}

TEST_CASE("cast: bfloat16 holds 8-bit integers and fits in float32", "[kernels][cast]") {
  CHECK(least("bf16", "bf16") == casting::no);
  CHECK(least("|b1", "bf16") == casting::safe);
  CHECK(least("|i1", "bf16") == casting::safe);
  CHECK(least("|u1", "bf16") == casting::safe);
  CHECK(least("<i2", "bf16") == casting::same_kind);
  CHECK(least("bf16", "<f4") == casting::safe);
  CHECK(least("bf16", "<f8") == casting::safe);
  CHECK(least("bf16", "<c8") == casting::safe);
  CHECK(least("<f4", "bf16") == casting::same_kind);
  CHECK(least("<f2", "bf16") == casting::same_kind);
  CHECK(least("bf16", "<f2") == casting::same_kind);
  CHECK(least("bf16", "<i2") == casting::unsafe);
  CHECK(least("<c8", "bf16") == casting::unsafe);
}

TEST_CASE("cast: a string of no length is as concrete as any other", "[kernels][cast]") {
  CHECK(least("|S0", "|S3") == casting::safe);
  CHECK(least("|S3", "|S0") == casting::same_kind);
}

TEST_CASE("cast: a title counts as part of a field's name", "[kernels][cast]") {
  const auto titled = [](std::string title) {
    const quarry::field f{.name = "a", .type = parse_dtype("<i4"), .title = std::move(title)};
    return quarry::dtype::packed_record({f});
  };
  CHECK(least_casting(titled("t"), titled("t")) == casting::no);
  CHECK(least_casting(titled("t"), titled("u")) == casting::safe);
  CHECK(least_casting(titled("t"), titled("")) == casting::safe);
}

TEST_CASE("cast: rules have NumPy's names", "[kernels][cast]") {
  CHECK(quarry::name_of(casting::no) == "no");
  CHECK(quarry::name_of(casting::equiv) == "equiv");
  CHECK(quarry::name_of(casting::safe) == "safe");
  CHECK(quarry::name_of(casting::same_kind) == "same_kind");
  CHECK(quarry::name_of(casting::unsafe) == "unsafe");
}

TEST_CASE("cast: the common type is the one that all others can safely become", "[kernels][cast]") {
  const auto common = [](const std::vector<std::string_view>& names) {
    std::vector<quarry::dtype> types;
    for (const std::string_view name : names) types.push_back(parse_dtype(name));
    return to_string(quarry::common_type(types));
  };
  CHECK(common({"<i2"}) == "<i2");
  CHECK(common({"<i2", ">i2", "<i2"}) == "<i2");
  CHECK(common({"|u1", ">i2", "<i2"}) == ">i2");
  CHECK(common({"<i4", "<f4", ">f8"}) == ">f8");
  CHECK(common({"<f4", "<i4", "<f8"}) == "<f8");
  CHECK(common({"|S2", "|S5", "|S3"}) == "|S5");
  CHECK(common({"{a:<i2, b:<f4}", "{a:<i4, b:<f4}"}) == "{a:<i4, b:<f4}");
  const auto native = [](std::string_view name) { return to_string(parse_dtype(name)); };
  CHECK(common({"|i1", "|u1"}) == native("=i2"));
  CHECK(common({">i4", ">f4", "|b1"}) == native("=f8"));
  CHECK(common({"<i3", "<u3", "|u1"}) == native("=i4"));
  CHECK(common({"<i8", "<u8", "<c8"}) == native("=c16"));
  for (const std::vector<std::string_view>& names : std::vector<std::vector<std::string_view>>{
           {}, {"<f4", "|S9"}, {"<i2", "<M8[s]"}, {"{a:<i2}", "{a:<f2}"}}) {
    try {
      common(names);
      FAIL("there is none");
    } catch (const quarry::error& refused) {
      CHECK(refused.code() == quarry::errc::type_mismatch);
    }
  }
}
