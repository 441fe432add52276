// print.cpp: values as text: as NumPy shows them, or as CSV or JSON for other programs.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

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
  bool follow = false;
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

// Rows on lines of their own: a row at a time but for CSV, which has a head.
void write_rows(const stacked& rows, bool is_first, const print_options& options) {
  if (options.csv) {
    write_csv(std::cout, rows, is_first);
  } else {
    for (std::int64_t i = 0; i < rows.shape()[0]; ++i) write(rows.slice({i}), options);
  }
  std::cout.flush();
}

// With `axis` as the first one.
array turned(const array& rows, int axis) {
  std::vector<int> axes(static_cast<std::size_t>(rows.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  std::rotate(axes.begin(), axes.begin() + axis, axes.begin() + axis + 1);
  return rows.transpose(axes);
}

// Ends by a signal.
void follow_rows(const print_options& options) {
  constexpr std::int64_t first_rows = 10;  // as tail -f
  constexpr std::chrono::hours patience{1};
  const array_name named = parse_array_name(options.from);
  follower rows = follow(named.path, opening(options.input), named.name);
  bool is_first = true;
  for (std::int64_t next = std::max<std::int64_t>(0, rows.count() - first_rows);;) {
    const stacked all = taken(turned(rows.rows(), rows.axis()), options.fields, "", named.path);
    about(named.path, [&] { write_rows(all.slice({range{next}}), is_first, options); });
    is_first = false;
    next = rows.count();
    while (!rows.wait(patience)) continue;
  }
}

void run_print(const print_options& options) {
  if (options.follow) return follow_rows(options);
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
  auto* slice =
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
  command
      ->add_flag("--follow", options->follow,
                 "The last 10 rows, a line each, then every row that is committed, until a signal")
      ->excludes(slice)
      ->excludes(full);
  csv->excludes(json)->excludes(full)->excludes(precision);
  json->excludes(full)->excludes(precision);
  add_input_options(*command, options->input, "--format,--input-format");
  command->footer(
      "Examples:\n"
      "  quarry print scan.npy '0, :10'\n"
      "  quarry print --field time,price --csv trades.bin '-1000:' > last.csv\n"
      "  quarry print --follow log.npy");
  command->callback([options] { run_print(*options); });
}

}  // namespace quarry::tools
