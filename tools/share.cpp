// share.cpp: arrays that processes share, by name: listed, watched, removed.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "quarry.hpp"

#include "tools/arguments.hpp"
#include "tools/console.hpp"
#include "tools/segment_place.hpp"
#include "tools/share_publish.hpp"
#include "tools/verbs.hpp"

namespace quarry::tools {
namespace {

using json = nlohmann::ordered_json;

struct share_options {
  std::string name{};
  std::filesystem::path directory{};
  bool as_json = false;
  bool dry_run = false;
  std::uint64_t count = 0;  // 0: no end
  std::optional<double> timeout_seconds{};

  segment_place place() const { return parse_segment(name, directory); }
};

json json_of(const share::segment_status& of) {
  json out{{"name", of.name}, {"path", of.path.native()}};
  if (!of.problem.empty()) {
    out["problem"] = of.problem;
    return out;
  }
  const share::segment_header& header = of.header;
  out["kind"] = share::name_of(header.kind);
  out["dtype"] = json::parse(dtype_json(header.type));
  out["shape"] = of.version > 0 ? json(of.shape) : json();
  out["max_shape"] = header.max_shape;
  out["version"] = of.version;
  if (header.kind == share::segment_kind::slots) out["slots"] = header.slots;
  out["file_bytes"] = header.file_bytes;
  out["writer"] = of.writer > 0 ? json(of.writer) : json();
  out["holders"] = of.holders ? json(*of.holders) : json();
  out["keep"] = of.keep;
  return out;
}

std::string version_text(const share::segment_status& of) {
  if (of.version == 0) return "nothing published";
  return concat("version ", of.version, ", shape ", tuple_text(of.shape));
}

std::string holders_text(const share::segment_status& of) {
  std::string out = of.holders ? concat(*of.holders, " attached") : "attached: unknown";
  if (of.writer > 0) out += concat(", process ", of.writer, " writes");
  return of.keep ? out + ", kept" : out;
}

void run_list(const share_options& options) {
  const auto found = share::list(parse_segment("", options.directory).where);
  if (options.as_json) {
    json all = json::array();
    for (const auto& each : found) all.push_back(json_of(each));
    std::cout << all.dump() << '\n';
    return;
  }
  for (const auto& each : found) {
    std::cout << each.name << ": ";
    if (each.problem.empty()) {
      std::cout << share::name_of(each.header.kind) << " of "
                << escaped(to_string(each.header.type)) << ' ' << tuple_text(each.header.max_shape)
                << "; " << version_text(each) << "; " << holders_text(each) << '\n';
    } else {
      std::cout << "cannot be attached: " << each.problem << '\n';
    }
  }
}

void run_info(const share_options& options) {
  const auto [name, where] = options.place();
  const share::segment_status found = share::status(name, where);
  if (options.as_json) {
    std::cout << json_of(found).dump() << '\n';
    return;
  }
  const share::segment_header& header = found.header;
  const bool has_slots = header.kind == share::segment_kind::slots;
  std::cout << found.name << '\n'
            << "  file        " << escaped(found.path.native()) << '\n'
            << "  kind        " << share::name_of(header.kind)
            << (has_slots ? concat(", ", header.slots, " of them") : "") << '\n'
            << "  dtype       " << escaped(to_string(header.type)) << '\n'
            << "  room for    " << tuple_text(header.max_shape) << '\n'
            << "  size        " << size_text(header.file_bytes) << '\n'
            << "  latest      " << version_text(found) << '\n'
            << "  holders     " << holders_text(found) << '\n';
}

std::chrono::nanoseconds timeout_of(const share_options& options) {
  constexpr double most_seconds = 1e9;
  const double seconds = std::min(options.timeout_seconds.value_or(most_seconds), most_seconds);
  return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

void run_watch(const share_options& options) {
  const auto [name, where] = options.place();
  const share::segment there = share::segment::attach(name, access::read_only, where);
  std::uint64_t seen = 0;
  for (std::uint64_t count = 0; options.count == 0 || count < options.count; ++count) {
    const auto next = there.latest(seen, timeout_of(options));
    if (!next) {
      if (options.count == 0) return;
      throw error(errc::busy, concat("no version behind ", seen, " in time"), there.path());
    }
    seen = next->version;
    std::cout << "version " << seen << ", shape " << tuple_text(next->elements.shape())
              << std::endl;  // whoever reads it wants it now
  }
}

void run_remove(const share_options& options) {
  const auto [name, where] = options.place();
  share::remove(name, where);
}

void run_collect(const share_options& options) {
  const auto place = parse_segment("", options.directory).where;
  for (const std::string& name : share::collect(place, options.dry_run)) {
    std::cout << name << '\n';
  }
}

CLI::App* add_command(CLI::App& to, const std::string& name, const std::string& does,
                      const std::shared_ptr<share_options>& options, bool of_one) {
  auto* command = to.add_subcommand(name, does);
  if (of_one) {
    command->add_option("NAME", options->name, "The shared array, or UID:NAME for another user's")
        ->required();
  }
  command->add_option("--dir", options->directory, "Directory that it lies in; default: /dev/shm")
      ->type_name("DIR");
  return command;
}

void add_watch(CLI::App& to, const std::shared_ptr<share_options>& options) {
  auto* watch = add_command(to, "watch", "Prints a line for each new version", options, true);
  watch
      ->add_option_function<std::string>(
          "--count",
          [options](const std::string& text) {
            options->count = parse_count("--count", text, 1, UINT64_MAX);
          },
          "End after N versions")
      ->type_name("N");
  watch
      ->add_option_function<std::string>(
          "--timeout",
          [options](const std::string& text) {
            options->timeout_seconds = parse_real("--timeout", text);
            if (*options->timeout_seconds < 0) {
              throw error(errc::invalid_argument, "--timeout: time does not run backwards");
            }
          },
          "End if there is no new version for S seconds; with --count that is an error (75)")
      ->type_name("S");
  watch->callback([options] { run_watch(*options); });
}

}  // namespace

void add_share(CLI::App& app) {
  auto* command = app.add_subcommand("share", "Arrays in memory that processes share, by name");
  command->require_subcommand(1);
  auto options = std::make_shared<share_options>();
  add_share_publish(*command);
  auto* list = add_command(*command, "list", "Lists your shared arrays", options, false);
  list->add_flag("--json", options->as_json, "As a JSON list of objects");
  list->callback([options] { run_list(*options); });
  auto* info =
      add_command(*command, "info", "Says what one holds, and who holds it", options, true);
  info->add_flag("--json", options->as_json, "As a JSON object");
  info->callback([options] { run_info(*options); });
  add_watch(*command, options);
  add_command(*command, "rm", "Removes the name; who holds it keeps what it has", options, true)
      ->callback([options] { run_remove(*options); });
  auto* collect =
      add_command(*command, "gc", "Removes those that no process holds and nobody asked to keep",
                  options, false);
  collect->add_flag("--dry-run", options->dry_run, "Only print their names");
  collect->callback([options] { run_collect(*options); });
  command->footer(
      "Every verb reads the latest version as shm:NAME.\n"
      "Examples:\n"
      "  quarry share publish camera frame.npy\n"
      "  quarry print shm:camera '0, :10'");
}

}  // namespace quarry::tools
