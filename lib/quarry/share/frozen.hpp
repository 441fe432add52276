// frozen.hpp: an array that is passed to other processes as a descriptor, and never changes again.
#pragma once
#include <cstdint>
#include <span>

#include "quarry/array/array.hpp"
#include "quarry/map/sealed_memory.hpp"

namespace quarry::share {

struct segment_header;

/// An array in sealed memory: no process can change it or cut it off, its maker included. So it
/// needs no locks, and no fault_guard. Move-only; thread-safe when const.
class frozen {
 public:
  /// What another process passed on; the descriptor stays the caller's. Throws error(unsupported)
  /// if it is not sealed memory or holds no frozen segment, and what parse_segment_header() throws.
  static frozen attach(int descriptor);

  /// Read-only, in place; keeps the memory mapped.
  const array& elements() const noexcept { return elements_; }
  /// To be passed on (SCM_RIGHTS, inheritance); closed with this object.
  int descriptor() const noexcept { return memory_.descriptor(); }

 private:
  frozen(sealed_memory memory, array elements) noexcept;

  sealed_memory memory_;
  array elements_;
};

/// An array that is filled before it is frozen. Move-only; not thread-safe, but disjoint parts of
/// the elements may be stored into by several threads.
class freezable {
 public:
  /// Zeros. Throws what plan_segment() throws, and what the system reports: ENOMEM, ENOSPC.
  freezable(const dtype& type, std::span<const std::int64_t> shape);

  /// Writable, in C order.
  const array& elements() const noexcept { return elements_; }
  /// Seals the array. Throws error(busy) as long as others hold the elements or what was made of
  /// them, who could store into it; may be called again then, but elements() is empty.
  frozen freeze() &&;

 private:
  explicit freezable(const segment_header& header);

  fillable_memory memory_;
  array elements_;
};

}  // namespace quarry::share
