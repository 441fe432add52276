#include "quarry/store/pass.hpp"

#include <algorithm>
#include <vector>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/fault_guard.hpp"
#include "quarry/map/mapping.hpp"

namespace quarry {
namespace {

constexpr std::int64_t page_bytes = 4096;
constexpr std::int64_t piece_bytes = std::int64_t{16} << 20U;
constexpr std::int64_t smallest_piece_bytes = std::int64_t{64} << 10U;

// The bytes of the pages that a layout touches, from above: runs of small strides fill their
// pages, larger strides reach a page (or a run) each.
std::int64_t touched_page_bytes(const layout& where) {
  if (where.size() == 0) return 0;
  std::int64_t run = where.item_bytes();
  double runs = 1;
  for (int axis = 0; axis < where.rank(); ++axis) {
    if (where.extent(axis) == 1 || where.stride(axis) == 0) continue;
    const std::int64_t step = std::abs(where.stride(axis));
    if (step < page_bytes) {
      run += (where.extent(axis) - 1) * step;
    } else {
      runs *= static_cast<double>(where.extent(axis));
    }
  }
  const byte_range all = where.extent_bytes();
  const auto whole = static_cast<double>(all.end - all.begin) + 2.0 * page_bytes;
  return static_cast<std::int64_t>(std::min(whole, runs * static_cast<double>(run + page_bytes)));
}

// The axis along which a layout is cut so that each half stays together in its file.
int slowest_axis(const layout& where, const layout& shape_of) {
  int slowest = -1;
  for (int axis = 0; axis < where.rank(); ++axis) {
    if (shape_of.extent(axis) < 2) continue;
    if (slowest < 0 || std::abs(where.stride(axis)) > std::abs(where.stride(slowest)))
      slowest = axis;
  }
  return slowest;
}

class pass {
 public:
  pass(const array& from, const array& to, const convert_options& values, const pass_options& how)
      : from_(from),
        to_(to),
        source_(*from.memory()),
        target_(*to.memory()),
        values_(values),
        how_(how),
        all_(to.size_bytes()),
        first_index_(values.first_index.begin(), values.first_index.end()) {
    check_shapes();
    if (first_index_.empty()) first_index_.resize(to.shape().size(), 0);
    budget_ = static_cast<std::int64_t>(
        std::min<std::uint64_t>(how.memory_bytes, std::uint64_t{1} << 62U));
  }

  // Halves pieces until both sides of one are small: in file order of the destination while it is
  // too large, by the source's where that touches too many pages.
  // NOLINTNEXTLINE(misc-no-recursion): each level halves an axis
  void run(const array& from, const array& to) {
    const bool large = to.size_bytes() > piece_bytes;
    const bool scattered =
        touched_page_bytes(from.where()) > budget_ / 4 && to.size_bytes() > smallest_piece_bytes;
    const int axis = large       ? slowest_axis(to.where(), to.where())
                     : scattered ? slowest_axis(from.where(), to.where())
                                 : -1;
    if (axis < 0) {
      piece(from, to);
      return;
    }
    const std::int64_t middle = to.where().extent(axis) / 2;
    run(part(from, axis, {0, middle}), part(to, axis, {0, middle}));
    first_index_[static_cast<std::size_t>(axis)] += middle;
    run(part(from, axis, {middle}), part(to, axis, {middle}));
    first_index_[static_cast<std::size_t>(axis)] -= middle;
  }

 private:
  // Before the first piece: pieces would name their own shapes, and some of them would fit.
  void check_shapes() const {
    require_same_shape(from_, to_);
    if (!first_index_.empty() && first_index_.size() != to_.shape().size()) {
      throw error(errc::shape_mismatch,
                  concat(first_index_.size(), " first indices for ", to_.rank(), " axes"));
    }
  }

  static array part(const array& of, int axis, const range& taken) {
    std::vector<index_entry> index(static_cast<std::size_t>(axis), all);
    index.emplace_back(taken);
    return of.slice(index);
  }

  void piece(const array& from, const array& to) {
    if (how_.stop.stop_requested()) {
      throw error(std::make_error_code(std::errc::operation_canceled), "stopped");
    }
    values_.first_index = first_index_;
    convert_guarded(from, to);
    resident_ += touched_page_bytes(from.where()) + touched_page_bytes(to.where());
    if (resident_ > budget_ / 2) let_go();
    done_ += to.size_bytes();
    if (how_.progress) {
      how_.progress(static_cast<std::uint64_t>(done_), static_cast<std::uint64_t>(all_));
    }
  }

  // Zeros in the place of lost bytes may be no values at all: the loss is what went wrong then.
  void convert_guarded(const array& from, const array& to) {
    try {
      convert(from, to, values_);
    } catch (const error&) {
      check();
      throw;
    }
    check();
  }

  void check() const {
    source_.check();
    target_.check();
  }

  void let_go() {
    for (const array* side : {&from_, &to_}) {
      const byte_range touched = side->origin().touched;
      drop_pages(*side->memory(), static_cast<std::uint64_t>(touched.begin),
                 static_cast<std::uint64_t>(touched.end - touched.begin));
    }
    resident_ = 0;
  }

  const array& from_;
  const array& to_;
  const fault_guard source_;
  const fault_guard target_;
  convert_options values_;
  const pass_options& how_;
  std::int64_t all_;
  std::vector<std::int64_t> first_index_;  // of the piece at hand in the whole
  std::int64_t budget_ = 0;
  std::int64_t done_ = 0;
  std::int64_t resident_ = 0;  // bytes of pages touched since they were last let go
};

}  // namespace

void convert(const array& from, const array& to, const convert_options& values,
             const pass_options& how) {
  pass(from, to, values, how).run(from, to);
}

}  // namespace quarry
