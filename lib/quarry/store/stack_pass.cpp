#include "quarry/store/stack_pass.hpp"

#include <algorithm>
#include <span>
#include <vector>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/fault_guard.hpp"

namespace quarry {
namespace {

using extents = std::vector<std::int64_t>;

constexpr std::int64_t short_run_bytes = std::int64_t{256} << 10U;
constexpr std::int64_t least_room_bytes = std::int64_t{64} << 10U;
constexpr std::int64_t most_room_bytes = std::int64_t{64} << 20U;

void check_rules(const stacked& from, const array& to, const convert_options& values) {
  if (!std::ranges::equal(from.shape(), to.shape())) {
    throw error(errc::shape_mismatch, concat("a stack of ", tuple_text(from.shape()),
                                             " does not fit ", tuple_text(to.shape())));
  }
  if (from.parts().size() == 1) return;
  if (values.physical != nullptr && values.physical->is_per_index()) {
    throw error(errc::unsupported,
                "a scaling per index is not applied to a stack of several arrays");
  }
  convert_options rules = values;
  rules.first_index = {};
  const extents none{0};
  convert(array::zeros(from.type(), none), array::zeros(to.type(), none), rules);
}

// The part of `whole` that the part at `position` of a stack of the same shape fills.
array place_of(const stacked& of, std::size_t position, const array& whole) {
  if (of.parts().size() == 1) return whole;
  const stack_part& part = of.parts()[position];
  std::vector<index_entry> index(static_cast<std::size_t>(of.axis()), all);
  index.emplace_back(range{part.begin, part.begin + part.extent});
  return whole.slice(index);
}

// What errors add to the indices that they name: nothing, unless the caller wants it.
extents first_index_of(const stacked& of, const convert_options& values) {
  if (values.first_index.empty()) return extents(static_cast<std::size_t>(of.rank()));
  return {values.first_index.begin(), values.first_index.end()};
}

// The same in that part of the stack.
extents first_index_in(const stacked& of, std::size_t position, extents first) {
  if (of.parts().size() > 1) {
    first[static_cast<std::size_t>(of.axis())] += of.parts()[position].begin;
  }
  return first;
}

// The axis of more than one index whose steps are the largest; the first one, if there is none.
int outermost_axis(const layout& of) noexcept {
  int out = 0;
  for (int axis = 1; axis < of.rank(); ++axis) {
    if (of.extent(axis) < 2) continue;
    if (of.extent(out) < 2 || of.stride(axis) > of.stride(out)) out = axis;
  }
  return out;
}

class stack_pass {
 public:
  stack_pass(const stacked& from, new_array& to, const convert_options& values,
             const pass_options& how)
      : to_(to),
        values_(values),
        how_(how),
        all_bytes_(bytes_of(to.elements())),
        is_larger_(from.parts().size() > 1 && all_bytes_ > how.memory_bytes / 2) {}

  // NOLINTNEXTLINE(misc-no-recursion): as deep as the array has axes
  void fill(const stacked& from, const array& to, const extents& first) {
    const std::size_t parts = from.parts().size();
    const layout& where = to.where();
    const bool is_in_long_runs =
        parts == 1 || to.size() == 0 || outermost_axis(where) == from.axis() ||
        where.stride(from.axis()) * where.extent(from.axis()) / static_cast<std::int64_t>(parts) >=
            short_run_bytes;
    if (is_in_long_runs) {
      for (std::size_t i = 0; i < parts; ++i) fill_part(from, i, to, first);
    } else {
      fill_by_rows(from, to, first);
    }
  }

 private:
  static std::uint64_t bytes_of(const array& of) {
    return static_cast<std::uint64_t>(of.size_bytes());
  }

  // A part that fits alone must leave nothing behind either, where all of them do not.
  std::uint64_t memory_for(const array& part, std::uint64_t budget) const {
    return is_larger_ ? std::min(budget, bytes_of(part)) : budget;
  }

