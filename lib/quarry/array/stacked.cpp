#include "quarry/array/stacked.hpp"

#include <algorithm>
#include <utility>

#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry {
namespace {

using extents = std::vector<std::int64_t>;

extents with_extent(std::span<const std::int64_t> shape, int axis, std::int64_t extent) {
  extents out(shape.begin(), shape.end());
  out[static_cast<std::size_t>(axis)] = extent;
  return out;
}

layout row_major(std::span<const std::int64_t> shape, const dtype& type) {
  return layout::contiguous(shape, type.item_bytes());
}

bool takes_an_axis(const index_entry& entry) noexcept {
  return std::holds_alternative<std::int64_t>(entry) || std::holds_alternative<range>(entry);
}

// One entry for each axis, and the new axes: all that `...` and a short index leave out is written
// out. The index fits the rank.
std::vector<index_entry> written_out(std::span<const index_entry> index, int rank) {
  const auto left = static_cast<std::size_t>(rank - std::ranges::count_if(index, takes_an_axis));
  std::vector<index_entry> out;
  bool has_ellipsis = false;
  for (const index_entry& entry : index) {
    if (std::holds_alternative<ellipsis_t>(entry)) {
      has_ellipsis = true;
      out.insert(out.end(), left, all);
    } else {
      out.push_back(entry);
    }
  }
  if (!has_ellipsis) out.insert(out.end(), left, all);
  return out;
}

std::size_t entry_of_axis(std::span<const index_entry> index, int axis) noexcept {
  std::size_t at = 0;
  while (!takes_an_axis(index[at]) || axis-- > 0) ++at;
  return at;
}

// Number of steps from 0 on of which the first `distance` indices are taken by `step`.
std::int64_t steps_within(std::int64_t distance, std::int64_t step) noexcept {
  return distance <= 0 ? 0 : (distance - 1) / step + 1;
}

// What a range of the whole axis takes of one part, counted in the part.
resolved_range share_of(const stack_part& part, const resolved_range& taken) noexcept {
  const std::int64_t end = part.begin + part.extent;
  std::int64_t from = 0;
  std::int64_t to = 0;
  if (taken.step > 0) {
    from = steps_within(part.begin - taken.first, taken.step);
    to = steps_within(end - taken.first, taken.step);
  } else if (taken.count > 1) {  // a step of INT64_MIN takes one index and needs no negation
    from = steps_within(taken.first - end + 1, -taken.step);
    to = steps_within(taken.first - part.begin + 1, -taken.step);
  } else {
    to = taken.first >= part.begin && taken.first < end ? 1 : 0;
  }
  from = std::min(from, taken.count);
  to = std::min(to, taken.count);
  if (from >= to) return {0, 1, 0};
  const std::int64_t first = taken.first + from * taken.step;
  return {first - part.begin, to - from == 1 ? 1 : taken.step, to - from};
}

// As an entry of an index; not empty.
range as_range(const resolved_range& taken) noexcept {
  const std::int64_t last = taken.first + (taken.count - 1) * taken.step;
  const std::int64_t stop = last + (taken.step > 0 ? 1 : -1);
  return {taken.first, stop < 0 ? std::nullopt : std::optional(stop), taken.step};
}

// Tells each part where it begins; the extent of all of them.
std::int64_t put_in_line(std::span<stack_part> parts) {
  std::int64_t end = 0;
  for (stack_part& part : parts) {
    part.begin = end;
    end = checked::add(end, part.extent, "the extent of the stack");
  }
  return end;
}

std::function<array()> changed(std::function<array()> open,
                               std::function<array(const array&)> change) {
  return [open = std::move(open), change = std::move(change)] { return change(open()); };
}

std::vector<extents> shapes_of(std::span<const array> parts) {
  std::vector<extents> out;
  for (const array& part : parts) out.emplace_back(part.shape().begin(), part.shape().end());
  return out;
}

void require_some(std::size_t parts) {
  if (parts == 0) throw error(errc::shape_mismatch, "a stack needs at least one array");
}

[[noreturn]] void refuse_shape(std::size_t position, const extents& found, const extents& before,
                               std::string_view rule) {
  throw error(errc::shape_mismatch,
              concat("part ", position, " of the stack has the shape ", tuple_text(found),
                     ", the one before ", tuple_text(before), ": ", rule));
}

}  // namespace

