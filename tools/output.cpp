#include "tools/output.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <map>
#include <utility>
#include <vector>

#include "tools/arguments.hpp"
#include "tools/console.hpp"
#include "tools/exit_status.hpp"
#include "tools/input.hpp"

namespace quarry::tools {
namespace {

using path_type = std::filesystem::path;

constexpr int standard_error = 2;

bool shows_progress(const output_options& to) {
  if (to.quiet || to.progress == "never") return false;
  return to.progress == "always" || is_terminal(standard_error);
}

[[noreturn]] void refuse(std::errc code, std::string_view why, const std::filesystem::path& path) {
  throw output_error(error(std::make_error_code(code), why, path));
}

attributes merged(attributes from, const attributes& asked_for) {
  for (const attribute& each : asked_for) {
    std::erase_if(from, [&](const attribute& old) { return old.name == each.name; });
    from.push_back(each);
  }
  return from;
}

bool says_nothing_of(const attribute& lost, const format& as, array_info what,
                     const file_plan& planned) {
  std::erase_if(what.attrs, [&](const attribute& each) { return each.name == lost.name; });
  try {
    const file_plan without = as.plan(std::span(&what, 1));
    return without.header == planned.header && without.detached == planned.detached &&
           without.trailer == planned.trailer;
  } catch (const error&) {
    return false;  // the format cannot do without it
  }
}

// Of those that the user gave, not of those that the input has.
void warn_of_lost_attributes(const output_options& to, const array_info& what) {
  if (to.attrs.empty()) return;
  const format& as = writable_format(to.path, to.format, format_table());
  const file_plan planned = as.plan(std::span(&what, 1));
  for (const attribute& each : to.attrs) {
    if (!says_nothing_of(each, as, what, planned)) continue;
    warn(to.path, concat("the format ", as.name, " does not keep the attribute ", each.name));
  }
}

// Null if there is no such format: create_output() says so.
const format* output_format(const output_options& to) {
  const auto is_its = [&](const format& each) {
    return to.format.empty() ? std::ranges::any_of(each.suffixes,
                                                   [&](std::string_view ending) {
                                                     return to.path.native().ends_with(ending);
                                                   })
                             : each.name == to.format;
  };
  const auto as = std::ranges::find_if(format_table(), is_its);
  return as == format_table().end() ? nullptr : &*as;
}

// Both halves of a pair. A name that no format is written under is refused later, when all else
// is known to be right.
std::vector<path_type> written_paths(const output_options& to, const format* as) {
  if (as == nullptr || as->pair.header_suffix.empty()) return {to.path};
  const new_paths paths = paths_of(*as, to.path);
  return {paths.data, paths.header};
}

// The header that a data file was opened by, where its name tells.
std::vector<path_type> other_halves(const file& source) {
  const auto as = std::ranges::find(format_table(), source.format_name(), &format::name);
  if (as == format_table().end() || as->pair.header_suffix.empty()) return {};
  try {
    const new_paths paths = paths_of(*as, source.path());
    return {paths.data, paths.header};
  } catch (const error&) {
    return {};
  }
}

void check_written(const path_type& path, bool force, std::span<const path_type> inputs) {
  for (const path_type& input : inputs) {
    if (same_file(input, path)) {
      throw error(errc::invalid_argument,
                  concat("is the input '", escaped(input.native()),
                         "' itself; write to another file and rename it"),
                  path);
    }
  }
  std::error_code ignored;
  const path_type sidecar = sidecar_of(path);
  if (std::filesystem::exists(sidecar, ignored)) {
    refuse(std::errc::file_exists,
           concat("'", escaped(sidecar.native()),
                  "' says what another file of that name held; "
                  "remove it first"),
           path);
  }
  const auto there = std::filesystem::status(path, ignored);
  if (!std::filesystem::exists(there)) return;
  if (std::filesystem::is_directory(there)) refuse(std::errc::is_a_directory, "", path);
  if (!std::filesystem::is_regular_file(there)) {
    refuse(std::errc::file_exists, "only regular files are replaced", path);
  }
  if (!force) refuse(std::errc::file_exists, "not replaced without --force", path);
}

}  // namespace

void throw_if_stopped() {
  if (stop_signal() != 0) {
    throw error(std::make_error_code(std::errc::operation_canceled), "stopped by a signal");
  }
}

void add_output_path(CLI::App& command, const std::string& names, output_options& into) {
  command
      .add_option_function<std::string>(
          names,
          [&into](const std::string& text) {
            array_name named = parse_array_name(text);
            into.path = std::move(named.path);
            into.name = std::move(named.name);
          },
          "The new file; FILE::NAME gives the array that name")
      ->type_name("FILE")
      ->required();
}

void add_work_options(CLI::App& command, output_options& into) {
  command.add_option_function<std::string>(
      "--memory", [&into](const std::string& text) { into.memory_bytes = parse_byte_count(text); },
      "Bytes resident at a time: 4096, 64M, 1GiB (2^30), 10GB (10^9); default: a quarter of what "
      "there is");
  command
      .add_option_function<std::string>(
          "--threads",
          [&into](const std::string& text) {
            into.threads = static_cast<int>(parse_count("--threads", text, 1, INT_MAX));
          },
          "Threads at work, at most one per core; default: one per core")
      ->type_name("N");
  command.add_flag("--sync", into.sync, "Done means on the disk");
  command.add_flag_callback(
      "--quiet",
      [&into] {
        into.quiet = true;
        silence();
      },
      "No progress, no warnings");
  command.add_option("--progress", into.progress, "auto (on a terminal), always, never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
}

void add_output_options(CLI::App& command, output_options& into) {
  command.add_flag("--force", into.force, "Replace OUT if it exists");
  command.add_option("--format", into.format, "Format of OUT; else by the ending of its name")
      ->type_name("NAME");
  command
      .add_option_function<std::vector<std::string>>(
          "--attribute",
          [&into](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) into.attrs.push_back(parse_attribute(text));
          },
          "What OUT is to say of the array: sample_rate=48000; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  add_work_options(command, into);
}

void add_io_option(CLI::App& command, input_options& from, output_options& to) {
  static const std::map<std::string, io_method> methods{{"auto", io_method::automatic},
                                                        {"mmap", io_method::mmap},
                                                        {"pread", io_method::pread},
                                                        {"direct", io_method::direct}};
  command
      .add_option_function<std::string>(
          "--io", [&from, &to](const std::string& name) { from.io = to.io = methods.at(name); },
          "How bytes are read and written: auto, mmap, pread (files are not mapped), direct (nor "
          "kept in the system's cache)")
      ->check(CLI::IsMember(methods))
      ->type_name("METHOD");
}

std::uint64_t fair_memory_bytes() { return available_memory() / 4; }

void check_output(const output_options& to, std::span<const path_type> inputs) {
  if (to.path.empty()) throw error(errc::invalid_argument, "the name of the output is empty");
  const format* const as = output_format(to);
  for (const path_type& each : written_paths(to, as)) check_written(each, to.force, inputs);
  // Nothing in such a file says what it is.
  const bool is_headerless = as != nullptr && as->name == "raw";
  const format* const other = is_headerless ? described_beside(to.path, format_table()) : nullptr;
  if (other != nullptr) {
    refuse(std::errc::file_exists,
           concat("a header beside it (", other->name,
                  ") says what another file of that name held; remove it first"),
           to.path);
  }
}

std::vector<path_type> files_beside(const file& source) {
  const path_type directory = source.path().parent_path();
  std::vector<path_type> files = other_halves(source);
  files.push_back(sidecar_of(source.path()));
  for (const array_info& info : source.contents().arrays) {
    if (!info.data_file.empty()) files.push_back(directory / info.data_file);
    if (!info.stack) continue;
    for (const part_info& part : info.stack->parts) files.push_back(directory / part.file);
  }
  return files;
}

void check_output(const output_options& to, const file& source) {
  check_output(to, files_beside(source));
}

array_info output_info(const output_options& to, const dtype& type,
                       std::span<const std::int64_t> shape, memory_order order,
                       const attributes& attrs) {
  array_info out;
  out.name = to.name;
  out.attrs = merged(attrs, to.attrs);
  out.type = type;
  out.where = about(to.path, [&] { return layout::contiguous(shape, type.item_bytes(), order); });
  return out;
}

new_array create_output(const output_options& to, const array_info& what) {
  create_options how;
  how.format = to.format;
  how.file.overwrite = to.force;
  how.file.sparse = to.sparse;
  how.file.io = to.io;
  how.file.sync = to.sync ? durability::power_loss : durability::process_crash;
  new_array out = as_output([&] { return create(to.path, std::span(&what, 1), how); });
  warn_of_lost_attributes(to, what);
  return out;
}

std::uint64_t planned_offset(const output_options& to, const array_info& what) {
  const format& as = writable_format(to.path, to.format, format_table());
  return as.plan(std::span(&what, 1)).offsets_bytes.front();
}

work::work(const output_options& to)
    : memory_bytes_(to.memory_bytes > 0 ? to.memory_bytes : fair_memory_bytes()),
      threads_(to.threads),
      bar_(shows_progress(to), to.progress == "auto") {
  note_stop_signals();
}

pass_options work::pass() {
  pass_options how;
  how.memory_bytes = memory_bytes_;
  how.stop = stop_.get_token();
  how.progress = [this](std::uint64_t done_bytes, std::uint64_t all_bytes) {
    if (stop_signal() != 0) stop_.request_stop();
    bar_.update(done_bytes, all_bytes);
  };
  return how;
}

void work::advance(std::uint64_t done_bytes, std::uint64_t all_bytes) {
  throw_if_stopped();
  bar_.update(done_bytes, all_bytes);
}

void work::finish(new_array& output) {
  throw_if_stopped();
  bar_.restart();
  as_output([&] { output.commit(pass()); });
}

dtype without_gaps(const dtype& record) {
  return dtype::packed_record({record.fields().begin(), record.fields().end()});
}

bool is_extension(const dtype& type) {
  if (type.is_record()) {
    return std::ranges::any_of(type.fields(),
                               [](const field& each) { return is_extension(each.type); });
  }
  return type.kind() == type_kind::brain_floating ||
         (is_integer(type.kind()) && type.item_bytes() == 3);
}

void check_extension(const output_options& to, const dtype& type) {
  if (!is_extension(type)) return;
  const std::string_view as = writable_format(to.path, to.format, format_table()).name;
  if (as != "npy" && as != "npz") return;
  throw error(errc::unsupported,
              concat("NumPy has no type ", to_string(type),
                     "; choose one by 'convert --dtype', or write .bin or .raw"),
              to.path);
}

}  // namespace quarry::tools
