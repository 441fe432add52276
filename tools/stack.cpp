// stack.cpp: the arrays of many files as one array, in a new file or in place.
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "quarry.hpp"

#include "tools/arguments.hpp"
#include "tools/exit_status.hpp"
#include "tools/input.hpp"
#include "tools/output.hpp"
#include "tools/segment_place.hpp"
#include "tools/verbs.hpp"

namespace quarry::tools {
namespace {

struct stack_verb_options {
  std::vector<std::string> from{};
  std::optional<int> axis{};
  std::optional<int> new_axis{};
  std::string type{};
  std::optional<std::string> fill{};
  bool is_virtual = false;
  input_options input{};
  output_options output{};
};

// What the headers of the inputs say.
struct described_inputs {
  std::vector<part_info> parts{};
  std::vector<std::size_t> missing{};  // of them: no such file
  std::vector<dtype> types{};          // of those that are there
  std::optional<scaling> scale{};      // of all that are there
};

void describe_input(const stack_verb_options& options, const array_name& named,
                    described_inputs& into) {
  const file source = open_input(named.path, options.input);
  check_output(options.output, source);
  const std::size_t position = source.position_of(named.name);
  const scaling& scale = source.contents().arrays[position].scale;
  if (scale.is_per_index() || (into.scale && *into.scale != scale)) {
    throw error(errc::unsupported,
                "its numbers do not mean the same as all others' (scale, offset, blank); "
                "'convert --physical' makes them comparable",
                named.path);
  }
  into.scale = scale;
  into.parts.push_back(source.as_part(position));
  into.types.push_back(into.parts.back().type);
}

// Not what else an input may lack: a data file, a directory for what is inflated. A shared array is
// no file that may come.
bool is_missing(const std::filesystem::path& input, const error& failure) {
  std::error_code ignored;
  return !is_segment_input(input) && failure.code() == std::errc::no_such_file_or_directory &&
         std::filesystem::status(input, ignored).type() == std::filesystem::file_type::not_found;
}

// Parts that are not there are as large as the others, which must be of one shape then.
void shape_missing(described_inputs& of) {
  std::optional<std::size_t> known;
  for (std::size_t i = 0; i < of.parts.size(); ++i) {
    if (std::ranges::find(of.missing, i) != of.missing.end()) continue;
    if (known && !std::ranges::equal(of.parts[i].where.shape(), of.parts[*known].where.shape())) {
      throw error(errc::shape_mismatch,
                  "how large it would be is not known, for the others differ in shape",
                  of.parts[of.missing.front()].file);
    }
    known = i;
  }
  for (const std::size_t i : of.missing) {
    of.parts[i].type = of.parts[*known].type;
    of.parts[i].where = of.parts[*known].where;
  }
}

described_inputs describe_inputs(const stack_verb_options& options) {
  described_inputs out;
  for (const std::string& text : options.from) {
    const array_name named = parse_array_name(text);
    try {
      describe_input(options, named, out);
    } catch (const error& failure) {
      if (!options.fill || !is_missing(named.path, failure)) throw;
      out.missing.push_back(out.parts.size());
      out.parts.push_back({.file = named.path, .array = named.name, .type = {}, .where = {}});
      if (out.missing.size() == options.from.size()) throw;
    }
  }
  if (!out.missing.empty()) shape_missing(out);
  return out;
}

fill_number fill_of(const std::string& text) {
  const number value = parse_number(text);
  if (const auto* const whole = std::get_if<std::int64_t>(&value)) return *whole;
  if (const auto* const large = std::get_if<std::uint64_t>(&value)) return *large;
  if (const auto* const real = std::get_if<double>(&value)) return *real;
  throw error(errc::invalid_argument,
              concat("--fill '", escaped(text, 100), "': expected a real number"));
}

// Names the first input that does not go with the one before.
std::vector<std::int64_t> shape_of_inputs(const stack_info& stack) {
  try {
    return shape_of(stack);
  } catch (const error& failure) {
    for (std::size_t i = 1; i < stack.parts.size(); ++i) {
      stack_info pair = stack;
      pair.parts = {stack.parts[i - 1], stack.parts[i]};
      try {
        shape_of(pair);
      } catch (const error&) {
        throw error(failure.code(), failure.message(), stack.parts[i].file);
      }
    }
    throw;
  }
}

// The whole array, as its header would describe it.
array_info described_stack(const stack_verb_options& options, described_inputs&& inputs) {
  stack_info stack{.is_new_axis = options.new_axis.has_value(), .parts = std::move(inputs.parts)};
  const int rank = stack.parts[0].where.rank() + (stack.is_new_axis ? 1 : 0);
  stack.axis = checked_axis(options.new_axis.value_or(options.axis.value_or(0)), rank);
  if (options.fill) stack.fill = fill_of(*options.fill);
  const dtype type = options.type.empty() ? common_type(inputs.types) : parse_dtype(options.type);
  array_info out = output_info(options.output, type, shape_of_inputs(stack));
  out.scale = *inputs.scale;
  out.stack = std::move(stack);
  return out;
}

void write_elements(const stack_verb_options& options, const array_info& what) {
  if (options.type.empty()) check_extension(options.output, what.type);
  const stacked all = about(options.output.path,
                            [&] { return open_parts(what, opening(options.input)); });
  work frame(options.output);
  array_info made = what;
  made.stack.reset();
  new_array out = create_output(options.output, made);
  convert(all, out, {.threads = frame.threads()}, frame.pass());
  frame.finish(out);
}

void write_layout(const stack_verb_options& options, const array_info& what) {
  new_file_options how;
  how.overwrite = options.output.force;
  how.sync = options.output.sync ? durability::power_loss : durability::process_crash;
  as_output([&] {
    about(options.output.path,
          [&] { describe_stack(options.output.path, what, opening(options.input), how); });
  });
}

void run_stack(const stack_verb_options& options) {
  std::vector<std::filesystem::path> inputs;
  for (const std::string& text : options.from) inputs.push_back(parse_array_name(text).path);
  check_output(options.output, inputs);
  if (options.fill) fill_of(*options.fill);
  const array_info what = about(options.output.path,
                                [&] { return described_stack(options, describe_inputs(options)); });
  if (options.is_virtual) {
    write_layout(options, what);
  } else {
    write_elements(options, what);
  }
}

}  // namespace

void add_stack(CLI::App& app) {
  auto* command = app.add_subcommand("stack", "Makes one array of the arrays of many files");
  auto options = std::make_shared<stack_verb_options>();
  add_output_path(*command, "OUT", options->output);
  command->add_option("IN", options->from, "FILE, or FILE::NAME for one of several arrays")
      ->type_name("")
      ->required();
  auto* axis = command->add_option("--axis", options->axis,
                                   "Along this axis, one behind another; default: 0");
  command
      ->add_option("--new-axis", options->new_axis, "Side by side along a new axis in this place")
      ->excludes(axis);
  command->add_option("--dtype", options->type,
                      "Of OUT; else that of the inputs which holds the values of all");
  command->add_option("--fill", options->fill,
                      "This number in the place of inputs that are not there");
  auto* in_place = command->add_flag("--virtual", options->is_virtual,
                    "OUT is NAME.layout.json and holds no elements: it leads to the inputs");
  add_input_options(*command, options->input);
  in_place->excludes(command->get_option("--allow-prefix"));
  add_output_options(*command, options->output);
  add_io_option(*command, options->input, options->output);
  command->footer(
      "Examples:\n"
      "  quarry stack year.npy day-*.npy\n"
      "  quarry stack cube.bin --new-axis 0 --fill nan slice-1.npy slice-2.npy slice-3.npy\n"
      "  quarry stack --virtual year.layout.json day-*.npy");
  command->callback([options] { run_stack(*options); });
}

}  // namespace quarry::tools
