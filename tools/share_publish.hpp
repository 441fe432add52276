// share_publish.hpp: the part of `share` that reads files.
#pragma once
#include <CLI/CLI.hpp>

namespace quarry::tools {

/// Registers `publish` below `share`.
void add_share_publish(CLI::App& share);

}  // namespace quarry::tools
