#include "formats/sigmf/sigmf_plan.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <nlohmann/json.hpp>

#include "quarry/array/dtype_text.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/json_text.hpp"
#include "formats/sigmf/metadata.hpp"

namespace quarry::formats {
namespace {

using json = nlohmann::ordered_json;

constexpr std::string_view written_version = "1.2.0";

[[noreturn]] void refuse(std::string_view why) { throw error(errc::unsupported, why); }

// The one spelling of each type among all that there are.
std::string datatype_of(const dtype& type) {
  for (const std::string_view domain : {"r", "c"}) {
    for (const std::string_view number : {"f32", "f64", "i32", "i16", "i8", "u32", "u16", "u8"}) {
      for (const std::string_view order : {"", "_le", "_be"}) {
        std::string text = concat(domain, number, order);
        if (sigmf_type(text) == type) return text;
      }
    }
  }
  refuse(
      concat("a SigMF recording holds real and complex f4 and f8, i1, i2, i4, u1, u2, u4, and "
             "records of two of these integers, re and im, not ",
             to_string(type)));
}

std::int64_t channels_of(const layout& where) {
  if (where.rank() < 1 || where.rank() > 2 || !where.is_contiguous(memory_order::c)) {
    refuse("a SigMF recording holds samples of channels, 1 or 2 axes in C order");
  }
  if (where.rank() == 1) return 1;
  if (where.extent(1) < 1 || where.extent(1) > INT32_MAX) {
    refuse(concat("a SigMF recording holds 1 to ", INT32_MAX, " channels, not ", where.extent(1)));
  }
  return where.extent(1);
}

// Keys of "global" that are said anew, or that are true of the old data alone.
bool is_stale(std::string_view key) {
  constexpr std::array<std::string_view, 3> keys{"core:sha512", "core:offset", "core:collection"};
  return std::ranges::find(keys, key) != keys.end();
}

json global_of(const array_info& from) {
  json out;
  out["core:datatype"] = datatype_of(from.type);
  out["core:version"] = written_version;
  out["core:num_channels"] = channels_of(from.where);
  attributes carried;
  for (const attribute& each : from.attrs) {
    if (each.name == "sample_rate" || each.name == "description") {
      carried.push_back({concat("core:", each.name), each.value});
    } else if (each.name.find(':') != std::string::npos && !is_stale(each.name) &&
               !out.contains(each.name)) {
      carried.push_back(each);
    }
  }
  out.update(json_of(carried));
  return out;
}

// The frequency that all captures have. Their times and places are not those of a part.
json capture_of(const attributes& attrs) {
  json out{{"core:sample_start", 0}};
  const attribute_value* const captures = find_attribute(attrs, "captures");
  if (captures == nullptr) return out;
  const json all = json_of(attributes{{"captures", *captures}})["captures"];
  if (!all.is_array() || all.empty()) return out;
  const auto frequency_of = [](const json& each) {
    return each.is_object() ? each.value("core:frequency", json()) : json();
  };
  const json first = frequency_of(all.front());
  const bool is_common =
      std::ranges::all_of(all, [&](const json& each) { return frequency_of(each) == first; });
  if (is_common && first.is_number()) out["core:frequency"] = first;
  return out;
}

}  // namespace

file_plan plan_sigmf(std::span<const array_info> arrays) {
  if (arrays.size() != 1) {
    refuse(concat("a SigMF recording holds one array, not ", arrays.size()));
  }
  const array_info& only = arrays.front();
  json root;
  root["global"] = global_of(only);
  root["captures"] = json::array({capture_of(only.attrs)});
  root["annotations"] = json::array();
  std::string text;
  try {
    text = root.dump(2) + '\n';
  } catch (const json::exception&) {
    throw error(errc::invalid_argument, "an attribute is not UTF-8, which JSON needs");
  }
  const auto bytes = std::as_bytes(std::span(text));
  file_plan out;
  out.offsets_bytes = {0};
  out.file_bytes = static_cast<std::uint64_t>(only.where.size_bytes());
  out.detached.assign(bytes.begin(), bytes.end());
  return out;
}

}  // namespace quarry::formats
