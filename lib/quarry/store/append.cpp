#include "quarry/store/append.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "quarry/array/dtype_text.hpp"
#include "quarry/array/growth.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/kernels/convert.hpp"
#include "quarry/map/fault_guard.hpp"
#include "quarry/map/page_cache.hpp"
#include "quarry/map/process_limits.hpp"
#include "quarry/store/growing_array.hpp"

namespace quarry {
namespace {

using detail::growing_array;

void require_rows_of(const array_info& what, const growth& along, const array& rows) {
  if (!can_cast(rows.type(), what.type, casting::equiv)) {
    throw error(errc::type_mismatch, concat("rows of ", to_string(rows.type()),
                                            " cannot be appended to ", to_string(what.type)));
  }
  const layout& where = rows.where();
  bool fits = where.rank() == what.where.rank();
  for (int axis = 0; fits && axis < where.rank(); ++axis) {
    fits = axis == along.axis || where.extent(axis) == what.where.extent(axis);
  }
  if (fits) return;
  throw error(errc::shape_mismatch,
              concat("rows of shape ", tuple_text(where.shape()), " cannot be appended to shape ",
                     tuple_text(what.where.shape()), " along axis ", along.axis));
}

// Parts of at most `most_bytes` (or of one element) in the order of the file.
template <class Use>
// NOLINTNEXTLINE(misc-no-recursion): as deep as the array has axes
void for_each_piece(const array& from, memory_order order, std::size_t most_bytes, const Use& use) {
  const auto bytes = static_cast<std::size_t>(from.size_bytes());
  if (from.rank() == 0 || bytes <= most_bytes) {
    use(from);
    return;
  }
  const std::int64_t extent = from.where().extent(order == memory_order::c ? 0 : from.rank() - 1);
  const auto fitting = most_bytes / (bytes / static_cast<std::size_t>(extent));
  const std::int64_t step = std::max<std::int64_t>(1, static_cast<std::int64_t>(fitting));
  for (std::int64_t i = 0; i < extent; i += step) {
    const index_entry rows = step == 1 ? index_entry(i) : index_entry(range{i, i + step});
    const array part = order == memory_order::c ? from.slice({rows}) : from.slice({ellipsis, rows});
    for_each_piece(part, order, most_bytes, use);
  }
}

constexpr std::uint64_t most_piece_bytes = 64 << 20U;

// Elements one after another in that order lie one behind another, with gaps or without.
bool is_in_order(const layout& where, memory_order order) {
  std::uint64_t outer = ~std::uint64_t{0};
  for (int i = 0; i < where.rank(); ++i) {
    const int axis = order == memory_order::c ? i : where.rank() - 1 - i;
    if (where.extent(axis) <= 1) continue;
    const auto step = static_cast<std::uint64_t>(std::abs(where.stride(axis)));
    if (step > outer) return false;
    outer = step;
  }
  return true;
}

// The pages of what rows are read from, which are let go of before they are more than may stay. What
// is read row by row out of order touches whole pages, and the same ones again.
class source_pages {
 public:
  explicit source_pages(std::uint64_t most_bytes) noexcept : most_bytes_(most_bytes) {}

  /// `rows` were read.
  void note(const array& rows) {
    const std::shared_ptr<const region>& memory = rows.memory();
    if (memory->path.empty()) return;
    if (memory_.lock() != memory) turn_to(memory);
    const byte_range extent = rows.where().extent_bytes();
    const auto begin = static_cast<std::uint64_t>(rows.data() - memory->data + extent.begin);
    const auto bytes = static_cast<std::uint64_t>(extent.end - extent.begin);
    begin_ = std::min(begin_, begin);
    end_ = std::max(end_, begin + bytes);
    read_bytes_ += std::min(bytes, static_cast<std::uint64_t>(rows.size()) * page_bytes());
    if (kept_bytes_ + resident_bytes() > most_bytes_) let_go(memory);
  }

 private:
  std::uint64_t resident_bytes() const noexcept {
    return std::min(read_bytes_, end_ - std::min(begin_, end_));
  }

  void let_go(const std::shared_ptr<const region>& memory) noexcept {
    page_cache(memory).let_go(begin_, end_ - begin_);
    forget();
  }

  void forget() noexcept {
    begin_ = ~std::uint64_t{0};
    end_ = 0;
    read_bytes_ = 0;
  }

  // Small files stay, as long as half of the room is left.
  void turn_to(const std::shared_ptr<const region>& memory) {
    const auto before = memory_.lock();
    if (before && kept_bytes_ + resident_bytes() > most_bytes_ / 2) {
      let_go(before);
    } else if (before) {
      kept_bytes_ += resident_bytes();
    }
    forget();
    memory_ = memory;
  }

  std::uint64_t most_bytes_;
  std::weak_ptr<const region> memory_{};  // read last; whose it is may close it
  std::uint64_t kept_bytes_ = 0;          // of those before
  std::uint64_t begin_ = ~std::uint64_t{0};  // of what was read since pages were let go of
  std::uint64_t end_ = 0;
  std::uint64_t read_bytes_ = 0;
};

}  // namespace

class appender::state {
 public:
  state(const std::filesystem::path& path, std::span<const format> table,
        const append_options& options)
      : path_(path),
        table_(table),
        options_(options),
        file_(std::make_unique<growing_array>(growing_file(path, options.lock_wait), table,
                                              options.sync)),
        pages_(options.memory_bytes / 2) {
    options_.buffer_bytes = std::max<std::size_t>(options_.buffer_bytes, 1);
  }

