#include "quarry/store/pass.hpp"

#include <algorithm>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "quarry/base/error.hpp"
#include "quarry/kernels/blocks.hpp"
#include "quarry/kernels/element_cast.hpp"
#include "quarry/kernels/runs.hpp"
#include "quarry/kernels/tasks.hpp"
#include "quarry/map/fault_guard.hpp"
#include "quarry/map/mapping.hpp"
#include "quarry/map/process_limits.hpp"
#include "quarry/store/pass_boxes.hpp"
#include "quarry/store/pass_pages.hpp"

namespace quarry {
namespace {

// Memory for a box.
struct buffer {
  std::vector<std::byte> memory;
  std::span<std::byte> bytes;
};

// Buffers for the boxes at work, reused from box to box.
class buffer_pool {
 public:
  explicit buffer_pool(std::int64_t bytes)
      : bytes_(static_cast<std::size_t>(bytes)), page_(static_cast<std::size_t>(page_bytes())) {}

  /// One that lies in its page as byte `offset` of a file does in its: what direct reads and writes
  /// want.
  buffer take(std::int64_t offset) {
    buffer out;
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        out.memory = std::move(free_.back());
        free_.pop_back();
      }
    }
    if (out.memory.empty()) out.memory.resize(bytes_ + page_);
    const auto wanted = static_cast<std::size_t>(offset) % page_;
    const auto there = reinterpret_cast<std::uintptr_t>(out.memory.data()) % page_;
    out.bytes = std::span(out.memory).subspan((page_ + wanted - there) % page_, bytes_);
    return out;
  }

  void give_back(buffer used) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(used.memory));
  }

 private:
  std::size_t bytes_;
  std::size_t page_;
  std::mutex mutex_;
  std::vector<std::vector<std::byte>> free_;
};

std::int64_t page() noexcept { return static_cast<std::int64_t>(page_bytes()); }

