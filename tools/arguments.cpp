#include "tools/arguments.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace quarry::tools {
namespace {

constexpr std::string_view blanks = " \t";

// In front of what starts like an option and is none; no terminal types it.
constexpr char value_mark = '\x01';

[[noreturn]] void refuse(std::string_view what, std::string_view found, std::string_view expected) {
  throw error(errc::invalid_argument,
              concat(what, " '", escaped(found, 100), "': expected ", expected));
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number out{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

// from_chars() takes no sign in front of a positive number, people do.
std::string_view without_plus(std::string_view text) {
  return text.size() > 1 && text[0] == '+' && text[1] != '-' && text[1] != '+' ? text.substr(1)
                                                                               : text;
}

// The text between brackets of either kind, if it stands in some.
std::string_view without_brackets(std::string_view text) {
  if (text.size() < 2) return text;
  const bool paired =
      (text.front() == '(' && text.back() == ')') || (text.front() == '[' && text.back() == ']');
  return paired ? trimmed(text.substr(1, text.size() - 2)) : text;
}

// The integers of a list; a comma behind the last one is allowed, as Python writes (3,).
template <class Integer>
std::optional<std::vector<Integer>> integers(std::string_view text, std::string_view separators) {
  std::vector<Integer> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    const auto value = whole_number<Integer>(trimmed(text.substr(0, end)));
    if (!value) return std::nullopt;
    out.push_back(*value);
    text = trimmed(text.substr(std::min(end + 1, text.size())));
  }
  return out;
}

bool is_negative_number(std::string_view text) {
  return text.size() > 1 && text[0] == '-' &&
         (std::isdigit(static_cast<unsigned char>(text[1])) || (text[1] == '.' && text.size() > 2));
}

bool is_axes(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789,-()[] ") == std::string_view::npos;
}

}  // namespace

// NOLINTNEXTLINE(misc-no-recursion): groups of options are verbs without a name to the parser
void prepare_options(CLI::App& verb) {
  for (CLI::App* group : verb.get_subcommands({})) prepare_options(*group);
  for (CLI::Option* option : verb.get_options()) {
    option->transform([](const std::string& value) {
      if (value.empty()) throw CLI::ValidationError("the value is empty");
      return value.starts_with(value_mark) ? value.substr(1) : value;
    });
  }
}

std::vector<std::string> prepared_arguments(std::vector<std::string> arguments) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string& argument = arguments[i];
    if (argument == "--") {
      out.insert(out.end(), arguments.begin() + static_cast<std::ptrdiff_t>(i), arguments.end());
      break;
    }
    if (argument == "-") {
      throw error(errc::invalid_argument, "'-': standard streams cannot be mapped; name a file");
    }
    if (argument.starts_with("--") && argument.ends_with("=")) {
      throw error(errc::invalid_argument, concat("'", argument, "' has no value"));
    }
    if (is_negative_number(argument)) {
      out.push_back(value_mark + argument);
    } else if (argument == "--transpose" && i + 1 < arguments.size() && is_axes(arguments[i + 1])) {
      out.push_back(concat(argument, "=", arguments[++i]));
    } else {
      out.push_back(std::move(argument));
    }
  }
  return out;
}

std::uint64_t parse_byte_count(std::string_view text) {
  static constexpr std::string_view expected =
      "a size such as 4096, 64M, 1GiB (2^30) or 10GB (10^9)";
  const std::string_view all = trimmed(text);
  const std::size_t digits = std::min(all.find_first_not_of("0123456789"), all.size());
  const auto count = whole_number<std::uint64_t>(all.substr(0, digits));
  const std::string_view unit = all.substr(digits);
  if (!count || *count == 0) refuse("size", text, expected);
  if (unit.empty() || unit == "B") return *count;
  static constexpr std::string_view prefixes = "KMGT";
  const std::size_t power = prefixes.find(unit[0] == 'k' ? 'K' : unit[0]);
  const std::string_view rest = unit.substr(1);
  if (power == std::string_view::npos || (!rest.empty() && rest != "B" && rest != "iB")) {
    refuse("size", text, expected);
  }
  const std::uint64_t base = rest == "B" ? 1000 : 1024;
  std::uint64_t bytes = *count;
  for (std::size_t i = 0; i <= power; ++i) {
    if (bytes > UINT64_MAX / base) refuse("size", text, "less than 2^64 bytes");
    bytes *= base;
  }
  return bytes;
}