  const growing_array& file() const noexcept { return *file_; }
  std::int64_t pending() const noexcept { return pending_; }
  bool rewrote() const noexcept { return rewrote_; }

  void require_fitting(const array& rows) const {
    about(path_, [&] { require_rows_of(file_->info(), file_->along(), rows); });
  }

  void append(const array& rows) {
    require_fitting(rows);
    about(path_, [&] { append_fitting(rows); });
  }

  std::int64_t commit() {
    if (pending_ == 0) return file_->rows();
    about(path_, [&] {
      flush();
      file_->commit(file_->rows() + pending_);
    });
    pending_ = 0;
    return file_->rows();
  }

 private:
  void append_fitting(const array& rows) {
    const std::int64_t count = rows.where().extent(file_->along().axis);
    if (count == 0) return;
    const std::int64_t total = checked::add(file_->rows() + pending_, count, "the number of rows");
    with_rows(file_->info().where, file_->along(), total);
    begin();
    const auto bytes = static_cast<std::size_t>(rows.size_bytes());
    if (buffer_.size() + bytes > options_.buffer_bytes) flush();
    if (bytes > options_.buffer_bytes) {
      put_in_pieces(rows);
    } else {
      gather(rows);
    }
    pending_ += count;
  }

  void begin() {
    if (file_->begin()) return;
    // The new one is locked before the old one is let go.
    file_ =
        std::make_unique<growing_array>(file_->rewrite(table_, options_), table_, options_.sync);
    rewrote_ = true;
    if (file_->begin()) return;
    throw error(errc::unsupported, "its header has no room for more rows", path_);
  }

  void flush() {
    file_->put(buffer_);
    buffer_.clear();
  }

  void store(const array& rows, std::span<std::byte> to) const {
    const dtype& type = file_->info().type;
    const memory_order order = file_->along().order;
    if (rows.type() == type && rows.where().is_contiguous(order)) {
      std::copy_n(rows.data(), to.size(), to.data());
      return;
    }
    const layout where = layout::contiguous(rows.shape(), type.item_bytes(), order);
    convert(rows, array::over(to, type, where),
            {.rule = casting::equiv, .threads = options_.threads});
  }

  // Behind what is in the buffer, as the bytes are to lie in the file.
  void gather(const array& rows) {
    const std::size_t before = buffer_.size();
    buffer_.resize(before + static_cast<std::size_t>(rows.size_bytes()));
    try {
      const fault_guard guard(*rows.memory());
      store(rows, std::span(buffer_).subspan(before));
      guard.check();
    } catch (...) {
      buffer_.resize(before);
      throw;
    }
    pages_.note(rows);
  }

  // Pieces of an array in another order each touch the pages of many: few large ones read them
  // seldom.
  std::size_t piece_bytes(const array& rows) const noexcept {
    if (is_in_order(rows.where(), file_->along().order)) return options_.buffer_bytes;
    return std::max(options_.buffer_bytes,
                    static_cast<std::size_t>(std::min(options_.memory_bytes / 4, most_piece_bytes)));
  }

  // All of it or nothing. Precondition: the buffer is empty.
  void put_in_pieces(const array& rows) {
    const std::uint64_t before = file_->end();
    try {
      file_->reserve(static_cast<std::uint64_t>(rows.size_bytes()));
      for_each_piece(rows, file_->along().order, piece_bytes(rows), [&](const array& piece) {
        gather(piece);
        flush();
        detail::tell(options_, file_->end() - before,
                     static_cast<std::uint64_t>(rows.size_bytes()));
      });
    } catch (...) {
      buffer_ = std::vector<std::byte>();
      file_->cut_back(before);
      throw;
    }
    buffer_ = std::vector<std::byte>();  // pieces may have been large ones
  }

  std::filesystem::path path_;
  std::span<const format> table_;
  append_options options_;
  std::unique_ptr<growing_array> file_;
  std::vector<std::byte> buffer_;
  std::int64_t pending_ = 0;
  source_pages pages_;
  bool rewrote_ = false;
};

appender::appender(std::unique_ptr<state> s) noexcept : state_(std::move(s)) {}
appender::appender(appender&&) noexcept = default;
appender& appender::operator=(appender&&) noexcept = default;
appender::~appender() = default;

appender appender::open(const std::filesystem::path& path, std::span<const format> table,
                        const append_options& options) {
  return appender(std::make_unique<state>(path, table, options));
}

const dtype& appender::type() const noexcept { return state_->file().info().type; }
const layout& appender::where() const noexcept { return state_->file().info().where; }
int appender::axis() const noexcept { return state_->file().along().axis; }
std::int64_t appender::rows() const noexcept { return state_->file().rows(); }
std::int64_t appender::pending() const noexcept { return state_->pending(); }
bool appender::rewrote() const noexcept { return state_->rewrote(); }
bool appender::poisoned() const noexcept { return state_->file().poisoned(); }
void appender::require_fitting(const array& rows) const { state_->require_fitting(rows); }
void appender::append(const array& rows) { state_->append(rows); }
std::int64_t appender::commit() { return state_->commit(); }

}  // namespace quarry
