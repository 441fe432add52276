#include "formats/safetensors/safetensors.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "quarry/array/warnings.hpp"
#include "quarry/base/byte_reader.hpp"
#include "quarry/base/byte_writer.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/field_text.hpp"
#include "formats/json_text.hpp"

namespace quarry::formats {
namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t length_bytes = 8;
constexpr std::uint64_t max_header_bytes = 100'000'000;  // as the reference reader has it
constexpr std::uint64_t data_alignment = 64;
constexpr std::size_t shown_bytes = 80;  // of a name in a message
constexpr std::string_view metadata_key = "__metadata__";
constexpr std::string_view only_name = "data";  // of an array that has none

struct element_code {
  std::string_view name;
  type_kind kind;
  std::int64_t item_bytes;
};

constexpr std::array codes{element_code{"BOOL", type_kind::boolean, 1},
                           element_code{"U8", type_kind::unsigned_integer, 1},
                           element_code{"I8", type_kind::signed_integer, 1},
                           element_code{"U16", type_kind::unsigned_integer, 2},
                           element_code{"I16", type_kind::signed_integer, 2},
                           element_code{"U32", type_kind::unsigned_integer, 4},
                           element_code{"I32", type_kind::signed_integer, 4},
                           element_code{"U64", type_kind::unsigned_integer, 8},
                           element_code{"I64", type_kind::signed_integer, 8},
                           element_code{"F16", type_kind::floating, 2},
                           element_code{"BF16", type_kind::brain_floating, 2},
                           element_code{"F32", type_kind::floating, 4},
                           element_code{"F64", type_kind::floating, 8},
                           element_code{"C64", type_kind::complex_floating, 8}};

[[noreturn]] void fail(std::string_view why) {
  throw error(errc::corrupt_header, concat("safetensors header: ", why));
}

std::string in_quotes(std::string_view name) {
  return concat("'", escaped(name, shown_bytes), "'");
}

int probe(const file_head& head) noexcept {
  // A length below 100 MB and the start of an object with a key, or of an empty one.
  const std::string_view start = as_text(head.bytes);
  const bool is_one =
      start.size() > length_bytes + 1 && static_cast<unsigned char>(start[3]) < 6 &&
      start.substr(4, 4) == std::string_view("\0\0\0\0", 4) && start[length_bytes] == '{' &&
      std::string_view("\" }").find(start[length_bytes + 1]) != std::string_view::npos;
  if (is_one) return 95;
  return head.beside.file_name.ends_with(".safetensors") ? 20 : 0;
}

// --- reading

struct tensor {
  std::string name;
  std::string type;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;  // bytes from the start of the data
  std::uint64_t end = 0;
};

std::string_view header_text(byte_reader& in) {
  const auto bytes = in.number<std::uint64_t>(byte_order::little, "the length of the header");
  if (bytes > max_header_bytes) {
    throw error(errc::limit_exceeded, concat("byte 0: found a header of ", bytes,
                                             " bytes, at most ", max_header_bytes, " are read"));
  }
  const std::string_view text = in.text(bytes, "the header");
  if (!text.starts_with('{')) fail("byte 8 is not the { of a JSON object");
  return text;
}

std::vector<std::uint64_t> integers(const json& value, std::string_view where) {
  if (!value.is_array()) fail(concat(where, " must be a list, found ", value.type_name()));
  std::vector<std::uint64_t> out;
  for (const auto& item : value) {
    if (!item.is_number_unsigned()) {
      fail(concat(where, " must hold integers from 0 on, found ",
                  escaped(item.dump(), shown_bytes)));
    }
    out.push_back(item.get<std::uint64_t>());
  }
  return out;
}

tensor tensor_of(const std::string& name, const json& value, std::vector<std::string>& warnings) {
  if (!value.is_object()) fail(concat(in_quotes(name), " is no object"));
  for (const std::string_view key : {"dtype", "shape", "data_offsets"}) {
    if (!value.contains(key)) fail(concat(in_quotes(name), " has no ", key));
  }
  for (const auto& [key, unused] : value.items()) {
    if (key == "dtype" || key == "shape" || key == "data_offsets") continue;
    add_warning(warnings, concat("safetensors header: ", in_quotes(name), " has an unknown key ",
                                 in_quotes(key)));
  }
  tensor out{.name = name, .type = {}, .shape = {}};
  if (!value["dtype"].is_string()) fail(concat("dtype of ", in_quotes(name), " is no text"));
  out.type = value["dtype"].get<std::string>();
  for (const std::uint64_t extent :
       integers(value["shape"], concat("shape of ", in_quotes(name)))) {
    out.shape.push_back(checked::narrow<std::int64_t>(extent, "an extent"));
  }
  const auto offsets = integers(value["data_offsets"], concat("data_offsets of ", in_quotes(name)));
  if (offsets.size() != 2 || offsets[0] > offsets[1]) {
    fail(concat("data_offsets of ", in_quotes(name), " must be a begin and an end behind it"));
  }
  out.begin = offsets[0];
  out.end = offsets[1];
  return out;
}

attributes metadata_of(const json& value) {
  if (!value.is_object()) fail(concat(metadata_key, " is no object"));
  attributes out;
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) fail(concat(metadata_key, ": ", in_quotes(key), " is no text"));
    out.push_back({key, {text.get<std::string>()}});
  }
  return out;
}

