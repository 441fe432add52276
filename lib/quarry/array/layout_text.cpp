#include "quarry/array/layout_text.hpp"

#include <algorithm>

#include "quarry/array/dtype_text.hpp"
#include "quarry/array/text_cursor.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry {
namespace {

// Numbers with commas between them up to `closer`, behind the opening bracket.
std::vector<std::int64_t> numbers(text_cursor& at, char closer, std::string_view what) {
  std::vector<std::int64_t> out;
  while (!at.take(closer)) {
    if (!out.empty()) at.expect(',');
    out.push_back(at.integer<std::int64_t>(what));
    if (out.size() > static_cast<std::size_t>(max_rank)) {
      throw error(errc::limit_exceeded,
                  concat("character ", at.position(), ": more than ", max_rank, " axes"));
    }
  }
  return out;
}

std::vector<std::int64_t> extents(text_cursor& at) {
  const std::size_t start = at.position();
  std::vector<std::int64_t> out = numbers(at, ']', "an extent");
  const bool too_small = std::any_of(out.begin(), out.end(), [](auto e) { return e < -1; });
  if (too_small || std::count(out.begin(), out.end(), -1) > 1) {
    at.move_to(start);
    at.fail(too_small ? "extents of at least -1" : "-1 for one axis only");
  }
  return out;
}

std::vector<std::int64_t> strides_for(text_cursor& at, std::size_t rank) {
  const std::size_t start = at.position();
  std::vector<std::int64_t> out = numbers(at, ')', "a stride");
  if (out.size() != rank) {
    at.move_to(start);
    at.fail(concat(rank, " strides, one for each axis"));
  }
  return out;
}

std::int64_t unknown_axis(const raw_layout& raw) {
  return std::find(raw.shape.begin(), raw.shape.end(), -1) - raw.shape.begin();
}

[[noreturn]] void any_count_fits(const raw_layout& raw) {
  throw error(errc::shape_mismatch,
              concat("the -1 in the shape ", tuple_text(raw.shape),
                     " cannot be told from the file: any number of elements would fit"));
}

// How many runs of the other axes lie behind the offset.
std::int64_t packed_count(const raw_layout& raw, std::int64_t available) {
  std::vector<std::int64_t> others = raw.shape;
  others.erase(others.begin() + unknown_axis(raw));
  const std::int64_t step = checked::array_bytes(others, raw.type.item_bytes());
  if (step == 0) any_count_fits(raw);
  if (available % step != 0) {
    throw error(errc::shape_mismatch,
                concat("the ", available, " bytes from byte ", raw.offset_bytes, " on hold ",
                       available / step, " times ", step, " bytes, ", available % step,
                       " bytes are left over"));
  }
  return available / step;
}

// How many steps along the unknown axis stay inside [0, file_bytes).
std::int64_t strided_count(const raw_layout& raw, std::int64_t offset, std::int64_t file_bytes) {
  static constexpr std::string_view what = "the extent of the layout in bytes";
  const auto unknown = static_cast<std::size_t>(unknown_axis(raw));
  std::int64_t lowest = offset;  // the bytes that the other axes touch
  std::int64_t end = checked::add(offset, raw.type.item_bytes(), what);
  for (std::size_t axis = 0; axis < raw.shape.size(); ++axis) {
    if (axis == unknown) continue;
    if (raw.shape[axis] == 0) any_count_fits(raw);
    const std::int64_t reach = checked::mul(raw.shape[axis] - 1, (*raw.strides)[axis], what);
    std::int64_t& side = reach < 0 ? lowest : end;
    side = checked::add(side, reach, what);
  }
  const std::int64_t stride = (*raw.strides)[unknown];
  if (stride == 0 || raw.type.item_bytes() == 0) any_count_fits(raw);
  if (lowest < 0 || end > file_bytes) return 0;
  // room / |stride| without the negation that INT64_MIN does not have
  const std::int64_t steps = stride > 0 ? (file_bytes - end) / stride : -(lowest / stride);
  return checked::add<std::int64_t>(steps, 1, "the number of elements");
}

std::string joined(const std::vector<std::int64_t>& values) {
  std::string out;
  for (const std::int64_t value : values) out += concat(out.empty() ? "" : ",", value);
  return out;
}

}  // namespace

raw_layout parse_layout(std::string_view text) {
  raw_layout out;
  std::size_t position = 0;
  out.type = parse_dtype_at(text, position);
  text_cursor at(text);
  at.move_to(position);
  if (at.take('[')) out.shape = extents(at);
  if (at.take('(')) {
    out.strides = strides_for(at, out.shape.size());
  } else if (at.take('F')) {
    out.order = memory_order::f;
  } else {
    at.take('C');
  }
  if (at.take('@')) out.offset_bytes = at.integer<std::uint64_t>("an offset in bytes");
  if (!at.at_end()) at.fail("the end of the layout (TYPE [SHAPE] [ORDER or (STRIDES)] [@OFFSET])");
  return out;
}

std::vector<std::int64_t> resolve_shape(const raw_layout& raw, std::uint64_t file_bytes) {
  if (raw.offset_bytes > file_bytes) {
    throw error(errc::out_of_bounds,
                concat("the offset ", raw.offset_bytes, " lies behind the end of the file at byte ",
                       file_bytes));
  }
  std::vector<std::int64_t> out = raw.shape;
  const auto unknown = static_cast<std::size_t>(unknown_axis(raw));
  if (unknown == out.size()) return out;
  const auto bytes = checked::narrow<std::int64_t>(file_bytes, "the size of the file");
  const auto offset = static_cast<std::int64_t>(raw.offset_bytes);
  out[unknown] =
      raw.strides ? strided_count(raw, offset, bytes) : packed_count(raw, bytes - offset);
  return out;
}

std::string to_string(const raw_layout& raw) {
  std::string out = concat(to_string(raw.type), "[", joined(raw.shape), "]");
  if (raw.strides) {
    out += concat("(", joined(*raw.strides), ")");
  } else if (raw.order == memory_order::f) {
    out += 'F';
  }
  if (raw.offset_bytes > 0) out += concat("@", raw.offset_bytes);
  return out;
}

}  // namespace quarry
