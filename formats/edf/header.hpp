// header.hpp: the header of an .edf or .bdf: fixed-width text, a block of it per field.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quarry::formats {

/// What the header says of one signal. Texts are UTF-8; numbers that only give the samples their
/// meaning may be missing.
struct edf_signal {
  std::string label;
  std::string transducer;
  std::string dimension;
  std::optional<double> physical_min;
  std::optional<double> physical_max;
  std::optional<double> digital_min;
  std::optional<double> digital_max;
  std::string prefilter;
  std::int64_t samples = 0;  ///< per record
};

/// What the header says of the file.
struct edf_header {
  bool is_bdf = false;
  std::string patient;
  std::string recording;
  std::string start_date;  ///< dd.mm.yy
  std::string start_time;  ///< hh.mm.ss
  std::string reserved;    ///< "EDF+C", "EDF+D", "BDF+C", "24BIT", empty ...
  std::uint64_t header_bytes = 0;
  std::optional<std::int64_t> records;  ///< none: not known while it was recorded (-1)
  std::optional<double> record_seconds;
  std::vector<edf_signal> signals;
};

/// True if the file starts with the version of EDF or BDF.
bool is_edf(std::string_view start) noexcept;

/// Reads the header of `file`. Throws error(corrupt_header) where a number that the layout depends
/// on is none or negative, error(truncated) where the header is cut off.
edf_header read_edf_header(std::span<const std::byte> file);

}  // namespace quarry::formats
