#include "formats/layout_stack.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace quarry::formats {
namespace {

using json = nlohmann::ordered_json;

constexpr auto infinity = std::numeric_limits<double>::infinity();

// What JSON has no numbers for.
constexpr std::array<std::pair<std::string_view, double>, 3> words{
    {{"nan", std::numeric_limits<double>::quiet_NaN()}, {"inf", infinity}, {"-inf", -infinity}}};

fill_number fill_of(const json& value, std::string_view at) {
  for (const auto& [word, number] : words) {
    if (value.is_string() && value.get_ref<const std::string&>() == word) return number;
  }
  const bool is_large = value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX;
  if (is_large) return value.get<std::uint64_t>();
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number()) return value.get<double>();
  fail_layout(at, concat("must be a number, 'nan', 'inf' or '-inf', found ",
                         escaped(value.dump(), shown_bytes)));
}

json fill_json(const fill_number& number) {
  if (const auto* const whole = std::get_if<std::int64_t>(&number)) return *whole;
  if (const auto* const large = std::get_if<std::uint64_t>(&number)) return *large;
  const double value = std::get<double>(number);
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? "nan" : value < 0 ? "-inf" : "inf";
}

part_info parse_part(const json& from, const dtype& type, const std::string& where,
                     std::vector<std::string>& warnings) {
  if (!from.is_object()) fail_layout(where, concat("must be an object, found ", from.type_name()));
  part_info out;
  placed_elements elements;
  for (const auto& [key, value] : from.items()) {
    const std::string at = concat(where, ".", key);
    if (key == "array") {
      out.array = text_of(value, at);
    } else if (!elements.take(key, value, at, warnings)) {
      warn_of_key(at, warnings);
    }
  }
  if (!elements.file || elements.file->empty()) fail_layout(where, "has no file");
  if (out.array && (elements.strides || elements.offset_bytes)) {
    fail_layout(where,
                "has strides or an offset beside the array that its file's header describes");
  }
  if (!elements.type) elements.type = type;
  out.file = *elements.file;
  out.where = elements.where(where);
  out.type = *elements.type;
  out.offset_bytes = elements.offset_bytes.value_or(0);
  return out;
}

}  // namespace

bool stack_keys::take(std::string_view key, const json& value, std::string_view at) {
  if (key == "parts") {
    if (!value.is_array()) fail_layout(at, concat("must be a list, found ", value.type_name()));
    parts = &value;
  } else if (key == "axis") {
    axis = axis_of(value, at);
  } else if (key == "new_axis") {
    new_axis = axis_of(value, at);
  } else if (key == "fill") {
    fill = fill_of(value, at);
  } else {
    return false;
  }
  return true;
}

stack_info parse_stack(const stack_keys& keys, placed_elements& whole, const std::string& where,
                       std::vector<std::string>& warnings) {
  if (whole.file || whole.strides || whole.offset_bytes) {
    fail_layout(where, "has parts, and a file, strides or an offset of its own");
  }
  if (!whole.type) fail_layout(where, "has no dtype");
  if (keys.axis.has_value() == keys.new_axis.has_value()) {
    fail_layout(where, "has parts along an axis or a new_axis, one of both");
  }
  stack_info out{.axis = keys.new_axis ? *keys.new_axis : *keys.axis,
                 .is_new_axis = keys.new_axis.has_value(),
                 .fill = keys.fill};
  for (const json& part : *keys.parts) {
    const std::string at = concat(where, ".parts[", out.parts.size(), "]");
    out.parts.push_back(parse_part(part, *whole.type, at, warnings));
  }
  const auto shape = at_layout_place(where, [&] { return shape_of(out); });
  if (whole.shape && *whole.shape != shape) {
    fail_layout(where, concat("has the shape ", tuple_text(*whole.shape), ", its parts make ",
                              tuple_text(shape)));
  }
  whole.shape = shape;
  return out;
}

void put_stack(json& entry, const stack_info& stack, const dtype& type) {
  entry[stack.is_new_axis ? "new_axis" : "axis"] = stack.axis;
  if (stack.fill) entry["fill"] = fill_json(*stack.fill);
  json parts = json::array();
  for (const part_info& part : stack.parts) {
    json each{{"file", part.file.native()}};
    if (part.array) each["array"] = *part.array;
    if (part.type != type) each["dtype"] = descr_json(part.type);
    each["shape"] = part.where.shape();
    if (!part.array) {
      each["strides"] = part.where.strides();
      each["offset"] = part.offset_bytes;
    }
    parts.push_back(std::move(each));
  }
  entry["parts"] = std::move(parts);
}

}  // namespace quarry::formats
