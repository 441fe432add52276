#include "formats/edf/header.hpp"

#include "quarry/base/byte_reader.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/field_text.hpp"

namespace quarry::formats {
namespace {

constexpr std::string_view edf_version = "0       ";
constexpr std::string_view bdf_version =
    "\xff"
    "BIOSEMI";
constexpr std::uint64_t block_bytes = 256;  // of the fixed part, and of each signal's

std::string text(byte_reader& in, std::uint64_t bytes, std::string_view what) {
  return as_utf8(trimmed(in.text(bytes, what)));
}

std::optional<double> real(byte_reader& in, std::string_view what) {
  return real_number(in.text(8, what));
}

// A number that the layout depends on.
std::int64_t count(byte_reader& in, std::uint64_t bytes, std::int64_t least,
                   std::string_view what) {
  const std::size_t at = in.position();
  const std::string_view found = in.text(bytes, what);
  const auto number = whole_number(found);
  if (!number || *number < least) {
    throw error(errc::corrupt_header, concat("byte ", at, ": ", what, " is '", escaped(found),
                                             "', not a number from ", least, " on"));
  }
  return *number;
}

// Each field stands for all signals before the next field does.
template <class Read>
void for_each_signal(std::vector<edf_signal>& signals, const Read& read) {
  for (edf_signal& each : signals) read(each);
}

void read_signals(byte_reader& in, std::vector<edf_signal>& all) {
  for_each_signal(all, [&](edf_signal& s) { s.label = text(in, 16, "a label"); });
  for_each_signal(all, [&](edf_signal& s) { s.transducer = text(in, 80, "a transducer"); });
  for_each_signal(all, [&](edf_signal& s) { s.dimension = text(in, 8, "a dimension"); });
  for_each_signal(all, [&](edf_signal& s) { s.physical_min = real(in, "a physical minimum"); });
  for_each_signal(all, [&](edf_signal& s) { s.physical_max = real(in, "a physical maximum"); });
  for_each_signal(all, [&](edf_signal& s) { s.digital_min = real(in, "a digital minimum"); });
  for_each_signal(all, [&](edf_signal& s) { s.digital_max = real(in, "a digital maximum"); });
  for_each_signal(all, [&](edf_signal& s) { s.prefilter = text(in, 80, "a prefilter"); });
  for_each_signal(all, [&](edf_signal& s) { s.samples = count(in, 8, 0, "a signal's samples"); });
  in.bytes(32 * all.size(), "the reserved bytes of the signals");
}

}  // namespace

bool is_edf(std::string_view start) noexcept {
  return start.starts_with(edf_version) || start.starts_with(bdf_version);
}

edf_header read_edf_header(std::span<const std::byte> file) {
  byte_reader in(file);
  edf_header out;
  const std::string_view version = in.text(edf_version.size(), "the version");
  if (!is_edf(version)) {
    throw error(errc::corrupt_header,
                "bytes 0 to 7 are neither the version of EDF, 0 and blanks, nor that of BDF");
  }
  out.is_bdf = version == bdf_version;
  out.patient = text(in, 80, "the patient");
  out.recording = text(in, 80, "the recording");
  out.start_date = text(in, 8, "the start date");
  out.start_time = text(in, 8, "the start time");
  const std::int64_t bytes = count(in, 8, 0, "the header's size");
  out.reserved = text(in, 44, "the reserved bytes");
  const std::int64_t records = count(in, 8, -1, "the number of records");
  if (records >= 0) out.records = records;
  out.record_seconds = real(in, "the duration of a record");
  const std::int64_t signals = count(in, 4, 0, "the number of signals");
  out.header_bytes = block_bytes * (1 + static_cast<std::uint64_t>(signals));
  if (std::cmp_not_equal(bytes, out.header_bytes)) {
    throw error(errc::corrupt_header, concat("byte 184: the header's size is ", bytes, ", ",
                                             signals, " signals take ", out.header_bytes));
  }
  out.signals.resize(static_cast<std::size_t>(signals));
  read_signals(in, out.signals);
  return out;
}

}  // namespace quarry::formats
