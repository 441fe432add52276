#include "formats/layout_values.hpp"

#include <utility>
#include <variant>

#include "quarry/array/literal.hpp"
#include "quarry/array/warnings.hpp"

namespace quarry::formats {
namespace {

using json = nlohmann::ordered_json;

// NOLINTNEXTLINE(misc-no-recursion): depth <= json_limits::max_depth
literal to_literal(const json& value) {
  literal out;
  if (value.is_boolean()) {
    out.value = value.get<bool>();
  } else if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) {
    throw error(errc::corrupt_header,
                concat("the number ", value.get<std::uint64_t>(), " is out of range"));
  } else if (value.is_number_integer()) {
    out.value = value.get<std::int64_t>();
  } else if (value.is_number()) {
    out.value = value.get<double>();
  } else if (value.is_string()) {
    out.value = value.get<std::string>();
  } else if (value.is_array()) {
    literal::list items;
    for (const json& item : value) items.items.push_back(to_literal(item));
    out.value = std::move(items);
  } else if (value.is_object()) {
    literal::dict items;
    for (const auto& [key, item] : value.items()) {
      items.items.push_back({literal{key, 0}, to_literal(item)});
    }
    out.value = std::move(items);
  }
  return out;
}

// NOLINTNEXTLINE(misc-no-recursion): a dtype is nested at most dtype::max_depth deep
json from_literal(const literal& from) {
  return std::visit(
      [](const auto& value) -> json {
        using type = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<type, std::monostate>) {
          return nullptr;
        } else if constexpr (std::is_same_v<type, literal::dict>) {
          json out = json::object();
          for (const auto& [key, item] : value.items) {
            out[std::get<std::string>(key.value)] = from_literal(item);
          }
          return out;
        } else if constexpr (std::is_same_v<type, literal::list> ||
                             std::is_same_v<type, literal::tuple>) {
          json out = json::array();
          for (const literal& item : value.items) out.push_back(from_literal(item));
          return out;
        } else {
          return value;
        }
      },
      from.value);
}

}  // namespace

void fail_layout(std::string_view where, std::string_view why) {
  throw error(errc::corrupt_header, concat("layout JSON: ", where, where.empty() ? "" : ": ", why));
}

std::string text_of(const json& value, std::string_view where) {
  if (!value.is_string()) fail_layout(where, concat("must be a text, found ", value.type_name()));
  return value.get<std::string>();
}

double number_of(const json& value, std::string_view where) {
  if (!value.is_number()) {
    fail_layout(where, concat("must be a number, found ", escaped(value.dump(), shown_bytes)));
  }
  return value.get<double>();
}

std::vector<std::int64_t> integers_of(const json& value, std::string_view where) {
  if (!value.is_array())
    fail_layout(where, concat("must be a list of integers, found ", value.type_name()));
  std::vector<std::int64_t> out;
  for (const json& item : value) {
    const bool fits = item.is_number_integer() &&
                      !(item.is_number_unsigned() && item.get<std::uint64_t>() > INT64_MAX);
    if (!fits)
      fail_layout(where,
                  concat("must be a list of integers, found ", escaped(item.dump(), shown_bytes)));
    out.push_back(item.get<std::int64_t>());
  }
  return out;
}

int axis_of(const json& value, std::string_view where) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() >= max_rank) {
    fail_layout(
        where, concat("must be the number of an axis, found ", escaped(value.dump(), shown_bytes)));
  }
  return value.get<int>();
}

std::uint64_t bytes_of(const json& value, std::string_view where) {
  if (!value.is_number_unsigned()) {
    fail_layout(where,
                concat("must be a number of bytes, found ", escaped(value.dump(), shown_bytes)));
  }
  return value.get<std::uint64_t>();
}

dtype dtype_of(const json& value, std::string_view where, std::vector<std::string>& warnings) {
  std::vector<std::int64_t> subarray;
  dtype out = at_layout_place(
      where, [&] { return dtype_from_descr(to_literal(value), subarray, warnings); });
  if (!subarray.empty()) fail_layout(where, "is a subarray; its extents belong to the shape");
  if (out.has_object()) {
    throw error(errc::unsupported,
                concat("layout JSON: ", where, ": Python objects are never read"));
  }
  if (out.item_bytes() == 0) fail_layout(where, "has items of 0 bytes");
  return out;
}

json descr_json(const dtype& type) { return from_literal(descr_of(type)); }

bool placed_elements::take(std::string_view key, const json& value, std::string_view at,
                           std::vector<std::string>& warnings) {
  if (key == "dtype") {
    type = dtype_of(value, at, warnings);
  } else if (key == "shape") {
    shape = integers_of(value, at);
  } else if (key == "strides") {
    strides = integers_of(value, at);
  } else if (key == "offset") {
    offset_bytes = bytes_of(value, at);
  } else if (key == "file") {
    file = text_of(value, at);
  } else {
    return false;
  }
  return true;
}

layout placed_elements::where(std::string_view place) const {
  if (!type) fail_layout(place, "has no dtype");
  if (!shape) fail_layout(place, "has no shape");
  return at_layout_place(place, [&] {
    return strides ? layout::strided(*shape, *strides, type->item_bytes())
                   : layout::contiguous(*shape, type->item_bytes());
  });
}

void warn_of_key(std::string_view where, std::vector<std::string>& warnings) {
  add_warning(warnings, concat("layout JSON: unknown key '", escaped(where, shown_bytes), "'"));
}

}  // namespace quarry::formats
