#include "quarry/kernels/convert.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <span>
#include <string_view>
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

void convert(const array& from, const array& to, const convert_options& options) {
  require_same_shape(from, to, options.first_index);
  const item_cast cast(from.type(), to.type(), options);
  dtype source = from.type();
  if (is_scaled(options)) {
    source = scaled_type(source);
    if (from.type().order() != byte_order::none) {
      source = source.with_byte_order(from.type().order());
    }
  }
  check_rule(source, to.type(), options.rule);
  run_everywhere(cast, from, to, options);
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
