#include "formats/data_half.hpp"

#include <filesystem>

#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry::formats {

std::string with_ending(const siblings& beside, std::string_view ending) {
  return std::filesystem::path(beside.file_name).replace_extension(ending).string();
}

std::optional<std::string> other_half(const siblings& beside, std::string_view ending) {
  const std::string name = with_ending(beside, ending);
  if (name == beside.file_name || !beside.exists(name)) return std::nullopt;
  return beside.read(name);
}

bool is_name_of(std::string_view data_file, const siblings& beside) {
  return std::filesystem::path(data_file).lexically_normal() == beside.file_name;
}

std::uint64_t offset_from_end(const data_room& room, std::int64_t data_bytes,
                              std::uint64_t behind) {
  const std::uint64_t wanted =
      checked::add(static_cast<std::uint64_t>(data_bytes), behind, "the end of the data");
  const std::uint64_t there = room.end - room.begin;
  if (wanted > there) {
    throw error(errc::truncated, concat("the data needs the last ", wanted, " bytes of the file, ",
                                        there, " are there: ", wanted - there, " are missing"));
  }
  return room.end - wanted;
}

}  // namespace quarry::formats
