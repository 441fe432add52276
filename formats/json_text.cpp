#include "formats/json_text.hpp"

#include <algorithm>
#include <map>
#include <span>
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

// Makes the values of a text and refuses what the parser itself would let pass: repeated keys, and
// nesting that later recursion must not follow. Json::parse is no choice: with a callback it goes
// over all siblings at the end of each object, and it compares each key of an ordered_json with all
// before it.
class json_builder final : public nlohmann::json_sax<ordered_json> {
 public:
  explicit json_builder(const json_limits& limits) : limits_(limits) {}

  /// The value of the whole text.
  ordered_json take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return false; }  // no text has one
  bool start_object(std::size_t /*unknown*/) override { return open(); }
  bool start_array(std::size_t /*unknown*/) override { return open(); }

  bool key(string_t& name) override {
    std::vector<std::string>& keys = levels_.back().keys;
    keys.push_back(std::move(name));
    if (keys.size() <= limits_.max_object_keys) return true;
    throw error(errc::limit_exceeded, concat(limits_.name, ": an object has more than ",
                                             limits_.max_object_keys, " keys"));
  }

  bool end_object() override {
    level closed = close();
    check_keys(closed.keys);
    ordered_json::object_t members;
    members.reserve(closed.keys.size());  // to grow would copy all that is in it
    for (std::size_t i = 0; i < closed.keys.size(); ++i) {
      members.emplace_back(std::move(closed.keys[i]), std::move(closed.values[i]));
    }
    return place(std::move(members));
  }

  bool end_array() override { return place(close().values); }

  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& failure) override {
    fail(limits_, failure.what());
  }

 private:
  // A list or an object that is still open.
  struct level {
    std::vector<std::string> keys;
    ordered_json::array_t values;
  };

  void count() {
    if (++values_ <= limits_.max_values) return;
    throw error(errc::limit_exceeded,
                concat(limits_.name, ": more than ", limits_.max_values, " values"));
  }

  bool open() {
    count();
    if (levels_.size() == limits_.max_depth) {
      fail(limits_, concat("nested deeper than ", limits_.max_depth));
    }
    levels_.emplace_back();
    return true;
  }

  level close() {
    level out = std::move(levels_.back());
    levels_.pop_back();
    return out;
  }

  bool add(ordered_json value) {
    count();
    return place(std::move(value));
  }

  bool place(ordered_json value) {
    if (levels_.empty()) {
      root_ = std::move(value);
    } else {
      levels_.back().values.push_back(std::move(value));
    }
    return true;
  }

  void check_keys(std::span<const std::string> keys) const {
    std::vector<std::string_view> sorted(keys.begin(), keys.end());
    std::ranges::sort(sorted);
    const auto twice = std::ranges::adjacent_find(sorted);
    if (twice == sorted.end()) return;
    fail(limits_, concat("the key '", escaped(*twice, shown_bytes), "' occurs twice"));
  }

  const json_limits& limits_;
  ordered_json root_;
  std::vector<level> levels_;
  std::size_t values_ = 0;
};

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
  if (text.size() > limits.max_bytes) {
    fail(limits, concat(text.size(), " bytes, at most ", limits.max_bytes));
  }
  if (text.starts_with("\xef\xbb\xbf")) fail(limits, "starts with a byte order mark at byte 0");
  json_builder out(limits);
  ordered_json::sax_parse(text, &out);
  return out.take();
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
  std::map<std::string_view, std::size_t> places;  // the object would compare with each name
  std::vector<std::pair<std::string_view, ordered_json>> members;
  for (const attribute& each : attrs) {
    const auto [found, is_new] = places.try_emplace(each.name, members.size());
    if (is_new) members.emplace_back(each.name, nullptr);
    members[found->second].second = json_of(each.value);
  }
  ordered_json::object_t out;
  out.reserve(members.size());
  for (auto& [name, value] : members) out.emplace_back(name, std::move(value));
  return out;
}

}  // namespace quarry::formats
