// data_half.hpp: what formats share whose headers may lie in one file and the data in another.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "quarry/store/format.hpp"

namespace quarry::formats {

/// The name of the file being read with another ending, ".hdr".
std::string with_ending(const siblings& beside, std::string_view ending);

/// The bytes of the file that is called like the one being read but for its ending; nothing if
/// there is none, or if it is the one being read.
std::optional<std::string> other_half(const siblings& beside, std::string_view ending);

/// What probe_beside() of a format says whose headers have that ending: 90 if header_of(beside,
/// text) makes something of the header that lies beside, 0 if nothing, or if the header is broken,
/// which claims no file. Throws what siblings::read does: a header that is lost is no broken one.
template <class HeaderOf>
int certainty_beside(const siblings& beside, std::string_view ending, const HeaderOf& header_of) {
  const std::optional<std::string> text = other_half(beside, ending);
  try {
    return header_of(beside, text) ? 90 : 0;
  } catch (const error&) {
    return 0;
  }
}

/// True if `data_file`, a name in a header, means the file being read, which lies beside it.
bool is_name_of(std::string_view data_file, const siblings& beside);

/// The part of a file in which data may lie.
struct data_room {
  std::uint64_t begin = 0;  ///< behind the header, if that is in the same file
  std::uint64_t end = 0;    ///< the size of the file
};

/// Where `data_bytes` bytes begin that end `behind` bytes before the end of the file. Throws
/// error(truncated) if they do not fit.
std::uint64_t offset_from_end(const data_room& room, std::int64_t data_bytes,
                              std::uint64_t behind = 0);

}  // namespace quarry::formats
