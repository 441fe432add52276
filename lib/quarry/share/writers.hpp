// writers.hpp: how versions, or rows, get into a segment.
// There is one writer of a segment at a time: a lease that the kernel takes back when its process
// dies. The next writer goes on from what was published last; what was half written then was never
// to be seen.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>

#include "quarry/array/array.hpp"
#include "quarry/share/segment.hpp"

namespace quarry::share {

namespace detail {
class lease;
class taken_slot;
}

/// Room for one version. Gone without a trace when it is destroyed before commit(), with all that
/// was made of its elements. Move-only; not thread-safe, but disjoint parts of the elements may be
/// stored into by several threads.
class slot {
 public:
  slot(slot&&) noexcept = default;
  slot& operator=(slot&&) noexcept = default;

  /// To be stored into until commit(): writable, C order; holds what an earlier version left there.
  /// Keeps the room, and the writer's lease. Empty after commit().
  const array& elements() const noexcept { return elements_; }
  /// Publishes the elements and wakes who waits for them; the version's number. Nobody may store
  /// into arrays that were made of them any more: others read them. Throws error(invalid_argument)
  /// if it was called before, error(changed) if the segment's name was removed.
  std::uint64_t commit();

 private:
  friend class slot_writer;
  slot(std::shared_ptr<detail::taken_slot> taken, array elements) noexcept;

  std::shared_ptr<detail::taken_slot> taken_;  // null after commit()
  array elements_;
};

/// The right to publish versions in a slots segment, until this, all slots of it and their elements
/// are gone.
/// Move-only; not thread-safe.
class slot_writer {
 public:
  /// Room for an array of `shape`, which must fit the largest; waited for as long as readers hold
  /// all slots but that of the latest version. Throws error(busy) if they still do,
  /// error(shape_mismatch), error(changed) if the segment's name was removed.
  slot begin(std::span<const std::int64_t> shape, std::chrono::nanoseconds wait = {});
  /// The same, of the largest shape.
  slot begin(std::chrono::nanoseconds wait = {});

 private:
  friend class segment;
  explicit slot_writer(std::shared_ptr<detail::lease> lease) noexcept;
  std::shared_ptr<detail::lease> lease_;
};

/// The right to append rows (elements of axis 0) to an append segment, until this and all room that
/// it gave are gone. Rows are stored into room() and appear when they are committed; rows that
/// appeared never change.
/// Move-only; not thread-safe, but disjoint parts of the room may be stored into by several
/// threads.
class row_writer {
 public:
  /// Rows that everybody sees.
  std::int64_t rows() const;
  /// The next `rows` rows, writable, behind those: to be stored into until they are committed.
  /// Throws error(limit_exceeded) if there is no room
  /// for as many, error(changed) if the segment's name was removed.
  array room(std::int64_t rows) const;
  /// Shows the next `rows` rows of the room and wakes who waits for them; the number of all rows.
  /// Throws as room() does.
  std::uint64_t commit(std::int64_t rows);

 private:
  friend class segment;
  explicit row_writer(std::shared_ptr<detail::lease> lease) noexcept;
  std::shared_ptr<detail::lease> lease_;
};

}  // namespace quarry::share
