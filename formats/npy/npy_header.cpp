#include "formats/npy/npy_header.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <variant>

#include "quarry/array/literal.hpp"
#include "quarry/base/utf8.hpp"
#include "quarry/array/warnings.hpp"
#include "quarry/base/byte_reader.hpp"
#include "quarry/base/byte_writer.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/field_text.hpp"

namespace quarry::formats {
namespace {

constexpr std::string_view magic = npy_magic;
constexpr std::uint64_t max_header_bytes = std::uint64_t{64} << 20U;

// --- reading

// The dictionary's text in the file.
struct header_place {
  int version = 1;        // 1 and 2 are latin-1, 3 is UTF-8
  std::size_t start = 0;  // byte of the file
  std::string_view text;

  std::size_t end() const noexcept { return start + text.size(); }
};

[[noreturn]] void fail(const literal& at, std::string_view expected) {
  throw error(errc::corrupt_header, concat("byte ", at.position, ": found ",
                                           escaped(python_text(at), 80), ", expected ", expected));
}

std::string hex_bytes(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    out += concat(out.empty() ? "" : " ", hex(static_cast<unsigned char>(c), 2));
  }
  return out;
}

void check_magic(std::string_view file) {
  const std::string_view found = file.substr(0, magic.size());
  if (found == magic) return;
  if (found.empty()) throw error(errc::truncated, "empty file");
  if (magic.starts_with(found)) {
    throw error(errc::truncated,
                concat("the file ends at byte ", found.size(),
                       ", inside the magic string of .npy (", magic.size(), " bytes)"));
  }
  throw error(errc::corrupt_header,
              concat("byte 0: found ", hex_bytes(found), ", expected the magic string of .npy, ",
                     hex_bytes(magic)));
}

// What stands before the dictionary; the reader is left there.
struct header_prefix {
  int version = 1;
  std::uint64_t length = 0;
};

header_prefix read_prefix(byte_reader& reader) {
  reader.seek(magic.size(), "the version");
  const auto major = reader.number<std::uint8_t>(byte_order::little, "the version");
  const auto minor = reader.number<std::uint8_t>(byte_order::little, "the version");
  if (major < 1 || major > 3 || minor != 0) {
    throw error(errc::unsupported, concat("byte 6: found .npy version ", major, ".", minor,
                                          ", expected 1.0, 2.0 or 3.0"));
  }
  const std::string_view what = "the length of the header";
  const std::uint64_t length = major == 1 ? reader.number<std::uint16_t>(byte_order::little, what)
                                          : reader.number<std::uint32_t>(byte_order::little, what);
  return {major, length};
}

header_place find_header(std::span<const std::byte> file) {
  check_magic(as_text(file));
  byte_reader reader(file);
  const auto [version, length] = read_prefix(reader);
  if (length > max_header_bytes && length <= reader.remaining()) {
    throw error(errc::limit_exceeded, concat("byte 8: found a header of ", length,
                                             " bytes, at most ", max_header_bytes, " are read"));
  }
  const std::size_t start = reader.position();
  return {version, start, reader.text(length, "the header")};
}

// The header as UTF-8, behind blanks for the bytes before it: so the positions that the parser
// names are those of the file (in a latin-1 header, up to the first character beyond ASCII).
std::string parser_text(const header_place& header) {
  std::string out(header.start, ' ');
  if (header.version < 3) {
    for (const char c : header.text) utf8::append(out, static_cast<unsigned char>(c));
    return out;
  }
  for (std::size_t at = 0; at < header.text.size();) {
    const std::size_t bytes = utf8::decode(header.text, at).bytes;
    if (bytes == 0) {
      throw error(errc::corrupt_header, concat("byte ", header.start + at, ": found ",
                                               hex_bytes(header.text.substr(at, 1)),
                                               ", expected UTF-8 (.npy version 3.0)"));
    }
    at += bytes;
  }
  return out.append(header.text);
}

literal parse_dictionary(const header_place& header, std::vector<std::string>& warnings) {
  if (header.text.starts_with(' ') || header.text.starts_with('\t')) {
    add_warning(warnings, concat("byte ", header.start, ": blanks before the dictionary"));
  }
  if (!header.text.ends_with('\n')) {
    add_warning(warnings,
                concat("byte ", header.end(), ": the header does not end with a newline"));
  }
  const std::string text = parser_text(header);
  try {
    return parse_literal(text, warnings, {.python2_integers = header.version < 3});
  } catch (const error& e) {
    // NumPy 2 prints its scalars so, and some writers print a shape of them (numpy#28334).
    if (text.find("np.int") == std::string::npos) throw;
    throw error(e.code(), e.message() + " (a NumPy scalar was printed in place of a number)");
  }
}

// The values of the three keys, inside the literal that they were taken from.
struct entries {
  const literal* descr = nullptr;
  const literal* fortran_order = nullptr;
  const literal* shape = nullptr;

