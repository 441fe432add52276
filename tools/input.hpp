// input.hpp: the arrays that verbs read, as the command line names them.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "quarry.hpp"

namespace quarry::tools {

/// An array as users name it: "scan.npz" or "scan.npz::signal".
struct array_name {
  std::filesystem::path path;
  std::string name;  ///< empty: the file's only or first array
};

/// Splits at the "::" in front of which there is a file; a file whose own name holds "::" comes
/// first. Throws error(invalid_argument) if `text` is empty.
array_name parse_array_name(std::string_view text);

/// How inputs are opened: the options that all verbs that read have in common.
struct input_options {
  std::string layout{};  ///< --as
  std::string format{};  ///< --input-format
  io_method io = io_method::automatic;
  bool strict = false;
  bool allow_prefix = false;
  std::vector<std::string> allow_external{};
  std::string scratch{};  ///< where deflated arrays are inflated; empty: as open_options has it
};

/// `format_names` are the names of the option for the input's format: verbs without an output leave
/// nobody in doubt what --format means.
void add_input_options(CLI::App& command, input_options& into,
                       const std::string& format_names = "--input-format");

/// What they say of how files are opened.
open_options opening(const input_options& options);

/// Opens `path` and shows the header's warnings. "shm:NAME" is a shared array, see
/// open_segment().
file open_input(const std::filesystem::path& path, const input_options& options);

/// An array and the file that it was opened from.
struct input {
  file source;
  const array_info* info;  ///< what the file says of the array; valid while `source` lives
  stacked elements;        ///< one part, unless the array lies in several files
};

/// Opens the array that users call `text`, inflated if it is deflated; the parts of a stack are
/// opened when they are read.
input open_array(std::string_view text, const input_options& options);

/// True if `--field` names several fields of `from`: a comma between them that is no part of a
/// name.
bool takes_several(const dtype& from, std::string_view fields);

/// The array after `--field` and SLICE, each skipped if empty. Errors name `path`.
stacked taken(const stacked& from, std::string_view fields, std::string_view slice,
              const std::filesystem::path& path);

}  // namespace quarry::tools
