// pass.hpp: a kernel driven over mapped arrays of any size: in pieces, in file order, with the
// pages let go behind, progress told and cancellation heard.
#pragma once
#include <cstdint>
#include <functional>
#include <stop_token>

#include "quarry/kernels/convert.hpp"

namespace quarry {

/// How a pass runs.
struct pass_options {
  /// Bytes of mapped pages that may be resident at a time; one piece is the least it can do with.
  std::uint64_t memory_bytes = std::uint64_t{256} << 20U;
  /// Called after each piece of at most 16 MiB with the bytes of the result done and all of them.
  std::function<void(std::uint64_t done_bytes, std::uint64_t all_bytes)> progress{};
  /// Checked before each piece.
  std::stop_token stop{};
};

/// convert() of kernels/convert.hpp for arrays larger than memory. Throws as that does;
/// error(std::errc::operation_canceled) when stopped; what fault_guard::check() throws if the file
/// of `from` or `to` is truncated meanwhile, its disk fails or is full: after each piece, before
/// progress is told of it. `to` is partly written then.
void convert(const array& from, const array& to, const convert_options& values,
             const pass_options& how);

}  // namespace quarry