// The elements of a type that quarry lacks can still be read as bytes.
skipped_array skipped(const tensor& from, std::uint64_t data_start) {
  const std::uint64_t offset = checked::add(data_start, from.begin, "a tensor's offset");
  return {.name = from.name,
          .reason = concat("its type ", escaped(from.type, shown_bytes), " is none of quarry's"),
          .remedy = concat("--as '|u1[", from.end - from.begin, "]@", offset, "' gives its bytes")};
}

// The data of all tensors, by offset, must cover the rest of the file once. Returns its end.
std::uint64_t place(const std::vector<tensor>& tensors, std::uint64_t data_start, catalog& out) {
  std::uint64_t expected = 0;
  for (const tensor& each : tensors) {
    if (each.begin != expected) {
      fail(concat(in_quotes(each.name), " begins at byte ", each.begin, " of the data, expected ",
                  expected, ": tensors follow each other without gaps"));
    }
    expected = each.end;
    const auto* const code = std::ranges::find(codes, each.type, &element_code::name);
    if (code == codes.end()) {
      out.skipped.push_back(skipped(each, data_start));
      continue;
    }
    array_info info;
    info.name = each.name;
    info.type = {code->kind, code->item_bytes, byte_order::little};
    info.where = layout::contiguous(each.shape, code->item_bytes);
    info.offset_bytes = checked::add(data_start, each.begin, "a tensor's offset");
    if (static_cast<std::uint64_t>(info.where.size_bytes()) != each.end - each.begin) {
      fail(concat(in_quotes(each.name), " has ", each.end - each.begin, " bytes of data, ",
                  info.where.size_bytes(), " by its type and shape"));
    }
    out.arrays.push_back(std::move(info));
  }
  return checked::add(data_start, expected, "the end of the data");
}

catalog parse(std::span<const std::byte> file, const siblings& /*beside*/) {
  byte_reader in(file);
  const json root = parse_json(header_text(in), {.name = "safetensors header",
                                                 .max_bytes = max_header_bytes,
                                                 .max_object_keys = std::size_t{1} << 20U});
  catalog out;
  std::vector<tensor> tensors;
  for (const auto& [name, value] : root.items()) {
    if (name == metadata_key) {
      out.attrs = metadata_of(value);
    } else {
      tensors.push_back(tensor_of(name, value, out.warnings));
    }
  }
  std::ranges::stable_sort(tensors, {}, [](const tensor& t) { return std::pair(t.begin, t.end); });
  const std::uint64_t end = place(tensors, in.position(), out);
  if (end < file.size()) {
    fail(concat("the data ends at byte ", end, ", the file at byte ", file.size()));
  }
  if (end > file.size()) {  // whether the arrays lie in the file is the store's question
    add_warning(out.warnings, concat("the data ends at byte ", end, ", the file has ", file.size(),
                                     " bytes: ", end - file.size(), " are missing"));
  }
  return out;
}

