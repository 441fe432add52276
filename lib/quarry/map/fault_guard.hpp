// fault_guard.hpp: reads of mapped files that survive truncation and failing disks.
// A page that cannot be had raises SIGBUS, which ends the process. Under a guard a signal handler
// marks the mapping as lost, then puts zeros in the page's place, and the work goes on to where it
// asks check(), which throws. Nothing is jumped over: it works in memcpy, in vector code, in other
// people's libraries and in any thread.
#pragma once
#include <atomic>

#include "quarry/base/region.hpp"

namespace quarry {

class mapping;

/// Keeps the process alive while the bytes of a mapping are used:
///
///     const fault_guard guard(source);
///     const double sum = sum_of(source.bytes());
///     guard.check();   // before anybody is told the sum
///
/// While a guard lives, every thread may use the bytes; those that were lost read as zero, and
/// stores into them are lost too. What was computed from them must not be published unless check()
/// returns. Mappings that have lost something stay lost: every later guard of them throws; one
/// opened anew is good. Bytes used without a guard raise SIGBUS as ever, unless they were replaced
/// before: then they read as zero.
///
/// The first guard installs a handler for SIGBUS. It hands on everything that is not a guarded
/// mapping's to the handler that was there before, and takes its place again if another was
/// installed meanwhile (eight times at most: after that, others are trusted to hand on what is not
/// theirs). Where SIGBUS is blocked, or a handler that hands nothing on is installed during a
/// guard, the process ends as without it.
///
/// Not seen: a truncation within the last page and changes of the bytes, see
/// mapping::verify_unchanged(). Costs less than 1 us to make, and a memory barrier to check: for
/// blocks, not for elements. Guards may be nested. Each is thread-safe.
class fault_guard {
 public:
  /// Guards the bytes of `of`, which must stay mapped while the guard lives. Does nothing for
  /// memory that no file is behind. Throws as check() does if something was lost before,
  /// std::bad_alloc, and error(invalid_argument) for a closed mapping.
  explicit fault_guard(const region& of);
  explicit fault_guard(const mapping& of);
  fault_guard(const fault_guard&) = delete;
  fault_guard& operator=(const fault_guard&) = delete;
  ~fault_guard();

  /// Throws if bytes of the mapping were lost since it was opened, and names the offset of the
  /// first one that was missed: error(changed) if the file was truncated, else what the system
  /// says: EIO of a disk that failed, ENOSPC or EDQUOT of a store into a hole of a file on a full
  /// disk. Returns at once if nothing was lost.
  void check() const;

 private:
  detail::fault_record* record_;                        // null: nothing can be lost
  std::atomic<detail::fault_record*>* slot_ = nullptr;  // in the handler's table
};

}  // namespace quarry
