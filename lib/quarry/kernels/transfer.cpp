#include "quarry/kernels/transfer.hpp"

#include <array>
#include <concepts>
#include <cstring>
#include <utility>

#include "quarry/base/assert.hpp"
#include "quarry/kernels/simd/move.hpp"

namespace quarry {
namespace {

template <std::size_t Bytes>
struct keep {
  static constexpr std::size_t bytes = Bytes;
  static void apply(std::array<std::byte, Bytes>&) noexcept {}
};

template <std::size_t Bytes>
struct reverse {
  static constexpr std::size_t bytes = Bytes;
  static void apply(std::array<std::byte, Bytes>& item) noexcept {
    for (std::size_t i = 0; i < Bytes / 2; ++i) std::swap(item[i], item[Bytes - 1 - i]);
  }
};

// The common sizes are one machine instruction, which compilers do not make of the loop above.
template <class Word>
Word reversed(Word word) noexcept {
  if constexpr (sizeof(Word) == 2) return __builtin_bswap16(word);
  if constexpr (sizeof(Word) == 4) return __builtin_bswap32(word);
  if constexpr (sizeof(Word) == 8) return __builtin_bswap64(word);
}

template <std::unsigned_integral Word>
struct reverse_word {
  static constexpr std::size_t bytes = sizeof(Word);
  static void apply(std::array<std::byte, sizeof(Word)>& item) noexcept {
    Word word{};
    std::memcpy(&word, item.data(), sizeof(Word));
    word = reversed(word);
    std::memcpy(item.data(), &word, sizeof(Word));
  }
};

template <class Op>
void move_items(const std::byte* from, std::int64_t from_stride, std::byte* to,
                std::int64_t to_stride, std::int64_t count) noexcept {
  std::array<std::byte, Op::bytes> item{};
  for (std::int64_t i = 0; i < count; ++i) {
    std::memcpy(item.data(), from + i * from_stride, Op::bytes);
    Op::apply(item);
    std::memcpy(to + i * to_stride, item.data(), Op::bytes);
  }
}

// The same with both strides known to the compiler, which makes vector code of it.
template <class Op>
void move_units(const std::byte* from, std::int64_t from_stride, std::byte* to,
                std::int64_t to_stride, std::int64_t count) noexcept {
  constexpr std::int64_t bytes{Op::bytes};
  if (from_stride == bytes && to_stride == bytes) {
    move_items<Op>(from, bytes, to, bytes, count);
  } else {
    move_items<Op>(from, from_stride, to, to_stride, count);
  }
}

void reverse_units(const std::byte* from, std::int64_t from_stride, std::byte* to,
                   std::int64_t to_stride, std::int64_t count, std::int64_t unit) noexcept {
  switch (unit) {
    case 2:
      return move_units<reverse_word<std::uint16_t>>(from, from_stride, to, to_stride, count);
    case 3:
      return move_units<reverse<3>>(from, from_stride, to, to_stride, count);
    case 4:
      return move_units<reverse_word<std::uint32_t>>(from, from_stride, to, to_stride, count);
    case 8:
      return move_units<reverse_word<std::uint64_t>>(from, from_stride, to, to_stride, count);
    default:
      QUARRY_ASSERT(unit == 16);
      return move_units<reverse<16>>(from, from_stride, to, to_stride, count);
  }
}

void keep_items(const std::byte* from, std::int64_t from_stride, std::byte* to,
                std::int64_t to_stride, std::int64_t count, std::int64_t item_bytes) noexcept {
  switch (item_bytes) {
    case 1:
      return move_items<keep<1>>(from, from_stride, to, to_stride, count);
    case 2:
      return move_items<keep<2>>(from, from_stride, to, to_stride, count);
    case 4:
      return move_items<keep<4>>(from, from_stride, to, to_stride, count);
    case 8:
      return move_items<keep<8>>(from, from_stride, to, to_stride, count);
    case 12:
      return move_items<keep<12>>(from, from_stride, to, to_stride, count);
    case 16:
      return move_items<keep<16>>(from, from_stride, to, to_stride, count);
    default:
      for (std::int64_t i = 0; i < count; ++i) {
        std::memcpy(to + i * to_stride, from + i * from_stride,
                    static_cast<std::size_t>(item_bytes));
      }
  }
}

}  // namespace

std::int64_t swap_unit(const dtype& type) noexcept {
  if (type.order() == byte_order::none) return 1;
  if (type.kind() == type_kind::text) return 4;
  return type.kind() == type_kind::complex_floating ? type.item_bytes() / 2 : type.item_bytes();
}

void transfer(const std::byte* from, std::int64_t from_stride, std::byte* to,
              std::int64_t to_stride, std::int64_t count, item_form form,
              bool past_cache) noexcept {
  const std::int64_t bytes = form.item_bytes;
  const std::int64_t unit = form.swap_bytes;
  if (bytes == 0 || count == 0) return;
  const bool contiguous = count == 1 || (from_stride == bytes && to_stride == bytes);
  if (contiguous && unit != 3) {
    if (unit > 1 || from != to) {
      simd::move_bytes(from, to, static_cast<std::size_t>(count * bytes),
                       static_cast<std::size_t>(unit), past_cache);
    }
  } else if (unit <= 1) {
    keep_items(from, from_stride, to, to_stride, count, bytes);
  } else if (contiguous) {
    reverse_units(from, unit, to, unit, count * (bytes / unit), unit);
  } else if (bytes == unit) {
    reverse_units(from, from_stride, to, to_stride, count, unit);
  } else {
    for (std::int64_t i = 0; i < count; ++i) {
      reverse_units(from + i * from_stride, unit, to + i * to_stride, unit, bytes / unit, unit);
    }
  }
}

}  // namespace quarry
