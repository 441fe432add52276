#include "quarry/kernels/cast_table.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <complex>
#include <concepts>
#include <cstring>

#include "quarry/array/numbers.hpp"
#include "quarry/base/assert.hpp"
#include "quarry/base/text.hpp"
#include "quarry/kernels/simd/cast.hpp"

namespace quarry {
namespace {

struct row {
  type_kind kind;
  std::int64_t item_bytes;
  std::string_view name;
};

#define QUARRY_NUMBER_ROW(TYPE, KIND, NAME) row{type_kind::KIND, std::int64_t{sizeof(TYPE)}, NAME},
constexpr std::array rows{QUARRY_FOR_EACH_NUMBER(QUARRY_NUMBER_ROW)};
#undef QUARRY_NUMBER_ROW

std::size_t row_of(const dtype& type) noexcept {
  QUARRY_ASSERT(is_computable(type));
  std::size_t i = 0;
  while (rows[i].kind != type.kind() || rows[i].item_bytes != type.item_bytes()) ++i;
  return i;
}

template <class Float>
std::string shortest(Float v) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), v).ptr;
  return {text.data(), end};
}

std::string text_of(float v) { return shortest(v); }
std::string text_of(double v) { return shortest(v); }
std::string text_of(float16 v) { return shortest(static_cast<float>(v)); }
std::string text_of(bfloat16 v) { return shortest(static_cast<float>(v)); }
std::string text_of(int24 v) { return std::to_string(static_cast<std::int32_t>(v)); }
std::string text_of(uint24 v) { return std::to_string(static_cast<std::uint32_t>(v)); }
std::string text_of(boolean v) { return v ? "1" : "0"; }
std::string text_of(std::integral auto v) { return std::to_string(v); }

template <class Float>
std::string text_of(std::complex<Float> v) {
  return concat("(", shortest(v.real()), std::signbit(v.imag()) ? "" : "+", shortest(v.imag()),
                "j)");
}

template <class T>
std::string text_at(const std::byte* at) {
  T v;
  std::memcpy(&v, at, sizeof v);
  return text_of(v);
}

}  // namespace

number_cast cast_between(const dtype& from, const dtype& to, misfit rule) noexcept {
  return simd::cast_between(row_of(from), row_of(to), rule);
}

std::string_view number_name(const dtype& type) noexcept { return rows[row_of(type)].name; }

std::string number_text(const dtype& type, const std::byte* at) {
#define QUARRY_NUMBER_TEXT(TYPE, KIND, NAME) &text_at<TYPE>,
  static constexpr std::array texts{QUARRY_FOR_EACH_NUMBER(QUARRY_NUMBER_TEXT)};
#undef QUARRY_NUMBER_TEXT
  return texts[row_of(type)](at);
}

}  // namespace quarry
