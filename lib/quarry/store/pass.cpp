#include "quarry/store/pass.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/kernels/box_plan.hpp"
#include "quarry/kernels/tasks.hpp"
#include "quarry/map/fault_guard.hpp"
#include "quarry/map/page_cache.hpp"
#include "quarry/map/process_limits.hpp"

namespace quarry {
namespace {

constexpr std::int64_t largest_box_bytes = std::int64_t{16} << 20U;
constexpr std::int64_t smallest_box_bytes = std::int64_t{64} << 10U;

constexpr std::int64_t most_bytes = std::int64_t{1} << 62U;

std::int64_t page() noexcept { return static_cast<std::int64_t>(page_bytes()); }

// The bytes of the pages that a layout touches, from above: runs of small strides fill their
// pages, larger strides reach a page (or a run) each.
std::int64_t touched_page_bytes(const layout& where) {
  if (where.size() == 0) return 0;
  double run = static_cast<double>(where.item_bytes());
  double runs = 1;
  for (int axis = 0; axis < where.rank(); ++axis) {
    if (where.extent(axis) == 1 || where.stride(axis) == 0) continue;
    const auto step = std::abs(static_cast<double>(where.stride(axis)));
    if (step < static_cast<double>(page())) {
      run += static_cast<double>(where.extent(axis) - 1) * step;
    } else {
      runs *= static_cast<double>(where.extent(axis));
    }
  }
  const byte_range all = where.extent_bytes();
  const double one_page = static_cast<double>(page());
  const double whole = static_cast<double>(all.end - all.begin) + 2 * one_page;
  return static_cast<std::int64_t>(
      std::min({whole, runs * (run + one_page), static_cast<double>(most_bytes)}));
}

std::int64_t bounded(std::uint64_t bytes) noexcept {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(bytes, most_bytes));
}

array part_of(const array& whole, const box& taken) {
  std::vector<index_entry> index;
  for (std::size_t axis = 0; axis < taken.first.size(); ++axis) {
    index.emplace_back(range{taken.first[axis], taken.first[axis] + taken.extents[axis]});
  }
  return whole.slice(index);
}

// Buffers for the boxes at work, reused from box to box.
class buffer_pool {
 public:
  explicit buffer_pool(std::size_t bytes) : bytes_(bytes) {}

  std::vector<std::byte> take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return std::vector<std::byte>(bytes_);
    std::vector<std::byte> out = std::move(free_.back());
    free_.pop_back();
    return out;
  }

  void give_back(std::vector<std::byte> buffer) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(buffer));
  }

 private:
  std::size_t bytes_;
  std::mutex mutex_;
  std::vector<std::vector<std::byte>> free_;
};

// Boxes that leave each thread some, and whose pages on both sides fit the budget. They are those
// of as many threads as there are cores, however many work: what an error names does not depend on
// it.
box_plan boxes_for(const layout& from, const layout& to, std::int64_t to_offset,
                   std::int64_t budget) {
  const std::int64_t threads = threads_for(0);
  const std::int64_t share = to.size_bytes() / (2 * threads);
  std::int64_t bytes = std::min({largest_box_bytes, budget / (4 * threads), share});
  while (true) {
    bytes = std::max(bytes, smallest_box_bytes);
    box_plan out(from, to, bytes, to_offset, page());
    if (bytes == smallest_box_bytes) return out;
    const layout one = layout::strided(out.extents(), from.strides(), from.item_bytes());
    if (touched_page_bytes(one) <= std::max(2 * bytes, budget / (4 * threads))) return out;
    bytes /= 2;
  }
}

class pass {
 public:
  pass(const array& from, const array& to, new_array* file, const convert_options& values,
       const pass_options& how)
      : from_(from),
        to_(to),
        file_(file),
        source_(*from.memory()),
        target_(*to.memory()),
        values_(values),
        how_(how),
        threads_(threads_for(values.threads)),
        budget_(bounded(how.memory_bytes)),
        boxes_(make_boxes()),
        buffers_(static_cast<std::size_t>(boxes_.largest_bytes())),
        from_pages_(from.memory()),
        to_pages_(file != nullptr ? file->pages() : page_cache(to.memory())) {
    values_.threads = 1;  // boxes are the threads' shares
    const auto touched = touched_page_bytes(from.where()) + touched_page_bytes(to.where());
    is_bounded_ = touched > budget_;
    // What is read ahead is said here, for the system would take more than fits.
    if (is_bounded_) from_pages_.expect_scattered_reads();
  }

