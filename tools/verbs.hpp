// verbs.hpp: the verbs of the command, each in a file of its name.
#pragma once
#include <CLI/CLI.hpp>

namespace quarry::tools {

// Each registers a subcommand of `app`: its options, its help, and what it does as callback, which
// throws where it fails.
void add_info(CLI::App& app);
void add_create(CLI::App& app);
void add_slice(CLI::App& app);
void add_convert(CLI::App& app);
void add_append(CLI::App& app);
void add_print(CLI::App& app);
void add_describe(CLI::App& app);
void add_stack(CLI::App& app);
void add_share(CLI::App& app);

}  // namespace quarry::tools
