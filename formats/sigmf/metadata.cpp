#include "formats/sigmf/metadata.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "quarry/array/warnings.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/json_text.hpp"

namespace quarry::formats {
namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t shown_bytes = 80;  // of text from the file in a message

[[noreturn]] void fail(std::string_view where, std::string_view why) {
  throw error(errc::corrupt_header, concat("SigMF metadata: ", where, ": ", why));
}

[[noreturn]] void fail_type(std::string_view where, std::string_view expected, const json& found) {
  fail(where, concat("must be ", expected, ", found ", escaped(found.dump(), shown_bytes)));
}

const json* find(const json& in, std::string_view key) {
  const auto found = in.find(key);
  return found == in.end() ? nullptr : &*found;
}

std::string text_at(const json& in, std::string_view key) {
  const json* const found = find(in, key);
  if (found == nullptr) fail("global", concat("has no '", key, "'"));
  if (!found->is_string()) fail_type(key, "a text", *found);
  return found->get<std::string>();
}

std::uint64_t count_at(const json& in, std::string_view key, std::uint64_t otherwise) {
  const json* const found = find(in, key);
  if (found == nullptr) return otherwise;
  if (!found->is_number_unsigned()) fail_type(key, "a whole number, not negative", *found);
  return found->get<std::uint64_t>();
}

// An extension that is not optional changes what the data mean.
void check_extensions(const json& global) {
  const json* const list = find(global, "core:extensions");
  if (list == nullptr) return;
  if (!list->is_array()) fail_type("core:extensions", "a list", *list);
  for (const json& each : *list) {
    if (!each.is_object()) fail_type("core:extensions", "a list of objects", each);
    const json* const optional = find(each, "optional");
    if (optional != nullptr && *optional == false) {
      const json* const name = find(each, "name");
      throw error(errc::unsupported,
                  concat("SigMF metadata: the extension ",
                         name == nullptr ? "without a name" : escaped(name->dump(), shown_bytes),
                         " must be known to read the data"));
    }
  }
}

void check_version(const json& global, std::vector<std::string>& warnings) {
  if (find(global, "core:version") == nullptr) {
    add_warning(warnings, "SigMF metadata: global: has no 'core:version'");
    return;
  }
  const std::string version = text_at(global, "core:version");
  if (!version.starts_with("0.") && !version.starts_with("1.")) {
    throw error(errc::unsupported,
                concat("SigMF metadata: version '", escaped(version, shown_bytes),
                       "'; this program reads 0 and 1"));
  }
}

void take_dataset(const json& global, sigmf_metadata& out) {
  if (find(global, "core:dataset") != nullptr) {
    out.dataset = text_at(global, "core:dataset");
    if (out.dataset->empty() || out.dataset->find('/') != std::string::npos) {
      fail("core:dataset", concat("'", escaped(*out.dataset, shown_bytes),
                                  "' is not the name of a file without a directory"));
    }
  }
  out.trailing_bytes = count_at(global, "core:trailing_bytes", 0);
  if (const json* const only = find(global, "core:metadata_only")) {
    if (!only->is_boolean()) fail_type("core:metadata_only", "true or false", *only);
    out.is_metadata_only = only->get<bool>();
  }
}

void take_attributes(const json& global, attributes& attrs) {
  constexpr std::array<std::string_view, 7> layout_keys{
      "core:datatype",       "core:version",       "core:num_channels", "core:dataset",
      "core:trailing_bytes", "core:metadata_only", "core:extensions"};
  for (const auto& [key, value] : global.items()) {
    if (std::ranges::find(layout_keys, key) != layout_keys.end()) continue;
    const bool has_common_name = key == "core:sample_rate" || key == "core:description";
    attrs.push_back({has_common_name ? key.substr(key.find(':') + 1) : key, attribute_of(value)});
  }
}

void take_captures(const json& list, sigmf_metadata& out) {
  if (!list.is_array()) fail_type("captures", "a list", list);
  for (const json& each : list) {
    const std::string where = concat("captures[", out.captures.size(), "]");
    if (!each.is_object()) fail_type(where, "an object", each);
    sigmf_capture capture{count_at(each, "core:sample_start", 0),
                          count_at(each, "core:header_bytes", 0), attribute_of(each)};
    if (!out.captures.empty() && capture.sample_start < out.captures.back().sample_start) {
      fail(where, concat("starts at sample ", capture.sample_start, ", before the one before it"));
    }
    out.captures.push_back(std::move(capture));
  }
}

}  // namespace

std::optional<dtype> sigmf_type(std::string_view text) {
  struct number {
    std::string_view name;
    type_kind kind;
    int bytes;
  };
  constexpr number numbers[] = {
      {"f32", type_kind::floating, 4},         {"f64", type_kind::floating, 8},
      {"i32", type_kind::signed_integer, 4},   {"i16", type_kind::signed_integer, 2},
      {"i8", type_kind::signed_integer, 1},    {"u32", type_kind::unsigned_integer, 4},
      {"u16", type_kind::unsigned_integer, 2}, {"u8", type_kind::unsigned_integer, 1},
  };
  const bool is_complex = text.starts_with('c');
  if (!is_complex && !text.starts_with('r')) return std::nullopt;
  text.remove_prefix(1);
  byte_order order = byte_order::none;
  if (text.ends_with("_le")) order = byte_order::little;
  if (text.ends_with("_be")) order = byte_order::big;
  if (order != byte_order::none) text.remove_suffix(3);
  const auto* const found = std::ranges::find(numbers, text, &number::name);
  if (found == std::end(numbers)) return std::nullopt;
  if (found->bytes > 1 && order == byte_order::none) return std::nullopt;
  if (is_complex && found->kind == type_kind::floating) {
    return dtype(type_kind::complex_floating, 2 * found->bytes, order);
  }
  const dtype real(found->kind, found->bytes, order);
  if (!is_complex) return real;
  return dtype::packed_record({{.name = "re", .type = real}, {.name = "im", .type = real}});
}

sigmf_metadata parse_sigmf(std::string_view text) {
  const json root = parse_json(text, {.name = "SigMF metadata"});
  if (!root.is_object()) fail("the text", "must be an object");
  const json* const global = find(root, "global");
  if (global == nullptr || !global->is_object()) fail("global", "must be there, an object");
  sigmf_metadata out;
  check_version(*global, out.warnings);
  check_extensions(*global);
  const std::string datatype = text_at(*global, "core:datatype");
  const auto type = sigmf_type(datatype);
  if (!type) {
    fail("core:datatype", concat("'", escaped(datatype, shown_bytes),
                                 "' is none; expected one such as cf32_le, ri16_be or ru8"));
  }
  out.type = *type;
  const std::uint64_t channels = count_at(*global, "core:num_channels", 1);
  if (channels < 1 || channels > INT32_MAX) {
    fail("core:num_channels", concat(channels, ", expected 1 to ", INT32_MAX));
  }
  out.channels = static_cast<std::int64_t>(channels);
  take_dataset(*global, out);
  take_attributes(*global, out.attrs);
  if (const json* const captures = find(root, "captures")) take_captures(*captures, out);
  if (const json* const annotations = find(root, "annotations")) {
    if (!annotations->is_array()) fail_type("annotations", "a list", *annotations);
    out.attrs.push_back({"annotations", {static_cast<std::int64_t>(annotations->size())}});
  }
  return out;
}

}  // namespace quarry::formats