  void run() {
    if (boxes_.count() == 0) {
      convert(from_, to_, values_);  // nothing but the rules
      return;
    }
    for (std::int64_t i = 0; i < threads_; ++i) announce(i);
    run_in_order(boxes_.count(), threads_, [this](std::int64_t i) { run_box(i); });
    let_targets_go(0);
  }

 private:
  // Shapes first: boxes would name their own, and some of them would fit.
  box_plan make_boxes() const {
    require_same_shape(from_, to_);
    if (!values_.first_index.empty() && values_.first_index.size() != to_.shape().size()) {
      throw error(errc::shape_mismatch,
                  concat(values_.first_index.size(), " first indices for ", to_.rank(), " axes"));
    }
    return boxes_for(from_.where(), to_.where(), to_.data() - to_.memory()->data, budget_);
  }

  void run_box(std::int64_t i) {
    if (how_.stop.stop_requested()) {
      throw error(std::make_error_code(std::errc::operation_canceled), "stopped");
    }
    announce(i + threads_);
    const box here = boxes_[i];
    const array from = part_of(from_, here);
    const array to = part_of(to_, here);
    try {
      store_box(from, to, here);
    } catch (const error&) {
      check();  // zeros in the place of lost bytes may be no values: the loss is what went wrong
      throw;
    }
    check();
    finish_box(from, to);
  }

  void check() const {
    source_.check();
    target_.check();
  }

  void store_box(const array& from, const array& to, const box& here) {
    if (file_ == nullptr) {
      convert_box(from, to, here);
    } else if (const auto plain = plain_run(from, to)) {
      write_plain(from, to, here, *plain);
    } else {
      convert_and_write(from, to, here);
    }
  }

  void write_plain(const array& from, const array& to, const box& here, std::size_t axes) {
    try {
      write_runs(to, from.data(), from.where(), axes);
    } catch (const error& failure) {
      // So the system says of lost pages, whose guard must meet them to know.
      if (failure.code() != std::errc::bad_address) throw;
      convert_and_write(from, to, here);
    }
  }

  void convert_box(const array& from, const array& to, const box& here) const {
    convert_options values = values_;
    std::vector<std::int64_t> first = here.first;
    for (std::size_t axis = 0; axis < values_.first_index.size(); ++axis) {
      first[axis] += values_.first_index[axis];
    }
    values.first_index = first;
    convert(from, to, values);
  }

  void convert_and_write(const array& from, const array& to, const box& here) {
    std::vector<std::byte> buffer = buffers_.take();
    const layout packed = packed_as(to.where());
    // Padding of records is nobody's to store, and zero in a new file.
    if (to.type().is_record()) std::ranges::fill(buffer, std::byte{});
    convert_box(from, array::over(std::span(buffer), to.type(), packed), here);
    write_runs(to, buffer.data(), packed, axes_in_one_run(to.where(), packed));
    buffers_.give_back(std::move(buffer));
  }

  // How many of the target's nearest axes lie in `from` as they do in `to`, without gaps.
  static std::size_t axes_in_one_run(const layout& to, const layout& from) {
    std::size_t count = 0;
    std::int64_t run = to.item_bytes();
    for (const int axis : axes_by_stride(to)) {
      const bool continues =
          to.extent(axis) == 1 || (to.stride(axis) == run && from.stride(axis) == run);
      if (!continues) break;
      run *= to.extent(axis);
      ++count;
    }
    return count;
  }

  // The same, if the bytes of the source are what the file is to hold, in runs worth a call each.
  std::optional<std::size_t> plain_run(const array& from, const array& to) const {
    if (from.type() != to.type() || values_.scale != 1.0 || values_.offset != 0.0) return {};
    const std::size_t axes = axes_in_one_run(to.where(), from.where());
    std::int64_t run = to.type().item_bytes();
    const std::vector<int> order = axes_by_stride(to.where());
    for (std::size_t i = 0; i < axes; ++i) run *= to.where().extent(order[i]);
    if (run < 4 * page() && run < to.size_bytes()) return {};
    return axes;
  }

  // Writes the elements of `to`, which lie at `data` as `where` says: in runs of the `axes` nearest
  // axes, one for each index of the others.
  void write_runs(const array& to, const std::byte* data, const layout& where,
                  std::size_t axes) const {
    const std::vector<int> order = axes_by_stride(to.where());
    std::int64_t run = to.type().item_bytes();
    for (std::size_t i = 0; i < axes; ++i) run *= to.where().extent(order[i]);
    std::vector<std::int64_t> index(order.size());
    const std::byte* const file_start = to.memory()->data;
    while (true) {
      const std::byte* const target = to.data() + to.where().offset_of(index);
      file_->write(static_cast<std::uint64_t>(target - file_start),
                   {data + where.offset_of(index), static_cast<std::size_t>(run)});
      std::size_t place = axes;
      for (; place < order.size(); ++place) {
        std::int64_t& at = index[static_cast<std::size_t>(order[place])];
        if (++at < to.where().extent(order[place])) break;
        at = 0;
      }
      if (place == order.size()) return;
    }
  }

