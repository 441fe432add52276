// follow.hpp: the rows of an array that others add to, as they are committed.
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <stop_token>
#include <string_view>

#include "quarry/array/array.hpp"
#include "quarry/store/file.hpp"
#include "quarry/store/format.hpp"

namespace quarry {

/// Reads a file that an appender adds rows to. Takes no lock and keeps nobody waiting: what it sees
/// are committed rows, from the first one on, and never fewer than before. A header that is just
/// being changed is looked at again. Each time there are more rows the file is mapped anew; arrays
/// that were handed out before stay what they are.
///
/// The file may be replaced by one that an appender has written anew, of as many rows or more,
/// which is followed then. Move-only; not thread-safe, but the arrays are as arrays are.
class follower {
 public:
  /// Opens the one array of `path` as file::open() does; `name` must be its name, as
  /// file::position_of() takes it, now and whenever the file is looked at. Throws as these do, as
  /// appender::open() for files that cannot grow, and error(invalid_argument) for the options
  /// `strict` and `allow_prefix`, which are about files at rest: rows that are not committed yet are
  /// no fault.
  static follower open(const std::filesystem::path& path, std::span<const format> table,
                       const open_options& options = {}, std::string_view name = {});
  follower(follower&&) noexcept;
  follower& operator=(follower&&) noexcept;
  follower(const follower&) = delete;
  follower& operator=(const follower&) = delete;
  ~follower();

  /// All rows that were committed when last looked at.
  const array& rows() const noexcept;
  /// The axis that grows.
  int axis() const noexcept;
  /// Their number.
  std::int64_t count() const noexcept;

  /// Looks whether there are more; true if rows() has changed. Throws error(changed) if the file is
  /// gone or holds no such array, or has fewer rows, or others in their place: of another dtype or
  /// shape, or with another end (up to 4 KiB are compared); else what the system reports.
  bool refresh();
  /// Waits until there are more, at most for `timeout`, or until `stop` is asked for. Returns and
  /// throws as refresh() does. See file_watch for what is heard at once, and
  /// what is seen at the end of `timeout` only.
  bool wait(std::chrono::milliseconds timeout, const std::stop_token& stop = {});

 private:
  struct state;
  explicit follower(std::unique_ptr<state> s) noexcept;
  std::unique_ptr<state> state_;
};

}  // namespace quarry
