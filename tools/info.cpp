// info.cpp: what a file's header says; no element is read.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "quarry.hpp"

#include "tools/console.hpp"
#include "tools/input.hpp"
#include "tools/verbs.hpp"

namespace quarry::tools {
namespace {

using json = nlohmann::ordered_json;

struct info_options {
  std::vector<std::string> files{};
  input_options input{};
  bool as_json = false;
};

void put(std::string_view label, std::string_view text) {
  std::cout << "  " << label
            << std::string(std::max<std::size_t>(12, label.size() + 1) - label.size(), ' ') << text
            << '\n';
}

std::string exact_size(std::uint64_t bytes) {
  if (bytes < 1024) return size_text(bytes);
  return concat(bytes, " bytes (", size_text(bytes), ")");
}

void put_attributes(const json& attributes) {
  for (const auto& [name, value] : attributes.items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    put("attribute", concat(escaped(name), " = ", escaped(text)));
  }
}

std::string scaling_text(const json& scale) {
  std::string out = "raw * scale + offset";
  if (scale.contains("axis")) {
    out += concat(", of their own for each index of axis ", scale["axis"].get<int>());
  } else {
    const double offset = scale.value("offset", 0.0);
    out = concat("raw * ", scale.value("scale", json(1.0)).dump(), offset < 0 ? " - " : " + ",
                 json(std::abs(offset)).dump());
  }
  if (scale.contains("blank")) out += concat(", blank: ", scale["blank"].dump());
  return out;
}

// A part a line: its file, its shape, and its dtype where that is another.
void put_parts(const array_info& info) {
  constexpr std::size_t most_shown = 20;
  const stack_info& stack = *info.stack;
  put("parts", concat(stack.parts.size(), ", along ", stack.is_new_axis ? "the new axis " : "axis ",
                      stack.axis));
  for (std::size_t i = 0; i < std::min(stack.parts.size(), most_shown); ++i) {
    const part_info& part = stack.parts[i];
    const std::string name = part.array.value_or("");
    put("part", concat(escaped(part.file.native()), name.empty() ? "" : "::", escaped(name), " ",
                       tuple_text(part.where.shape()),
                       part.type == info.type ? "" : concat(" ", escaped(to_string(part.type)))));
  }
  if (stack.parts.size() > most_shown) {
    put("part", concat("... and ", stack.parts.size() - most_shown, " more"));
  }
}

// The facts are those of --json, in words.
void put_array(const array_info& info, const json& facts) {
  const auto bytes = facts["nbytes"].get<std::uint64_t>();
  if (!info.name.empty()) put("array", escaped(info.name));
  put("dtype", escaped(to_string(info.type)));
  put("shape", concat(tuple_text(info.where.shape()), ", ", info.where.size(), " elements of ",
                      info.type.item_bytes(), " bytes"));
  if (!info.stack) {
    put("strides", concat(tuple_text(info.where.strides()), " bytes"));
    put("order", facts["order"].get<std::string>());
  }
  put("byte order", facts["byteorder"].get<std::string>());
  if (!info.stack) {
    put("offset",
        concat(info.offset_bytes, " bytes, a multiple of ", facts["alignment"].get<int>()));
  }
  put("data", exact_size(bytes));
  if (info.stack) put_parts(info);
  if (facts.contains("fill")) put("fill", facts["fill"].dump());
  if (!info.data_file.empty()) put("data file", escaped(info.data_file.native()));
  if (info.stored_as == encoding::pickle) put("stored as", "Python objects: never read");
  if (info.stored_as == encoding::deflate) {
    put("stored", concat("deflate, ", exact_size(info.stream.stored_bytes)));
  }
  if (facts.contains("scaling")) put("scaling", scaling_text(facts["scaling"]));
  put_attributes(facts["attributes"]);
}

// What is known of a file, or of the one array that the user named.
struct subject {
  file source;
  std::span<const array_info> arrays;
  json facts;
};

subject examine(std::string_view text, const input_options& options) {
  const array_name named = parse_array_name(text);
  file source = open_input(named.path, options);
  json facts = json::parse(info_json(source));
  if (named.name.empty()) {
    const std::span<const array_info> arrays = source.contents().arrays;
    return {std::move(source), arrays, std::move(facts)};
  }
  const std::size_t position = source.position_of(named.name);
  facts["arrays"] = json::array({facts["arrays"][position]});
  facts.erase("skipped");
  const auto only = std::span(source.contents().arrays).subspan(position, 1);
  return {std::move(source), only, std::move(facts)};
}

void put_subject(const subject& of) {
  const auto& [source, arrays, facts] = of;
  std::cout << escaped(source.path().native()) << '\n';
  put("format", source.format_name());
  put("size", exact_size(source.size_bytes()));
  if (facts.contains("attributes")) put_attributes(facts["attributes"]);
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    if (arrays.size() > 1) std::cout << '\n';
    put_array(arrays[i], facts["arrays"][i]);
  }
  if (!facts.contains("skipped")) return;
  for (const skipped_array& each : source.contents().skipped) {
    put("skipped", escaped(concat(each.name, ": ", each.reason, "; ", each.remedy)));
  }
}

void run_info(const info_options& options) {
  std::string list;
  for (const std::string& path : options.files) {
    const subject of = examine(path, options.input);
    if (options.as_json) {
      list += concat(list.empty() ? "" : ",\n ", of.facts.dump());
    } else {
      if (&path != &options.files.front()) std::cout << '\n';
      put_subject(of);
    }
  }
  if (options.as_json) {
    const bool several = options.files.size() > 1;
    std::cout << (several ? "[" : "") << list << (several ? "]\n" : "\n");
  }
}

}  // namespace

void add_info(CLI::App& app) {
  auto* command = app.add_subcommand("info", "Shows what files hold; reads no data");
  auto options = std::make_shared<info_options>();
  command->add_option("FILE", options->files, "Files to describe, or PATH::NAME")->required();
  command->add_flag("--json", options->as_json, "As JSON: an object, a list for several files");
  add_input_options(*command, options->input, "--format,--input-format");
  command->footer(
      "Examples:\n"
      "  quarry info scan.npy\n"
      "  quarry info --json --as '>i2[-1,1024,1024]@512' camera.dat");
  command->callback([options] { run_info(*options); });
}

}  // namespace quarry::tools
