// fault_record.hpp: what the signal handler knows of the mapped files that are guarded at the
// moment, and what it does for them; internal to this room. The promises: fault_guard.hpp.
#pragma once
#include <atomic>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <filesystem>

#include "quarry/base/region.hpp"
#include "quarry/map/signal_table.hpp"

namespace quarry::detail {

/// What is known of one mapped file, and what happened to its pages. Lives as long as the mapping;
/// the handler writes the atomics, everything else stays as it was made.
struct fault_record {
  /// No offset: nothing was lost.
  static constexpr std::uint64_t nothing = UINT64_MAX;

  const region* where;         ///< the mapping
  std::filesystem::path name;  ///< where the file can be found again, also after chdir
  timespec changed{};          ///< change time (ctime) of the file when it was opened
  /// No change of the file is an error: it is being made, and `name` leads to it only meanwhile, or
  /// processes share it.
  bool may_change = false;
  std::atomic<std::uint64_t> first_lost{nothing};  ///< offset of the first fault
  std::atomic<std::int64_t> size_then{-1};         ///< bytes of the file at that time; -1: unknown
  std::atomic<std::uint32_t> faults{0};            ///< how often the handler ran for it
  std::atomic<bool> was_guarded{false};            ///< the handler may have come to know it

  /// True if a page was replaced before what the caller read or stored last.
  bool is_lost() const noexcept {
    // The handler sets the flag before zeros can be seen. That helps only if our own loads and
    // stores are done before the flag is looked at.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    return first_lost.load(std::memory_order_relaxed) != nothing;
  }
};

/// A place in the table of what is guarded.
using guard_slot = signal_table<fault_record>::slot;

/// Enters `record` into the table: until its slot is null again the handler takes care of it.
/// A record may be entered several times. Lock-free. Throws std::bad_alloc if the table cannot
/// grow.
guard_slot& enter(fault_record& record);

/// Takes `record` out of the table: no handler looks at it any more. For the end of a mapping.
void forget(const fault_record& record) noexcept;

/// If `info` tells of lost pages of a guarded mapping: marks it as lost, puts pages of zeros in
/// their place and returns true; the access that failed can be repeated. Async-signal-safe; errno
/// is kept.
bool replace_lost_pages(const siginfo_t& info) noexcept;

}  // namespace quarry::detail
