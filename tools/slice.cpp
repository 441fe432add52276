// slice.cpp: a part of an array as a new file, element for element.
#include <array>
#include <memory>
#include <string>

#include "quarry.hpp"

#include "tools/input.hpp"
#include "tools/output.hpp"
#include "tools/part_scaling.hpp"
#include "tools/verbs.hpp"

namespace quarry::tools {
namespace {

struct slice_options {
  std::string from{};
  std::string slice{};
  std::string fields{};
  input_options input{};
  output_options output{};
};

void run_slice(const slice_options& options) {
  const array_name named = parse_array_name(options.from);
  check_output(options.output, std::array{named.path});
  parse_slice(options.slice);
  const input in = open_array(options.from, options.input);
  check_output(options.output, in.source);
  const stacked whole = taken(in.elements, options.fields, "", named.path);
  const auto cut = [&](const auto& from) { return from.slice(options.slice); };
  const stacked part = about(named.path, [&] { return cut(whole); });
  const dtype type =
      takes_several(in.elements.type(), options.fields) ? without_gaps(part.type()) : part.type();
  check_extension(options.output, type);

  work frame(options.output);
  array_info what =
      output_info(options.output, type, part.shape(), memory_order::c, in.info->attrs);
  what.scale = part_scaling(in.info->scale, whole.shape(), cut);
  new_array out = create_output(options.output, what);
  convert(part, out, {.threads = frame.threads()}, frame.pass());
  frame.finish(out);
}

}  // namespace

void add_slice(CLI::App& app) {
  auto* command = app.add_subcommand("slice", "Writes the selected part as a new file");
  auto options = std::make_shared<slice_options>();
  command->add_option("IN", options->from, "FILE, or FILE::NAME for one of several arrays")
      ->type_name("")
      ->required();
  command->add_option("SLICE", options->slice, "NumPy's basic indexing: '0:100, ::2'")->required();
  add_output_path(*command, "-o,--output", options->output);
  command->add_option("--field", options->fields, "Record fields, taken first: a,b or a.b");
  add_input_options(*command, options->input);
  add_output_options(*command, options->output);
  add_io_option(*command, options->input, options->output);
  command->footer(
      "Examples:\n"
      "  quarry slice scan.npy '0:100, ::2' -o part.npy\n"
      "  quarry slice --field price trades.bin '-1000:' -o last.npy");
  command->callback([options] { run_slice(*options); });
}

}  // namespace quarry::tools
