// wavedesc.hpp: the descriptor block of a .trc, as LeCroy's template LECROY_2_3 lays it out.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "quarry/base/byte_order.hpp"

namespace quarry::formats {

/// What the descriptor says; texts are UTF-8. Bytes of a block are 0 where there is none.
struct wavedesc {
  std::size_t start = 0;  ///< byte of the file at which the descriptor starts
  byte_order order = byte_order::little;
  std::int64_t sample_bytes = 1;  ///< 1 or 2
  // The blocks of the file, in bytes and in their order.
  std::uint64_t descriptor = 0;
  std::uint64_t user_text = 0;
  std::uint64_t trigtime_array = 0;
  std::uint64_t ris_time_array = 0;
  std::uint64_t wave_array_1 = 0;
  std::uint64_t wave_array_2 = 0;
  std::int64_t points = 0;    ///< WAVE_ARRAY_COUNT, of all segments
  std::int64_t segments = 1;  ///< SUBARRAY_COUNT, at least 1
  double vertical_gain = 1;
  double vertical_offset = 0;
  double horizontal_interval = 0;
  double horizontal_offset = 0;
  std::int64_t nominal_bits = 0;
  std::int64_t record_type = 0;
  std::int64_t wave_source = 0;
  std::string instrument_name;
  std::string trace_label;
  std::string vertical_unit;
  std::string horizontal_unit;
  std::string trigger_time;  ///< "2022-11-09T09:23:14.500000000"; empty if it is no date
};

/// Byte of the descriptor, which must start in the first 64 bytes of `file`, behind whatever the
/// instrument sent before it; nothing if it is not there.
std::optional<std::size_t> find_wavedesc(std::span<const std::byte> file) noexcept;

/// Reads the descriptor of `file`. Throws error(corrupt_header), error(truncated), and
/// error(unsupported) for another template and for blocks that the template only reserves.
wavedesc read_wavedesc(std::span<const std::byte> file);

}  // namespace quarry::formats
