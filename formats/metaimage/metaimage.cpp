#include "formats/metaimage/metaimage.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "quarry/array/warnings.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/data_half.hpp"
#include "formats/header_text.hpp"

namespace quarry::formats {
namespace {

constexpr std::string_view header_suffix = ".mhd";
constexpr std::string_view data_field = "ElementDataFile";  // the last of every header
constexpr std::int64_t max_dimensions = 10;                 // MetaIO's own limit
constexpr std::size_t shown_bytes = 80;

// Fields that say where and how elements lie; the others become attributes.
constexpr std::array<std::string_view, 14> layout_fields{"ObjectType",
                                                         "NDims",
                                                         "DimSize",
                                                         "ElementType",
                                                         "ElementNumberOfChannels",
                                                         "BinaryData",
                                                         "BinaryDataByteOrderMSB",
                                                         "ElementByteOrderMSB",
                                                         "CompressedData",
                                                         "CompressedDataSize",
                                                         "HeaderSize",
                                                         "ElementToIntensityFunctionSlope",
                                                         "ElementToIntensityFunctionOffset",
                                                         "ElementDataFile"};

struct element_type {
  std::string_view name;
  type_kind kind;
  std::int64_t bytes;
};

// MET_LONG has 4 bytes whatever the machine (MetaIO, metaTypes.h).
constexpr std::array<element_type, 12> element_types{
    {{"MET_CHAR", type_kind::signed_integer, 1},
     {"MET_UCHAR", type_kind::unsigned_integer, 1},
     {"MET_SHORT", type_kind::signed_integer, 2},
     {"MET_USHORT", type_kind::unsigned_integer, 2},
     {"MET_INT", type_kind::signed_integer, 4},
     {"MET_UINT", type_kind::unsigned_integer, 4},
     {"MET_LONG", type_kind::signed_integer, 4},
     {"MET_ULONG", type_kind::unsigned_integer, 4},
     {"MET_LONG_LONG", type_kind::signed_integer, 8},
     {"MET_ULONG_LONG", type_kind::unsigned_integer, 8},
     {"MET_FLOAT", type_kind::floating, 4},
     {"MET_DOUBLE", type_kind::floating, 8}}};

// A header, and the byte behind it.
struct meta_header {
  header_fields fields{};
  std::size_t end = 0;
};

// What the first lines of a file are: `name = value`, the first of them one of the usual, and the
// one that says where the data is, unless the file's name says what it is.
int certainty(std::string_view text, std::string_view file_name) {
  text = text.substr(0, 4096);
  const bool is_named = file_name.ends_with(".mha") || file_name.ends_with(header_suffix);
  const std::string_view first = text.substr(0, text.find('\n'));
  const std::size_t equals = first.find('=');
  if (equals == std::string_view::npos) return 0;
  const std::string_view name = trimmed(first.substr(0, equals));
  const std::string_view value = trimmed(first.substr(equals + 1));
  if (name == "ObjectType") return value == "Image" ? 95 : 0;
  const bool is_usual = name == "NDims" || name == "Comment" || name == "ObjectSubType";
  if (!is_usual) return 0;
  return is_named || text.find("\nElementDataFile") != std::string_view::npos ? 60 : 0;
}

meta_header parse_header(std::string_view text) {
  meta_header out;
  line_reader lines(text);
  while (const auto line = lines.next()) {
    if (trimmed(line->text).empty()) continue;
    const std::size_t equals = line->text.find('=');
    if (equals == std::string_view::npos) {
      throw error(errc::corrupt_header,
                  concat("line ", line->number, ": expected 'Name = value', found '",
                         escaped(line->text, shown_bytes), "'"));
    }
    const std::string_view name = trimmed(line->text.substr(0, equals));
    out.fields.add(std::string(name), line->text.substr(equals + 1), line->number);
    if (name != data_field) continue;
    out.end = lines.position();
    return out;
  }
  throw error(errc::corrupt_header, concat("the header has no '", data_field, "', which ends it"));
}

// The header of a data file, of which `text` is the one in the same directory; nothing if there is
// none that names it.
std::optional<meta_header> header_of(const siblings& beside,
                                     const std::optional<std::string>& text) {
  if (!text || certainty(*text, header_suffix) == 0) return std::nullopt;
  meta_header header = parse_header(*text);
  if (!is_name_of(header.fields.required(data_field).value, beside)) return std::nullopt;
  return header;
}

int probe(const file_head& head) noexcept {
  return certainty(as_text(head.bytes), head.beside.file_name);
}

int probe_beside(const siblings& beside) {
  return certainty_beside(beside, header_suffix, header_of);
}

// The truth value of a field, which MetaIO tells by its first letter; nothing if there is none.
std::optional<bool> flag(const header_fields& fields, std::string_view name) {
  const header_field* const field = fields.find(name);
  if (field == nullptr) return std::nullopt;
  const std::string value = lower_case(field->value);
  if (value == "true" || value == "t" || value == "1") return true;
  if (value == "false" || value == "f" || value == "0") return false;
  field->fail("is neither True nor False");
}

byte_order order_of(const header_fields& fields, std::vector<std::string>& warnings) {
  const auto binary = flag(fields, "BinaryDataByteOrderMSB");
  const auto element = flag(fields, "ElementByteOrderMSB");
  if (binary && element && *binary != *element) {
    fields.required("ElementByteOrderMSB").fail("contradicts BinaryDataByteOrderMSB");
  }
  if (binary || element) return *(binary ? binary : element) ? byte_order::big : byte_order::little;
  add_warning(warnings, "the header has no 'BinaryDataByteOrderMSB': taken for False");
  return byte_order::little;
}

dtype type_of(const header_fields& fields, std::vector<std::string>& warnings) {
  const header_field& type = fields.required("ElementType");
  std::string_view name = type.value;
  if (name.ends_with("_ARRAY")) name.remove_suffix(6);  // of channels, which have a field
  const auto* const found = std::ranges::find(element_types, name, &element_type::name);
  if (found == element_types.end()) type.fail("is no type of MetaImage");
  const byte_order order = found->bytes > 1 ? order_of(fields, warnings) : byte_order::none;
  return {found->kind, found->bytes, order};
}

// The extents, slowest axis first and the channels last, where the file begins with the fastest.
std::vector<std::int64_t> shape_of(const header_fields& fields) {
  const header_field& dimensions = fields.required("NDims");
  const std::int64_t rank = dimensions.integer();
  if (rank < 1 || rank > max_dimensions) dimensions.fail(concat("is not 1 to ", max_dimensions));
  const header_field& sizes = fields.required("DimSize");
  std::vector<std::int64_t> out = sizes.integers();
  if (std::ssize(out) != rank) sizes.fail(concat("has ", out.size(), " sizes for ", rank, " axes"));
  if (std::ranges::min(out) < 1) sizes.fail("has a size that is not 1 or more");
  std::ranges::reverse(out);
  const header_field* const channels = fields.find("ElementNumberOfChannels");
  if (channels == nullptr) return out;
  if (channels->integer() < 1) channels->fail("is not 1 or more");
  if (channels->integer() > 1) out.push_back(channels->integer());
  return out;
}

// Why an array is not mapped; nothing if it can be.
std::optional<std::string> obstacle(const header_fields& fields) {
  if (flag(fields, "CompressedData").value_or(false)) return "its data is compressed";
  if (!flag(fields, "BinaryData").value_or(true)) return "its data is written as text";
  const header_field& file = fields.required(data_field);
  if (file.value.empty()) file.fail("names no file");
  if (file.value.starts_with("LIST")) return "its data lies in a list of files";
  if (file.value.find('%') != std::string::npos) {
    return concat("its data lies in the files of a pattern, '", escaped(file.value, shown_bytes),
                  "'");
  }
  return std::nullopt;
}

// Where data begins: behind the header, at a given byte, or, for -1, so that it ends with the file.
std::uint64_t data_offset(const header_fields& fields, const data_room& room,
                          std::int64_t data_bytes) {
  const header_field* const skip = fields.find("HeaderSize");
  if (skip == nullptr || skip->integer() == 0) return room.begin;
  if (skip->integer() < -1) skip->fail("is less than -1");
  if (skip->integer() < 0) return offset_from_end(room, data_bytes);
  return static_cast<std::uint64_t>(skip->integer());
}

// Fills in where the elements lie. `file` is what was opened: a header with or without its data, or
// the data file of a header, which `is_data` tells.
void locate(array_info& info, const meta_header& header, std::string_view file, bool is_data,
            const siblings& beside) {
  const std::int64_t data_bytes = info.where.size_bytes();
  const std::string& data_file = header.fields.required(data_field).value;
  const std::string name = lower_case(data_file);
  if (is_data) {
    info.offset_bytes = data_offset(header.fields, {0, file.size()}, data_bytes);
  } else if (name == "local") {
    info.offset_bytes = data_offset(header.fields, {header.end, file.size()}, data_bytes);
  } else {
    info.data_file = data_file;
    // the size matters only to what is counted from the end
    const bool is_sized = header.fields.find("HeaderSize") != nullptr;
    const std::uint64_t bytes = is_sized ? beside.look(data_file, 0).file_bytes : 0;
    info.offset_bytes = data_offset(header.fields, {0, bytes}, data_bytes);
  }
}

scaling scale_of(const header_fields& fields) {
  scaling out;
  const auto take = [&](std::string_view name, std::vector<double>& into) {
    if (const header_field* const field = fields.find(name)) into.push_back(field->real());
  };
  take("ElementToIntensityFunctionSlope", out.scale);
  take("ElementToIntensityFunctionOffset", out.offset);
  return out;
}

// Spacing and size of the elements along the axes, in their order: channels have none.
attribute_value per_axis(const header_field& field, std::size_t axes) {
  std::vector<double> out;
  for (const std::string_view word : words_of(field.value)) out.push_back(field.real(word));
  if (out.size() != axes) field.fail(concat("has ", out.size(), " entries for ", axes, " axes"));
  std::ranges::reverse(out);
  return list_of(out);
}

attributes attributes_of(const header_fields& fields, std::vector<std::string>& warnings) {
  const std::size_t axes = words_of(fields.required("DimSize").value).size();
  attributes out;
  for (const header_field& field : fields.all()) {
    if (std::ranges::find(layout_fields, field.name) != layout_fields.end()) continue;
    try {
      const bool is_per_axis = field.name == "ElementSpacing" || field.name == "ElementSize";
      attribute_value value =
          is_per_axis ? per_axis(field, axes) : attribute_value{as_utf8(field.value)};
      std::string name = field.name == "Comment" ? "description" : as_utf8(field.name);
      out.push_back({std::move(name), std::move(value)});
    } catch (const error& failure) {
      add_warning(warnings, failure.message());  // the elements can be read all the same
    }
  }
  return out;
}

catalog parse(std::span<const std::byte> file, const siblings& beside) {
  const std::string_view text = as_text(file);
  auto of_data = certainty(text, beside.file_name) > 0
                     ? std::nullopt
                     : header_of(beside, other_half(beside, header_suffix));
  const bool is_data = of_data.has_value();
  const std::string header_file = is_data ? with_ending(beside, header_suffix) : beside.file_name;
  const meta_header header = is_data ? std::move(*of_data) : parse_header(text);
  const header_fields& fields = header.fields;
  catalog out;
  if (auto reason = obstacle(fields)) {
    out.skipped.push_back({"", std::move(*reason),
                           concat("'plastimatch convert --input ", header_file,
                                  " --output-img raw.mha' writes it as it can be mapped")});
    return out;
  }
  array_info only;
  only.type = type_of(fields, out.warnings);
  only.where = layout::contiguous(shape_of(fields), only.type.item_bytes());
  locate(only, header, text, is_data, beside);
  only.scale = scale_of(fields);
  only.attrs = attributes_of(fields, out.warnings);
  out.arrays.push_back(std::move(only));
  return out;
}

constexpr std::array<std::string_view, 2> suffixes{".mha", ".mhd"};

}  // namespace

// It is written nowhere: NRRD says the same and more.
constinit const format metaimage{.name = "metaimage",
                                 .suffixes = suffixes,
                                 .probe = probe,
                                 .parse = parse,
                                 .probe_beside = probe_beside};

}  // namespace quarry::formats
