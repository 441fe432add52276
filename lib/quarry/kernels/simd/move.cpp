#include "quarry/kernels/simd/move.hpp"

#include <array>
#include <cstdint>
#include <cstring>

// This file is compiled once per target: Highway includes it again for each.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "quarry/kernels/simd/move.cpp"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace quarry::simd::HWY_NAMESPACE {
namespace {

template <std::size_t Unit>
void move_tail(const std::byte* from, std::byte* to, std::size_t bytes) {
  for (std::size_t done = 0; done < bytes; done += Unit) {
    std::array<std::byte, Unit> unit;
    std::memcpy(unit.data(), from + done, Unit);
    for (std::size_t i = 0; i < Unit; ++i) to[done + i] = unit[Unit - 1 - i];
  }
}

#if HWY_TARGET == HWY_SCALAR
template <std::size_t Unit>
void move_units(const std::byte* from, std::byte* to, std::size_t bytes, bool) {
  move_tail<Unit>(from, to, bytes);
}
#else
namespace hn = hwy::HWY_NAMESPACE;

using bytes_tag = hn::ScalableTag<std::uint8_t>;
using vector = hn::Vec<bytes_tag>;

const std::uint8_t* at(const std::byte* p) { return reinterpret_cast<const std::uint8_t*>(p); }
std::uint8_t* at(std::byte* p) { return reinterpret_cast<std::uint8_t*>(p); }

// Which byte of its 16 each byte becomes when units are reversed.
template <std::size_t Unit>
HWY_INLINE vector reversal(bytes_tag d) {
  alignas(16) std::uint8_t places[16];
  for (std::size_t i = 0; i < 16; ++i) {
    places[i] = static_cast<std::uint8_t>(i / Unit * Unit + (Unit - 1 - i % Unit));
  }
  return hn::LoadDup128(d, places);
}

template <std::size_t Unit>
HWY_INLINE vector moved(vector v, vector places) {
  if constexpr (Unit == 1) return v;
  return hn::TableLookupBytes(v, places);
}

template <std::size_t Unit>
void move_units(const std::byte* from, std::byte* to, std::size_t bytes, bool past_cache) {
  const bytes_tag d;
  const std::size_t step = hn::Lanes(d);
  const vector places = reversal<Unit>(d);
  std::size_t done = 0;
  if (past_cache) {
    // Stores past the cache want an aligned place, which units at an odd address never reach.
    const std::size_t head = (step - reinterpret_cast<std::uintptr_t>(to) % step) % step;
    if (head % Unit == 0 && head < bytes) {
      move_tail<Unit>(from, to, head);
      for (done = head; done + 4 * step <= bytes; done += 4 * step) {
        const vector a = hn::LoadU(d, at(from + done));
        const vector b = hn::LoadU(d, at(from + done + step));
        const vector c = hn::LoadU(d, at(from + done + 2 * step));
        const vector e = hn::LoadU(d, at(from + done + 3 * step));
        hn::Stream(moved<Unit>(a, places), d, at(to + done));
        hn::Stream(moved<Unit>(b, places), d, at(to + done + step));
        hn::Stream(moved<Unit>(c, places), d, at(to + done + 2 * step));
        hn::Stream(moved<Unit>(e, places), d, at(to + done + 3 * step));
      }
    }
  }
  for (; done + step <= bytes; done += step) {
    hn::StoreU(moved<Unit>(hn::LoadU(d, at(from + done)), places), d, at(to + done));
  }
  move_tail<Unit>(from + done, to + done, bytes - done);
}

#endif

void move_bytes(const std::byte* from, std::byte* to, std::size_t bytes, std::size_t unit,
                bool past_cache) {
  switch (unit) {
    case 1:
      return move_units<1>(from, to, bytes, past_cache);
    case 2:
      return move_units<2>(from, to, bytes, past_cache);
    case 4:
      return move_units<4>(from, to, bytes, past_cache);
    case 8:
      return move_units<8>(from, to, bytes, past_cache);
    default:
      return move_units<16>(from, to, bytes, past_cache);
  }
}

template <std::size_t Bytes>
void transpose_corner(const std::byte* from, std::size_t from_stride, std::size_t count,
                      std::byte* to, std::size_t to_stride, std::size_t items) {
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < items; ++j) {
      std::memcpy(to + j * to_stride + i * Bytes, from + i * from_stride + j * Bytes, Bytes);
    }
  }
}

