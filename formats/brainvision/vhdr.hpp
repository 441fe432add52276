// vhdr.hpp: the header of a BrainVision recording: named values in sections, as in an .ini.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quarry/array/dtype.hpp"

namespace quarry::formats {

/// One line of [Channel Infos]; texts are UTF-8.
struct vhdr_channel {
  std::string name;
  std::string unit;       ///< microvolts if the line says nothing
  double resolution = 1;  ///< of one step, in `unit`
};

/// What the header says.
struct vhdr {
  std::string data_file;    ///< with the placeholder $b still in it
  std::string marker_file;  ///< the same; may be empty
  bool is_text = false;     ///< samples are decimal text; then `sample` says nothing
  dtype sample;
  bool is_vectorized = false;          ///< channel by channel, not sample by sample
  std::optional<std::int64_t> points;  ///< per channel
  std::optional<double> interval_us;   ///< between two samples
  std::vector<vhdr_channel> channels;
};

/// True if `text` starts as a header does.
bool is_vhdr(std::string_view text) noexcept;

/// True if `text` starts as a marker file (.vmrk) does, which lies beside a header.
bool is_vmrk(std::string_view text) noexcept;

/// Reads a header. Throws error(corrupt_header) where a line breaks a rule, error(unsupported) for
/// orientations, formats and data types that are not samples over time.
vhdr parse_vhdr(std::string_view text);

}  // namespace quarry::formats