std::vector<std::int64_t> parse_shape(std::string_view text) {
  static constexpr std::string_view expected =
      "extents such as 3,4 or (3, 4) or 3x4; () is a scalar";
  const std::string_view all = trimmed(text);
  const std::string_view inner = without_brackets(all);
  const auto shape =
      integers<std::int64_t>(inner, inner.find('x') == std::string_view::npos ? "," : "x");
  const bool is_cut_short = all.empty() || inner.ends_with('x');
  if (!shape || is_cut_short || std::ranges::any_of(*shape, [](auto n) { return n < 0; })) {
    refuse("shape", text, expected);
  }
  return *shape;
}

std::vector<int> parse_axes(std::string_view text) {
  const auto axes = integers<int>(without_brackets(trimmed(text)), ",");
  if (!axes || axes->empty()) refuse("axes", text, "numbers such as 1,0,2");
  return *axes;
}

number parse_number(std::string_view text) {
  const std::string_view all = without_plus(trimmed(text));
  if (const auto integer = whole_number<std::int64_t>(all); integer && *integer < 0) {
    return *integer;
  }
  if (const auto integer = whole_number<std::uint64_t>(all)) return *integer;
  if (const auto real = whole_number<double>(all)) return *real;
  if (all.ends_with('j')) {
    const std::string_view parts = all.substr(0, all.size() - 1);
    if (const auto imaginary = whole_number<double>(without_plus(parts))) {
      return std::complex<double>(0, *imaginary);
    }
    double real = 0;
    const auto [end, failure] = std::from_chars(parts.data(), parts.data() + parts.size(), real);
    const auto rest = parts.substr(static_cast<std::size_t>(end - parts.data()));
    const bool is_signed = rest.starts_with('+') || rest.starts_with('-');
    const auto imaginary = whole_number<double>(without_plus(rest));
    if (failure == std::errc() && is_signed && imaginary) {
      return std::complex<double>(real, *imaginary);
    }
  }
  refuse("value", text, "a number such as 7, -1.5, nan or 1+2j");
}

attribute parse_attribute(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos) refuse("attribute", text, "NAME=VALUE");
  attribute out{std::string(text.substr(0, equals)), {}};
  const std::string_view value = text.substr(equals + 1);
  if (const auto integer = whole_number<std::int64_t>(value)) {
    out.value = {*integer};
  } else if (const auto real = whole_number<double>(value)) {
    out.value = {*real};
  } else {
    out.value = {std::string(value)};
  }
  return out;
}

std::uint64_t parse_count(std::string_view option, std::string_view text, std::uint64_t least,
                          std::uint64_t most) {
  const auto count = whole_number<std::uint64_t>(trimmed(text));
  if (!count || *count < least || *count > most) {
    refuse(option, text, concat("a whole number from ", least, " to ", most));
  }
  return *count;
}

double parse_real(std::string_view option, std::string_view text) {
  const auto value = whole_number<double>(without_plus(trimmed(text)));
  if (!value || !std::isfinite(*value)) refuse(option, text, "a finite number such as 0.5 or 1e-3");
  return *value;
}

byte_order parse_byte_order(std::string_view text) {
  if (text == "little") return byte_order::little;
  if (text == "big") return byte_order::big;
  if (text == "native") return native_order;
  refuse("byte order", text, "little, big or native");
}

}  // namespace quarry::tools
