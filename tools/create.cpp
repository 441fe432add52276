// create.cpp: a new file of a dtype and a shape: zeros, a value, a sequence, random numbers.
#include <memory>
#include <optional>
#include <string>

#include "quarry.hpp"

#include "tools/arguments.hpp"
#include "tools/fill.hpp"
#include "tools/input.hpp"
#include "tools/output.hpp"
#include "tools/verbs.hpp"

namespace quarry::tools {
namespace {

struct create_verb_options {
  std::string type{};
  std::string shape{};
  std::string order = "C";
  std::string byte_order{};
  std::optional<std::string> fill{};
  std::optional<std::string> sequence{};
  std::optional<std::string> seed{};
  output_options output{};
};

struct sequence {
  number start;
  number step;
};

sequence parse_sequence(std::string_view text) {
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos) {
    throw error(errc::invalid_argument,
                concat("--arange '", escaped(text, 100), "': expected START,STEP"));
  }
  return {parse_number(text.substr(0, comma)), parse_number(text.substr(comma + 1))};
}

void run_create(const create_verb_options& options) {
  const std::filesystem::path& path = options.output.path;
  dtype type = about(path, [&] { return parse_dtype(options.type); });
  if (!options.byte_order.empty()) {
    type = type.with_byte_order(parse_byte_order(options.byte_order));
  }
  const std::vector<std::int64_t> shape = parse_shape(options.shape);
  std::optional<number> value;
  std::optional<sequence> steps;
  std::optional<std::uint64_t> seed;
  if (options.seed) seed = parse_count("--random", *options.seed, 0, UINT64_MAX);
  if (options.fill) value = parse_number(*options.fill);
  if (options.sequence) steps = parse_sequence(*options.sequence);
  check_output(options.output, std::span<const std::filesystem::path>());

  work frame(options.output);
  const memory_order order = options.order == "F" ? memory_order::f : memory_order::c;
  new_array out = create_output(options.output, output_info(options.output, type, shape, order));
  about(path, [&] {
    if (value) fill_with(out, *value, frame);
    if (steps) fill_sequence(out, steps->start, steps->step, frame);
    if (seed) fill_random(out, *seed, frame);
  });
  frame.finish(out);
}

void add_fill_options(CLI::App& command, create_verb_options& into) {
  auto* group = command.add_option_group("values", "Of the elements; else they are zero");
  group->add_option("--fill", into.fill, "This number in every element");
  group->add_option("--arange", into.sequence,
                    "START,STEP: START + i * STEP, i counting in C order");
  group->add_option("--random", into.seed,
                    "Random numbers of std::mt19937_64 seeded with this: in [0, 1), integers over "
                    "their range");
  group->require_option(0, 1);
}

}  // namespace

void add_create(CLI::App& app) {
  auto* command = app.add_subcommand("create", "Makes a new file for an array");
  auto options = std::make_shared<create_verb_options>();
  add_output_path(*command, "OUT", options->output);
  command->add_option("--dtype", options->type, "'<i2', 'float32', '{t:>f8, id:<u4}', ...")
      ->required();
  command->add_option("--shape", options->shape, "3,4 or (3, 4) or 3x4; () is a scalar")
      ->required();
  command->add_option("--order", options->order, "C or F")
      ->check(CLI::IsMember({"C", "F"}))
      ->capture_default_str();
  command->add_option("--byteorder", options->byte_order, "little, big, native; else the dtype's")
      ->check(CLI::IsMember({"little", "big", "native"}));
  command->add_flag("--sparse", options->output.sparse, "Reserve no disk space");
  add_fill_options(*command, *options);
  add_output_options(*command, options->output);
  command->footer(
      "Examples:\n"
      "  quarry create zeros.npy --dtype '>f4' --shape 1000,1000\n"
      "  quarry create noise.bin --dtype float64 --shape 3x4x5 --random 42");
  command->callback([options] { run_create(*options); });
}

}  // namespace quarry::tools
