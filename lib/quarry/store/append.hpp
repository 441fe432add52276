// append.hpp: rows added to the array of an existing file, committed or never there.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>

#include "quarry/array/array.hpp"
#include "quarry/map/mapping.hpp"
#include "quarry/store/format.hpp"

namespace quarry {

/// How an appender works.
struct append_options {
  /// power_loss: what commit() has returned from is on the disk, and a loss of power at any other
  /// time leaves what was committed before. process_crash promises that of the end of the process
  /// alone, and waits for the disk only where a file is written anew: a loss of power must not take
  /// the old rows, which were on the disk.
  durability sync = durability::process_crash;
  std::chrono::milliseconds lock_wait{0};  ///< for another appender of the file to end
  /// Rows are gathered to so many bytes, at least those of an element, then written; those of an
  /// array in another order than the file's to a quarter of `memory_bytes`, at most 64 MiB.
  std::size_t buffer_bytes = std::size_t{1} << 20U;
  /// Bytes of the pages of appended arrays' files that may stay resident; those of what is read
  /// beyond are let go of.
  std::uint64_t memory_bytes = std::uint64_t{256} << 20U;
  int threads = 0;  ///< as convert_options has it
  /// Called with the bytes of one append() written so far and all of them, where they do not fit
  /// the buffer; and with those of the file where it is written anew. What it throws ends the work.
  std::function<void(std::uint64_t done_bytes, std::uint64_t all_bytes)> progress{};
  std::stop_token stop{};  ///< heard at the same places
};

/// Adds rows to a file that holds one array, where it stands: in C order along the first axis, in
/// Fortran order along the last. Other readers see the rows that are committed and no others: the
/// number of rows in the header is changed when their elements are in the file, by one store within
/// a sector. While it lives no other appender of the file can be made in any process.
///
/// A process that is killed at any time, or an exception, leaves the rows committed so far. Of what
/// was written behind them the next appender gets rid; see docs/decisions/0014-append.md for how it
/// knows that to be its own. Move-only; not thread-safe.
class appender {
 public:
  /// Opens the array of `path` to be added to; the format is recognized as file::open() does.
  /// Throws as that and growing_file do: error(busy) if another process appends to the file, and
  /// error(truncated) if it is shorter than its header says. Throws error(unsupported) if the
  /// format is not one whose files grow, for a file of several arrays, and if bytes follow the data
  /// that no appender left; error(shape_mismatch) for a scalar; error(layout_error) if the array is
  /// not contiguous.
  static appender open(const std::filesystem::path& path, std::span<const format> table,
                       const append_options& options = {});
  appender(appender&&) noexcept;
  appender& operator=(appender&&) noexcept;
  appender(const appender&) = delete;
  appender& operator=(const appender&) = delete;
  /// Drops what is not committed.
  ~appender();

  /// What rows are made of. Valid until the next append(), as where() is.
  const dtype& type() const noexcept;
  /// Of the array with the rows that are committed.
  const layout& where() const noexcept;
  /// The axis that grows.
  int axis() const noexcept;
  /// How many rows are committed.
  std::int64_t rows() const noexcept;
  /// How many have been appended since.
  std::int64_t pending() const noexcept;
  /// True if the file's header had no room for more rows, so that the file was written anew, once,
  /// and replaced: readers that have the old one open keep it.
  bool rewrote() const noexcept;

  /// Throws as append() does for rows of another dtype or shape; touches nothing.
  void require_fitting(const array& rows) const;
  /// Adds the rows of `rows`: an array of the same shape but for the axis that grows, of the same
  /// dtype, in any byte order and with any strides. Throws error(type_mismatch) and
  /// error(shape_mismatch) before the file is touched; error(limit_exceeded); what convert(),
  /// fault_guard::check() and growing_file throw; error(std::errc::operation_canceled) when
  /// stopped. After a failure none of `rows` is pending, and those that were before still are.
  void append(const array& rows);
  /// Shows all pending rows to readers; returns how many rows there are now. Throws as growing_file
  /// does, and error(changed) if the file was removed or replaced; the rows are still pending then,
  /// unless poisoned().
  std::int64_t commit();
  /// True after a failure that leaves unknown what is on the disk: nothing can be added any more.
  bool poisoned() const noexcept;

 private:
  class state;
  explicit appender(std::unique_ptr<state> s) noexcept;
  std::unique_ptr<state> state_;
};

}  // namespace quarry