// Where element [0, ..., 0] lies in the file.
std::int64_t offset_in_file(const array& part) noexcept {
  return part.data() - part.memory()->data;
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
        boxes_(make_boxes()),
        buffers_(boxes_.largest_bytes()),
        read_buffers_(is_mapped(*from.memory()) ? 0 : bytes_to_read()),
        pages_(from, to, boxes_, detail::bounded(how.memory_bytes),
               file != nullptr ? file->pages() : page_cache(to.memory())),
        in_place_(is_stored_in_place()) {
    values_.threads = 1;  // boxes are the threads' shares
  }

  void run() {
    if (boxes_.count() == 0) {
      // Nothing but the rules.
      convert(from_, array::zeros(to_.type(), to_.shape()), values_);
      return;
    }
    for (std::int64_t i = 0; i < threads_; ++i) pages_.announce(i);
    run_in_order(boxes_.count(), threads_, [this](std::int64_t i) { run_box(i); });
    pages_.leave_all();
    verify_files();
  }

 private:
  // Shapes first: boxes would name their own, and some of them would fit.
  box_plan make_boxes() const {
    require_same_shape(from_, to_, values_.first_index);
    return detail::boxes_for(from_.where(), to_.where(), offset_in_file(to_),
                             detail::bounded(how_.memory_bytes));
  }

  void run_box(std::int64_t i) {
    if (how_.stop.stop_requested()) {
      throw error(std::make_error_code(std::errc::operation_canceled), "stopped");
    }
    pages_.announce(i + threads_);
    const box here = boxes_[i];
    const array from = detail::part_of(from_, here);
    const array to = detail::part_of(to_, here);
    try {
      if (is_mapped(*from_.memory())) {
        store_box(from, to, here);
      } else {
        read_and_store(from, to, here);
      }
    } catch (...) {
      check();  // zeros in the place of lost bytes may be no values: the loss is what went wrong
      throw;
    }
    check();
    pages_.leave(from, to);
    tell_progress(to.size_bytes());
  }

  void check() const {
    source_.check();
    target_.check();
  }

  // What raised no signal: bytes that somebody else changed, an end cut within its page.
  void verify_files() const {
    const region& from = *from_.memory();
    const region& to = *to_.memory();
    const bool is_stored_to = from.device == to.device && from.inode == to.inode;
    if (!is_stored_to) verify_unchanged(from);
    if (to.shared_file) verify_unchanged(to);
  }

  // By way of the mapping. What is turned would be written in short runs, from buffers that it had
  // to be put together in; but pages that are stored into can be let go of only by writing them.
  bool is_stored_in_place() const {
    if (file_ == nullptr || file_->io() == io_method::mmap) return true;
    const bool may_choose = file_->io() == io_method::automatic && is_mapped(*to_.memory());
    return may_choose && !pages_.is_bounded() && pair_walk(from_.where(), to_.where()).is_tiled();
  }

  std::int64_t bytes_to_read() const {
    const layout largest =
        layout::strided(boxes_.extents(), from_.where().strides(), from_.where().item_bytes());
    return gathered_as(largest, page()).size_bytes;
  }

  void read_and_store(const array& from, const array& to, const box& here) {
    const region& memory = *from.memory();
    const std::int64_t start = offset_in_file(from);
    const gathered_runs read = gathered_as(from.where(), page());
    buffer room = read_buffers_.take(start + from.where().extent_bytes().begin);
    std::span<std::byte> rest = room.bytes;
    for_each_run(from.where(), page(), [&](std::int64_t offset, std::int64_t bytes) {
      const auto size = static_cast<std::size_t>(bytes);
      read_bytes(memory, static_cast<std::uint64_t>(start + offset), rest.first(size));
      rest = rest.subspan(size);
    });
    const std::span<const std::byte> bytes = room.bytes;
    about(memory.path, [&] {
      store_box(array::over(bytes, from.type(), read.where, read.offset_bytes), to, here);
    });
    read_buffers_.give_back(std::move(room));
  }

  void store_box(const array& from, const array& to, const box& here) {
    if (in_place_) {
      convert_box(from, to, here);
    } else if (is_plain(from, to)) {
      write_plain(from, to, here);
    } else {
      convert_and_write(from, to, here);
    }
  }

  void write_plain(const array& from, const array& to, const box& here) {
    const std::int64_t start = offset_in_file(to);
    const std::int64_t from_start = offset_in_file(from);
    try {
      for_each_shared_run(to.where(), from.where(),
                          [&](std::int64_t to_offset, std::int64_t offset, std::int64_t bytes) {
                            copy_run(start + to_offset, *from.memory(), from_start + offset, bytes);
                          });
    } catch (const error& failure) {
      // So the system says of lost pages, whose guard must meet them to know.
      if (failure.code() != std::errc::bad_address) throw;
      convert_and_write(from, to, here);
    }
  }

  void copy_run(std::int64_t offset, const region& from, std::int64_t from_offset,
                std::int64_t bytes) {
    const auto at = static_cast<std::uint64_t>(offset);
    const auto from_at = static_cast<std::uint64_t>(from_offset);
    const auto size = static_cast<std::size_t>(bytes);
    if (file_->copy(at, from, from_at, size)) return;
    const bool may_read = file_->io() == io_method::automatic && &from == from_.memory().get();
    if (may_read && copy_through_buffer(at, from_at, size)) return;
    file_->write(at, {from.data + from_offset, size});
  }

  // Costs less than to enter the pages of the mapping into its table. False if a piece could not be
  // read: the mapping tells why.
  bool copy_through_buffer(std::uint64_t offset, std::uint64_t from_offset, std::size_t bytes) {
    constexpr std::size_t in_cache_bytes = std::size_t{256} << 10U;
    buffer room = buffers_.take(0);
    const std::span<std::byte> space =
        room.bytes.first(std::min(room.bytes.size(), in_cache_bytes));
    std::size_t done = 0;
    while (done < bytes) {
      const auto piece = space.first(std::min(bytes - done, space.size()));
      if (!pages_.read(from_offset + done, piece)) break;
      file_->write(offset + done, piece);
      done += piece.size();
    }
    buffers_.give_back(std::move(room));
    return done == bytes;
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
    const layout packed = packed_as(to.where());
    buffer room = buffers_.take(offset_in_file(to) + to.where().extent_bytes().begin);
    // Padding of records is nobody's to store, and zero in a new file.
    if (to.type().is_record()) std::ranges::fill(room.bytes, std::byte{});
    convert_box(from, array::over(room.bytes, to.type(), packed), here);
    write_runs(to, room.bytes.data(), packed);
    buffers_.give_back(std::move(room));
  }

  // True if the bytes of the source are what the file is to hold, in runs worth a call each.
  bool is_plain(const array& from, const array& to) const {
    if (from.type() != to.type() || is_scaled(values_)) return false;
    const std::int64_t run = shared_run_bytes(to.where(), from.where());
    return run >= 4 * page() || run == to.size_bytes();
  }

  // Writes the elements of `to`, which lie in a buffer as `where` says.
  void write_runs(const array& to, const std::byte* data, const layout& where) const {
    const std::int64_t start = offset_in_file(to);
    for_each_shared_run(to.where(), where,
                        [&](std::int64_t to_offset, std::int64_t offset, std::int64_t bytes) {
                          file_->write(static_cast<std::uint64_t>(start + to_offset),
                                       {data + offset, static_cast<std::size_t>(bytes)});
                        });
  }

  void tell_progress(std::int64_t bytes) {
    const std::lock_guard lock(progress_mutex_);
    done_ += bytes;
    if (how_.progress) {
      how_.progress(static_cast<std::uint64_t>(done_),
                    static_cast<std::uint64_t>(to_.size_bytes()));
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
  box_plan boxes_;
  buffer_pool buffers_;       // of what is written
  buffer_pool read_buffers_;  // of what is read, where it is not mapped
  detail::pass_pages pages_;
  bool in_place_;
  std::mutex progress_mutex_;
  std::int64_t done_ = 0;
};

}  // namespace

void convert(const array& from, const array& to, const convert_options& values,
             const pass_options& how) {
  pass(from, to, nullptr, values, how).run();
}

void convert(const array& from, new_array& to, const convert_options& values,
             const pass_options& how) {
  convert(from, to, to.elements(), values, how);
}

void convert(const array& from, new_array& to, const array& part, const convert_options& values,
             const pass_options& how) {
  pass(from, part, &to, values, how).run();
}

std::string explain(const layout& from, const layout& to, std::uint64_t to_offset,
                    const pass_options& how) {
  const auto offset = static_cast<std::int64_t>(to_offset);
  return plan_text(from, to,
                   detail::boxes_for(from, to, offset, detail::bounded(how.memory_bytes)));
}

}  // namespace quarry
