// print.cpp: values as text: as NumPy shows them, or as CSV or JSON for other programs.
#include <iostream>
#include <memory>
#include <string>

#include "quarry.hpp"

#include "tools/arguments.hpp"
#include "tools/array_text.hpp"
#include "tools/delimited.hpp"
#include "tools/input.hpp"
#include "tools/verbs.hpp"

namespace quarry::tools {
namespace {

struct print_options {
  std::string from{};
  std::string slice{};
  std::string fields{};
  input_options input{};
  array_text_options text{};
  bool csv = false;
  bool json = false;
};

void write(const stacked& values, const print_options& options) {
  if (options.csv) {
    write_csv(std::cout, values);
  } else if (options.json) {
    write_json(std::cout, values);
  } else {
    write_array_text(std::cout, values, options.text);
  }
}

void run_print(const print_options& options) {
  if (!options.slice.empty()) parse_slice(options.slice);
  const input in = open_array(options.from, options.input);
  const auto& path = in.source.path();
  const stacked values = taken(in.elements, options.fields, options.slice, path);
  about(path, [&] { write(values, options); });
  in.source.verify_unchanged();
}

}  // namespace

void add_print(CLI::App& app) {
  auto* command = app.add_subcommand(
      "print",
      "Prints values as NumPy does: of more than 1000 only the first and last of each axis");
  auto options = std::make_shared<print_options>();
  command->add_option("IN", options->from, "FILE, or FILE::NAME for one of several arrays")
      ->required();
  command->add_option("SLICE", options->slice, "NumPy's basic indexing: '0:100, ::2'");
  command->add_option("--field", options->fields, "Record fields, taken first: a,b or a.b");
  auto* full = command->add_flag("--full", options->text.full, "Print all values");
  auto* precision = command->add_option_function<std::string>(
      "--precision",
      [options](const std::string& text) {
        options->text.precision = static_cast<int>(parse_count("--precision", text, 0, 1000));
      },
      "Digits behind the point, at most (8); a single value is printed with all");
  precision->type_name("N");
  auto* csv = command->add_flag("--csv", options->csv,
                                "All values in full: a line per row or record, records under a "
                                "line of column names");
  auto* json = command->add_flag("--json", options->json,
                                 "All values in full: lists, records as objects; NaN, infinities "
                                 "and NaT are null, a complex number is [real, imaginary]");
  csv->excludes(json)->excludes(full)->excludes(precision);
  json->excludes(full)->excludes(precision);
  add_input_options(*command, options->input, "--format,--input-format");
  command->footer(
      "Examples:\n"
      "  quarry print scan.npy '0, :10'\n"
      "  quarry print --field time,price --csv trades.bin '-1000:' > last.csv");
  command->callback([options] { run_print(*options); });
}

}  // namespace quarry::tools
