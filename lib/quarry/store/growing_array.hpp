// growing_array.hpp: a file that holds one array, as header, committed rows and what comes behind
// them; internal to this room. The order of its writes is what append.hpp promises.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "quarry/array/growth.hpp"
#include "quarry/map/growing_file.hpp"
#include "quarry/store/append.hpp"
#include "quarry/store/file.hpp"
#include "quarry/store/format.hpp"

namespace quarry::detail {

/// The row of `table` by which `of` was opened. Throws error(unsupported) unless its files grow.
const format& growing_format(const file& of, std::span<const format> table);

/// The array of a file that holds one. Throws error(unsupported) of another number of them.
const array_info& only_array(const catalog& contents);

/// growth_of(). Throws error(shape_mismatch) for a scalar, error(layout_error) where there is none.
growth required_growth(const layout& where);

/// Tells how far the work is. Throws error(std::errc::operation_canceled) if it is to stop.
void tell(const append_options& options, std::uint64_t done_bytes, std::uint64_t all_bytes);

/// The array of a file, locked against other appenders. Bytes of rows are put behind those that are
/// there; commit() makes the header count them. Not movable; not thread-safe.
class growing_array {
 public:
  /// The array of `file`. Throws as appender::open() does. Cuts off what an appender has left that
  /// did not end well; its mark goes with this object.
  growing_array(growing_file file, std::span<const format> table, durability sync);
  growing_array(const growing_array&) = delete;
  growing_array& operator=(const growing_array&) = delete;
  /// Cuts off what is not committed, but in a forked child, where nothing is ours.
  ~growing_array();

  const array_info& info() const noexcept { return info_; }
  const growth& along() const noexcept { return along_; }
  std::int64_t rows() const noexcept { return info_.where.extent(along_.axis); }
  bool poisoned() const noexcept { return file_.poisoned(); }

  /// Marks the header: from now on bytes behind the rows are an appender's. False, and nothing has
  /// happened, if the header has no room. Does nothing the second time.
  bool begin();
  /// The file's end, committed or not.
  std::uint64_t end() const noexcept { return end_; }
  /// Reserves disk space behind the end.
  void reserve(std::uint64_t bytes);
  /// Adds bytes behind the end: all of them, or none and an error. Precondition: begin().
  void put(std::span<const std::byte> bytes);
  /// Takes away what was put behind `end`, which end() was before. If that fails, what comes next
  /// is written over it, and the destructor tries again.
  void cut_back(std::uint64_t end) noexcept;
  /// Has the header say `rows`, whose bytes were put. Throws error(changed) if no name leads to the
  /// file any more. Precondition: begin().
  void commit(std::int64_t rows);

  /// Writes the file anew with room in its header, and replaces it; returns the new one, which was
  /// locked before it had its name. This one stays the old file.
  growing_file rewrite(std::span<const format> table, const append_options& options) const;

 private:
  bool is_open() const noexcept { return field_ && field_->is_open; }
  std::uint64_t committed_end() const noexcept;
  void drop_tail();
  bool describes(std::span<const std::byte> header, const layout& where,
                 std::uint64_t offset_bytes) const;
  std::optional<patch> change_to(const layout& where, bool is_open) const;
  void store(const patch& change);
  void settle();
  void reserve_to(std::uint64_t end);

  growing_file file_;
  durability sync_;
  const format* format_ = nullptr;  // a row of the table
  array_info info_;
  growth along_{};
  std::vector<std::byte> header_;  // as the file has it
  std::optional<row_field> field_;  // in it
  std::uint64_t end_ = 0;
  std::uint64_t reserved_end_ = 0;
  bool has_begun_ = false;
  bool was_cut_ = false;  // a tail; the disk may not know yet
};

}  // namespace quarry::detail
