#include "quarry/kernels/block_cast.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "quarry/kernels/runs.hpp"
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

// Both sides of a box fit the second-level cache.
constexpr std::int64_t box_bytes = std::int64_t{128} << 10U;

}  // namespace

box_plan boxes_of_lines(const pair_piece& of, std::int64_t most_bytes, const std::byte* to) {
  const auto address = reinterpret_cast<std::uintptr_t>(to) % cache_line_bytes;
  return {of.from, of.to, most_bytes, of.to_offset + static_cast<std::int64_t>(address),
          cache_line_bytes};
}

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

bool block_cast::run(const pair_piece& piece, const std::byte* from, std::byte* to) const {
  const pair_walk walk(piece.from, piece.to);
  if (past_cache_ && walk.is_tiled()) return run_boxes(piece, from, to);
  const bool fit = run_blocks(walk, from + piece.from_offset, to + piece.to_offset);
  if (past_cache_) simd::fence();
  return fit;
}

// Runs of both sides that are some cache lines long: the target's are put together in a buffer and
// stored at once, past the caches. A tile's rows alone may end within a line.
bool block_cast::run_boxes(const pair_piece& piece, const std::byte* from, std::byte* to) const {
  const block_cast in_cache(cast_, from_bytes_, to_bytes_, false);
  const box_plan boxes = boxes_of_lines(piece, box_bytes, to);
  std::vector<std::byte> buffer(static_cast<std::size_t>(boxes.largest_bytes()));
  for (std::int64_t i = 0; i < boxes.count(); ++i) {
    const pair_piece here = part_of(piece, boxes[i]);
    const layout packed = packed_as(here.to);
    const pair_walk walk(here.from, packed);
    if (!in_cache.run_blocks(walk, from + here.from_offset, buffer.data())) return false;
    std::byte* const first = to + here.to_offset;
    for_each_shared_run(here.to, packed,
                        [&](std::int64_t offset, std::int64_t in_buffer, std::int64_t bytes) {
                          simd::move_bytes(buffer.data() + in_buffer, first + offset,
                                           static_cast<std::size_t>(bytes), 1, true);
                        });
  }
  simd::fence();
  return true;
}

bool block_cast::run_blocks(pair_walk walk, const std::byte* from, std::byte* to) const {
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
  const std::int64_t column = at.rows * to_bytes_;
  // Rows that lie further apart have a line each, not those between them.
  const std::int64_t to_next_line = std::max(cache_line_bytes, at.to_row.from);
  for (std::int64_t j = 0; j < at.count; ++j) {
    // The next tile goes on in the same rows of the source.
    // A number, not a pointer: of the last tile it lies behind the array.
    const auto next = reinterpret_cast<std::uintptr_t>(at.from + j * at.in_row.from) +
                      static_cast<std::uintptr_t>(at.rows * at.to_row.from);
    for (std::int64_t line = 0; line < at.rows * at.to_row.from; line += to_next_line) {
      __builtin_prefetch(reinterpret_cast<const void*>(next + static_cast<std::uintptr_t>(line)));
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
  simd::transpose_items(upright.data(), {size(at.count), size(column)}, at.to,
                        {size(at.rows), size(at.to_row.to)}, size(to_bytes_));
  return true;
}

}  // namespace quarry
