#include "formats/brainvision/vhdr.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/field_text.hpp"

namespace quarry::formats {
namespace {

constexpr std::string_view micro_volt = "\xc2\xb5V";
constexpr std::size_t max_values = 65536;  // each takes far more memory than its line
constexpr std::size_t shown_bytes = 80;    // of a value in a message

// "common infos" and "datafile" of "[Common Infos]" and "DataFile=": both are read in any case.
using place = std::pair<std::string, std::string>;

// The values of all sections before [Comment], which is free text to the end of the file.
class sections {
 public:
  explicit sections(std::string_view text) {
    std::string section;
    for (std::size_t number = 1; !text.empty(); ++number) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = trimmed(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
      if (number == 1 || line.empty() || line.starts_with(';')) continue;
      if (line.starts_with('[') && line.ends_with(']')) {
        section = lower_case(line.substr(1, line.size() - 2));
        if (section == "comment") return;
        continue;
      }
      add(section, line, number);
    }
  }

  // Empty if there is none.
  std::string_view value(std::string_view section, std::string_view key) const {
    const auto found = values_.find({lower_case(section), lower_case(key)});
    return found == values_.end() ? std::string_view() : found->second;
  }

  std::string_view required(std::string_view section, std::string_view key) const {
    const std::string_view found = value(section, key);
    if (found.empty()) {
      throw error(errc::corrupt_header, concat("[", section, "] has no ", key));
    }
    return found;
  }

  std::size_t count(std::string_view section) const {
    const std::string wanted = lower_case(section);
    return static_cast<std::size_t>(std::ranges::count_if(
        values_, [&](const auto& each) { return each.first.first == wanted; }));
  }

 private:
  void add(const std::string& section, std::string_view line, std::size_t number) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) {
      throw error(errc::corrupt_header, concat("line ", number, ": '", escaped(line, shown_bytes),
                                               "' is no KEY=VALUE, section or comment"));
    }
    const std::string_view key = trimmed(line.substr(0, equals));
    const std::string_view value = trimmed(line.substr(equals + 1));
    if (values_.size() == max_values) {
      throw error(errc::limit_exceeded,
                  concat("line ", number, ": more than ", max_values, " values"));
    }
    if (!values_.try_emplace({section, lower_case(key)}, value).second) {
      throw error(errc::corrupt_header, concat("line ", number, ": ", escaped(key, shown_bytes),
                                               " stands twice in its section"));
    }
  }

  std::map<place, std::string_view> values_;
};

[[noreturn]] void refuse(errc code, std::string_view key, std::string_view found,
                         std::string_view expected) {
  throw error(code, concat(key, " is '", escaped(found, shown_bytes), "', not ", expected));
}

std::int64_t count_of(std::string_view key, std::string_view text, std::int64_t least) {
  const auto number = whole_number(text);
  if (!number || *number < least) {
    refuse(errc::corrupt_header, key, text, concat("a number from ", least, " on"));
  }
  return *number;
}

double number_of(std::string_view key, std::string_view text) {
  const auto number = real_number(text);
  if (!number) refuse(errc::corrupt_header, key, text, "a number");
  return *number;
}

dtype sample_of(const sections& in) {
  const std::string_view order = in.value("Binary Infos", "UseBigEndianOrder");
  const bool is_big = same_word(order, "YES");
  if (!is_big && !order.empty() && !same_word(order, "NO")) {
    refuse(errc::corrupt_header, "UseBigEndianOrder", order, "YES or NO");
  }
  const auto bytes_order = is_big ? byte_order::big : byte_order::little;
  const std::string_view found = in.required("Binary Infos", "BinaryFormat");
  if (same_word(found, "INT_16")) return {type_kind::signed_integer, 2, bytes_order};
  if (same_word(found, "INT_32")) return {type_kind::signed_integer, 4, bytes_order};
  if (same_word(found, "IEEE_FLOAT_32")) return {type_kind::floating, 4, bytes_order};
  refuse(errc::unsupported, "BinaryFormat", found, "INT_16, INT_32 or IEEE_FLOAT_32");
}

