// nrrd_header.hpp: the text in front of NRRD data, taken apart; grammar in nrrd.md.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "formats/header_text.hpp"

namespace quarry::formats {

/// What a NRRD header says, before it is given a meaning.
struct nrrd_header {
  header_fields fields{};        ///< `field: value`; names in small letters, the spaced synonym
  header_fields key_values{};    ///< `key:=value`, escapes read
  bool has_end = false;          ///< an empty line ended it
  std::size_t end = 0;           ///< the byte behind it
  std::size_t listed_files = 0;  ///< names that follow `data file: LIST`
  std::vector<std::string> warnings{};
};

/// True if `text` begins as a NRRD file does: "NRRD000" and a version from 1 to 6.
bool is_nrrd(std::string_view text) noexcept;

/// Reads the header at the start of `text`, which may go on with data. Throws
/// error(corrupt_header), error(limit_exceeded).
nrrd_header parse_nrrd_header(std::string_view text);

}  // namespace quarry::formats
