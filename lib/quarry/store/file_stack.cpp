// file_stack.cpp: the arrays of a file that lie in several other files.
#include <utility>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/lasting_path.hpp"
#include "quarry/map/new_file.hpp"
#include "quarry/store/data_file.hpp"
#include "quarry/store/file.hpp"
#include "quarry/store/part_files.hpp"

namespace quarry {
namespace {

using path_type = std::filesystem::path;

path_type name_beside(const path_type& home, const path_type& file) {
  const path_type absolute = std::filesystem::absolute(file);
  const path_type full =
      std::filesystem::weakly_canonical(absolute.parent_path()) / absolute.filename();
  const path_type relative = full.lexically_relative(home);
  return relative.empty() || *relative.begin() == ".." ? full : relative;
}

}  // namespace

// Parts are opened as files of their own, whatever the reader knows about this one.
void file::add_stack(std::size_t position) {
  open_options how = how_;
  how.format.clear();
  how.layout.clear();
  how.allow_prefix = false;
  auto locate = [header = path_, allowed = how_.allow_external](const path_type& name) {
    path_type out = data_path(header, name, allowed);
    if (same_file(header, out)) {
      throw error(errc::unsupported, "is a stack that names itself as a part", header);
    }
    return out;
  };
  stacks_.emplace(position,
                  std::make_shared<detail::part_files>(contents_.arrays[position], casting::safe,
                                                       table_, std::move(how), std::move(locate)));
}

stacked file::stack(std::size_t position) const {
  const array_info& info = info_at(position);
  if (!info.stack) return load(position);
  const auto found = stacks_.find(position);
  if (found == stacks_.end()) throw error(errc::invalid_argument, "was closed", path_);
  return detail::stack_of(found->second, info);
}

part_info file::as_part(std::size_t position) const {
  const array_info& info = info_at(position);
  if (info.stack) {
    throw error(errc::unsupported,
                "is a stack itself: write it as one file first, or stack its parts", path_);
  }
  part_info out{.file = path_, .type = info.type, .where = info.where};
  if (lasting_path(*own_.share()).empty()) {
    out.in_memory = load(position);
  } else if (how_.layout.empty()) {
    out.array = info.name.empty() && position > 0 ? concat(position) : info.name;
  } else {
    out.offset_bytes = info.offset_bytes;
  }
  return out;
}

stack_info named_beside(stack_info stack, const path_type& header,
                        std::span<const path_type> allowed) {
  const path_type home = std::filesystem::weakly_canonical(
      header.has_parent_path() ? header.parent_path() : path_type("."));
  for (part_info& part : stack.parts) {
    if (part.in_memory) {
      throw error(errc::unsupported,
                  "lies in memory, where a layout file cannot lead to: write it as a file first",
                  part.file);
    }
    part.file = name_beside(home, part.file);
    data_path(header, part.file, allowed);  // for what it refuses
  }
  return stack;
}

stacked open_parts(const array_info& info, std::span<const format> table,
                   const open_options& options, casting rule) {
  const auto as_named = [](const std::filesystem::path& name) { return name; };
  return detail::stack_of(
      std::make_shared<detail::part_files>(info, rule, table, options, as_named), info);
}

}  // namespace quarry
