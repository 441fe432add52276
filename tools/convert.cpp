// convert.cpp: one pass from any readable format, dtype and order to any writable one.
#include <array>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "quarry.hpp"

#include "tools/arguments.hpp"
#include "tools/input.hpp"
#include "tools/output.hpp"
#include "tools/part_scaling.hpp"
#include "tools/verbs.hpp"

namespace quarry::tools {
namespace {

constexpr std::string_view reversed = "reversed";

struct convert_verb_options {
  std::string from{};
  std::optional<std::string> slice{};
  std::string fields{};
  std::string transpose{};  // axes, or `reversed`
  std::string type{};
  std::string byte_order{};
  std::string order = "C";
  std::string scale{};
  std::string offset{};
  std::string casting = "same_kind";
  bool clip = false;
  bool physical = false;
  bool explain = false;
  input_options input{};
  output_options output{};

  bool scales() const { return !scale.empty() || !offset.empty(); }
};

casting rule_called(std::string_view name) {
  for (const casting rule :
       {casting::no, casting::equiv, casting::safe, casting::same_kind, casting::unsafe}) {
    if (name_of(rule) == name) return rule;
  }
  throw error(errc::invalid_argument, concat("casting '", name, "'"));
}

// The order in which the source's own axes lie: Fortran's if strides grow with the axes.
memory_order order_of(const layout& where) {
  std::int64_t before = 0;
  bool grow = true;
  for (int axis = 0; axis < where.rank(); ++axis) {
    if (where.extent(axis) < 2) continue;
    const std::int64_t step = std::abs(where.stride(axis));
    grow = grow && before <= step;
    before = step;
  }
  return grow && !where.is_contiguous(memory_order::c) ? memory_order::f : memory_order::c;
}

memory_order output_order(const convert_verb_options& options, const stacked& source) {
  if (options.order == "keep") return order_of(source.open(0).where());
  return options.order == "F" ? memory_order::f : memory_order::c;
}

// `source` is the part's dtype, `whole` that of the input's elements.
dtype output_type(const convert_verb_options& options, const dtype& source, const dtype& whole) {
  dtype out = takes_several(whole, options.fields) ? without_gaps(source) : source;
  if (!options.type.empty()) {
    out = about(options.output.path, [&] { return parse_dtype(options.type); });
  } else if (options.scales() || options.physical) {
    out = options.physical ? physical_type(source) : scaled_type(source);
    if (source.order() != byte_order::none) out = out.with_byte_order(source.order());
  }
  if (options.byte_order.empty()) return out;
  return out.with_byte_order(parse_byte_order(options.byte_order));
}

convert_options values_of(const convert_verb_options& options) {
  convert_options out;
  out.rule = rule_called(options.casting);
  out.clip = options.clip;
  if (!options.scale.empty()) out.scale = parse_real("--scale", options.scale);
  if (!options.offset.empty()) out.offset = parse_real("--offset", options.offset);
  out.threads = options.output.threads;
  return out;
}

template <class Array>
Array transposed(const Array& from, std::string_view axes) {
  if (axes.empty()) return from;
  return axes == reversed ? from.transpose() : from.transpose(parse_axes(axes));
}

void explain_work(const stacked& from, const array_info& to, std::uint64_t to_offset,
                  const pass_options& how) {
  if (from.parts().size() > 1) {
    throw error(errc::unsupported,
                concat("the work on ", from.parts().size(),
                       " parts of a stack is not explained; ask for one of their files"));
  }
  std::cout << explain(from.open(0).where(), to.where, to_offset, how);
}

void run_convert(const convert_verb_options& options) {
  const array_name named = parse_array_name(options.from);
  check_output(options.output, std::array{named.path});
  convert_options values = values_of(options);
  const std::string slice = options.slice.value_or("...");
  parse_slice(slice);
  const input in = open_array(options.from, options.input);
  check_output(options.output, in.source);
  const stacked whole = taken(in.elements, options.fields, "", named.path);
  const auto cut = [&](const auto& from) {
    return transposed(from.slice(slice), options.transpose);
  };
  const stacked part = about(named.path, [&] { return cut(whole); });
  const scaling meaning = part_scaling(in.info->scale, whole.shape(), cut);
  if (options.physical) values.physical = &meaning;
  const dtype type =
      about(named.path, [&] { return output_type(options, part.type(), in.elements.type()); });
  if (options.type.empty()) check_extension(options.output, type);

  const memory_order order = output_order(options, part);
  array_info what = output_info(options.output, type, part.shape(), order, in.info->attrs);
  if (!options.physical && !options.scales()) what.scale = meaning;
  work frame(options.output);
  if (options.explain) {
    explain_work(part, what, planned_offset(options.output, what), frame.pass());
    return;
  }
  new_array out = create_output(options.output, what);
  about(named.path, [&] { convert(part, out, values, frame.pass()); });
  frame.finish(out);
}

void add_value_options(CLI::App& command, convert_verb_options& into) {
  command.add_option("--dtype", into.type, "Of OUT: '<f4', 'float32', ...; else the input's");
  command
      .add_option("--byteorder", into.byte_order, "Of OUT: little, big, native; else the input's")
      ->check(CLI::IsMember({"little", "big", "native"}));
  auto* scale = command.add_option("--scale", into.scale, "K of value * K + B");
  auto* offset = command.add_option("--offset", into.offset, "B of value * K + B");
  command
      .add_flag("--physical", into.physical,
                "The values that the file says its numbers mean: scaled, NaN for blanks")
      ->excludes(scale, offset);
  command
      .add_option("--casting", into.casting,
                  "Rule of NumPy that the cast must obey: no, equiv, safe, same_kind, unsafe")
      ->check(CLI::IsMember({"no", "equiv", "safe", "same_kind", "unsafe"}))
      ->capture_default_str();
  command.add_flag("--clip", into.clip, "Saturate integers instead of failing; NaN becomes 0");
}

}  // namespace

void add_convert(CLI::App& app) {
  auto* command =
      app.add_subcommand("convert", "Writes an array in another format, dtype or order");
  auto options = std::make_shared<convert_verb_options>();
  command->add_option("IN", options->from, "FILE, or FILE::NAME for one of several arrays")
      ->type_name("")
      ->required();
  add_output_path(*command, "-o,--output", options->output);
  command->add_option("--field", options->fields, "Record fields, taken first: a,b or a.b");
  command->add_option("--slice", options->slice, "NumPy's basic indexing: '0:100, ::2'");
  command->add_flag("--transpose{reversed}", options->transpose,
                    "Axes reversed, or in the order AXES: --transpose 1,0,2");
  add_value_options(*command, *options);
  command->add_option("--order", options->order, "Of OUT: C, F, or keep: the input's")
      ->check(CLI::IsMember({"C", "F", "keep"}))
      ->capture_default_str();
  command->add_flag("--explain", options->explain,
                    "Show how the work would be done, and write nothing");
  add_input_options(*command, options->input);
  add_output_options(*command, options->output);
  add_io_option(*command, options->input, options->output);
  command->footer(
      "Steps: field, slice, transpose, value * K + B or --physical, cast, byte order, memory "
      "order.\n"
      "Examples:\n"
      "  quarry convert eeg.dat --as 'float64[-1,4]' -o eeg.npy\n"
      "  quarry convert scan.npy --scale 0.5 --dtype '>i2' --casting unsafe --clip -o scan.bin");
  command->callback([options] { run_convert(*options); });
}

}  // namespace quarry::tools
