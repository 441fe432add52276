#include "quarry/share/writers.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "quarry/base/deadline.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/machine.hpp"
#include "quarry/share/segment_state.hpp"

namespace quarry::share {
namespace detail {

/// The writer's lock. It is that of a file opened for it alone, so that it and the pins of readers
/// exclude each other within a process too.
class lease {
 public:
  lease(std::shared_ptr<segment_state> of, shared_file file)
      : of_(std::move(of)), file_(std::move(file)), is_taken_(of_->header().slots) {}
  lease(const lease&) = delete;
  lease& operator=(const lease&) = delete;
  ~lease() { file_.release(lease_lock); }

  segment_state& segment() const noexcept { return *of_; }
  const shared_file& file() const noexcept { return file_; }

  /// Owns a slot that nobody reads, and that is not the latest; nothing if there is none.
  std::optional<std::uint32_t> take_slot();
  /// Lets others read a slot that was taken: for any thread, and for none in a forked child, where
  /// the mutex may be that of a thread which is not there.
  void give_back(std::uint32_t slot) noexcept {
    if (!file_.is_own()) return;
    const std::lock_guard lock(mutex_);
    file_.release(first_pin_lock + slot);
    is_taken_[slot] = false;
  }

 private:
  std::shared_ptr<segment_state> of_;
  shared_file file_;
  std::mutex mutex_;
  std::vector<bool> is_taken_;  // per slot: a file's locks do not exclude its own
};

std::optional<std::uint32_t> lease::take_slot() {
  const std::uint64_t latest = of_->control().latest.load(std::memory_order_relaxed);
  const std::uint32_t last = checked_slot(latest & 0xFFU, of_->file(), of_->header());
  const bool is_first = latest == 0;
  const std::uint32_t slots = of_->header().slots;
  const std::lock_guard lock(mutex_);
  for (std::uint32_t step = is_first ? 0 : 1; step < slots; ++step) {
    const std::uint32_t slot = (last + step) % slots;
    if (is_taken_[slot] || !file_.try_own(first_pin_lock + slot)) continue;
    is_taken_[slot] = true;
    return slot;
  }
  return std::nullopt;
}

/// A slot that was taken, until it is given back or nobody has its elements any more.
class taken_slot {
 public:
  taken_slot(std::shared_ptr<lease> by, std::uint32_t number) noexcept
      : memory_(by->segment().memory()), lease_(std::move(by)), number_(number) {}
  taken_slot(const taken_slot&) = delete;
  taken_slot& operator=(const taken_slot&) = delete;
  ~taken_slot() { give_back(); }

  std::uint32_t number() const noexcept { return number_; }
  segment_state& segment() const noexcept { return lease_->segment(); }
  /// Lets others read it; the lease, if that was not done before.
  std::shared_ptr<lease> give_back() noexcept {
    if (lease_) lease_->give_back(number_);
    return std::exchange(lease_, nullptr);
  }

