#include "formats/nrrd/nrrd.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "quarry/array/dtype_text.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/data_half.hpp"
#include "formats/header_text.hpp"
#include "formats/nrrd/nrrd_attributes.hpp"
#include "formats/nrrd/nrrd_header.hpp"

namespace quarry::formats {
namespace {

constexpr std::array<std::string_view, 1> suffixes{".nrrd"};
constexpr std::string_view detached_suffix = ".nhdr";
constexpr std::size_t max_dimension = 16;  // NRRD_DIM_MAX of the reference implementation
constexpr std::size_t skipped_text_bytes = std::size_t{1} << 20U;  // looked through for lines
constexpr std::size_t data_alignment = 64;

// A number type and a name that it has; the first of a type is the one that is written.
struct type_name {
  std::string_view name;
  type_kind kind;
  std::int64_t bytes;
};

constexpr std::array<type_name, 40> type_names{{
    {"int8", type_kind::signed_integer, 1},
    {"int8_t", type_kind::signed_integer, 1},
    {"signed char", type_kind::signed_integer, 1},
    {"uint8", type_kind::unsigned_integer, 1},
    {"uint8_t", type_kind::unsigned_integer, 1},
    {"uchar", type_kind::unsigned_integer, 1},
    {"unsigned char", type_kind::unsigned_integer, 1},
    {"int16", type_kind::signed_integer, 2},
    {"int16_t", type_kind::signed_integer, 2},
    {"short", type_kind::signed_integer, 2},
    {"short int", type_kind::signed_integer, 2},
    {"signed short", type_kind::signed_integer, 2},
    {"signed short int", type_kind::signed_integer, 2},
    {"uint16", type_kind::unsigned_integer, 2},
    {"uint16_t", type_kind::unsigned_integer, 2},
    {"ushort", type_kind::unsigned_integer, 2},
    {"unsigned short", type_kind::unsigned_integer, 2},
    {"unsigned short int", type_kind::unsigned_integer, 2},
    {"int32", type_kind::signed_integer, 4},
    {"int32_t", type_kind::signed_integer, 4},
    {"int", type_kind::signed_integer, 4},
    {"signed int", type_kind::signed_integer, 4},
    {"uint32", type_kind::unsigned_integer, 4},
    {"uint32_t", type_kind::unsigned_integer, 4},
    {"uint", type_kind::unsigned_integer, 4},
    {"unsigned int", type_kind::unsigned_integer, 4},
    {"int64", type_kind::signed_integer, 8},
    {"int64_t", type_kind::signed_integer, 8},
    {"longlong", type_kind::signed_integer, 8},
    {"long long", type_kind::signed_integer, 8},
    {"long long int", type_kind::signed_integer, 8},
    {"signed long long", type_kind::signed_integer, 8},
    {"signed long long int", type_kind::signed_integer, 8},
    {"uint64", type_kind::unsigned_integer, 8},
    {"uint64_t", type_kind::unsigned_integer, 8},
    {"ulonglong", type_kind::unsigned_integer, 8},
    {"unsigned long long", type_kind::unsigned_integer, 8},
    {"unsigned long long int", type_kind::unsigned_integer, 8},
    {"float", type_kind::floating, 4},
    {"double", type_kind::floating, 8},
}};

constexpr std::array<std::string_view, 9> copying_encodings{"gzip", "gz",    "bzip2", "bz2", "hex",
                                                            "text", "ascii", "txt",   "zrl"};

// The header that a data file belongs to, of the `text` that is beside it; nothing if that does not
// name it. Throws what parse_nrrd_header() throws.
std::optional<nrrd_header> header_of(const siblings& beside,
                                     const std::optional<std::string>& text) {
  if (!text || !is_nrrd(*text)) return std::nullopt;
  nrrd_header header = parse_nrrd_header(*text);
  const header_field* const file = header.fields.find("data file");
  if (file == nullptr || !is_name_of(file->value, beside)) return std::nullopt;
  return header;
}

int probe(const file_head& head) noexcept { return is_nrrd(as_text(head.bytes)) ? 95 : 0; }

int probe_beside(const siblings& beside) {
  return certainty_beside(beside, detached_suffix, header_of);
}

byte_order order_of(const header_fields& fields) {
  const header_field* const endian = fields.find("endian");
  if (endian == nullptr) return byte_order::none;
  const std::string value = lower_case(endian->value);
  if (value != "little" && value != "big") endian->fail("is neither little nor big");
  return value == "little" ? byte_order::little : byte_order::big;
}

dtype type_of(const header_fields& fields) {
  const header_field& type = fields.required("type");
  const std::string name = lower_case(type.value);
  const byte_order order = order_of(fields);
  if (name == "block") {
    const std::int64_t bytes = fields.required("block size").integer();
    if (bytes < 1) fields.required("block size").fail("is not 1 or more");
    return {type_kind::raw, bytes};
  }
  const auto* const found = std::ranges::find(type_names, name, &type_name::name);
  if (found == type_names.end()) type.fail("is no type of NRRD");
  if (found->bytes > 1 && order == byte_order::none) fields.required("endian");
  return {found->kind, found->bytes, order};
}

// The extents, slowest axis first, where the file begins with the fastest.
std::vector<std::int64_t> shape_of(const header_fields& fields) {
  const header_field& dimension = fields.required("dimension");
  const std::int64_t rank = dimension.integer();
  if (rank < 1 || rank > static_cast<std::int64_t>(max_dimension)) {
    dimension.fail(concat("is not 1 to ", max_dimension));
  }
  const header_field& sizes = fields.required("sizes");
  std::vector<std::int64_t> out = sizes.integers();
  if (std::ssize(out) != rank) sizes.fail(concat("has ", out.size(), " sizes for ", rank, " axes"));
  if (std::ranges::min(out) < 1) sizes.fail("has a size that is not 1 or more");
  std::ranges::reverse(out);
  return out;
}

// A file with data in it, as far as skips need to see it.
struct data_source {
  std::uint64_t file_bytes;
  std::string_view start;   // the first of its bytes
  std::uint64_t begin = 0;  // of the data, before anything is skipped
};

std::uint64_t behind_lines(const data_source& from, const header_field& skip) {
  const std::int64_t lines = skip.integer();
  std::size_t at = static_cast<std::size_t>(from.begin);
  for (std::int64_t line = 0; line < lines; ++line) {
    const std::size_t end = from.start.find('\n', at);
    if (end == std::string_view::npos) {
      if (from.start.size() < from.file_bytes) {
        throw error(errc::limit_exceeded,
                    concat("line ", skip.line, ": the lines to skip do not end within ",
                           skipped_text_bytes, " bytes"));
      }
      throw error(errc::truncated,
                  concat("the data ends in line ", line, " of ", lines, " that are to be skipped"));
    }
    at = end + 1;
  }
  return at;
}

std::uint64_t data_offset(const header_fields& fields, const data_source& from,
                          std::int64_t data_bytes) {
  const header_field* const lines = fields.find("line skip");
  const header_field* const bytes = fields.find("byte skip");
  if (lines != nullptr && lines->integer() < 0) lines->fail("is negative");
  const std::int64_t skip = bytes == nullptr ? 0 : bytes->integer();
  if (skip < 0) {  // -1: nothing follows the data
    const auto behind = static_cast<std::uint64_t>(-(skip + 1));
    return offset_from_end({from.begin, from.file_bytes}, data_bytes, behind);
  }
  const std::uint64_t start = lines == nullptr ? from.begin : behind_lines(from, *lines);
  return checked::add(start, static_cast<std::uint64_t>(skip), "the data's offset");
}

// Why an array is not mapped; nothing if it can be.
std::optional<std::string> obstacle(const nrrd_header& header) {
  const header_field& encoding = header.fields.required("encoding");
  const std::string name = lower_case(encoding.value);
  if (name != "raw") {
    if (std::ranges::find(copying_encodings, name) == copying_encodings.end()) {
      encoding.fail("is no encoding of NRRD");
    }
    return concat("its data is encoded as ", name);
  }
  const header_field* const file = header.fields.find("data file");
  if (file == nullptr) return std::nullopt;
  if (file->value.starts_with("LIST")) {
    return concat("its data lies in a list of ", header.listed_files, " files");
  }
  if (file->value.find('%') != std::string::npos) {
    return concat("its data lies in the files of a pattern, '", file->value, "'");
  }
  if (file->value.empty()) file->fail("names no file");
  return std::nullopt;
}

std::string_view start_of(std::string_view text, std::size_t begin) {
  return text.substr(0, begin + skipped_text_bytes);
}

// The offset of detached data, of whose file no more is looked at than the skips ask for.
std::uint64_t detached_offset(const header_fields& fields, const std::string& data_file,
                              std::int64_t data_bytes, const siblings& beside) {
  const bool has_lines = fields.find("line skip") != nullptr;
  if (!has_lines && fields.find("byte skip") == nullptr) return 0;
  const neighbour there = beside.look(data_file, has_lines ? skipped_text_bytes : 0);
  return data_offset(fields, {there.file_bytes, there.start}, data_bytes);
}

// Fills in where the elements lie. `file` is what was opened: the header with or without its data,
// or the data file of a detached header.
void locate(array_info& info, const nrrd_header& header, std::string_view file,
            const siblings& beside) {
  const std::int64_t data_bytes = info.where.size_bytes();
  const header_field* const data_file = header.fields.find("data file");
  if (!is_nrrd(file)) {
    const data_source from{file.size(), start_of(file, 0)};
    info.offset_bytes = data_offset(header.fields, from, data_bytes);
  } else if (data_file != nullptr) {
    info.data_file = data_file->value;
    info.offset_bytes = detached_offset(header.fields, data_file->value, data_bytes, beside);
  } else {
    if (!header.has_end) {
      throw error(errc::truncated, concat("the file ends in its header at byte ", header.end,
                                          ", before the empty line that ends it"));
    }
    const data_source from{file.size(), start_of(file, header.end), header.end};
    info.offset_bytes = data_offset(header.fields, from, data_bytes);
  }
}

catalog parse(std::span<const std::byte> file, const siblings& beside) {
  const std::string_view text = as_text(file);
  auto of_data =
      is_nrrd(text) ? std::nullopt : header_of(beside, other_half(beside, detached_suffix));
  const std::string header_file = of_data ? with_ending(beside, detached_suffix) : beside.file_name;
  nrrd_header header = of_data ? std::move(*of_data) : parse_nrrd_header(text);
  catalog out;
  out.warnings = std::move(header.warnings);
  if (auto reason = obstacle(header)) {
    out.skipped.push_back({"", std::move(*reason),
                           concat("'unu save -f nrrd -e raw -i ", header_file,
                                  " -o raw.nrrd' writes it as it can be mapped")});
    return out;
  }
  array_info only;
  only.type = type_of(header.fields);
  const std::vector<std::int64_t> shape = shape_of(header.fields);
  only.where = layout::contiguous(shape, only.type.item_bytes());
  locate(only, header, text, beside);
  only.attrs = nrrd_attributes(header, shape.size(), out.warnings);
  out.arrays.push_back(std::move(only));
  return out;
}

[[noreturn]] void refuse(std::string_view what) { throw error(errc::unsupported, what); }

std::string type_lines(const dtype& type) {
  if (type.kind() == type_kind::raw) {
    return concat("type: block\nblock size: ", type.item_bytes(), "\nendian: little\n");
  }
  const auto* const found = std::ranges::find_if(type_names, [&](const type_name& each) {
    return each.kind == type.kind() && each.bytes == type.item_bytes();
  });
  if (found == type_names.end()) {
    refuse(concat("NRRD has no type ", to_string(type),
                  "; it holds integers of 1, 2, 4 and 8 bytes, float32, float64 and opaque bytes"));
  }
  // always said: readers before NRRD0005 ask for it also where an item is one byte
  const bool is_big = type.order() == byte_order::big;
  return concat("type: ", found->name, "\nendian: ", is_big ? "big" : "little", "\n");
}

std::string sizes_line(const layout& where) {
  std::string out = "sizes:";
  for (int axis = where.rank(); axis-- > 0;) out += concat(" ", where.extent(axis));
  return out + "\n";
}

file_plan plan(std::span<const array_info> arrays) {
  if (arrays.size() != 1) refuse(concat("a NRRD file holds one array, not ", arrays.size()));
  const array_info& only = arrays.front();
  const int rank = only.where.rank();
  if (rank < 1 || rank > static_cast<int>(max_dimension)) {
    refuse(concat("a NRRD array has 1 to ", max_dimension, " axes, not ", rank));
  }
  if (only.where.size() == 0) refuse("NRRD has no arrays without elements");
  if (!only.where.is_contiguous(memory_order::c)) {
    refuse("NRRD tells no memory order: it is written in C order only");
  }
  std::string header = "NRRD0005\n";
  header += type_lines(only.type) + concat("dimension: ", rank, "\n") + sizes_line(only.where) +
            "encoding: raw\n" + nrrd_attribute_lines(only.attrs, static_cast<std::size_t>(rank));
  constexpr std::size_t frame = 3;  // "#", its line end, and the empty line
  const std::size_t data = checked::round_up(header.size() + frame, data_alignment, "the header");
  header += concat("#", std::string(data - header.size() - frame, ' '), "\n\n");
  const auto bytes = std::as_bytes(std::span(header));
  file_plan out;
  out.header.assign(bytes.begin(), bytes.end());
  out.offsets_bytes = {header.size()};
  out.file_bytes = checked::add<std::uint64_t>(
      header.size(), static_cast<std::uint64_t>(only.where.size_bytes()), "the file's size");
  return out;
}

}  // namespace

constinit const format nrrd{.name = "nrrd",
                            .suffixes = suffixes,
                            .probe = probe,
                            .parse = parse,
                            .plan = plan,
                            .probe_beside = probe_beside};

}  // namespace quarry::formats