bool is_one_of(std::string_view key, std::string_view found, std::string_view yes,
               std::string_view no) {
  if (same_word(found, yes)) return true;
  if (same_word(found, no)) return false;
  refuse(errc::unsupported, key, found, concat(yes, " or ", no));
}

// "\1" in a name stands for a comma.
std::string with_commas(std::string_view name) {
  std::string out;
  for (std::size_t at = 0; at < name.size(); ++at) {
    const bool is_comma = name.substr(at).starts_with("\\1");
    out += is_comma ? ',' : name[at];
    if (is_comma) ++at;
  }
  return out;
}

// NAME,REFERENCE,RESOLUTION,UNIT.
vhdr_channel channel_of(std::string_view key, std::string_view line) {
  std::array<std::string_view, 4> parts;
  for (std::string_view& part : parts) {
    const std::size_t end = std::min(line.find(','), line.size());
    part = trimmed(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  vhdr_channel out;
  out.name = with_commas(as_utf8(parts[0]));
  if (!parts[2].empty()) {
    out.resolution = number_of(concat("the resolution of ", key), parts[2]);
  }
  out.unit = parts[3].empty() ? std::string(micro_volt) : as_utf8(parts[3]);
  return out;
}

std::vector<vhdr_channel> channels_of(const sections& in) {
  constexpr std::string_view section = "Channel Infos";
  const std::int64_t wanted =
      count_of("NumberOfChannels", in.required("Common Infos", "NumberOfChannels"), 1);
  if (const std::size_t found = in.count(section); std::cmp_not_equal(found, wanted)) {
    throw error(errc::corrupt_header,
                concat("[", section, "] has ", found, " channels, NumberOfChannels is ", wanted));
  }
  std::vector<vhdr_channel> out;
  for (std::int64_t i = 1; i <= wanted; ++i) {
    const std::string key = concat("Ch", i);
    out.push_back(channel_of(key, in.required(section, key)));
  }
  return out;
}

bool starts_as(std::string_view text, std::string_view kind) noexcept {
  constexpr std::array<std::string_view, 2> makers{"Brain Vision ", "BrainVision "};
  return std::ranges::any_of(makers, [&](std::string_view maker) {
    return text.starts_with(maker) && text.substr(maker.size()).starts_with(kind);
  });
}

}  // namespace

bool is_vhdr(std::string_view text) noexcept {
  return starts_as(text, "Data Exchange Header File");
}

bool is_vmrk(std::string_view text) noexcept {
  return starts_as(text, "Data Exchange Marker File");
}

vhdr parse_vhdr(std::string_view text) {
  constexpr std::string_view common = "Common Infos";
  const sections in(text);
  vhdr out;
  out.data_file = as_utf8(in.required(common, "DataFile"));
  out.marker_file = as_utf8(in.value(common, "MarkerFile"));
  out.is_text = is_one_of("DataFormat", in.required(common, "DataFormat"), "ASCII", "BINARY");
  out.is_vectorized = is_one_of("DataOrientation", in.required(common, "DataOrientation"),
                                "VECTORIZED", "MULTIPLEXED");
  if (const auto type = in.value(common, "DataType");
      !type.empty() && !same_word(type, "TIMEDOMAIN")) {
    refuse(errc::unsupported, "DataType", type, "TIMEDOMAIN");
  }
  if (!out.is_text) out.sample = sample_of(in);
  if (const auto points = in.value(common, "DataPoints"); !points.empty()) {
    out.points = count_of("DataPoints", points, 0);
  }
  if (const auto interval = in.value(common, "SamplingInterval"); !interval.empty()) {
    out.interval_us = number_of("SamplingInterval", interval);
  }
  out.channels = channels_of(in);
  return out;
}

}  // namespace quarry::formats