  void fill_part(const stacked& from, std::size_t position, const array& to, const extents& first) {
    const array part = from.open(position);
    const array place = place_of(from, position, to);
    const extents index = first_index_in(from, position, first);
    convert_options values = values_;
    values.first_index = index;
    pass_options how = how_;
    how.memory_bytes = memory_for(part, how_.memory_bytes);
    if (how_.progress) {
      how.progress = [this](std::uint64_t done, std::uint64_t) { tell_progress(done); };
    }
    about(part.memory()->path, [&] { convert(part, to_, place, values, how); });
    done_ += bytes_of(place);
  }

  // As many rows of all parts at a time as a part of the memory holds; rows that are too long are
  // filled one after another, as arrays of one axis less.
  // NOLINTNEXTLINE(misc-no-recursion): as deep as the array has axes
  void fill_by_rows(const stacked& from, const array& to, const extents& first) {
    const int axis = outermost_axis(to.where());
    const std::int64_t rows = to.where().extent(axis);
    const std::int64_t row_bytes = to.size_bytes() / rows;
    const auto budget =
        static_cast<std::int64_t>(std::min<std::uint64_t>(how_.memory_bytes / 4, most_room_bytes));
    const std::int64_t room = std::max(budget, least_room_bytes);
    const std::int64_t step = std::max<std::int64_t>(1, room / row_bytes);
    std::vector<index_entry> index(static_cast<std::size_t>(axis), all);
    index.emplace_back(all);
    for (std::int64_t row = 0; row < rows; row += step) {
      index.back() = range{row, std::min(rows, row + step)};
      extents first_here = first;
      first_here[static_cast<std::size_t>(axis)] += row;
      if (row_bytes > room) {
        fill(from.slice(index), to.slice(index), first_here);
      } else {
        fill_in_memory(from.slice(index), to.slice(index), first_here);
      }
    }
  }

  // `to` is one run of bytes in the file.
  void fill_in_memory(const stacked& from, const array& to, const extents& first) {
    if (room_.size() < bytes_of(to)) room_.resize(bytes_of(to));
    const std::span<std::byte> bytes = std::span(room_).first(bytes_of(to));
    // Padding of records is nobody's to store, and zero in a new file.
    if (to.type().is_record()) std::ranges::fill(bytes, std::byte{});
    const array room = array::over(bytes, to.type(), to.where());
    for (std::size_t i = 0; i < from.parts().size(); ++i) {
      const array part = from.open(i);
      const extents index = first_index_in(from, i, first);
      convert_options values = values_;
      values.first_index = index;
      const pass_options how{.memory_bytes = memory_for(part, how_.memory_bytes / 2),
                             .stop = how_.stop};
      about(part.memory()->path, [&] { convert(part, place_of(from, i, room), values, how); });
    }
    to_.write(static_cast<std::uint64_t>(to.origin().offset_bytes), bytes);
    done_ += bytes_of(room);
    tell_progress(0);
  }

  void tell_progress(std::uint64_t done) const {
    if (!how_.progress) return;
    how_.progress(done_ + done, all_bytes_);
  }

  new_array& to_;
  const convert_options& values_;
  const pass_options& how_;
  std::uint64_t all_bytes_;
  bool is_larger_;  // than the memory, in several parts
  std::uint64_t done_ = 0;
  std::vector<std::byte> room_;  // for rows of all parts
};

}  // namespace

void convert(const stacked& from, const array& to, const convert_options& values) {
  check_rules(from, to, values);
  const extents first = first_index_of(from, values);
  for (std::size_t i = 0; i < from.parts().size(); ++i) {
    const array part = from.open(i);
    const extents index = first_index_in(from, i, first);
    convert_options here = values;
    here.first_index = index;
    const fault_guard guard(*part.memory());
    about(part.memory()->path, [&] {
      try {
        convert(part, place_of(from, i, to), here);
      } catch (const error&) {
        guard.check();  // zeros in the place of lost bytes may be no values
        throw;
      }
      guard.check();
    });
  }
}

void convert(const stacked& from, new_array& to, const convert_options& values,
             const pass_options& how) {
  check_rules(from, to.elements(), values);
  stack_pass(from, to, values, how).fill(from, to.elements(), first_index_of(from, values));
}

}  // namespace quarry