 private:
  std::shared_ptr<const region> memory_;
  std::shared_ptr<lease> lease_;  // null when given back
  std::uint32_t number_;
};

}  // namespace detail

namespace {

using detail::guarded;
using detail::lease;
using detail::segment_state;
using detail::taken_slot;
using shared_state = std::shared_ptr<segment_state>;

template <class Right>
Right& held(const std::shared_ptr<Right>& by) {
  if (!by) throw error(errc::invalid_argument, "committed before, or moved from");
  return *by;
}

std::shared_ptr<lease> leased(const shared_state& state, segment_kind kind,
                              std::chrono::nanoseconds wait) {
  if (state->header().kind != kind) {
    throw error(errc::unsupported, concat("the segment is of the kind ",
                                          name_of(state->header().kind), ", not ", name_of(kind)));
  }
  if (state->file().mode() != access::read_write) {
    throw error(errc::read_only, "attached read-only");
  }
  shared_file file = state->file().reopened();
  const deadline until(wait);
  while (!file.try_own(detail::lease_lock)) {
    if (until.is_over()) {
      throw error(errc::busy, concat("process ", state->control().writer.load(), " writes to it"));
    }
    until.pause();
  }
  state->control().writer.store(process_id());
  return std::make_shared<lease>(state, std::move(file));
}

}  // namespace

slot_writer segment::write(std::chrono::nanoseconds wait) const {
  return guarded(attached(),
                 [&] { return slot_writer(leased(state_, segment_kind::slots, wait)); });
}

row_writer segment::extend(std::chrono::nanoseconds wait) const {
  return guarded(attached(),
                 [&] { return row_writer(leased(state_, segment_kind::append, wait)); });
}

slot::slot(std::shared_ptr<taken_slot> taken, array elements) noexcept
    : taken_(std::move(taken)), elements_(std::move(elements)) {}

// Readers can hold the slot before it is the latest: nothing of it changes any more. The lease is
// given back last: the next writer goes on from what is the latest then.
std::uint64_t slot::commit() {
  const segment_state& state = held(taken_).segment();
  std::shared_ptr<lease> by;
  array none;  // made before, for nothing may fail behind the store that publishes
  return guarded(state, [&] {
    detail::require_name(state.file());
    detail::control_block& control = state.control();
    const std::uint32_t number = taken_->number();
    const std::uint64_t version = (control.latest.load(std::memory_order_relaxed) >> 8U) + 1;
    state.head(number).version.store(version, std::memory_order_release);
    by = taken_->give_back();
    control.latest.store(version << 8U | number, std::memory_order_release);
    state.wake();
    elements_ = std::move(none);
    taken_.reset();
    return version;
  });
}

slot_writer::slot_writer(std::shared_ptr<lease> by) noexcept : lease_(std::move(by)) {}

slot slot_writer::begin(std::span<const std::int64_t> shape, std::chrono::nanoseconds wait) {
  lease& by = held(lease_);
  const segment_state& state = by.segment();
  const segment_header& header = state.header();
  return guarded(state, [&] {
    const layout where = header.layout_of(shape);
    const deadline until(wait);
    std::optional<std::uint32_t> number;
    while (true) {
      detail::require_name(by.file());
      number = by.take_slot();
      if (number) break;
      if (until.is_over()) {
        throw error(errc::busy, concat("readers hold all of the ", header.slots,
                                       " slots but that of the latest version"));
      }
      until.pause();
    }
    const auto taken = std::make_shared<taken_slot>(lease_, *number);
    detail::slot_head& head = state.head(*number);
    head.version.store(0, std::memory_order_relaxed);
    std::ranges::copy(shape, std::begin(head.shape));
    return slot(taken, array::over(std::shared_ptr<const region>(taken, state.memory().get()),
                                   header.type, where,
                                   static_cast<std::int64_t>(header.elements_offset(*number))));
  });
}

slot slot_writer::begin(std::chrono::nanoseconds wait) {
  return begin(held(lease_).segment().header().max_shape, wait);
}

row_writer::row_writer(std::shared_ptr<lease> by) noexcept : lease_(std::move(by)) {}

std::int64_t row_writer::rows() const {
  const segment_state& state = held(lease_).segment();
  return guarded(state, [&] {
    return static_cast<std::int64_t>(state.control().latest.load(std::memory_order_relaxed));
  });
}

array row_writer::room(std::int64_t rows) const {
  const segment_state& state = held(lease_).segment();
  const segment_header& header = state.header();
  const std::int64_t there = this->rows();
  return guarded(state, [&] {
    detail::require_name(state.file());
    const std::int64_t most = header.max_shape.front();
    if (rows < 0 || there < 0 || there > most || rows > most - there) {
      throw error(errc::limit_exceeded,
                  concat("no room for ", rows, " rows: ", there, " of ", most, " are there"));
    }
    std::vector<std::int64_t> shape = header.max_shape;
    shape.front() = there;
    const std::int64_t taken = header.layout_of(shape).size_bytes();
    shape.front() = rows;
    return array::over(std::shared_ptr<const region>(lease_, state.memory().get()), header.type,
                       header.layout_of(shape),
                       static_cast<std::int64_t>(header.data_offset) + taken);
  });
}

std::uint64_t row_writer::commit(std::int64_t rows) {
  room(rows);
  const segment_state& state = held(lease_).segment();
  return guarded(state, [&] {
    detail::control_block& control = state.control();
    const std::uint64_t all =
        control.latest.load(std::memory_order_relaxed) + static_cast<std::uint64_t>(rows);
    control.latest.store(all, std::memory_order_release);
    state.wake();
    return all;
  });
}

}  // namespace quarry::share
