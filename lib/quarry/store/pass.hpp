// pass.hpp: a kernel driven over mapped arrays of any size: in boxes that fit a budget, on several
// threads, with the pages let go behind, progress told and cancellation heard.
#pragma once
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "quarry/kernels/convert.hpp"
#include "quarry/store/new_array.hpp"

namespace quarry {

/// How a pass runs.
struct pass_options {
  /// Bytes that may be resident at a time, buffers and the files' pages together. At least some
  /// 4 MiB a thread are used, or the pages of one element.
  std::uint64_t memory_bytes = std::uint64_t{256} << 20U;
  /// Called after each box of at most 16 MiB with the bytes of the result done and all of them, by
  /// one thread at a time.
  std::function<void(std::uint64_t done_bytes, std::uint64_t all_bytes)> progress{};
  /// Checked before each box.
  std::stop_token stop{};
};

/// convert() of kernels/convert.hpp for arrays larger than memory. Throws as that does, the index
/// being that of the first value in the first box that has one that does not fit;
/// error(std::errc::operation_canceled) when stopped; what fault_guard::check() throws if the file
/// of `from` or `to` is truncated meanwhile, its disk fails or is full: after each box, before
/// progress is told of it; and at the end what verify_unchanged() of map/mapping.hpp throws if
/// somebody changed one of them since it was opened. `to` is partly or wrongly written then.
void convert(const array& from, const array& to, const convert_options& values,
             const pass_options& how);

/// The same into a file that is being made: boxes are converted in buffers in the order of the file
/// and written past the mapping. What needs no conversion is written as it lies in the source.
/// Throws as new_array::write() as well.
void convert(const array& from, new_array& to, const convert_options& values,
             const pass_options& how);

/// The same into a part of that file: `part` is a view of to's elements.
void convert(const array& from, new_array& to, const array& part, const convert_options& values,
             const pass_options& how);

/// What such a pass will do, for people: its boxes, the runs of bytes that it reads and writes, how
/// often it goes over either file, its way through the caches. `to_offset` is where the target's
/// element [0, ..., 0] lies in its file. Precondition: the shapes are equal.
std::string explain(const layout& from, const layout& to, std::uint64_t to_offset,
                    const pass_options& how);

}  // namespace quarry