// --- writing

const element_code& code_of(const array_info& array) {
  const auto* const found = std::ranges::find_if(codes, [&](const element_code& each) {
    return each.kind == array.type.kind() && each.item_bytes == array.type.item_bytes();
  });
  if (found == codes.end()) {
    throw error(errc::unsupported,
                "a .safetensors holds truth values, integers of 1, 2, 4 and 8 bytes, f2, bf16, f4,"
                " f8 or c8, nothing else");
  }
  if (array.type.order() == byte_order::big) {
    throw error(errc::unsupported,
                "a .safetensors holds little-endian numbers only: convert to that order");
  }
  if (!array.where.is_contiguous(memory_order::c)) {
    throw error(errc::unsupported, "a .safetensors holds C order only");
  }
  return *found;
}

// Larger items first: so all of them stay aligned where nothing may lie between.
std::vector<std::size_t> order_of(std::span<const array_info> arrays) {
  std::vector<std::size_t> out(arrays.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = i;
  std::ranges::stable_sort(out, std::ranges::greater{},
                           [&](std::size_t i) { return arrays[i].type.item_bytes(); });
  return out;
}

std::string entry_text(std::string_view name, const array_info& array, std::uint64_t begin,
                       std::uint64_t end) {
  const auto shape = array.where.shape();
  const json entry{{"dtype", code_of(array).name},
                   {"shape", std::vector<std::int64_t>(shape.begin(), shape.end())},
                   {"data_offsets", {begin, end}}};
  try {
    return concat(json(name).dump(), ":", entry.dump());
  } catch (const json::type_error&) {
    throw error(errc::invalid_argument, "a name is not UTF-8, which JSON needs");
  }
}

// The file's first bytes: the length of `text`, and `text` with blanks up to the data.
std::vector<std::byte> framed(std::string text) {
  const std::size_t start =
      checked::round_up<std::size_t>(length_bytes + text.size(), data_alignment, "the header");
  text.append(start - length_bytes - text.size(), ' ');
  if (text.size() > max_header_bytes) {
    throw error(errc::limit_exceeded, concat("the header of the .safetensors takes ", text.size(),
                                             " bytes, at most ", max_header_bytes, " are read"));
  }
  byte_writer out;
  out.number(text.size(), length_bytes);
  out.text(text);
  return out.take();
}

file_plan plan(std::span<const array_info> arrays) {
  std::string text = "{";
  std::set<std::string_view> names;
  file_plan out;
  out.offsets_bytes.resize(arrays.size());
  std::uint64_t data_bytes = 0;
  for (const std::size_t i : order_of(arrays)) {
    const array_info& each = arrays[i];
    const std::string_view name = each.name.empty() ? only_name : std::string_view(each.name);
    if (name == metadata_key || !names.insert(name).second) {
      throw error(errc::invalid_argument, concat("the name ", in_quotes(name), " is taken"));
    }
    out.offsets_bytes[i] = data_bytes;
    data_bytes = checked::add(data_bytes, static_cast<std::uint64_t>(each.where.size_bytes()),
                              "the size of the data");
    text += concat(text.size() > 1 ? "," : "",
                   entry_text(name, each, out.offsets_bytes[i], data_bytes));
  }
  out.header = framed(text + "}");
  for (std::uint64_t& offset : out.offsets_bytes) {
    offset = checked::add<std::uint64_t>(offset, out.header.size(), "an offset");
  }
  out.file_bytes = checked::add<std::uint64_t>(out.header.size(), data_bytes, "the file's size");
  return out;
}

constexpr std::array<std::string_view, 1> suffixes{".safetensors"};

}  // namespace

constinit const format safetensors{.name = "safetensors",
                                   .suffixes = suffixes,
                                   .probe = probe,
                                   .parse = parse,
                                   .plan = plan,
                                   .has_names = true};

}  // namespace quarry::formats
