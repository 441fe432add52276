#include "quarry/kernels/block_cast.hpp"

#include <algorithm>
#include <array>

#include "quarry/kernels/simd/move.hpp"
#include "quarry/kernels/transfer.hpp"

namespace quarry {
namespace {

// Elements in flight between gathering and casting, or before and after turning: two of these
// fill the first-level cache of most machines.
constexpr std::size_t buffer_bytes = 16384;

// Rows up to this long are gathered before they are cast.
constexpr std::int64_t short_row_bytes = 64;

constexpr std::int64_t cache_line_bytes = 64;

using buffer = std::array<std::byte, buffer_bytes>;

bool is_line_aligned(const std::byte* at, std::int64_t row_step, std::int64_t row_bytes) noexcept {
  return reinterpret_cast<std::uintptr_t>(at) % cache_line_bytes == 0 &&
         row_step % cache_line_bytes == 0 && row_bytes % cache_line_bytes == 0;
}

}  // namespace

struct block_cast::place {
  const std::byte* from;
  std::byte* to;
  pair_step in_row;
  pair_step to_row;
  std::int64_t rows;
  std::int64_t count;
  bool tiled;
};

bool block_cast::is_packable(const place& at) const noexcept {
  return at.rows > 1 && at.in_row.from == from_bytes_ && at.in_row.to == to_bytes_ &&
         at.count * std::max(from_bytes_, to_bytes_) <= short_row_bytes;
}

bool block_cast::is_turnable(const place& at) const noexcept {
  const bool is_word = to_bytes_ == 1 || to_bytes_ == 2 || to_bytes_ == 4 || to_bytes_ == 8;
  return at.tiled && is_word && at.in_row.to == to_bytes_ &&
         at.rows * at.count * to_bytes_ <= static_cast<std::int64_t>(buffer_bytes);
}

bool block_cast::run(pair_walk walk, const std::byte* from, std::byte* to) const {
  bool fit = true;
  for (pair_block block; fit && walk.next(block);) {
    const place at{from + block.from_offset,
                   to + block.to_offset,
                   walk.in_row(),
                   walk.to_row(),
                   block.rows,
                   block.count,
                   walk.is_tiled()};
    if (is_turnable(at)) {
      fit = run_tile(at);
    } else if (is_packable(at)) {
      fit = run_packed(at);
    } else {
      fit = run_rows(at);
    }
  }
  if (past_cache_) simd::fence();
  return fit;
}

bool block_cast::run_rows(const place& at) const {
  for (std::int64_t i = 0; i < at.rows; ++i) {
    const cast_run row{at.from + i * at.to_row.from,
                       at.in_row.from,
                       at.to + i * at.to_row.to,
                       at.in_row.to,
                       at.count,
                       past_cache_};
    if (cast_.run(row) < at.count) return false;
  }
  return true;
}

// Gathers many short rows into one long one, which is then cast at once; where the target's rows
// do not follow each other they are scattered from there.
bool block_cast::run_packed(const place& at) const {
  alignas(64) buffer gathered;
  alignas(64) buffer cast;
  const std::int64_t from_row = at.count * from_bytes_;
  const std::int64_t to_row = at.count * to_bytes_;
  const auto step = static_cast<std::int64_t>(buffer_bytes) / std::max(from_row, to_row);
  const bool together = at.to_row.to == to_row;
  for (std::int64_t done = 0; done < at.rows; done += step) {
    const std::int64_t rows = std::min(step, at.rows - done);
    transfer(at.from + done * at.to_row.from, at.to_row.from, gathered.data(), from_row, rows,
             {from_row, 1});
    std::byte* const target = at.to + done * at.to_row.to;
    const cast_run items{gathered.data(), from_bytes_,     together ? target : cast.data(),
                         to_bytes_,       rows * at.count, together && past_cache_};
    if (cast_.run(items) < items.count) return false;
    if (!together) transfer(cast.data(), to_row, target, at.to_row.to, rows, {to_row, 1});
  }
  return true;
}

// The source's neighbours lie in neighbouring rows: they are cast side by side into a buffer, which
// is turned on its way out. So both sides are touched in whole cache lines, each once, whatever
// their strides are (powers of two would push each other's lines out).
bool block_cast::run_tile(const place& at) const {
  alignas(64) buffer upright;
  alignas(64) buffer turned;
  const std::int64_t column = at.rows * to_bytes_;
  for (std::int64_t j = 0; j < at.count; ++j) {
    // The next tile goes on in the same rows of the source.
    const std::byte* const next = at.from + j * at.in_row.from + at.rows * at.to_row.from;
    for (std::int64_t line = 0; line < at.rows * at.to_row.from; line += cache_line_bytes) {
      __builtin_prefetch(next + line);
    }
    const cast_run run{at.from + j * at.in_row.from,
                       at.to_row.from,
                       upright.data() + j * column,
                       to_bytes_,
                       at.rows,
                       false};
    if (cast_.run(run) < at.rows) return false;
  }
  const auto size = [](std::int64_t n) { return static_cast<std::size_t>(n); };
  const simd::rows columns{size(at.count), size(column)};
  const std::int64_t row_bytes = at.count * to_bytes_;
  if (!past_cache_ || !is_line_aligned(at.to, at.to_row.to, row_bytes)) {
    simd::transpose_items(upright.data(), columns, at.to, {size(at.rows), size(at.to_row.to)},
                          size(to_bytes_));
    return true;
  }
  simd::transpose_items(upright.data(), columns, turned.data(), {size(at.rows), size(row_bytes)},
                        size(to_bytes_));
  for (std::int64_t i = 0; i < at.rows; ++i) {
    simd::move_bytes(turned.data() + i * row_bytes, at.to + i * at.to_row.to, size(row_bytes), 1,
                     true);
  }
  return true;
}

}  // namespace quarry
