// golden.hpp: what the tests of all formats share: golden files and their tables, refusals.
#pragma once
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/array/literal.hpp"
#include "quarry/base/error.hpp"

namespace golden {

inline const std::filesystem::path folder = QUARRY_TEST_DATA;

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (c == at) {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

// Rows of tab-separated cells.
inline std::vector<std::vector<std::string>> read_table(const std::filesystem::path& path) {
  std::vector<std::vector<std::string>> rows;
  for (const std::string& line : split(read_file(path), '\n')) {
    if (!line.empty()) rows.push_back(split(line, '\t'));
  }
  return rows;
}

// "(2, 3)" as numbers.
inline std::vector<std::int64_t> tuple_of(std::string_view text) {
  std::vector<std::string> warnings;
  const quarry::literal parsed = quarry::parse_literal(text, warnings);
  std::vector<std::int64_t> out;
  for (const auto& item : std::get<quarry::literal::tuple>(parsed.value).items) {
    out.push_back(std::get<std::int64_t>(item.value));
  }
  return out;
}

inline std::string descr_text(const quarry::dtype& type) {
  return quarry::python_text(quarry::descr_of(type));
}

inline std::uint64_t fnv1a(std::string_view bytes) {
  std::uint64_t out = 0xcbf29ce484222325U;
  for (const char c : bytes) out = (out ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return out;
}

inline std::string little_endian(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xff);
  return out;
}

// The code and message of what `action` throws; an empty message if it does not. Formats know no
// paths.
struct refusal {
  std::error_code code;
  std::string message;
};

template <class Action>
refusal refusal_from(Action&& action) {
  try {
    std::forward<Action>(action)();
  } catch (const quarry::error& e) {
    CHECK(e.path().empty());
    return {e.code(), e.message()};
  }
  return {};
}

}  // namespace golden
