#include "quarry/store/pass_pages.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "quarry/kernels/runs.hpp"
#include "quarry/map/process_limits.hpp"
#include "quarry/store/pass_boxes.hpp"

namespace quarry::detail {
namespace {

// What Linux takes with a page of a mapped file that is missed.
constexpr std::int64_t read_around_bytes = std::int64_t{128} << 10U;

// Calls use(offset in the file, bytes) for the runs of one side's part.
template <class Use>
void for_each_file_run(const array& part, const Use& use) {
  const std::int64_t start = part.data() - part.memory()->data;
  for_each_run(part.where(), static_cast<std::int64_t>(page_bytes()),
               [&](std::int64_t offset, std::int64_t bytes) {
                 use(static_cast<std::uint64_t>(start + offset), static_cast<std::uint64_t>(bytes));
               });
}

}  // namespace

array part_of(const array& whole, const box& taken) {
  std::vector<index_entry> index;
  for (std::size_t axis = 0; axis < taken.first.size(); ++axis) {
    index.emplace_back(range{taken.first[axis], taken.first[axis] + taken.extents[axis]});
  }
  return whole.slice(index);
}

pass_pages::pass_pages(const array& from, const array& to, const box_plan& boxes,
                       std::int64_t budget_bytes, page_cache to_pages)
    : from_(from),
      boxes_(boxes),
      budget_bytes_(budget_bytes),
      from_pages_(from.memory()),
      to_pages_(std::move(to_pages)),
      is_bounded_(touched_page_bytes(from.where()) + touched_page_bytes(to.where()) >
                  budget_bytes) {
  if (!is_bounded_) return;
  // What is read ahead is said here, for the system would take more than fits.
  from_pages_.expect_scattered_reads();
  // It would read around the pages of short runs, too, when they are stored into.
  if (boxes.to_run_bytes() < read_around_bytes) to_pages_.expect_scattered_reads();
}

// The runs of the target count as one where the pages between them are nobody's or those of boxes
// that are still to be written, which neither advice does harm.
template <class Use>
void pass_pages::for_each_target_run(const array& part, const Use& use) const {
  if (!boxes_.keeps_grains_apart()) {
    for_each_file_run(part, use);
    return;
  }
  const byte_range touched = part.origin().touched;
  use(static_cast<std::uint64_t>(touched.begin),
      static_cast<std::uint64_t>(touched.end - touched.begin));
}

void pass_pages::announce(std::int64_t i) const {
  if (i >= boxes_.count()) return;
  for_each_file_run(part_of(from_, boxes_[i]), [this](std::uint64_t offset, std::uint64_t bytes) {
    from_pages_.read_ahead(offset, bytes);
  });
}

// What was written goes when as much as the budget allows is on its way to the disk: by then the
// next boxes have filled the pages that they share with it.
void pass_pages::leave(const array& from, const array& to) {
  if (!is_bounded_) return;
  for_each_file_run(from, [this](std::uint64_t offset, std::uint64_t bytes) {
    from_pages_.let_go(offset, bytes);
  });
  for_each_target_run(to, [this](std::uint64_t offset, std::uint64_t bytes) {
    to_pages_.write_back(offset, bytes);
  });
  {
    const std::lock_guard lock(mutex_);
    written_.push_back(to);
  }
  const std::int64_t most = budget_bytes_ / 4 / std::max<std::int64_t>(to.size_bytes(), 1);
  let_targets_go(static_cast<std::size_t>(std::max<std::int64_t>(most, 1)));
}

void pass_pages::leave_all() { let_targets_go(0); }

// All but the last `kept` boxes that were written.
void pass_pages::let_targets_go(std::size_t kept) {
  while (true) {
    array behind;
    {
      const std::lock_guard lock(mutex_);
      if (written_.size() <= kept) return;
      behind = std::move(written_.front());
      written_.pop_front();
    }
    for_each_target_run(behind, [this](std::uint64_t offset, std::uint64_t bytes) {
      to_pages_.let_go(offset, bytes);
    });
  }
}

}  // namespace quarry::detail
