#include "tools/segment_place.hpp"

#include <charconv>
#include <utility>

namespace quarry::tools {
namespace {

constexpr std::string_view scheme = "shm:";

std::uint32_t parse_owner(std::string_view text) {
  std::uint32_t out = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (failure == std::errc() && end == text.data() + text.size()) return out;
  throw error(errc::invalid_argument,
              concat("'", escaped(text, 100), "' is no number of a user, as in 1000:NAME"));
}

}  // namespace

segment_place parse_segment(std::string_view text, const std::filesystem::path& directory) {
  segment_place out;
  if (!directory.empty()) out.where.directory = directory;
  if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    out.where.owner = parse_owner(text.substr(0, colon));
    text.remove_prefix(colon + 1);
  }
  out.name = text;
  return out;
}

bool is_segment_input(const std::filesystem::path& input) {
  std::error_code ignored;
  return input.native().starts_with(scheme) &&
         !std::filesystem::exists(std::filesystem::symlink_status(input, ignored));
}

file open_segment(const std::filesystem::path& input) try {
  const std::filesystem::path text = input.native().substr(scheme.size());
  const auto [name, where] = parse_segment(text.filename().native(), text.parent_path());
  const share::segment there = share::segment::attach(name, access::read_only, where);
  const auto latest = there.latest();
  if (!latest) throw error(errc::not_found, "nothing was published yet", there.path());
  array_info info;
  info.type = latest->elements.type();
  info.where = latest->elements.where();
  info.offset_bytes = static_cast<std::uint64_t>(latest->elements.origin().offset_bytes);
  catalog contents;
  contents.arrays.push_back(std::move(info));
  return file::over(input, "shm", std::move(contents), latest->elements.memory());
} catch (const error& failure) {
  throw failure.with_path(input);  // as the user named it
}

}  // namespace quarry::tools
