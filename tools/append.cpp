// append.cpp: rows of other files added to an existing one, all of them or none.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quarry.hpp"

#include "tools/arguments.hpp"
#include "tools/console.hpp"
#include "tools/input.hpp"
#include "tools/output.hpp"
#include "tools/verbs.hpp"

namespace quarry::tools {
namespace {

constexpr std::uint64_t least_buffer_bytes = std::uint64_t{64} << 10U;

struct append_verb_options {
  std::filesystem::path to{};
  std::vector<std::string> from{};
  std::chrono::milliseconds lock_wait{0};
  input_options input{};
  output_options output{};
};

std::chrono::milliseconds parse_wait(const std::string& text) {
  constexpr double most_seconds = 1e9;
  const double seconds = parse_real("--lock-wait", text);
  if (seconds >= 0 && seconds <= most_seconds) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
  }
  throw error(errc::invalid_argument, concat("--lock-wait '", text, "' is not 0 to 1e9 seconds"));
}

// What is appended to itself would be read while it grows.
void require_other(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (!same_file(from, to)) return;
  throw error(errc::invalid_argument, concat("is the input '", escaped(from.native()), "' itself"),
              to);
}

// A stack is appended part by part.
template <class Use>
void for_each_part(const input& in, int axis, const Use& use) {
  const stacked& rows = in.elements;
  if (rows.parts().size() > 1 && rows.axis() != axis) {
    throw error(errc::unsupported,
                concat("its parts lie along axis ", rows.axis(), ", rows are added along axis ",
                       axis, "; make one file of it by 'quarry convert' first"),
                in.source.path());
  }
  for (std::size_t i = 0; i < rows.parts().size(); ++i) {
    const array part = rows.open(i);
    if (!can_cast(part.type(), rows.type(), casting::equiv)) {
      throw error(errc::type_mismatch,
                  concat("a part of ", to_string(part.type()), " in a stack of ",
                         to_string(rows.type()),
                         " is not cast on the way; make one file of it by 'quarry convert' first"),
                  in.source.path());
    }
    use(part);
  }
}

// Names the rows, not what they do not fit.
void check_fit(const appender& to, const input& in) {
  for_each_part(in, to.axis(), [&](const array& rows) {
    try {
      to.require_fitting(rows);
    } catch (const error& failure) {
      throw failure.with_path(in.source.path());
    }
  });
}

void run_append(const append_verb_options& options) {
  for (const std::string& text : options.from) {
    require_other(parse_array_name(text).path, options.to);
  }
  std::optional<work> frame;
  append_options how;
  how.sync = options.output.sync ? durability::power_loss : durability::process_crash;
  how.lock_wait = options.lock_wait;
  how.threads = options.output.threads;
  how.memory_bytes =
      options.output.memory_bytes > 0 ? options.output.memory_bytes : fair_memory_bytes();
  how.buffer_bytes = static_cast<std::size_t>(
      std::min<std::uint64_t>(how.buffer_bytes, std::max(how.memory_bytes / 4, least_buffer_bytes)));
  how.progress = [&frame](std::uint64_t done, std::uint64_t all) { frame->advance(done, all); };
  appender out = append_to(options.to, how);
  frame.emplace(options.output);  // until here a signal ends the command at once
  std::vector<input> inputs;
  for (const std::string& text : options.from) {
    throw_if_stopped();
    inputs.push_back(open_array(text, options.input));
    for (const auto& each : files_beside(inputs.back().source)) require_other(each, options.to);
    check_fit(out, inputs.back());
  }
  for (const input& in : inputs) {
    for_each_part(in, out.axis(), [&](const array& rows) {
      throw_if_stopped();
      out.append(rows);
    });
  }
  for (const input& in : inputs) in.source.verify_unchanged();
  frame->advance(1, 1);
  out.commit();
  if (out.rewrote()) {
    warn(options.to, "was written anew, once, for its header had no room for more rows; other "
                     "names of the file (hard links) keep the old one");
  }
}

}  // namespace

void add_append(CLI::App& app) {
  auto* command = app.add_subcommand("append", "Adds rows to the array of a .npy or a typed .bin");
  auto options = std::make_shared<append_verb_options>();
  command->add_option("OUT", options->to, "The file that gets the rows")->type_name("")->required();
  command->add_option("IN", options->from, "FILE, or FILE::NAME; rows of the same dtype and shape")
      ->type_name("")
      ->required();
  command
      ->add_option_function<std::string>(
          "--lock-wait",
          [options](const std::string& text) { options->lock_wait = parse_wait(text); },
          "How long to wait for another process that appends to OUT (0)")
      ->type_name("SECONDS");
  add_input_options(*command, options->input);
  add_work_options(*command, options->output);
  command->footer(
      "Examples:\n"
      "  quarry append all.npy monday.npy tuesday.npy\n"
      "  quarry append --sync --lock-wait 5 log.npy new.bin::samples");
  command->callback([options] { run_append(*options); });
}

}  // namespace quarry::tools
