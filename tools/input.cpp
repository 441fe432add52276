#include "tools/input.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "tools/console.hpp"
#include "tools/segment_place.hpp"

namespace quarry::tools {
namespace {

constexpr std::string_view separator = "::";

bool exists(std::string_view path) {
  std::error_code ignored;
  return std::filesystem::exists(std::filesystem::symlink_status(path, ignored));
}

std::vector<std::string> field_names(std::string_view text) {
  std::vector<std::string> out;
  while (true) {
    const std::size_t end = std::min(text.find(','), text.size());
    out.emplace_back(text.substr(0, end));
    if (end == text.size()) return out;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

array_name parse_array_name(std::string_view text) {
  if (text.empty()) throw error(errc::invalid_argument, "the name of an input is empty");
  if (exists(text)) return {text, {}};
  const std::size_t first = text.find(separator);
  if (first == std::string_view::npos || first == 0) return {text, {}};
  for (std::size_t at = first; at != std::string_view::npos; at = text.find(separator, at + 1)) {
    if (exists(text.substr(0, at))) {
      return {text.substr(0, at), std::string(text.substr(at + separator.size()))};
    }
  }
  return {text.substr(0, first), std::string(text.substr(first + separator.size()))};
}

void add_input_options(CLI::App& command, input_options& into, const std::string& format_names) {
  command.add_option("--as", into.layout,
                     "Layout of a headerless input: TYPE[SHAPE][ORDER or (STRIDES)][@OFFSET]");
  command.add_option(format_names, into.format,
                     "Format of the input; else recognized by its bytes and name");
  command.add_flag("--strict", into.strict, "Refuse inputs that are legal but unusual");
  command.add_flag("--allow-prefix", into.allow_prefix,
                   "Take as many rows as there are from an input that is too short");
  command
      .add_option(
          "--allow-external", into.allow_external,
          "Directory outside of the input's own where its data may lie, or below; repeatable")
      ->type_name("DIR")
      ->allow_extra_args(false);
  command
      .add_option("--scratch", into.scratch,
                  "Directory for what deflated inputs are inflated to; default: /var/tmp")
      ->type_name("DIR");
}

open_options opening(const input_options& options) {
  open_options how;
  how.format = options.format;
  how.layout = options.layout;
  how.strict = options.strict;
  how.allow_prefix = options.allow_prefix;
  how.io = options.io;
  how.allow_external.assign(options.allow_external.begin(), options.allow_external.end());
  if (!options.scratch.empty()) how.scratch = options.scratch;
  return how;
}

file open_input(const std::filesystem::path& path, const input_options& options) {
  if (is_segment_input(path)) {
    if (options.layout.empty() && options.format.empty()) return open_segment(path);
    throw error(errc::invalid_argument, "a shared array says itself what it holds", path);
  }
  file out = about(path, [&] { return open_file(path, opening(options)); });
  for (const std::string& warning : out.contents().warnings) warn(path, warning);
  return out;
}

input open_array(std::string_view text, const input_options& options) {
  const array_name named = parse_array_name(text);
  file source = open_input(named.path, options);
  const std::size_t position = source.position_of(named.name);
  stacked elements = source.stack(position);
  const array_info* info = &source.contents().arrays[position];
  return {std::move(source), info, std::move(elements)};
}

bool takes_several(const dtype& from, std::string_view fields) {
  return fields.find(',') != std::string_view::npos && from.find(fields) == nullptr;
}

stacked taken(const stacked& from, std::string_view fields, std::string_view slice,
              const std::filesystem::path& path) {
  return about(path, [&] {
    stacked out = from;
    if (!fields.empty()) {
      out = takes_several(out.type(), fields) ? out.fields(field_names(fields)) : out.field(fields);
    }
    return slice.empty() ? out : out.slice(slice);
  });
}

}  // namespace quarry::tools
