// verbs.hpp: the verbs of the command, each in a file of its name.
#pragma once
#include <CLI/CLI.hpp>

namespace quarry::tools {

/// What a verb hands back to main().
struct context {
  int exit_status = 0;  ///< of a run without error: 1 where `diff` or `verify` found a difference
};

// Each registers a subcommand of `app`: its options, its help, and what it does as callback, which
// throws where it fails. `c` outlives the app.
void add_info(CLI::App& app, context& c);
void add_create(CLI::App& app, context& c);
void add_slice(CLI::App& app, context& c);
void add_convert(CLI::App& app, context& c);
void add_print(CLI::App& app, context& c);
void add_describe(CLI::App& app, context& c);

}  // namespace quarry::tools
