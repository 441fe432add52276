// share_publish.cpp: an array of a file as the next version of a shared one.
#include "tools/share_publish.hpp"

#include <chrono>
#include <memory>
#include <string>

#include "quarry.hpp"

#include "tools/arguments.hpp"
#include "tools/exit_status.hpp"
#include "tools/input.hpp"
#include "tools/output.hpp"
#include "tools/segment_place.hpp"

namespace quarry::tools {
namespace {

struct publish_options {
  std::string name{};
  std::string from{};
  std::string slice{};
  std::string fields{};
  std::filesystem::path directory{};
  std::uint32_t slots = share::least_slots;
  bool group = false;
  bool hold = false;
  input_options input{};
};

share::segment attach(const publish_options& options, const dtype& type,
                      std::span<const std::int64_t> shape) {
  share::segment_spec what;
  what.type = type;
  what.max_shape.assign(shape.begin(), shape.end());
  what.slots = options.slots;
  what.group = options.group;
  const auto [name, where] = parse_segment(options.name, options.directory);
  return as_output([&] { return share::segment::attach_or_create(name, what, where); });
}

// Parts of a stack are small enough for one go; a single array may be larger than memory.
void copy_into(const array& to, const stacked& from, work& frame) {
  if (from.parts().size() == 1) {
    convert(from.open(0), to, {}, frame.pass());
  } else {
    convert(from, to);
  }
  frame.advance(0, 0);  // a signal is heard here at the latest
}

// Until a signal comes, or somebody removes the segment.
void hold(const share::segment& there) {
  constexpr std::uint64_t no_version = UINT64_MAX;
  try {
    while (stop_signal() == 0) there.latest(no_version, std::chrono::milliseconds(50));
  } catch (const error& failure) {
    if (failure.code() == errc::changed) return;
    throw;
  }
  throw error(std::make_error_code(std::errc::operation_canceled), "stopped by a signal");
}

void run_publish(const publish_options& options) {
  if (!options.slice.empty()) parse_slice(options.slice);
  const input in = open_array(options.from, options.input);
  const stacked part = taken(in.elements, options.fields, options.slice, in.source.path());
  const dtype type =
      takes_several(in.elements.type(), options.fields) ? without_gaps(part.type()) : part.type();
  work frame(output_options{});
  const share::segment there = attach(options, type, part.shape());
  {
    share::slot_writer writer = there.write();
    share::slot next = writer.begin(part.shape());
    copy_into(next.elements(), part, frame);
    in.source.verify_unchanged();
    next.commit();
  }
  if (options.hold) {
    hold(there);
  } else {
    there.keep(true);
  }
}

}  // namespace

void add_share_publish(CLI::App& share) {
  auto* command = share.add_subcommand(
      "publish", "Copies an array into a shared one, as its next version; made if it is not there");
  auto options = std::make_shared<publish_options>();
  command->add_option("NAME", options->name, "The shared array")->required();
  command->add_option("IN", options->from, "FILE, or FILE::NAME for one of several arrays")
      ->required();
  command->add_option("SLICE", options->slice, "NumPy's basic indexing: '0:100, ::2'");
  command->add_option("--field", options->fields, "Record fields, taken first: a,b or a.b");
  command->add_option("--dir", options->directory, "Directory that it lies in; default: /dev/shm")
      ->type_name("DIR");
  command
      ->add_option_function<std::string>(
          "--slots",
          [options](const std::string& text) {
            options->slots = static_cast<std::uint32_t>(
                parse_count("--slots", text, share::least_slots, share::most_slots));
          },
          "Versions that there is room for in a new one; default: 3")
      ->type_name("K");
  command->add_flag("--group", options->group, "Your group may read a new one");
  command->add_flag("--hold", options->hold,
                    "Stay until a signal; a new one goes when nobody holds it any more");
  add_input_options(*command, options->input);
  command->footer(
      "Examples:\n"
      "  quarry share publish camera frame.npy\n"
      "  quarry share publish channel eeg.npy '..., 2' --hold");
  command->callback([options] { run_publish(*options); });
}

}  // namespace quarry::tools
