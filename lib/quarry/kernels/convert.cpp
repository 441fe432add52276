#include "quarry/kernels/convert.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "quarry/array/dtype_text.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/kernels/block_cast.hpp"
#include "quarry/kernels/blocks.hpp"
#include "quarry/kernels/item_cast.hpp"
#include "quarry/kernels/tasks.hpp"

namespace quarry {
namespace {

// What one task converts, at most and at least: enough that starting it costs nothing beside it,
// little enough that all threads get some.
constexpr std::int64_t largest_task_bytes = std::int64_t{4} << 20U;
constexpr std::int64_t smallest_task_bytes = std::int64_t{256} << 10U;

// Less than this is done before another thread has woken up.
constexpr std::int64_t shared_bytes = std::int64_t{1} << 20U;

// Destinations larger than this push everything else out of most last-level caches.
constexpr std::int64_t cache_bytes = std::int64_t{16} << 20U;

void check_rule(const dtype& from, const dtype& to, casting rule) {
  if (can_cast(from, to, rule)) return;
  throw error(errc::type_mismatch,
              concat("casting ", to_string(from), " to ", to_string(to), " needs the rule ",
                     name_of(least_casting(from, to)), ", not ", name_of(rule)));
}

// Moves `index` to the next run along the last axis, in C order; false behind the last one.
bool advance(std::span<std::int64_t> index, std::span<const std::int64_t> shape) {
  for (std::size_t axis = shape.empty() ? 0 : shape.size() - 1; axis-- > 0;) {
    if (++index[axis] < shape[axis]) return true;
    index[axis] = 0;
  }
  return false;
}

// The walk that met a value that does not fit goes in an order of its own: the one to report is
// the first in C order, whatever the strides are.
[[noreturn]] void throw_first_misfit(const item_cast& cast, const array& from,
                                     std::span<const std::int64_t> first_index) {
  const layout& where = from.where();
  const auto rank = static_cast<std::size_t>(where.rank());
  const std::int64_t count = rank == 0 ? 1 : where.shape().back();
  const std::int64_t stride = rank == 0 ? 0 : where.strides().back();
  std::array<std::int64_t, max_rank> places{};
  const std::span index(places.data(), rank);
  do {
    const cast_run run{from.data() + where.offset_of(index), stride, nullptr, 0, count};
    const std::int64_t fit = cast.run(run);
    if (fit == count) continue;
    if (rank > 0) index.back() = fit;
    for (std::size_t axis = 0; axis < first_index.size(); ++axis) index[axis] += first_index[axis];
    throw error(errc::out_of_bounds,
                cast.misfit_text(run.part(fit, 1).from, concat("index ", tuple_text(index))),
                from.memory()->path);
  } while (advance(index, where.shape()));
  throw error(errc::changed, "the values changed while they were cast", from.memory()->path);
}

void run_everywhere(const item_cast& cast, const array& from, const array& to,
                    const convert_options& options) {
  const int asked = threads_for(options.threads);
  std::byte* const target = to.mutable_data();
  // Items without bytes have no values, and their number may be beyond int64.
  if (to.type().item_bytes() == 0) return;
  const block_cast blocks(cast, from.type().item_bytes(), to.type().item_bytes(),
                          to.size_bytes() > cache_bytes);
  const int threads = to.size_bytes() <= shared_bytes ? 1 : asked;
  const pair_piece whole{from.where(), to.where()};
  std::atomic<bool> fit = true;
  const auto run = [&](const pair_piece& piece) {
    if (fit && !blocks.run(piece, from.data(), target)) fit = false;
  };
  if (threads == 1) {
    run(whole);
  } else {
    const std::int64_t task_bytes =
        std::clamp(to.size_bytes() / (2 * threads), smallest_task_bytes, largest_task_bytes);
    const box_plan shares = boxes_of_lines(whole, task_bytes, target);
    run_in_order(shares.count(), threads, [&](std::int64_t i) { run(part_of(whole, shares[i])); });
  }
  if (!fit) throw_first_misfit(cast, from, options.first_index);
}

// What the values are when the rule is asked.
dtype source_type(const dtype& from, const convert_options& options) {
  if (options.physical == nullptr && !is_scaled(options)) return from;
  const dtype out = options.physical != nullptr ? physical_type(from) : scaled_type(from);
  return from.order() == byte_order::none ? out : out.with_byte_order(from.order());
}

// The position in the entries of its axis where `from` begins.
std::int64_t first_entry(const scaling& of, const array& from, const convert_options& options) {
  const auto axis = static_cast<std::size_t>(of.axis);
  if (of.axis < 0 || of.axis >= from.rank()) {
    throw error(errc::shape_mismatch,
                concat("the scaling is of axis ", of.axis, ", there are ", from.rank()));
  }
  const std::int64_t first = options.first_index.empty() ? 0 : options.first_index[axis];
  const std::int64_t end = first + from.where().extent(of.axis);
  for (const std::vector<double>* const entries : {&of.scale, &of.offset}) {
    if (entries->size() > 1 && std::cmp_less(entries->size(), end)) {
      throw error(errc::shape_mismatch, concat(entries->size(), " entries of the scaling for ", end,
                                               " indices of axis ", of.axis));
    }
  }
  return first;
}

// The indices [first, first + count) of an axis.
array part_along(const array& from, int axis, std::int64_t first, std::int64_t count) {
  std::vector<index_entry> index(static_cast<std::size_t>(axis), all);
  index.emplace_back(range{first, first + count, 1});
  return from.slice(index);
}

// Neighbours with the same entries are converted together.
void convert_by_index(const array& from, const array& to, const convert_options& options) {
  const scaling& all_entries = *options.physical;
  const int axis = all_entries.axis;
  const std::int64_t first = first_entry(all_entries, from, options);
  const std::int64_t extent = from.where().extent(axis);
  std::vector<std::int64_t> place(options.first_index.begin(), options.first_index.end());
  place.resize(from.shape().size());
  for (std::int64_t done = 0; done < extent;) {
    const scaling entry = scaling_at(all_entries, first + done);
    std::int64_t count = 1;
    while (done + count < extent && scaling_at(all_entries, first + done + count) == entry) ++count;
    convert_options values = options;
    values.physical = &entry;
    place[static_cast<std::size_t>(axis)] = first + done;
    values.first_index = place;
    convert(part_along(from, axis, done, count), part_along(to, axis, done, count), values);
    done += count;
  }
}

}  // namespace

void require_same_shape(const array& from, const array& to,
                        std::span<const std::int64_t> first_index) {
  if (!std::ranges::equal(from.shape(), to.shape())) {
    throw error(errc::shape_mismatch, concat("elements of shape ", tuple_text(from.shape()),
                                             " do not go into shape ", tuple_text(to.shape())));
  }
  if (!first_index.empty() && first_index.size() != from.shape().size()) {
    throw error(errc::shape_mismatch,
                concat(first_index.size(), " first indices for ", from.rank(), " axes"));
  }
}

dtype scaled_type(const dtype& from) {
  if (!is_computable(from)) {
    throw error(errc::type_mismatch, concat("only numbers can be scaled, not ", to_string(from)));
  }
  switch (from.kind()) {
    case type_kind::floating:
    case type_kind::brain_floating:
    case type_kind::complex_floating:
      return from.with_byte_order(native_order);
    default:
      return {type_kind::floating, 8};
  }
}

dtype physical_type(const dtype& from) {
  if (!is_computable(from)) {
    throw error(errc::type_mismatch, concat("only numbers can be scaled, not ", to_string(from)));
  }
  if (from.kind() == type_kind::complex_floating) return from.with_byte_order(native_order);
  const bool is_float =
      from.kind() == type_kind::floating || from.kind() == type_kind::brain_floating;
  return {type_kind::floating, is_float && from.item_bytes() <= 4 ? 4 : 8};
}

void convert(const array& from, const array& to, const convert_options& options) {
  require_same_shape(from, to, options.first_index);
  const bool is_by_index = options.physical != nullptr && options.physical->is_per_index();
  if (is_by_index && from.size() > 0) {
    convert_by_index(from, to, options);
    return;
  }
  const scaling none;
  convert_options values = options;
  if (is_by_index) values.physical = &none;  // of no elements
  const item_cast cast(from.type(), to.type(), values);
  check_rule(source_type(from.type(), values), to.type(), values.rule);
  run_everywhere(cast, from, to, values);
}

void copy(const array& from, const array& to, int threads) {
  require_same_shape(from, to);
  if (from.type() != to.type()) {
    throw error(errc::type_mismatch, concat("a copy of ", to_string(from.type()),
                                            " does not become ", to_string(to.type())));
  }
  run_everywhere(item_cast(from.type(), to.type(), {}), from, to, {.threads = threads});
}

array to_native(const array& from, int threads) {
  array out = array::zeros(from.type().with_byte_order(native_order), from.shape());
  convert(from, out, {.rule = casting::equiv, .threads = threads});
  return out;
}

void fill(const array& to, const array& value, const convert_options& options) {
  if (value.rank() != 0) {
    throw error(errc::shape_mismatch, concat("a fill needs one value, not an array of shape ",
                                             tuple_text(value.shape())));
  }
  const array one = array::zeros(to.type(), {});
  convert(value, one, options);
  copy(one.broadcast_to(to.shape()), to, options.threads);
}

}  // namespace quarry
