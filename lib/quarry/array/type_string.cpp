#include "quarry/array/type_string.hpp"

#include <charconv>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#include "quarry/array/warnings.hpp"
#include "quarry/base/assert.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry::detail {
namespace {

struct alias {
  std::string_view name;
  std::string_view code;      // a letter and a size
  bool is_platforms = false;  // the size is that of x86-64 Linux
};

// One-letter codes and names, as numpy.sctypeDict of NumPy 1.24 on x86-64 Linux has them.
constexpr alias aliases[] = {
    {"?", "b1"},
    {"b", "i1"},
    {"B", "u1"},
    {"h", "i2"},
    {"H", "u2"},
    {"i", "i4"},
    {"I", "u4"},
    {"l", "i8", true},
    {"L", "u8", true},
    {"q", "i8"},
    {"Q", "u8"},
    {"p", "i8", true},
    {"P", "u8", true},
    {"e", "f2"},
    {"f", "f4"},
    {"d", "f8"},
    {"g", "f16", true},
    {"F", "c8"},
    {"D", "c16"},
    {"G", "c32", true},
    {"S", "S0"},
    {"a", "S0"},
    {"U", "U0"},
    {"V", "V0"},
    {"c", "S1"},
    {"M", "M8"},
    {"m", "m8"},
    {"bool", "b1"},
    {"bool8", "b1"},
    {"bool_", "b1"},
    {"byte", "i1"},
    {"ubyte", "u1"},
    {"short", "i2"},
    {"ushort", "u2"},
    {"intc", "i4"},
    {"uintc", "u4"},
    {"int", "i8", true},
    {"int_", "i8", true},
    {"int0", "i8", true},
    {"intp", "i8", true},
    {"uint", "u8", true},
    {"uint0", "u8", true},
    {"uintp", "u8", true},
    {"long", "i8", true},
    {"ulong", "u8", true},
    {"longlong", "i8"},
    {"ulonglong", "u8"},
    {"int8", "i1"},
    {"int16", "i2"},
    {"int24", "i3"},
    {"int32", "i4"},
    {"int64", "i8"},
    {"uint8", "u1"},
    {"uint16", "u2"},
    {"uint24", "u3"},
    {"uint32", "u4"},
    {"uint64", "u8"},
    {"half", "f2"},
    {"single", "f4"},
    {"double", "f8"},
    {"float", "f8"},
    {"float_", "f8"},
    {"longdouble", "f16", true},
    {"longfloat", "f16", true},
    {"float16", "f2"},
    {"float32", "f4"},
    {"float64", "f8"},
    {"float128", "f16", true},
    {"csingle", "c8"},
    {"singlecomplex", "c8"},
    {"complex", "c16"},
    {"complex_", "c16"},
    {"cfloat", "c16"},
    {"cdouble", "c16"},
    {"clongdouble", "c32", true},
    {"clongfloat", "c32", true},
    {"longcomplex", "c32", true},
    {"complex64", "c8"},
    {"complex128", "c16"},
    {"complex256", "c32", true},
    {"object", "O8"},
    {"object0", "O8"},
    {"object_", "O8"},
    {"bytes", "S0"},
    {"bytes0", "S0"},
    {"bytes_", "S0"},
    {"string_", "S0"},
    {"str", "U0"},
    {"str0", "U0"},
    {"str_", "U0"},
    {"unicode", "U0"},
    {"unicode_", "U0"},
    {"void", "V0"},
    {"void0", "V0"},
    {"bfloat16", "bf16"},
};

constexpr std::string_view unit_names[] = {"",  "Y",  "M",  "W",  "D",  "h",  "m",
                                           "s", "ms", "us", "ns", "ps", "fs", "as"};

[[noreturn]] void refuse(std::string_view text, std::string_view why,
                         errc code = errc::invalid_argument) {
  throw error(code, concat("type '", escaped(text, 80), "': ", why));
}

// Takes the digits at the front of `text`; nothing if there are none or Integer cannot hold them.
template <class Integer>
std::optional<Integer> take_digits(std::string_view& text) {
  Integer out{};
  if (text.starts_with('-')) return std::nullopt;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (code != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return out;
}

// "[25s]", or nothing at all.
time_unit unit_of(std::string_view brackets, std::string_view whole) {
  if (brackets.empty()) return {};
  if (!brackets.starts_with('[') || !brackets.ends_with(']') || brackets.size() < 3) {
    refuse(whole, "expected a unit of time such as [ns] or [25s]");
  }
  std::string_view rest = brackets.substr(1, brackets.size() - 2);
  time_unit unit;
  const bool counted = rest[0] >= '0' && rest[0] <= '9';
  if (counted) {
    const auto count = take_digits<std::int32_t>(rest);
    if (!count || *count == 0) refuse(whole, "the count of a unit of time is 1 to 2147483647");
    unit.count = *count;
  }
  if (rest == "generic" && !counted) return unit;
  if (rest == "\xce\xbcs") rest = "us";  // with the Greek letter, as NumPy takes it
  for (std::size_t i = 1; i < std::size(unit_names); ++i) {
    if (rest == unit_names[i]) {
      unit.unit = static_cast<time_unit::base>(i);
      return unit;
    }
  }
  refuse(whole,
         concat("'", escaped(rest, 20), "' is no unit of time (Y M W D h m s ms us ns ps fs as)"));
}

// The part of "datetime64[ns]" or "M8[ns]" behind the name; nothing if it is no moment.
std::optional<std::pair<type_kind, std::string_view>> moment_of(std::string_view body) {
  for (const auto& [name, kind] : {std::pair{"datetime64", type_kind::datetime},
                                   {"timedelta64", type_kind::timedelta},
                                   {"M8", type_kind::datetime},
                                   {"m8", type_kind::timedelta}}) {
    if (body.starts_with(name)) return std::pair{kind, body.substr(std::string_view(name).size())};
  }
  return std::nullopt;
}

type_kind kind_of(char letter, std::string_view whole) {
  switch (letter) {
    case 'b':
      return type_kind::boolean;
    case 'i':
      return type_kind::signed_integer;
    case 'u':
      return type_kind::unsigned_integer;
    case 'f':
      return type_kind::floating;
    case 'c':
      return type_kind::complex_floating;
    case 'S':
    case 'a':
      return type_kind::bytes;
    case 'U':
      return type_kind::text;
    case 'V':
      return type_kind::raw;
    case 'O':
      return type_kind::object;
    default:
      refuse(whole, "no such type");
  }
}

// "f8", "S5", "bf16": a letter and a size.
dtype sized_type(std::string_view code, byte_order order, std::string_view whole) {
  if (code == "O") return {type_kind::object, 8};
  if (code == "bf16") return {type_kind::brain_floating, 2, order};
  if (code == "f1") {
    refuse(whole, "8-bit floating point (float8) is not supported", errc::unsupported);
  }
  if (code.empty()) refuse(whole, "expected a type");
  const type_kind kind = kind_of(code[0], whole);
  std::string_view digits = code.substr(1);
  const bool has_digits =
      !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
  if (!has_digits) refuse(whole, "no such type (expected a size in digits)");
  const auto count = take_digits<std::int64_t>(digits);
  const std::int64_t unit = kind == type_kind::text ? 4 : 1;
  if (!count || *count > dtype::max_item_bytes / unit) {
    refuse(whole, concat("the item is larger than ", dtype::max_item_bytes, " bytes"),
           errc::limit_exceeded);
  }
  if (kind == type_kind::object && *count == 4) return {kind, 8};  // written on 32-bit machines
  try {
    return {kind, *count * unit, order};
  } catch (const error&) {
    refuse(whole, concat("no such type (a size of ", *count, " bytes does not exist)"));
  }
}

byte_order order_of(char prefix) noexcept {
  return prefix == '<' ? byte_order::little : prefix == '>' ? byte_order::big : native_order;
}

}  // namespace

dtype parse_one_type(std::string_view text, std::vector<std::string>& warnings) {
  const bool prefixed = !text.empty() && std::string_view("<>=|").find(text[0]) < 4;
  const char prefix = prefixed ? text[0] : '=';
  std::string_view body = text.substr(prefixed ? 1 : 0);

  bool is_alias = false;
  for (const alias& row : aliases) {
    // NumPy allows a byte order before a letter, not before a name
    if (body != row.name || (prefixed && body.size() > 1)) continue;
    add_warning(warnings, concat("type '", text, "' is read as ", row.code,
                                 row.is_platforms ? ", its size on 64-bit Linux" : ""));
    body = row.code;
    is_alias = true;
    break;
  }
  dtype type;
  if (const auto moment = moment_of(body)) {
    type = dtype::moment(moment->first, unit_of(moment->second, text), order_of(prefix));
    is_alias = is_alias || body[1] != '8';
    if (body[1] != '8') add_warning(warnings, concat("type '", text, "' is a name"));
  } else {
    type = sized_type(body, order_of(prefix), text);
  }
  if (type.order() != byte_order::none && prefix != '<' && prefix != '>' && !is_alias) {
    add_warning(warnings, concat("type '", text, "' has no byte order, the machine's is taken"));
  }
  if (body.starts_with('a')) add_warning(warnings, concat("type '", text, "' is an old name of S"));
  return type;
}

std::string type_string(const dtype& type) {
  QUARRY_ASSERT(!type.is_record());
  static constexpr std::string_view letters = "biuf?cmMSUVO";  // in the order of type_kind
  const char prefix = type.order() == byte_order::none     ? '|'
                      : type.order() == byte_order::little ? '<'
                                                           : '>';
  std::string out(1, prefix);
  if (type.kind() == type_kind::brain_floating) return out + "bf16";
  out += letters[static_cast<std::size_t>(type.kind())];
  if (type.kind() == type_kind::object) return out;
  const bool is_text = type.kind() == type_kind::text;
  out += std::to_string(is_text ? type.item_bytes() / 4 : type.item_bytes());
  const time_unit unit = type.unit();
  if (unit.unit == time_unit::base::generic) return out;
  return concat(out, "[", unit.count == 1 ? "" : std::to_string(unit.count),
                unit_names[static_cast<std::size_t>(unit.unit)], "]");
}

}  // namespace quarry::detail
