#include "formats/nrrd/nrrd_header.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "quarry/array/warnings.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry::formats {
namespace {

constexpr std::string_view magic = "NRRD000";
constexpr std::size_t shown_bytes = 80;

// Every field of the specification: as it may be written, and the name under which it is kept.
constexpr std::array<std::pair<std::string_view, std::string_view>, 40> known_fields{
    {{"dimension", "dimension"},
     {"type", "type"},
     {"sizes", "sizes"},
     {"encoding", "encoding"},
     {"endian", "endian"},
     {"block size", "block size"},
     {"blocksize", "block size"},
     {"data file", "data file"},
     {"datafile", "data file"},
     {"line skip", "line skip"},
     {"lineskip", "line skip"},
     {"byte skip", "byte skip"},
     {"byteskip", "byte skip"},
     {"number", "number"},
     {"min", "min"},
     {"max", "max"},
     {"old min", "old min"},
     {"oldmin", "old min"},
     {"old max", "old max"},
     {"oldmax", "old max"},
     {"content", "content"},
     {"sample units", "sample units"},
     {"sampleunits", "sample units"},
     {"labels", "labels"},
     {"units", "units"},
     {"kinds", "kinds"},
     {"spacings", "spacings"},
     {"thicknesses", "thicknesses"},
     {"axis mins", "axis mins"},
     {"axismins", "axis mins"},
     {"axis maxs", "axis maxs"},
     {"axismaxs", "axis maxs"},
     {"centers", "centers"},
     {"centerings", "centers"},
     {"space", "space"},
     {"space dimension", "space dimension"},
     {"space units", "space units"},
     {"space origin", "space origin"},
     {"space directions", "space directions"},
     {"measurement frame", "measurement frame"}}};

// The name under which the field is kept; empty for one that the specification does not know.
std::string_view known_field(std::string_view written) {
  const std::string name = lower_case(trimmed(written));
  const auto found =
      std::ranges::find(known_fields, name, &std::pair<std::string_view, std::string_view>::first);
  return found == known_fields.end() ? std::string_view() : found->second;
}

// Backslash escapes of keys and values: \n and \\.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] == '\\' && (next == 'n' || next == '\\')) {
      out += next == 'n' ? '\n' : '\\';
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

// One line that is no comment and not the end.
void take_line(nrrd_header& header, const header_line& line) {
  const std::size_t colon = line.text.find(':');
  if (colon == std::string_view::npos) {
    throw error(errc::corrupt_header,
                concat("line ", line.number, ": expected 'field: value' or 'key:=value', found '",
                       escaped(line.text, shown_bytes), "'"));
  }
  const std::string_view name = line.text.substr(0, colon);
  const std::string_view value = line.text.substr(colon + 1);
  if (value.starts_with('=')) {
    header.key_values.add(unescaped(name), unescaped(value.substr(1)), line.number);
    return;
  }
  const std::string_view known = known_field(name);
  if (known.empty()) {
    add_warning(header.warnings, concat("line ", line.number, ": NRRD has no field '",
                                        escaped(name, shown_bytes), "'"));
    return;
  }
  header.fields.add(std::string(known), value, line.number);
}

bool is_list(const header_fields& fields) {
  const header_field* const file = fields.find("data file");
  return file != nullptr && file->value.starts_with("LIST");
}

}  // namespace

bool is_nrrd(std::string_view text) noexcept {
  return text.size() > magic.size() && text.starts_with(magic) && text[magic.size()] >= '1' &&
         text[magic.size()] <= '6';
}

nrrd_header parse_nrrd_header(std::string_view text) {
  if (!is_nrrd(text)) {
    throw error(errc::corrupt_header, concat("starts with '", escaped(text.substr(0, 8)),
                                             "', expected 'NRRD0001' to 'NRRD0006'"));
  }
  nrrd_header header;
  line_reader lines(text);
  const header_line first = *lines.next();
  if (first.text.size() != magic.size() + 1) {
    throw error(errc::corrupt_header, concat("line 1: '", escaped(first.text, shown_bytes),
                                             "' goes on behind the version"));
  }
  while (const auto line = lines.next()) {
    if (is_list(header.fields)) {
      if (!trimmed(line->text).empty()) ++header.listed_files;
    } else if (line->text.empty()) {
      header.has_end = true;
      break;
    } else if (!line->text.starts_with('#')) {
      take_line(header, *line);
    }
  }
  header.end = lines.position();
  return header;
}

}  // namespace quarry::formats
