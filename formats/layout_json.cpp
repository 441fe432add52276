#include "formats/layout_json.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>
#include <vector>

#include <nlohmann/json.hpp>

#include "quarry/array/literal.hpp"
#include "quarry/array/warnings.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/json_text.hpp"

namespace quarry::formats {
namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t shown_bytes = 80;  // of text from the file in a message

[[noreturn]] void fail(std::string_view where, std::string_view why) {
  throw error(errc::corrupt_header, concat("layout JSON: ", where, where.empty() ? "" : ": ", why));
}

// What `make` returns; its errors are told the place and become the file's.
template <class Make>
auto at_place(std::string_view where, const Make& make) {
  try {
    return make();
  } catch (const error& failure) {
    throw quarry::at_place(failure, concat("layout JSON: ", where), errc::corrupt_header);
  }
}

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

attributes parse_attributes(const json& value, std::string_view where) {
  if (!value.is_object())
    fail(where, concat("attributes must be an object, found ", value.type_name()));
  return std::get<attributes>(attribute_of(value).value);
}

std::vector<std::int64_t> integers(const json& value, std::string_view where) {
  if (!value.is_array())
    fail(where, concat("must be a list of integers, found ", value.type_name()));
  std::vector<std::int64_t> out;
  for (const json& item : value) {
    const bool fits = item.is_number_integer() &&
                      !(item.is_number_unsigned() && item.get<std::uint64_t>() > INT64_MAX);
    if (!fits)
      fail(where, concat("must be a list of integers, found ", escaped(item.dump(), shown_bytes)));
    out.push_back(item.get<std::int64_t>());
  }
  return out;
}

double number_of(const json& value, std::string_view where) {
  if (!value.is_number()) {
    fail(where, concat("must be a number, found ", escaped(value.dump(), shown_bytes)));
  }
  return value.get<double>();
}

// A number, or a list with one per index.
std::vector<double> numbers(const json& value, std::string_view where) {
  if (!value.is_array()) return {number_of(value, where)};
  std::vector<double> out;
  for (const json& item : value) out.push_back(number_of(item, where));
  return out;
}

std::string text_of(const json& value, std::string_view where) {
  if (!value.is_string()) fail(where, concat("must be a text, found ", value.type_name()));
  return value.get<std::string>();
}

void warn_of_key(std::string_view where, std::vector<std::string>& warnings) {
  add_warning(warnings, concat("layout JSON: unknown key '", escaped(where, shown_bytes), "'"));
}

scaling parse_scaling(const json& value, const std::string& where,
                      std::vector<std::string>& warnings) {
  if (!value.is_object()) fail(where, concat("must be an object, found ", value.type_name()));
  scaling out;
  for (const auto& [key, item] : value.items()) {
    const std::string at = concat(where, ".", key);
    if (key == "scale") {
      out.scale = numbers(item, at);
    } else if (key == "offset") {
      out.offset = numbers(item, at);
    } else if (key == "axis") {
      if (!item.is_number_unsigned() || item.get<std::uint64_t>() >= max_rank) {
        fail(at,
             concat("must be the number of an axis, found ", escaped(item.dump(), shown_bytes)));
      }
      out.axis = item.get<int>();
    } else if (key == "blank") {
      out.blank = number_of(item, at);
    } else {
      warn_of_key(at, warnings);
    }
  }
  return out;
}

// What one entry of "arrays" says, before it is put together.
struct array_entry {
  array_info info;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
  std::vector<std::int64_t> subarray;
  bool has_dtype = false;
  bool has_shape = false;
  bool has_strides = false;
};

void take_key(array_entry& entry, const std::string& key, const json& value,
              const std::string& where, std::vector<std::string>& warnings) {
  const std::string at = concat(where, ".", key);
  if (key == "name") {
    entry.info.name = text_of(value, at);
  } else if (key == "file") {
    entry.info.data_file = text_of(value, at);
  } else if (key == "dtype") {
    entry.info.type =
        at_place(at, [&] { return dtype_from_descr(to_literal(value), entry.subarray, warnings); });
    entry.has_dtype = true;
  } else if (key == "shape") {
    entry.shape = integers(value, at);
    entry.has_shape = true;
  } else if (key == "strides") {
    entry.strides = integers(value, at);
    entry.has_strides = true;
  } else if (key == "offset") {
    if (!value.is_number_unsigned())
      fail(at, concat("must be a number of bytes, found ", escaped(value.dump(), shown_bytes)));
    entry.info.offset_bytes = value.get<std::uint64_t>();
  } else if (key == "attributes") {
    entry.info.attrs = parse_attributes(value, at);
  } else if (key == "scaling") {
    entry.info.scale = parse_scaling(value, at, warnings);
  } else {
    warn_of_key(at, warnings);
  }
}

array_info parse_array(const json& from, std::size_t position, std::vector<std::string>& warnings) {
  const std::string where = concat("arrays[", position, "]");
  if (!from.is_object()) fail(where, concat("must be an object, found ", from.type_name()));
  array_entry entry;
  for (const auto& [key, value] : from.items()) take_key(entry, key, value, where, warnings);
  if (!entry.has_dtype) fail(where, "has no dtype");
  if (!entry.has_shape) fail(where, "has no shape");
  if (!entry.subarray.empty()) fail(where, "dtype is a subarray; its extents belong to the shape");
  if (entry.info.type.has_object()) {
    throw error(errc::unsupported,
                concat("layout JSON: ", where, ".dtype: Python objects are never read"));
  }
  const std::int64_t item_bytes = entry.info.type.item_bytes();
  if (item_bytes == 0) fail(where, "dtype has items of 0 bytes");
  entry.info.where = at_place(where, [&] {
    return entry.has_strides ? layout::strided(entry.shape, entry.strides, item_bytes)
                             : layout::contiguous(entry.shape, item_bytes);
  });
  at_place(concat(where, ".scaling"), [&] { check_scaling(entry.info.scale, entry.shape); });
  return std::move(entry.info);
}

std::vector<array_info> parse_arrays(const json& from, std::vector<std::string>& warnings) {
  std::vector<array_info> out;
  std::set<std::string> names;
  for (const json& entry : from) {
    const std::size_t position = out.size();
    out.push_back(parse_array(entry, position, warnings));
    const std::string& name = out.back().name;
    if (name.empty() || names.insert(name).second) continue;
    fail(concat("arrays[", position, "].name"),
         concat("'", escaped(name, shown_bytes), "' is the name of another array"));
  }
  return out;
}

json to_json(const scaling& scale) {
  json out = json::object();
  const auto put = [&](const char* key, const std::vector<double>& numbers) {
    if (numbers.size() == 1) out[key] = numbers.front();
    if (numbers.size() > 1) out[key] = numbers;
  };
  put("scale", scale.scale);
  put("offset", scale.offset);
  if (scale.is_per_index()) out["axis"] = scale.axis;
  if (scale.blank && std::isfinite(*scale.blank)) out["blank"] = *scale.blank;
  return out;
}

json to_json(const array_info& info) {
  json out;
  out["name"] = info.name;
  out["dtype"] = from_literal(descr_of(info.type));
  out["shape"] = std::vector<std::int64_t>(info.where.shape().begin(), info.where.shape().end());
  out["strides"] =
      std::vector<std::int64_t>(info.where.strides().begin(), info.where.strides().end());
  out["offset"] = info.offset_bytes;
  if (json scale = to_json(info.scale); !info.scale.is_identity() && !scale.empty()) {
    out["scaling"] = std::move(scale);
  }
  return out;
}

std::string_view order_name(const layout& where) {
  const bool c = where.is_contiguous(memory_order::c);
  const bool f = where.is_contiguous(memory_order::f);
  if (c && f) return "C+F";
  return c ? "C" : f ? "F" : "strided";
}

std::string_view byte_order_name(const dtype& type) {
  const auto orders = type.orders();
  if (orders.mixed) return "mixed";
  if (orders.order == byte_order::none) return "none";
  return orders.order == byte_order::little ? "little" : "big";
}

}  // namespace

