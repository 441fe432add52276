// reading.hpp: a format asked about bytes in memory, and its answers taken apart.
#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

#include <catch2/catch.hpp>

#include "quarry/store/format.hpp"

#include "formats/golden.hpp"

namespace golden {

// What a format sees of the files in `home`.
inline quarry::siblings beside(const std::filesystem::path& home, std::string file_name) {
  quarry::siblings out;
  out.file_name = std::move(file_name);
  out.exists = [home](std::string_view name) { return std::filesystem::exists(home / name); };
  out.read = [home](std::string_view name) -> std::optional<std::string> {
    if (!std::filesystem::exists(home / name)) return std::nullopt;
    return read_file(home / name);
  };
  out.look = [home](std::string_view name, std::size_t bytes) {
    const std::string data = read_file(home / name);
    return quarry::neighbour{data.size(), data.substr(0, bytes)};
  };
  return out;
}

inline quarry::catalog parse(const quarry::format& of, std::string_view file,
                             const quarry::siblings& around = {}) {
  return of.parse(std::as_bytes(std::span(file)), around);
}

// Sees of `file` what the store would show.
inline int probe(const quarry::format& of, std::string_view file,
                 const quarry::siblings& around = {}) {
  constexpr std::size_t shown_bytes = 4096;
  const int by_itself =
      of.probe({std::as_bytes(std::span(file.substr(0, shown_bytes))), file.size(), around});
  return by_itself > 0 || of.probe_beside == nullptr ? by_itself : of.probe_beside(around);
}

// Parsing `file` must throw just that.
inline void check_refusal(const quarry::format& of, std::string_view file, std::error_code code,
                          std::string_view message, const quarry::siblings& around = {}) {
  const refusal found = refusal_from([&] { parse(of, file, around); });
  CHECK(found.code == code);
  CHECK(found.message == message);
}

// The attribute as a Kind; it must be there and be one.
template <class Kind>
Kind attribute_of(const quarry::attributes& in, std::string_view name) {
  INFO(name);
  const quarry::attribute_value* const found = find_attribute(in, name);
  REQUIRE(found != nullptr);
  REQUIRE(std::holds_alternative<Kind>(found->value));
  return std::get<Kind>(found->value);
}

}  // namespace golden