stacked::stacked(dtype type, const layout& where, int axis, std::vector<stack_part> parts)
    : type_(std::move(type)), where_(where), axis_(axis), parts_(std::move(parts)) {}

stacked::stacked(array only)
    : type_(only.type()),
      where_(row_major(only.shape(), only.type())),
      parts_{{0, only.rank() == 0 ? 1 : only.where().extent(0)}} {
  parts_[0].open = [only = std::move(only)] { return only; };
}

stacked::stacked(const dtype& type, std::span<const std::int64_t> shape, int axis,
                 std::vector<stack_part> parts)
    : stacked(type, row_major(shape, type), checked_axis(axis, static_cast<int>(shape.size())),
              std::move(parts)) {
  require_some(parts_.size());
  const std::int64_t end = put_in_line(parts_);
  if (end != where_.extent(axis_)) {
    throw error(errc::shape_mismatch,
                concat("the parts of the stack have ", end, " elements along axis ", axis_,
                       ", its shape ", tuple_text(shape), " has ", where_.extent(axis_)));
  }
  if (end > 0) {
    std::erase_if(parts_, [](const stack_part& part) { return part.extent == 0; });
  } else {
    parts_.resize(1);
  }
}

array stacked::open(std::size_t position) const {
  const stack_part& part = parts_[position];
  array out = part.open();
  const bool is_whole = parts_.size() == 1;
  const auto there = out.shape();
  bool fits = there.size() == shape().size();
  for (std::size_t axis = 0; fits && axis < there.size(); ++axis) {
    const bool is_cut = !is_whole && axis == static_cast<std::size_t>(axis_);
    fits = there[axis] == (is_cut ? part.extent : shape()[axis]);
  }
  if (fits) return out;
  throw error(errc::changed,
              concat("has the shape ", tuple_text(there),
                     " by now, which is no part of a stack of ", tuple_text(shape())),
              out.memory()->path);
}

stacked stacked::with_each(const dtype& type, std::span<const std::int64_t> shape, int axis,
                           const operation& change) const {
  stacked out(type, row_major(shape, type), axis, parts_);
  for (stack_part& part : out.parts_) part.open = changed(std::move(part.open), change);
  return out;
}

stacked stacked::slice(std::string_view index) const { return slice(parse_slice(index)); }

stacked stacked::slice(std::initializer_list<index_entry> index) const {
  return slice(std::span(index.begin(), index.size()));
}

stacked stacked::slice(std::span<const index_entry> index) const {
  const layout cut = row_major(quarry::slice(where_, index).where.shape(), type_);
  if (parts_.size() == 1) {
    const std::vector<index_entry> kept(index.begin(), index.end());
    return with_each(type_, cut.shape(), 0, [kept](const array& part) { return part.slice(kept); });
  }
  if (cut.size() == 0) return array::zeros(type_, cut.shape());
  std::vector<index_entry> full = written_out(index, rank());
  const std::size_t entry = entry_of_axis(full, axis_);
  if (std::holds_alternative<std::int64_t>(full[entry])) return picked(std::move(full), entry, cut);
  const auto dropped = std::ranges::count_if(full.begin(), full.begin() + entry, [](auto& each) {
    return std::holds_alternative<std::int64_t>(each);
  });
  return ranged(std::move(full), entry, cut, static_cast<int>(entry) - static_cast<int>(dropped));
}

// The part that an integer on the axis falls into.
stacked stacked::picked(std::vector<index_entry> index, std::size_t entry,
                        const layout& where) const {
  std::int64_t& position = std::get<std::int64_t>(index[entry]);
  if (position < 0) position += where_.extent(axis_);
  const auto behind = std::ranges::upper_bound(parts_, position, {}, &stack_part::begin);
  const stack_part& part = *std::prev(behind);
  position -= part.begin;
  return {type_, where, 0, {{0, 1, changed(part.open, [index](const array& from) {
                               return from.slice(index);
                             })}}};
}

