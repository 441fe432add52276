// sealed_memory.hpp: memory that is passed on as a descriptor and that nobody can change any more.
// A file without a name (memfd_create(2)) whose seals the kernel keeps: it cannot shrink, so that
// no SIGBUS can come of it, nor grow, nor be written to, whoever has it. Files in /dev/shm cannot
// be sealed.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "quarry/base/region.hpp"

namespace quarry {

/// Memory with all its seals, mapped read-only. Move-only; thread-safe when const.
class sealed_memory {
 public:
  /// What the open file `descriptor` is, which stays the caller's. Throws error(unsupported) unless
  /// it is sealed against shrinking, growing, writing and further seals, else what the system
  /// reports.
  static sealed_memory open(int descriptor);

  sealed_memory(sealed_memory&&) noexcept;
  sealed_memory& operator=(sealed_memory&&) noexcept;
  sealed_memory(const sealed_memory&) = delete;
  sealed_memory& operator=(const sealed_memory&) = delete;
  ~sealed_memory();

  /// To be passed to another process (SCM_RIGHTS, inheritance); closed with this object.
  int descriptor() const noexcept;
  /// The bytes; they stay mapped until the last share goes. No fault_guard is needed.
  const std::shared_ptr<const region>& share() const noexcept;

 private:
  friend class fillable_memory;
  struct state;
  explicit sealed_memory(std::unique_ptr<state> s) noexcept;
  std::unique_ptr<state> state_;
};

/// Memory that is filled before it is sealed: zeros, its space reserved. Move-only; not
/// thread-safe.
class fillable_memory {
 public:
  /// `label` is what /proc/PID/maps shows. Throws what the system reports.
  fillable_memory(const std::string& label, std::uint64_t size_bytes);
  fillable_memory(fillable_memory&&) noexcept;
  fillable_memory& operator=(fillable_memory&&) noexcept;
  fillable_memory(const fillable_memory&) = delete;
  fillable_memory& operator=(const fillable_memory&) = delete;
  ~fillable_memory();

  /// The bytes, writable.
  const std::shared_ptr<const region>& share() const noexcept;
  /// Seals the memory. Throws error(busy) as long as others hold shares: they could store into it.
  sealed_memory seal() &&;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace quarry
