// main.cpp: the command: its verbs, and what its exit status says.
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <iostream>
#include <new>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "quarry.hpp"

#include "tools/arguments.hpp"
#include "tools/console.hpp"
#include "tools/exit_status.hpp"
#include "tools/verbs.hpp"

namespace quarry::tools {
namespace {

constexpr std::array verbs{add_info,  add_create, add_slice,    add_convert, add_append,
                           add_print, add_stack,  add_describe, add_share};

// The parser itself knows no word for an unknown verb but "subcommand required".
// NOLINTNEXTLINE(misc-no-recursion): as deep as verbs have verbs of their own
void check_verb(const CLI::App& app, std::span<const std::string> arguments) {
  if (arguments.empty() || arguments[0].starts_with('-')) return;
  std::string names;
  for (const CLI::App* verb : app.get_subcommands({})) {
    if (verb->get_name().empty()) continue;  // a group of options
    if (verb->get_name() == arguments[0]) return check_verb(*verb, arguments.subspan(1));
    names += concat(names.empty() ? "" : ", ", verb->get_name());
  }
  if (names.empty()) return;
  throw CLI::ValidationError(concat("there is no verb '", arguments[0], "' (", names, ")"));
}

std::string hint(const CLI::App& app) {
  std::string verb;
  for (auto chosen = app.get_subcommands(); !chosen.empty();
       chosen = chosen.front()->get_subcommands()) {
    verb += chosen.front()->get_name() + " ";
  }
  return concat("'quarry ", verb, "-h' shows the options");
}

void parse_and_run(CLI::App& app, std::vector<std::string> arguments) {
  check_verb(app, arguments);
  arguments = prepared_arguments(std::move(arguments));
  std::ranges::reverse(arguments);  // the parser takes them from the back
  app.parse(std::move(arguments));
}

int run(std::vector<std::string> arguments) {
  CLI::App app("Cuts arrays out of huge files without moving the mountain.", "quarry");
  app.require_subcommand(1);
  app.set_version_flag("--version", "quarry " QUARRY_VERSION);
  for (const auto add : verbs) add(app);
  for (CLI::App* verb : app.get_subcommands({})) prepare_options(*verb);
  app.footer("'quarry VERB -h' shows a verb's options and examples.");
  try {
    parse_and_run(app, std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
  } catch (const CLI::CallForVersion&) {
    std::cout << app.version() << '\n';
  } catch (const CLI::ParseError& failure) {
    complain(concat(failure.what(), "; ", hint(app)));
    return static_cast<int>(exit_status::usage);
  }
  std::cout.flush();
  return 0;
}

int ended(exit_status status, std::string_view why) {
  complain(why);
  return static_cast<int>(status);
}

template <class Error>
int ended(const Error& failure) {
  if (failure.code() == std::errc::operation_canceled && stop_signal() != 0) {
    end_by_signal(stop_signal());
  }
  return ended(status_of(failure), failure.what());
}

// As other tools do when `head` has seen enough: ends quietly, by the signal.
int ended_at_standard_output(int system_error) {
  if (system_error == EPIPE) end_by_signal(SIGPIPE);
  return ended(
      exit_status::input_output,
      error(std::error_code(system_error, std::system_category()), "standard output").what());
}

// The one place where errors end.
int run_and_explain(std::vector<std::string> arguments) {
  try {
    errno = 0;
    std::cout.exceptions(std::ios::badbit | std::ios::failbit);
    return run(std::move(arguments));
  } catch (const output_error& failure) {
    return ended(failure);
  } catch (const error& failure) {
    return ended(failure);
  } catch (const std::ios_base::failure&) {
    return ended_at_standard_output(errno != 0 ? errno : EIO);
  } catch (const std::bad_alloc&) {
    return ended(exit_status::internal, "out of memory");
  } catch (const std::exception& failure) {
    return ended(exit_status::internal, failure.what());
  }
}

}  // namespace
}  // namespace quarry::tools

int main(int argc, char** argv) {
  quarry::occupy_standard_files();
  quarry::ignore_write_signals();
  return quarry::tools::run_and_explain({argv + std::min(argc, 1), argv + argc});
}