  const literal** find(std::string_view key) noexcept {
    if (key == "descr") return &descr;
    if (key == "fortran_order") return &fortran_order;
    return key == "shape" ? &shape : nullptr;
  }
};

entries entries_of(const literal& header) {
  const auto* const dict = std::get_if<literal::dict>(&header.value);
  if (!dict) fail(header, "a dictionary");
  entries out;
  for (const auto& [key, value] : dict->items) {
    const auto* const name = std::get_if<std::string>(&key.value);
    const literal** const entry = name ? out.find(*name) : nullptr;
    if (!entry) fail(key, "no keys but 'descr', 'fortran_order' and 'shape'");
    if (*entry) fail(key, "each key once");
    *entry = &value;
  }
  for (const std::string_view key : {"descr", "fortran_order", "shape"}) {
    if (*out.find(key)) continue;
    throw error(errc::corrupt_header,
                concat("byte ", header.position, ": found a dictionary without the key '", key,
                       "', expected 'descr', 'fortran_order' and 'shape'"));
  }
  return out;
}

std::vector<std::int64_t> extents_of(const literal& shape) {
  const auto* const tuple = std::get_if<literal::tuple>(&shape.value);
  if (!tuple) fail(shape, "a shape, a tuple of integers");
  std::vector<std::int64_t> out;
  for (const literal& item : tuple->items) {
    const auto* const extent = std::get_if<std::int64_t>(&item.value);
    if (!extent || *extent < 0) fail(item, "an extent, an integer that is not negative");
    out.push_back(*extent);
  }
  return out;
}

memory_order order_of(const literal& fortran_order) {
  const auto* const is_fortran = std::get_if<bool>(&fortran_order.value);
  if (!is_fortran) fail(fortran_order, "True or False");
  return *is_fortran ? memory_order::f : memory_order::c;
}

// Nests as deep as the parser allows, no deeper.
void refuse_dicts(const literal& descr) {
  if (std::holds_alternative<literal::dict>(descr.value)) fail(descr, "a list of fields");
  const auto* const tuple = std::get_if<literal::tuple>(&descr.value);
  const auto* const list = std::get_if<literal::list>(&descr.value);
  if (!tuple && !list) return;
  for (const literal& item : tuple ? tuple->items : list->items) refuse_dicts(item);
}

dtype type_of(const literal& descr, std::vector<std::int64_t>& subarray,
              std::vector<std::string>& warnings) {
  std::vector<std::string> remarks;
  dtype type = dtype_from_descr(descr, subarray, remarks);
  refuse_dicts(descr);
  for (std::string& remark : remarks) {
    const bool has_place = remark.starts_with("byte ");
    add_warning(warnings,
                has_place ? std::move(remark) : concat("byte ", descr.position, ": ", remark));
  }
  if (type.item_bytes() == 0) {
    throw error(errc::unsupported, concat("byte ", descr.position, ": found the type ",
                                          escaped(python_text(descr), 80),
                                          " of 0 bytes an item, expected items"
                                          " that hold something"));
  }
  return type;
}

layout layout_of(const literal& shape, std::span<const std::int64_t> extents,
                 std::int64_t item_bytes, memory_order order) {
  try {
    return layout::contiguous(extents, item_bytes, order);
  } catch (const error& e) {
    throw error(e.code(), concat("byte ", shape.position, ": ", e.message()));
  }
}

// --- writing: what numpy.lib.format of NumPy 1.24 does in _write_array_header and _wrap_header

constexpr std::size_t alignment_bytes = 64;
constexpr std::size_t growth_digits = 21;  // an axis may grow to so many without a new header

// Replaces the types of quarry's own by what others write for them, and refuses what a list of
// fields cannot tell.
void make_portable(literal& descr) {
  if (auto* const text = std::get_if<std::string>(&descr.value)) {
    if (*text == "<bf16") *text = "<V2";  // as ml_dtypes writes it
    if (*text == ">bf16") {
      throw error(errc::unsupported,
                  "a .npy holds bfloat16 in little-endian order only: convert it, or write a .bin");
    }
    return;
  }
  auto* const list = std::get_if<literal::list>(&descr.value);
  if (!list) {
    throw error(errc::unsupported,
                "a record whose fields overlap or stand out of order cannot be described in a"
                " .npy: write a .bin");
  }
  for (literal& entry : list->items) {
    make_portable(std::get<literal::tuple>(entry.value).items[1]);
  }
}

void check_array(const array_info& array) {
  if (array.type.has_object() || array.stored_as != encoding::plain) {
    throw error(errc::unsupported, "arrays of Python objects are not written");
  }
  if (array.type.item_bytes() == 0) {
    throw error(errc::unsupported, "items of 0 bytes are not written");
  }
  if (array.where.item_bytes() != array.type.item_bytes()) {
    throw error(errc::type_mismatch, concat("the layout has items of ", array.where.item_bytes(),
                                            " bytes, the dtype of ", array.type.item_bytes()));
  }
  if (!array.where.is_contiguous(memory_order::c) && !array.where.is_contiguous(memory_order::f)) {
    throw error(errc::layout_error, "a .npy holds contiguous arrays only");
  }
}

std::string dictionary_text(const array_info& array, memory_order order, std::size_t gap) {
  const bool is_fortran = order == memory_order::f;
  const auto shape = array.where.shape();
  literal descr = descr_of(array.type);
  make_portable(descr);
  std::string out =
      concat("{'descr': ", python_text(descr), ", 'fortran_order': ", is_fortran ? "True" : "False",
             ", 'shape': ", std::string(gap, ' '), tuple_text(shape), ", }");
  if (!shape.empty()) {
    const std::int64_t growing = is_fortran ? shape.back() : shape.front();
    out.append(growth_digits - std::to_string(growing).size(), ' ');
  }
  return out;
}

// `text` (UTF-8) in latin-1, or nothing if it has other characters.
std::optional<std::string> latin1(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto [code, bytes] = utf8::decode(text, at);
    if (bytes == 0 || code > 0xff) return std::nullopt;
    out += static_cast<char>(static_cast<unsigned char>(code));
    at += bytes;
  }
  return out;
}

