// json_text.hpp: JSON texts from files, parsed without trust: for every format whose header is one.
#pragma once
#include <cstddef>
#include <string_view>

#include <nlohmann/json.hpp>

#include "quarry/store/format.hpp"

namespace quarry::formats {

/// What is read of a text, and what messages call it.
struct json_limits {
  std::string_view name = "JSON";
  std::size_t max_bytes = std::size_t{64} << 20U;
  std::size_t max_object_keys = 4096;
  std::size_t max_values = std::size_t{1} << 20U;  ///< some 100 bytes of memory each
  std::size_t max_depth = 32;                      ///< of lists and objects
};

/// Parses what RFC 8259 allows and no more, in time linear in the text but for sorting keys, which
/// stay in the order of the text. Throws error(corrupt_header), its message led by the text's name,
/// for what is no JSON, a byte order mark, a repeated key (of which two readers may take different
/// ones), and a text too long or too deep; error(limit_exceeded) for too many keys or values.
nlohmann::ordered_json parse_json(std::string_view text, const json_limits& limits);

/// An attribute's value of any JSON; integers beyond 63 bits become floating. Calls itself as deep
/// as `value` nests.
attribute_value attribute_of(const nlohmann::ordered_json& value);

/// The object of these attributes, of which the last counts where several have one name; numbers
/// that are not finite become null when it is dumped.
nlohmann::ordered_json json_of(const attributes& attrs);

}  // namespace quarry::formats
