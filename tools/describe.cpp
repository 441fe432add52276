// describe.cpp: writes down what a headerless file holds, beside it.
#include <array>
#include <memory>
#include <string>

#include "quarry.hpp"

#include "tools/exit_status.hpp"
#include "tools/input.hpp"
#include "tools/output.hpp"
#include "tools/verbs.hpp"

namespace quarry::tools {
namespace {

struct describe_options {
  std::string path{};
  std::string layout{};
  bool force = false;
  bool sync = false;
};

// A sidecar outweighs what is in the file: not by mistake.
void require_headerless(const std::string& path) {
  std::string format;
  try {
    format = open_file(path).format_name();
  } catch (const error& failure) {
    if (status_of(failure) == exit_status::input_output) throw;
    return;  // no header that anybody could read
  }
  if (format == "raw") return;
  throw error(errc::invalid_argument,
              concat("its header says what it holds (", format, "); --force describes it anew"),
              path);
}

void run_describe(const describe_options& options) {
  if (options.path.empty()) throw error(errc::invalid_argument, "the name of the file is empty");
  output_options sidecar;
  sidecar.path = sidecar_of(options.path);
  sidecar.force = options.force;
  check_output(sidecar, std::array{std::filesystem::path(options.path)});
  if (!options.force) require_headerless(options.path);
  open_options as;
  as.layout = options.layout;
  about(options.path, [&] { return open_file(options.path, as); });
  new_file_options how;
  how.overwrite = options.force;
  how.sync = options.sync ? durability::power_loss : durability::process_crash;
  as_output([&] { return describe(options.path, options.layout, how); });
}

}  // namespace

void add_describe(CLI::App& app) {
  auto* command =
      app.add_subcommand("describe", "Writes FILE.layout.json, which says what FILE holds");
  auto options = std::make_shared<describe_options>();
  command->add_option("FILE", options->path, "A headerless file")->required();
  command->add_option("--as", options->layout, "TYPE[SHAPE][ORDER or (STRIDES)][@OFFSET]")
      ->required();
  command->add_flag("--force", options->force, "Replace the sidecar if it exists");
  command->add_flag("--sync", options->sync, "Done means on the disk");
  command->footer(
      "Examples:\n"
      "  quarry describe eeg.dat --as 'float64[-1,4]'\n"
      "  quarry describe camera.dat --as '>i2[-1,1024,1024]@512' --force");
  command->callback([options] { run_describe(*options); });
}

}  // namespace quarry::tools
