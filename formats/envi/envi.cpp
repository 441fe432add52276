#include "formats/envi/envi.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "quarry/array/dtype_text.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/data_half.hpp"
#include "formats/envi/envi_header.hpp"
#include "formats/header_text.hpp"

namespace quarry::formats {
namespace {

constexpr std::string_view header_suffix = ".hdr";
// What data files are called whose header is the same name with .hdr.
constexpr std::array<std::string_view, 8> data_suffixes{"",     ".img", ".dat", ".raw",
                                                        ".bsq", ".bil", ".bip", ".bin"};

// The codes of `data type`.
struct type_code {
  std::int64_t code;
  type_kind kind;
  std::int64_t bytes;
};

constexpr std::array<type_code, 11> type_codes{{{1, type_kind::unsigned_integer, 1},
                                                {2, type_kind::signed_integer, 2},
                                                {3, type_kind::signed_integer, 4},
                                                {4, type_kind::floating, 4},
                                                {5, type_kind::floating, 8},
                                                {6, type_kind::complex_floating, 8},
                                                {9, type_kind::complex_floating, 16},
                                                {12, type_kind::unsigned_integer, 2},
                                                {13, type_kind::unsigned_integer, 4},
                                                {14, type_kind::signed_integer, 8},
                                                {15, type_kind::unsigned_integer, 8}}};

// The text of the header that belongs to a data file; nothing if there is none. The name with .hdr
// behind it comes before the one with .hdr in the place of its ending, which x.img may share with
// x.dat.
std::optional<std::string> header_of(const siblings& beside) {
  const std::string appended = concat(beside.file_name, header_suffix);
  if (beside.exists(appended)) {
    if (auto text = beside.read(appended); text && is_envi(*text)) return text;
  }
  const std::string ending =
      lower_case(std::filesystem::path(beside.file_name).extension().string());
  if (std::ranges::find(data_suffixes, ending) == data_suffixes.end()) return std::nullopt;
  auto text = other_half(beside, header_suffix);
  return text && is_envi(*text) ? text : std::nullopt;
}

int probe(const file_head& head) noexcept { return is_envi(as_text(head.bytes)) ? 95 : 0; }

int probe_beside(const siblings& beside) { return header_of(beside) ? 90 : 0; }

// The data file of the header being read, whose name says it: the header's without .hdr, or with
// another ending in its place.
std::string data_file_of(const siblings& beside) {
  const std::string stem = std::filesystem::path(beside.file_name).stem().string();
  std::vector<std::string> found;
  for (const std::string_view suffix : data_suffixes) {
    std::string name = concat(stem, suffix);
    if (name != beside.file_name && beside.exists(name)) found.push_back(std::move(name));
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    throw error(errc::not_found,
                concat("no data file is beside the header: neither '", stem,
                       "' nor that with .img, .dat, .raw, .bsq, .bil, .bip, .bin"));
  }
  std::string names;
  for (const std::string& name : found) names += concat(names.empty() ? "'" : ", '", name, "'");
  throw error(errc::invalid_argument,
              concat("several files may be its data (", names, "); open the one that is"));
}

std::int64_t extent_of(const header_fields& fields, std::string_view name) {
  const header_field& field = fields.required(name);
  if (field.integer() < 1) field.fail("is not 1 or more");
  return field.integer();
}

dtype type_of(const header_fields& fields) {
  const header_field& code = fields.required("data type");
  const auto* const found = std::ranges::find(type_codes, code.integer(), &type_code::code);
  if (found == type_codes.end()) code.fail("is no type of ENVI");
  if (found->bytes == 1) return {found->kind, found->bytes};
  const header_field& order = fields.required("byte order");
  if (order.integer() != 0 && order.integer() != 1) order.fail("is neither 0 nor 1");
  return {found->kind, found->bytes, order.integer() == 0 ? byte_order::little : byte_order::big};
}

// The axes are band, line and sample, whatever the interleave.
layout layout_of(const header_fields& fields, std::int64_t item_bytes) {
  const std::int64_t bands = extent_of(fields, "bands");
  const std::int64_t lines = extent_of(fields, "lines");
  const std::int64_t samples = extent_of(fields, "samples");
  const auto times = [](std::int64_t a, std::int64_t b) {
    return checked::mul(a, b, "a stride of the header");
  };
  const header_field& interleave = fields.required("interleave");
  std::array<std::int64_t, 3> strides{};
  if (same_word(interleave.value, "bsq")) {
    const std::int64_t line = times(samples, item_bytes);
    strides = {times(lines, line), line, item_bytes};
  } else if (same_word(interleave.value, "bil")) {
    const std::int64_t band = times(samples, item_bytes);
    strides = {band, times(bands, band), item_bytes};
  } else if (same_word(interleave.value, "bip")) {
    const std::int64_t sample = times(bands, item_bytes);
    strides = {item_bytes, times(samples, sample), sample};
  } else {
    interleave.fail("is none of bsq, bil, bip");
  }
  return layout::strided(std::array{bands, lines, samples}, strides, item_bytes);
}

// Why an array is not mapped; nothing if it can be.
std::optional<std::string> obstacle(const header_fields& fields) {
  const header_field* const compression = fields.find("file compression");
  if (compression != nullptr && compression->integer() != 0) return "its data is compressed";
  for (const std::string_view name : {"major frame offsets", "minor frame offsets"}) {
    const header_field* const around = fields.find(name);
    if (around == nullptr) continue;
    for (const std::string_view part : envi_list(*around)) {
      if (around->integer(part) != 0) return concat("it has bytes around its frames (", name, ")");
    }
  }
  return std::nullopt;
}

// Gains and offsets per band, or what reflectance is to be divided by; and the value of no value.
scaling scale_of(const header_fields& fields, std::int64_t bands) {
  scaling out;
  const header_field* const gains = fields.find("data gain values");
  const header_field* const offsets = fields.find("data offset values");
  const header_field* const divisor = fields.find("reflectance scale factor");
  const header_field* const blank = fields.find("data ignore value");
  if (gains != nullptr) out.scale = envi_numbers(*gains, bands);
  if (offsets != nullptr) out.offset = envi_numbers(*offsets, bands);
  if (divisor != nullptr && gains == nullptr && offsets == nullptr) {
    const double number = divisor->real();
    if (number == 0 || !std::isfinite(number)) divisor->fail("is no number to divide by");
    out.scale = {1 / number};
  }
  if (blank != nullptr) out.blank = blank->real();
  return out;
}

catalog parse(std::span<const std::byte> file, const siblings& beside) {
  const std::string_view text = as_text(file);
  const auto of_data = is_envi(text) ? std::nullopt : header_of(beside);
  catalog out;
  const header_fields fields =
      parse_envi_header(of_data ? std::string_view(*of_data) : text, out.warnings);
  if (auto reason = obstacle(fields)) {
    out.skipped.push_back({"", std::move(*reason),
                           "'gdal_translate -of ENVI IN OUT.img' writes it as it can be mapped"});
    return out;
  }
  array_info only;
  only.type = type_of(fields);
  only.where = layout_of(fields, only.type.item_bytes());
  if (const header_field* const offset = fields.find("header offset")) {
    if (offset->integer() < 0) offset->fail("is negative");
    only.offset_bytes = static_cast<std::uint64_t>(offset->integer());
  }
  if (!of_data) only.data_file = data_file_of(beside);
  only.scale = scale_of(fields, only.where.extent(0));
  only.attrs = envi_attributes(fields, only.where.extent(0), out.warnings);
  out.arrays.push_back(std::move(only));
  return out;
}

[[noreturn]] void refuse(std::string_view what) { throw error(errc::unsupported, what); }

std::int64_t code_of(const dtype& type) {
  const auto* const found = std::ranges::find_if(type_codes, [&](const type_code& each) {
    return each.kind == type.kind() && each.bytes == type.item_bytes();
  });
  if (found == type_codes.end()) {
    refuse(concat("ENVI has no type ", to_string(type),
                  "; it holds u1, i2, u2, i4, u4, i8, u8, f4, f8, c8 and c16"));
  }
  return found->code;
}

// One line of gains or offsets; nothing if they do not belong to bands.
std::string band_numbers_line(std::string_view name, const std::vector<double>& numbers,
                              const scaling& of, const layout& where) {
  if (numbers.empty()) return {};
  const std::int64_t bands = where.rank() == 3 ? where.extent(0) : 1;
  if (numbers.size() == 1) {
    return envi_number_line(name, std::vector<double>(static_cast<std::size_t>(bands), numbers[0]));
  }
  return where.rank() == 3 && of.axis == 0 ? envi_number_line(name, numbers) : std::string();
}

std::string scale_lines(const scaling& of, const layout& where) {
  std::string out = band_numbers_line("data gain values", of.scale, of, where) +
                    band_numbers_line("data offset values", of.offset, of, where);
  if (of.blank) out += concat("data ignore value = ", envi_number(*of.blank), "\n");
  return out;
}

file_plan plan(std::span<const array_info> arrays) {
  if (arrays.size() != 1) refuse(concat("an ENVI file holds one array, not ", arrays.size()));
  const array_info& only = arrays.front();
  const layout& where = only.where;
  const int rank = where.rank();
  if (rank != 2 && rank != 3) {
    refuse(concat("an ENVI array has the axes band, line and sample, or the last two, not ", rank));
  }
  if (where.size() == 0) refuse("ENVI has no arrays without elements");
  if (!where.is_contiguous(memory_order::c)) refuse("ENVI is written in C order only");
  const std::int64_t bands = rank == 3 ? where.extent(0) : 1;
  const bool is_big = only.type.order() == byte_order::big;
  const std::string header =
      concat("ENVI\nsamples = ", where.extent(rank - 1), "\nlines = ", where.extent(rank - 2),
             "\nbands = ", bands,
             "\nheader offset = 0\nfile type = ENVI Standard\ndata type = ", code_of(only.type),
             "\ninterleave = bsq\nbyte order = ", is_big ? 1 : 0, "\n",
             scale_lines(only.scale, where), envi_attribute_lines(only.attrs, bands));
  const auto bytes = std::as_bytes(std::span(header));
  file_plan out;
  out.offsets_bytes = {0};
  out.file_bytes = static_cast<std::uint64_t>(where.size_bytes());
  out.detached.assign(bytes.begin(), bytes.end());
  return out;
}

constexpr std::array<std::string_view, 2> suffixes{".img", header_suffix};
constexpr std::array<std::string_view, 1> written_data{".img"};

}  // namespace

constinit const format envi{.name = "envi",
                            .suffixes = suffixes,
                            .probe = probe,
                            .parse = parse,
                            .plan = plan,
                            .pair = {.data_suffixes = written_data, .header_suffix = header_suffix},
                            .probe_beside = probe_beside};

}  // namespace quarry::formats
