#include "formats/isf/isf.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "quarry/base/byte_reader.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/data_block.hpp"
#include "formats/field_text.hpp"
#include "formats/isf/preamble.hpp"

namespace quarry::formats {
namespace {

// Words of the commands WFMPre and WFMOutpre.
namespace word {
constexpr isf_word bit_nr{"BIT_N", "BIT_NR"};
constexpr isf_word byt_nr{"BYT_N", "BYT_NR"};
constexpr isf_word encdg{"ENC", "ENCDG"};
constexpr isf_word bn_fmt{"BN_F", "BN_FMT"};
constexpr isf_word byt_or{"BYT_O", "BYT_OR"};
constexpr isf_word nr_pt{"NR_P", "NR_PT"};
constexpr isf_word pt_fmt{"PT_F", "PT_FMT"};
constexpr isf_word wfid{"WFI", "WFID"};
constexpr isf_word xincr{"XIN", "XINCR"};
constexpr isf_word xunit{"XUN", "XUNIT"};
constexpr isf_word ymult{"YMU", "YMULT"};
constexpr isf_word yoff{"YOF", "YOFF"};
constexpr isf_word yzero{"YZE", "YZERO"};
constexpr isf_word yunit{"YUN", "YUNIT"};
}  // namespace word

// What an array says by itself: its type, shape, scaling and attributes of common names.
constexpr std::array said_already{word::byt_nr, word::bit_nr, word::encdg,  word::bn_fmt,
                                  word::byt_or, word::nr_pt,  word::pt_fmt, word::wfid,
                                  word::ymult,  word::yoff,   word::yzero,  word::yunit};

constexpr std::array<std::string_view, 2> starts{"WFMP", "WFMO"};

int probe(const file_head& head) noexcept {
  std::string_view start = as_text(head.bytes);
  if (start.starts_with(':')) start.remove_prefix(1);
  const bool is_preamble = std::ranges::any_of(
      starts, [&](std::string_view each) { return same_word(start.substr(0, each.size()), each); });
  return is_preamble ? 95 : 0;
}

[[noreturn]] void refuse(errc code, isf_word word, std::string_view found,
                         std::string_view expected) {
  throw error(code, concat(word.longest, " is '", escaped(found, 80), "', not ", expected));
}

byte_order order_of(const isf_preamble& header) {
  const std::string_view found = header.required(word::byt_or);
  if (same_word(found, "MSB")) return byte_order::big;
  if (same_word(found, "LSB")) return byte_order::little;
  refuse(errc::corrupt_header, word::byt_or, found, "MSB or LSB");
}

type_kind kind_of(const isf_preamble& header) {
  const std::string_view found = header.required(word::bn_fmt);
  if (same_word(found, "RI")) return type_kind::signed_integer;
  if (same_word(found, "RP")) return type_kind::unsigned_integer;
  if (same_word(found, "FP")) return type_kind::floating;
  refuse(errc::unsupported, word::bn_fmt, found, "RI, RP or FP");
}

dtype type_of(const isf_preamble& header) {
  const type_kind kind = kind_of(header);
  const std::int64_t bytes = header.whole(word::byt_nr);
  const std::int64_t least = kind == type_kind::floating ? 4 : 1;
  if (bytes < least || bytes > 8 || (bytes & (bytes - 1)) != 0) {
    throw error(errc::unsupported,
                concat("BYT_NR is ", bytes, ", not ", least == 1 ? "1, 2, 4 or 8" : "4 or 8"));
  }
  return {kind, bytes, bytes == 1 ? byte_order::none : order_of(header)};
}

// One value a point, or the least and the largest of an interval.
std::vector<std::int64_t> shape_of(const isf_preamble& header) {
  const std::int64_t points = header.whole(word::nr_pt);
  if (points < 0) throw error(errc::corrupt_header, concat("NR_PT is ", points));
  const std::string_view found = header.find(word::pt_fmt).value_or("Y");
  if (same_word(found, "Y")) return {points};
  if (!same_word(found, "ENV")) refuse(errc::unsupported, word::pt_fmt, found, "Y or ENV");
  if (points % 2 != 0) {
    throw error(errc::corrupt_header, concat("NR_PT is ", points, ", odd for points in pairs"));
  }
  return {points / 2, 2};
}

// raw * YMULT + (YZERO - YOFF * YMULT): the value is YZERO + YMULT * (raw - YOFF).
scaling scaling_of(const isf_preamble& header) {
  const auto factor = header.real(word::ymult);
  const double zero = header.real(word::yzero).value_or(0);
  const double off = header.real(word::yoff).value_or(0);
  if (!factor) return {};
  scaling out;
  out.scale = {*factor};
  out.offset = {zero - off * *factor};
  return out;
}

attribute_value value_of(std::string_view text) {
  if (text.starts_with('"')) return {as_utf8(unquoted(text))};
  if (const auto number = whole_number(text)) return {*number};
  if (const auto number = real_number(text)) return {*number};
  return {as_utf8(text)};
}

// What other formats say as well under its common name, then the other statements as they stand.
attributes attributes_of(const isf_preamble& header, bool is_envelope) {
  attributes out;
  add_text(out, "units", as_utf8(unquoted(header.find(word::yunit).value_or(""))));
  add_text(out, "description", as_utf8(unquoted(header.find(word::wfid).value_or(""))));
  const auto step = header.real(word::xincr);
  const bool is_time = same_word(unquoted(header.find(word::xunit).value_or("s")), "s");
  if (step && *step > 0 && is_time && !is_envelope) out.push_back({"sample_rate", {1 / *step}});
  for (const isf_statement& each : header.statements()) {
    const bool is_said =
        std::ranges::any_of(said_already, [&](isf_word word) { return word.is(each.key); });
    const std::string name = as_utf8(each.key);
    if (!is_said && find_attribute(out, name) == nullptr) {
      out.push_back({name, value_of(each.value)});
    }
  }
  return out;
}

void check_length(std::optional<std::uint64_t> block, std::int64_t wanted) {
  if (!block) throw error(errc::unsupported, "the CURVE is a block of indefinite length, #0");
  if (std::cmp_not_equal(*block, wanted)) {
    throw error(errc::corrupt_header, concat("the CURVE has ", *block,
                                             " bytes, NR_PT points of BYT_NR bytes are ", wanted));
  }
}

void warn_of_rest(std::span<const std::byte> file, std::uint64_t end, catalog& out) {
  if (end >= file.size()) return;
  const std::string_view rest = as_text(file.subspan(static_cast<std::size_t>(end)));
  if (rest.size() <= 4 && trimmed(rest).find_first_not_of(';') == std::string_view::npos) return;
  out.warnings.push_back(
      concat(rest.size(), " bytes behind the end of the curve at byte ", end, " are left alone"));
}

catalog parse(std::span<const std::byte> file, const siblings& beside) {
  if (probe({file, file.size(), beside}) == 0) {
    throw error(errc::corrupt_header, "does not start with :WFMPRE: or :WFMOUTPRE:");
  }
  byte_reader in(file);
  const isf_preamble header = isf_preamble::read(in);
  catalog out;
  if (const auto found = header.find(word::encdg)) {
    if (same_word(found->substr(0, 3), "ASC")) {
      out.skipped.push_back({"", "its values are decimal text (ENCDG ASCII)",
                             "save it again with the command DATA:ENCDG RIBINARY"});
      return out;
    }
    if (!same_word(found->substr(0, 3), "BIN")) {
      refuse(errc::unsupported, word::encdg, *found, "BINARY");
    }
  }
  array_info only;
  only.type = type_of(header);
  const std::vector<std::int64_t> shape = shape_of(header);
  only.where = layout::contiguous(shape, only.type.item_bytes());
  check_length(read_block_head(in), only.where.size_bytes());
  only.offset_bytes = in.position();
  only.scale = scaling_of(header);
  only.attrs = attributes_of(header, shape.size() == 2);
  warn_of_rest(file, only.offset_bytes + static_cast<std::uint64_t>(only.where.size_bytes()), out);
  out.arrays.push_back(std::move(only));
  return out;
}

constexpr std::array<std::string_view, 1> suffixes{".isf"};

}  // namespace

constinit const format isf{.name = "isf", .suffixes = suffixes, .probe = probe, .parse = parse};

}  // namespace quarry::formats