// Magic, version, length, dictionary, blanks and a newline: the lowest version that fits.
std::vector<std::byte> framed(std::string_view dictionary) {
  const auto narrow = latin1(dictionary);
  const std::string_view body = narrow ? std::string_view(*narrow) : dictionary;
  // At least one blank: an aligned text is followed by 64 of them.
  const auto aligned = [&](std::size_t prefix) {
    return ((prefix + body.size() + 1) / alignment_bytes + 1) * alignment_bytes;
  };
  const bool is_short = narrow && aligned(10) - 10 <= 0xffff;
  const std::size_t prefix = is_short ? 10 : 12;
  const std::size_t total = aligned(prefix);
  if (total - prefix > max_header_bytes) {
    throw error(errc::limit_exceeded, concat("the header of the .npy takes ", total - prefix,
                                             " bytes, at most ", max_header_bytes, " are read"));
  }
  byte_writer out;
  out.text(magic);
  out.number(is_short ? 1U : narrow ? 2U : 3U, 2);  // version and a zero
  out.number(total - prefix, is_short ? 2 : 4);
  out.text(body);
  out.fill(total - 1 - out.size(), ' ');
  out.text("\n");
  return out.take();
}

}  // namespace

std::uint64_t npy_header_bytes(std::span<const std::byte> start) {
  check_magic(as_text(start));
  byte_reader reader(start);
  const std::uint64_t length = read_prefix(reader).length;
  return reader.position() + length;
}

array_info read_npy_header(std::span<const std::byte> start, std::uint64_t file_bytes,
                           std::vector<std::string>& warnings) {
  const header_place header = find_header(start);
  const literal dictionary = parse_dictionary(header, warnings);
  const entries found = entries_of(dictionary);
  std::vector<std::int64_t> extents = extents_of(*found.shape);
  const memory_order order = order_of(*found.fortran_order);
  std::vector<std::int64_t> subarray;

  array_info array;
  array.type = type_of(*found.descr, subarray, warnings);
  if (!subarray.empty()) {
    add_warning(warnings, concat("byte ", found.descr->position, ": the axes ",
                                 tuple_text(subarray), " of the type are appended to the shape"));
    extents.insert(extents.end(), subarray.begin(), subarray.end());
  }
  array.where = layout_of(*found.shape, extents, array.type.item_bytes(), order);
  array.offset_bytes = header.end();
  if (array.type.has_object()) {
    array.stored_as = encoding::pickle;
    return array;
  }
  const std::uint64_t held = file_bytes - header.end();
  const auto needed = static_cast<std::uint64_t>(array.where.size_bytes());
  if (held > needed) {
    add_warning(warnings, concat("byte ", header.end() + needed, ": ", held - needed,
                                 " bytes follow the data"));
  }
  return array;
}

std::vector<std::byte> write_npy_header(const array_info& array) {
  const bool is_c = array.where.is_contiguous(memory_order::c);
  return write_npy_header(array, is_c ? memory_order::c : memory_order::f, 0);
}

std::vector<std::byte> write_npy_header(const array_info& array, memory_order order,
                                        std::size_t gap) {
  check_array(array);
  return framed(dictionary_text(array, order, gap));
}

std::optional<std::size_t> npy_extent_place(std::span<const std::byte> start, int axis) {
  header_place header = find_header(start);
  // One character a byte, so that the parser's positions are the file's: names do not matter here.
  std::string text(header.text);
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) > 0x7f; }, '?');
  header.text = text;
  std::vector<std::string> ignored;
  const literal dictionary = parse_dictionary(header, ignored);
  const auto& items = std::get<literal::tuple>(entries_of(dictionary).shape->value).items;
  const auto position = static_cast<std::size_t>(axis);
  if (position >= items.size()) return std::nullopt;
  return items[position].position;
}

}  // namespace quarry::formats
