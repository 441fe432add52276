#include "formats/json_text.hpp"

#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry::formats {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t shown_bytes = 80;  // of text from the file in a message

[[noreturn]] void fail(const json_limits& limits, std::string_view why) {
  throw error(errc::corrupt_header, concat(limits.name, ": ", why));
}

// Enters a key of the object at hand.
void add_key(std::set<std::string>& keys, const std::string& key, const json_limits& limits) {
  if (!keys.insert(key).second) {
    fail(limits, concat("the key '", escaped(key, shown_bytes), "' occurs twice"));
  }
  if (keys.size() > limits.max_object_keys) {
    throw error(errc::limit_exceeded,
                concat(limits.name, ": an object has more than ", limits.max_object_keys, " keys"));
  }
}

// Refuses what the parser itself would let pass: repeated keys, and nesting that later recursion
// must not follow.
template <class Json>
Json parse_strictly(std::string_view text, const json_limits& limits) {
  if (text.size() > limits.max_bytes) {
    fail(limits, concat(text.size(), " bytes, at most ", limits.max_bytes));
  }
  if (text.starts_with("\xef\xbb\xbf")) fail(limits, "starts with a byte order mark at byte 0");
  std::vector<std::set<std::string>> keys;
  std::size_t values = 0;
  const auto check = [&](int depth, typename Json::parse_event_t event, Json& value) {
    if (depth > limits.max_depth) fail(limits, concat("nested deeper than ", limits.max_depth));
    if (++values > limits.max_values) {
      throw error(errc::limit_exceeded,
                  concat(limits.name, ": more than ", limits.max_values, " values"));
    }
    if (event == Json::parse_event_t::object_start) {
      keys.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      keys.pop_back();
    } else if (event == Json::parse_event_t::key) {
      add_key(keys.back(), value.template get_ref<const std::string&>(), limits);
    }
    return true;
  };
  try {
    return Json::parse(text, check);
  } catch (const typename Json::exception& failure) {
    fail(limits, failure.what());
  }
}

// NOLINTNEXTLINE(misc-no-recursion): attributes are as deep as the caller made them
ordered_json json_of(const attribute_value& from) {
  return std::visit(
      [](const auto& value) -> ordered_json {
        using type = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<type, std::monostate>) {
          return nullptr;
        } else if constexpr (std::is_same_v<type, std::vector<attribute_value>>) {
          ordered_json out = ordered_json::array();
          for (const attribute_value& item : value) out.push_back(json_of(item));
          return out;
        } else if constexpr (std::is_same_v<type, attributes>) {
          return formats::json_of(value);
        } else {
          return value;
        }
      },
      from.value);
}

}  // namespace

ordered_json parse_json(std::string_view text, const json_limits& limits) {
  return parse_strictly<ordered_json>(text, limits);
}

nlohmann::json parse_sorted_json(std::string_view text, const json_limits& limits) {
  return parse_strictly<nlohmann::json>(text, limits);
}

// NOLINTNEXTLINE(misc-no-recursion): depth <= json_limits::max_depth
attribute_value attribute_of(const ordered_json& value) {
  if (value.is_boolean()) return {value.get<bool>()};
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) {
    return {value.get<double>()};
  }
  if (value.is_number_integer()) return {value.get<std::int64_t>()};
  if (value.is_number()) return {value.get<double>()};
  if (value.is_string()) return {value.get<std::string>()};
  if (value.is_array()) {
    std::vector<attribute_value> out;
    for (const ordered_json& item : value) out.push_back(attribute_of(item));
    return {std::move(out)};
  }
  if (value.is_object()) {
    attributes out;
    for (const auto& [key, item] : value.items()) out.push_back({key, attribute_of(item)});
    return {std::move(out)};
  }
  return {};
}

// NOLINTNEXTLINE(misc-no-recursion): attributes are as deep as the caller made them
ordered_json json_of(const attributes& attrs) {
  ordered_json out = ordered_json::object();
  for (const attribute& each : attrs) out[each.name] = json_of(each.value);
  return out;
}

}  // namespace quarry::formats