  // Calls use(offset in the file, bytes) for the runs of one side's part.
  template <class Use>
  static void for_each_file_run(const array& part, const Use& use) {
    const std::int64_t start = part.data() - part.memory()->data;
    for_each_run(part.where(), page(), [&](std::int64_t offset, std::int64_t bytes) {
      use(static_cast<std::uint64_t>(start + offset), static_cast<std::uint64_t>(bytes));
    });
  }

  // The same of the target, whose runs count as one where the pages between them are nobody's or
  // those of boxes that are still to be written, which neither advice does harm.
  template <class Use>
  void for_each_target_run(const array& part, const Use& use) const {
    if (!boxes_.keeps_grains_apart()) {
      for_each_file_run(part, use);
      return;
    }
    const byte_range touched = part.origin().touched;
    use(static_cast<std::uint64_t>(touched.begin),
        static_cast<std::uint64_t>(touched.end - touched.begin));
  }

  // Has the source of a later box read while this one is at work.
  void announce(std::int64_t i) const {
    if (!is_bounded_ || i >= boxes_.count()) return;
    for_each_file_run(part_of(from_, boxes_[i]), [this](std::uint64_t offset, std::uint64_t bytes) {
      from_pages_.read_ahead(offset, bytes);
    });
  }

  void finish_box(const array& from, const array& to) {
    if (is_bounded_) let_go_behind(from, to);
    const std::lock_guard lock(progress_mutex_);
    done_ += to.size_bytes();
    if (how_.progress) {
      how_.progress(static_cast<std::uint64_t>(done_),
                    static_cast<std::uint64_t>(to_.size_bytes()));
    }
  }

  // The source goes at once. What was written starts on its way to the disk, and goes when as much
  // as the budget allows is on that way: by then the next boxes have filled the pages that they
  // share with it.
  void let_go_behind(const array& from, const array& to) {
    for_each_file_run(from, [this](std::uint64_t offset, std::uint64_t bytes) {
      from_pages_.let_go(offset, bytes);
    });
    for_each_target_run(to, [this](std::uint64_t offset, std::uint64_t bytes) {
      to_pages_.write_back(offset, bytes);
    });
    {
      const std::lock_guard lock(written_mutex_);
      written_.push_back(to);
    }
    const std::int64_t most = budget_ / 4 / std::max<std::int64_t>(to.size_bytes(), 1);
    let_targets_go(static_cast<std::size_t>(std::max<std::int64_t>(most, 1)));
  }

  // All but the last `kept` boxes that were written.
  void let_targets_go(std::size_t kept) {
    while (true) {
      array behind;
      {
        const std::lock_guard lock(written_mutex_);
        if (written_.size() <= kept) return;
        behind = std::move(written_.front());
        written_.pop_front();
      }
      for_each_target_run(behind, [this](std::uint64_t offset, std::uint64_t bytes) {
        to_pages_.let_go(offset, bytes);
      });
    }
  }

  const array& from_;
  const array& to_;
  new_array* file_;
  const fault_guard source_;
  const fault_guard target_;
  convert_options values_;
  const pass_options& how_;
  int threads_;
  std::int64_t budget_;
  box_plan boxes_;
  buffer_pool buffers_;
  page_cache from_pages_;
  page_cache to_pages_;
  bool is_bounded_ = false;  // both files together are larger than the budget
  std::mutex progress_mutex_;
  std::int64_t done_ = 0;
  std::mutex written_mutex_;
  std::deque<array> written_;  // boxes that may still be on their way to the disk
};

}  // namespace

void convert(const array& from, const array& to, const convert_options& values,
             const pass_options& how) {
  pass(from, to, nullptr, values, how).run();
}

void convert(const array& from, new_array& to, const convert_options& values,
             const pass_options& how) {
  pass(from, to.elements(), &to, values, how).run();
}

std::string explain(const layout& from, const layout& to, std::uint64_t to_offset,
                    const pass_options& how) {
  const auto offset = static_cast<std::int64_t>(to_offset);
  return plan_text(from, to, boxes_for(from, to, offset, bounded(how.memory_bytes)));
}

}  // namespace quarry