catalog parse_layout_json(std::string_view text) {
  const json root = parse_json(text, {.name = "layout JSON"});
  if (!root.is_object()) fail("", concat("must be an object, found ", root.type_name()));
  catalog out;
  for (const auto& [key, value] : root.items()) {
    if (key == "arrays") {
      if (!value.is_array()) fail("arrays", concat("must be a list, found ", value.type_name()));
      out.arrays = parse_arrays(value, out.warnings);
    } else if (key == "attributes") {
      out.attrs = parse_attributes(value, "attributes");
    } else {
      warn_of_key(key, out.warnings);
    }
  }
  if (out.arrays.empty()) fail("", "has no arrays");
  return out;
}

std::string layout_json(std::span<const array_info> arrays, const attributes& attrs) {
  json list = json::array();
  for (const array_info& info : arrays) {
    if (info.type.item_bytes() == 0) {
      throw error(errc::unsupported, "items of 0 bytes are not written");
    }
    json entry = to_json(info);
    if (!info.data_file.empty()) entry["file"] = info.data_file.string();
    entry["attributes"] = json_of(info.attrs);
    list.push_back(std::move(entry));
  }
  try {
    return json{{"arrays", std::move(list)}, {"attributes", json_of(attrs)}}.dump();
  } catch (const json::type_error&) {
    throw error(errc::invalid_argument, "a name or an attribute is not UTF-8, which JSON needs");
  }
}

std::string info_json(std::string_view path, std::string_view format, std::uint64_t file_bytes,
                      const catalog& contents) {
  constexpr std::uint64_t largest_alignment = 4096;
  json arrays = json::array();
  for (const array_info& info : contents.arrays) {
    json entry = to_json(info);
    entry["nbytes"] = info.where.size_bytes();
    entry["order"] = order_name(info.where);
    entry["byteorder"] = byte_order_name(info.type);
    entry["alignment"] = std::uint64_t{1}
                         << std::countr_zero(info.offset_bytes | largest_alignment);
    if (!info.data_file.empty()) entry["file"] = info.data_file.string();
    if (info.stored_as == encoding::deflate) {
      entry["stored"] = "deflate";
      entry["stored_bytes"] = info.stream.stored_bytes;
    }
    entry["attributes"] = json_of(info.attrs);
    arrays.push_back(std::move(entry));
  }
  json out{{"path", path}, {"format", format}, {"file_bytes", file_bytes}};
  out["arrays"] = std::move(arrays);
  if (!contents.skipped.empty()) {
    out["skipped"] = json::array();
    for (const skipped_array& each : contents.skipped) {
      out["skipped"].push_back(
          {{"name", each.name}, {"reason", each.reason}, {"remedy", each.remedy}});
    }
  }
  if (!contents.attrs.empty()) out["attributes"] = json_of(contents.attrs);
  if (!contents.warnings.empty()) out["warnings"] = contents.warnings;
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace quarry::formats