// The parts that a range on the axis touches, in its direction.
stacked stacked::ranged(std::vector<index_entry> index, std::size_t entry, const layout& where,
                        int axis) const {
  const resolved_range taken = resolve(std::get<range>(index[entry]), where_.extent(axis_));
  const std::int64_t last = taken.first + (taken.count - 1) * taken.step;
  const auto low =
      std::ranges::upper_bound(parts_, std::min(taken.first, last), {}, &stack_part::begin);
  const auto high =
      std::ranges::upper_bound(parts_, std::max(taken.first, last), {}, &stack_part::begin);
  std::vector<stack_part> out;
  for (auto part = std::prev(low); part != high; ++part) {
    const resolved_range share = share_of(*part, taken);
    if (share.count == 0) continue;
    index[entry] = as_range(share);
    out.push_back({0, share.count,
                   changed(part->open, [index](const array& from) { return from.slice(index); })});
  }
  if (taken.step < 0) std::ranges::reverse(out);
  put_in_line(out);
  return {type_, where, axis, std::move(out)};
}

stacked stacked::transpose() const {
  std::vector<int> axes;
  for (int axis = rank(); axis-- > 0;) axes.push_back(axis);
  return transpose(axes);
}

stacked stacked::transpose(std::span<const int> axes) const {
  const layout turned = quarry::transpose(where_, axes);
  const auto is_ours = [&](int axis) { return checked_axis(axis, rank()) == axis_; };
  const auto axis = std::ranges::find_if(axes, is_ours) - axes.begin();
  const std::vector<int> kept(axes.begin(), axes.end());
  return with_each(type_, turned.shape(), static_cast<int>(axis),
                   [kept](const array& part) { return part.transpose(kept); });
}

stacked stacked::field(std::string_view path) const {
  const array none = array::zeros(type_, extents{0}).field(path);
  extents shape(where_.shape().begin(), where_.shape().end());
  shape.insert(shape.end(), none.shape().begin() + 1, none.shape().end());
  const std::string kept(path);
  return with_each(none.type(), shape, axis_,
                   [kept](const array& part) { return part.field(kept); });
}

stacked stacked::fields(std::span<const std::string> names) const {
  const array none = array::zeros(type_, extents{0}).fields(names);
  const std::vector<std::string> kept(names.begin(), names.end());
  return with_each(none.type(), shape(), axis_,
                   [kept](const array& part) { return part.fields(kept); });
}

std::vector<std::int64_t> concatenated_shape(std::span<const extents> parts, int axis) {
  require_some(parts.size());
  extents out = parts[0];
  const int at = checked_axis(axis, static_cast<int>(out.size()));
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const bool fits =
        parts[i].size() == out.size() && with_extent(parts[i], at, 0) == with_extent(out, at, 0);
    if (!fits) {
      refuse_shape(i, parts[i], parts[i - 1], concat("they may differ along axis ", at, " only"));
    }
    std::int64_t& extent = out[static_cast<std::size_t>(at)];
    extent =
        checked::add(extent, parts[i][static_cast<std::size_t>(at)], "the extent of the stack");
  }
  return out;
}

std::vector<std::int64_t> stacked_shape(std::span<const extents> parts, int axis) {
  require_some(parts.size());
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (parts[i] != parts[0]) {
      refuse_shape(i, parts[i], parts[i - 1], "along a new axis they must be equal");
    }
  }
  extents out = parts[0];
  const int at = checked_axis(axis, static_cast<int>(out.size()) + 1);
  out.insert(out.begin() + at, static_cast<std::int64_t>(parts.size()));
  return out;
}

stacked concatenate(std::span<const array> parts, int axis, const dtype& type) {
  const extents shape = concatenated_shape(shapes_of(parts), axis);
  const int at = checked_axis(axis, static_cast<int>(shape.size()));
  std::vector<stack_part> out;
  for (const array& part : parts) {
    out.push_back({0, part.where().extent(at), [part] { return part; }});
  }
  return {type, shape, at, std::move(out)};
}

stacked stack(std::span<const array> parts, int axis, const dtype& type) {
  const extents shape = stacked_shape(shapes_of(parts), axis);
  const int at = checked_axis(axis, static_cast<int>(shape.size()));
  std::vector<index_entry> index(static_cast<std::size_t>(at), all);
  index.emplace_back(newaxis);
  std::vector<stack_part> out;
  for (const array& part : parts)
    out.push_back({0, 1, [part, index] { return part.slice(index); }});
  return {type, shape, at, std::move(out)};
}

}  // namespace quarry