#if HWY_TARGET == HWY_SCALAR
template <class Word>
void transpose_words(const std::byte* from, rows from_rows, std::byte* to, rows to_rows) {
  transpose_corner<sizeof(Word)>(from, from_rows.stride, from_rows.count, to, to_rows.stride,
                                 to_rows.count);
}
#else
// 16 bytes of each of N rows, as N vectors: step by step neighbours are interleaved, until row i
// holds what were the items i of all rows.
template <class Word>
using block_tag = hn::FixedTag<Word, 16 / sizeof(Word)>;

template <class Word>
void transpose_block(const std::byte* from, std::size_t from_stride, std::byte* to,
                     std::size_t to_stride) {
  constexpr std::size_t n = 16 / sizeof(Word);
  const block_tag<Word> d;
  hn::Vec<block_tag<Word>> v[n];
  hn::Vec<block_tag<Word>> w[n];
  for (std::size_t i = 0; i < n; ++i) {
    v[i] = hn::LoadU(d, reinterpret_cast<const Word*>(from + i * from_stride));
  }
  // Interleaving rows i and i + n/2, log2(n) times over, is a transposition.
  for (std::size_t round = 1; round < n; round *= 2) {
    for (std::size_t i = 0; i < n / 2; ++i) {
      w[2 * i] = hn::InterleaveLower(d, v[i], v[i + n / 2]);
      w[2 * i + 1] = hn::InterleaveUpper(d, v[i], v[i + n / 2]);
    }
    for (std::size_t i = 0; i < n; ++i) v[i] = w[i];
  }
  for (std::size_t i = 0; i < n; ++i) {
    hn::StoreU(v[i], d, reinterpret_cast<Word*>(to + i * to_stride));
  }
}

template <class Word>
void transpose_words(const std::byte* from, rows from_rows, std::byte* to, rows to_rows) {
  constexpr std::size_t n = 16 / sizeof(Word);
  const std::size_t whole_rows = from_rows.count / n * n;
  const std::size_t whole_items = to_rows.count / n * n;
  for (std::size_t j = 0; j < whole_items; j += n) {
    for (std::size_t i = 0; i < whole_rows; i += n) {
      transpose_block<Word>(from + i * from_rows.stride + j * sizeof(Word), from_rows.stride,
                            to + j * to_rows.stride + i * sizeof(Word), to_rows.stride);
    }
  }
  transpose_corner<sizeof(Word)>(from + whole_items * sizeof(Word), from_rows.stride, whole_rows,
                                 to + whole_items * to_rows.stride, to_rows.stride,
                                 to_rows.count - whole_items);
  transpose_corner<sizeof(Word)>(from + whole_rows * from_rows.stride, from_rows.stride,
                                 from_rows.count - whole_rows, to + whole_rows * sizeof(Word),
                                 to_rows.stride, to_rows.count);
}
#endif

void transpose_items(const std::byte* from, rows from_rows, std::byte* to, rows to_rows,
                     std::size_t item_bytes) {
  switch (item_bytes) {
    case 1:
      return transpose_words<std::uint8_t>(from, from_rows, to, to_rows);
    case 2:
      return transpose_words<std::uint16_t>(from, from_rows, to, to_rows);
    case 4:
      return transpose_words<std::uint32_t>(from, from_rows, to, to_rows);
    case 8:
      return transpose_words<std::uint64_t>(from, from_rows, to, to_rows);
    default:
      return transpose_corner<16>(from, from_rows.stride, from_rows.count, to, to_rows.stride,
                                  to_rows.count);
  }
}

}  // namespace
}  // namespace quarry::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quarry::simd {

HWY_EXPORT(move_bytes);
HWY_EXPORT(transpose_items);

void move_bytes(const std::byte* from, std::byte* to, std::size_t bytes, std::size_t unit,
                bool past_cache) noexcept {
  HWY_DYNAMIC_DISPATCH(move_bytes)(from, to, bytes, unit, past_cache);
}

void fence() noexcept { hwy::FlushStream(); }

void transpose_items(const std::byte* from, rows from_rows, std::byte* to, rows to_rows,
                     std::size_t item_bytes) noexcept {
  HWY_DYNAMIC_DISPATCH(transpose_items)(from, from_rows, to, to_rows, item_bytes);
}

}  // namespace quarry::simd
#endif
