// output.hpp: what all verbs that write have in common: their options, the refusals before work
// starts, and the frame around the work itself.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "quarry.hpp"

#include "tools/console.hpp"
#include "tools/input.hpp"

namespace quarry::tools {

struct output_options {
  std::filesystem::path path{};
  std::string name{};  ///< of the array in it, behind "::"
  std::string format{};
  attributes attrs{};  ///< in the place of those of the input that have the same names
  bool force = false;
  bool sparse = false;
  bool sync = false;
  bool quiet = false;
  std::uint64_t memory_bytes = 0;  ///< 0: as much as seems fair, see fair_memory_bytes()
  int threads = 0;                 ///< 0: one per core
  io_method io = io_method::automatic;
  std::string progress = "auto";
};

/// The option or argument called `names` for the new file: FILE, or FILE::NAME.
void add_output_path(CLI::App& command, const std::string& names, output_options& into);

/// --memory, --threads, --sync, --quiet, --progress.
void add_work_options(CLI::App& command, output_options& into);

/// These, and --force, --format, --attribute.
void add_output_options(CLI::App& command, output_options& into);

/// --io, of both the input and the output.
void add_io_option(CLI::App& command, input_options& from, output_options& to);

/// A quarter of what the process may use.
std::uint64_t fair_memory_bytes();

/// The files beside `source` in which its arrays lie, parts of stacks too, and those that say what
/// it holds; they need not be there.
std::vector<std::filesystem::path> files_beside(const file& source);

/// Refuses an output that is one of the inputs, also through links: error(invalid_argument); one
/// that exists already (unless forced) or is no regular file: output_error. Of a pair of files both
/// are looked at. Touches nothing.
void check_output(const output_options& to, std::span<const std::filesystem::path> inputs);
/// The same for files_beside(source).
void check_output(const output_options& to, const file& source);

/// What is known of a new array beforehand: contiguous, under the name asked for, with the
/// attributes of the input and those asked for.
array_info output_info(const output_options& to, const dtype& type,
                       std::span<const std::int64_t> shape, memory_order order = memory_order::c,
                       const attributes& attrs = {});

/// A new array at the path asked for.
new_array create_output(const output_options& to, const array_info& what);

/// Where such an array would lie in its file.
std::uint64_t planned_offset(const output_options& to, const array_info& what);

/// Throws error(std::errc::operation_canceled) after a signal that `work` listens to.
void throw_if_stopped();

/// The frame around work on an output: its memory, its progress, and the stop that a signal asks
/// for.
class work {
 public:
  /// From now on signals that stop the command only ask for it.
  explicit work(const output_options& to);

  std::uint64_t memory_bytes() const noexcept { return memory_bytes_; }
  int threads() const noexcept { return threads_; }
  /// For a pass; valid while this lives.
  pass_options pass();
  /// Tells how far the work is. Throws error(std::errc::operation_canceled) after a signal.
  void advance(std::uint64_t done_bytes, std::uint64_t all_bytes);
  /// Publishes the output, unless a signal came: then as advance().
  void finish(new_array& output);

 private:
  std::uint64_t memory_bytes_;
  int threads_;
  progress_bar bar_;
  std::stop_source stop_;
};

/// A record with the same fields one after another: where fields were left out, they leave no gaps.
dtype without_gaps(const dtype& record);

/// True if elements of `type` are, or hold, numbers that NumPy does not have: 24-bit integers,
/// bfloat16.
bool is_extension(const dtype& type);

/// Throws error(unsupported) if the output is a .npy file, which others read, and `type` an
/// extension that nobody asked for.
void check_extension(const output_options& to, const dtype& type);

}  // namespace quarry::tools
