#include "formats/layout_json.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>
#include <vector>

#include <nlohmann/json.hpp>

#include "quarry/array/warnings.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/json_text.hpp"
#include "formats/layout_stack.hpp"
#include "formats/layout_values.hpp"

namespace quarry::formats {
namespace {

using json = nlohmann::ordered_json;

attributes parse_attributes(const json& value, std::string_view where) {
  if (!value.is_object())
    fail_layout(where, concat("attributes must be an object, found ", value.type_name()));
  return std::get<attributes>(attribute_of(value).value);
}

// A number, or a list with one per index.
std::vector<double> numbers(const json& value, std::string_view where) {
  if (!value.is_array()) return {number_of(value, where)};
  std::vector<double> out;
  for (const json& item : value) out.push_back(number_of(item, where));
  return out;
}

scaling parse_scaling(const json& value, const std::string& where,
                      std::vector<std::string>& warnings) {
  if (!value.is_object())
    fail_layout(where, concat("must be an object, found ", value.type_name()));
  scaling out;
  for (const auto& [key, item] : value.items()) {
    const std::string at = concat(where, ".", key);
    if (key == "scale") {
      out.scale = numbers(item, at);
    } else if (key == "offset") {
      out.offset = numbers(item, at);
    } else if (key == "axis") {
      out.axis = axis_of(item, at);
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
  placed_elements elements;
  stack_keys stack;
};

void take_key(array_entry& entry, const std::string& key, const json& value,
              const std::string& where, std::vector<std::string>& warnings) {
  const std::string at = concat(where, ".", key);
  if (key == "name") {
    entry.info.name = text_of(value, at);
  } else if (key == "attributes") {
    entry.info.attrs = parse_attributes(value, at);
  } else if (key == "scaling") {
    entry.info.scale = parse_scaling(value, at, warnings);
  } else if (!entry.elements.take(key, value, at, warnings) && !entry.stack.take(key, value, at)) {
    warn_of_key(at, warnings);
  }
}

array_info parse_array(const json& from, std::size_t position, std::vector<std::string>& warnings) {
  const std::string where = concat("arrays[", position, "]");
  if (!from.is_object()) fail_layout(where, concat("must be an object, found ", from.type_name()));
  array_entry entry;
  for (const auto& [key, value] : from.items()) take_key(entry, key, value, where, warnings);
  if (entry.stack.parts != nullptr) {
    entry.info.stack = parse_stack(entry.stack, entry.elements, where, warnings);
  } else if (entry.stack.says_something()) {
    fail_layout(where, "has an axis or a fill, but no parts");
  }
  entry.info.where = entry.elements.where(where);
  entry.info.type = *entry.elements.type;
  entry.info.offset_bytes = entry.elements.offset_bytes.value_or(0);
  entry.info.data_file = entry.elements.file.value_or("");
  at_layout_place(concat(where, ".scaling"),
                  [&] { check_scaling(entry.info.scale, entry.info.where.shape()); });
  if (entry.info.stack && entry.info.scale.is_per_index()) {
    fail_layout(concat(where, ".scaling"), "is one pair for all parts of a stack");
  }
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
    fail_layout(concat("arrays[", position, "].name"),
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
  out["dtype"] = descr_json(info.type);
  out["shape"] = info.where.shape();
  if (info.stack) {
    put_stack(out, *info.stack, info.type);
  } else {
    out["strides"] = info.where.strides();
    out["offset"] = info.offset_bytes;
  }
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
  if (!root.is_object()) fail_layout("", concat("must be an object, found ", root.type_name()));
  catalog out;
  for (const auto& [key, value] : root.items()) {
    if (key == "arrays") {
      if (!value.is_array())
        fail_layout("arrays", concat("must be a list, found ", value.type_name()));
      out.arrays = parse_arrays(value, out.warnings);
    } else if (key == "attributes") {
      out.attrs = parse_attributes(value, "attributes");
    } else {
      warn_of_key(key, out.warnings);
    }
  }
  if (out.arrays.empty()) fail_layout("", "has no arrays");
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

std::string dtype_json(const dtype& type) { return descr_json(type).dump(); }

std::string info_json(std::string_view path, std::string_view format, std::uint64_t file_bytes,
                      const catalog& contents) {
  constexpr std::uint64_t largest_alignment = 4096;
  json arrays = json::array();
  for (const array_info& info : contents.arrays) {
    json entry = to_json(info);
    entry["nbytes"] = info.where.size_bytes();
    if (!info.stack) entry["order"] = order_name(info.where);
    entry["byteorder"] = byte_order_name(info.type);
    if (!info.stack) {
      entry["alignment"] = std::uint64_t{1}
                           << std::countr_zero(info.offset_bytes | largest_alignment);
    }
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
