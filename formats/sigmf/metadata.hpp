// metadata.hpp: what the JSON text of a SigMF recording says, checked.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quarry/store/format.hpp"

namespace quarry::formats {

/// One entry of "captures": samples that were taken in one go.
struct sigmf_capture {
  std::uint64_t sample_start = 0;  ///< among all samples of the recording
  std::uint64_t header_bytes = 0;  ///< in front of its first sample, in data of other formats
  attribute_value all;             ///< the entry as it stands
};

/// What a recording's metadata says.
struct sigmf_metadata {
  dtype type;                          ///< of one sample of one channel
  std::int64_t channels = 1;           ///< at least 1
  std::optional<std::string> dataset;  ///< name of a data file of another format
  std::uint64_t trailing_bytes = 0;    ///< behind its last sample
  bool is_metadata_only = false;       ///< there is no data
  std::vector<sigmf_capture> captures;
  attributes attrs;  ///< the other keys of "global", sample rate and description under common names
  std::vector<std::string> warnings;
};

/// Reads the text of a .sigmf-meta (SigMF 1.2). Throws error(corrupt_header) naming the key, found
/// and expected, error(unsupported) for other major versions and for extensions that a reader must
/// know, error(limit_exceeded) as parse_json().
sigmf_metadata parse_sigmf(std::string_view text);

/// A datatype such as cf32_le or ru8: complex integers are records of the fields re and im. Nothing
/// if the text is none.
std::optional<dtype> sigmf_type(std::string_view text);

}  // namespace quarry::formats
