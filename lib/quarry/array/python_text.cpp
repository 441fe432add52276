#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

#include "quarry/array/literal.hpp"
#include "quarry/base/utf8.hpp"
#include "quarry/base/text.hpp"

namespace quarry {
namespace {

struct code_range {
  char32_t first;
  char32_t last;
};

// What Python's str.isprintable() refuses beyond ASCII: the general categories Cc, Cf, Cs, Co, Zl,
// Zp and Zs and the noncharacters of Unicode 14, sorted. Code points not assigned yet are missing:
// they differ between versions of Python.
constexpr code_range unprintable[] = {
    {0x80, 0xa0},       {0xad, 0xad},       {0x600, 0x605},     {0x61c, 0x61c},
    {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},     {0x8e2, 0x8e2},
    {0x1680, 0x1680},   {0x180e, 0x180e},   {0x2000, 0x200f},   {0x2028, 0x202f},
    {0x205f, 0x206f},   {0x3000, 0x3000},   {0xd800, 0xf8ff},   {0xfdd0, 0xfdef},
    {0xfeff, 0xfeff},   {0xfff0, 0xfffb},   {0xfffe, 0xffff},   {0x110bd, 0x110bd},
    {0x110cd, 0x110cd}, {0x13430, 0x13438}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
    {0x1fffe, 0x1ffff}, {0x2fffe, 0x2ffff}, {0x3fffe, 0xe00ff}, {0xe01f0, 0x10ffff},
};

bool is_printable(char32_t code) noexcept {
  if (code < 0x80) return code >= 0x20 && code != 0x7f;
  const auto* const after =
      std::upper_bound(std::begin(unprintable), std::end(unprintable), code,
                       [](char32_t value, const code_range& range) { return value < range.first; });
  return after == std::begin(unprintable) || std::prev(after)->last < code;
}

void append_escaped(std::string& out, char32_t code) {
  switch (code) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  if (code < 0x100) {
    out += "\\x" + hex(code, 2);
  } else if (code < 0x10000) {
    out += "\\u" + hex(code, 4);
  } else {
    out += "\\U" + hex(code, 8);
  }
}

void append_string(std::string& out, std::string_view text) {
  const bool has_single = text.find('\'') != std::string_view::npos;
  const bool has_double = text.find('"') != std::string_view::npos;
  const char quote = has_single && !has_double ? '"' : '\'';
  out += quote;
  for (std::size_t at = 0; at < text.size();) {
    const auto [code, bytes] = utf8::decode(text, at);
    if (bytes == 0) {  // not UTF-8: show the byte
      out += "\\x" + hex(static_cast<unsigned char>(text[at]), 2);
      ++at;
      continue;
    }
    if (text[at] == quote || text[at] == '\\') {
      out += '\\';
      out += text[at];
    } else if (is_printable(code)) {
      out += text.substr(at, bytes);
    } else {
      append_escaped(out, code);
    }
    at += bytes;
  }
  out += quote;
}

void append_double(std::string& out, double value) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  const std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
  out += text;
  if (text.find_first_not_of("-0123456789") == std::string_view::npos) out += ".0";
}

struct writer {
  std::string& out;

  void operator()(std::monostate) const { out += "None"; }
  void operator()(bool value) const { out += value ? "True" : "False"; }
  void operator()(std::int64_t value) const { out += std::to_string(value); }
  void operator()(double value) const { append_double(out, value); }
  void operator()(const std::string& value) const { append_string(out, value); }
  void operator()(const literal::tuple& value) const {
    out += '(';
    items(value.items);
    out += value.items.size() == 1 ? ",)" : ")";
  }
  void operator()(const literal::list& value) const {
    out += '[';
    items(value.items);
    out += ']';
  }
  void operator()(const literal::dict& value) const {
    out += '{';
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      if (i > 0) out += ", ";
      std::visit(*this, value.items[i].key.value);
      out += ": ";
      std::visit(*this, value.items[i].value.value);
    }
    out += '}';
  }

  void items(const std::vector<literal>& values) const {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out += ", ";
      std::visit(*this, values[i].value);
    }
  }
};

}  // namespace

std::string python_text(const literal& value) {
  std::string out;
  std::visit(writer{out}, value.value);
  return out;
}

}  // namespace quarry
