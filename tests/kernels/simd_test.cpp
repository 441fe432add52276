// Every vector kernel on every target that this CPU supports, against loops that nobody can get
// wrong: all alignments, all small counts, and no byte stored beside the target.
#include <array>
#include <cstddef>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "quarry/kernels/simd/move.hpp"

#include "kernels/targets.hpp"

namespace simd = quarry::simd;

namespace {

constexpr std::array<std::size_t, 5> item_sizes{1, 2, 4, 8, 16};
constexpr std::size_t line = 64;

// Bytes that differ, aligned to a cache line; the last line is there for guards.
class line_aligned {
 public:
  explicit line_aligned(std::size_t bytes) : space_(bytes + 3 * line) {
    const auto beyond = reinterpret_cast<std::uintptr_t>(space_.data()) % line;
    data_ = space_.data() + (line - beyond) % line;
    size_ = bytes + 2 * line;
  }
  line_aligned(const line_aligned&) = delete;
  line_aligned& operator=(const line_aligned&) = delete;

  void randomize(unsigned seed) {
    std::mt19937 random(seed);
    for (std::size_t i = 0; i < size_; ++i) data_[i] = static_cast<std::byte>(random() >> 24U);
  }
  void clear() { std::memset(data_, 0xee, size_); }
  std::byte* data() { return data_; }
  bool operator==(const line_aligned& other) const {
    return std::memcmp(data_, other.data_, size_) == 0;
  }

 private:
  std::vector<std::byte> space_;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

void reverse_plainly(const std::byte* from, std::byte* to, std::size_t units, std::size_t unit) {
  for (std::size_t i = 0; i < units; ++i) {
    for (std::size_t j = 0; j < unit; ++j) to[i * unit + j] = from[i * unit + unit - 1 - j];
  }
}

struct offsets {
  std::size_t from;
  std::size_t to;
};

// Both pointers through a whole line, together and apart.
std::vector<offsets> some_offsets() {
  std::vector<offsets> out;
  for (std::size_t i = 0; i < line; ++i) {
    out.insert(out.end(), {{i, 0}, {0, i}, {i, i}, {i, 63 - i}});
  }
  return out;
}

std::vector<offsets> all_offsets() {
  std::vector<offsets> out;
  for (std::size_t i = 0; i < line * line; ++i) out.push_back({i / line, i % line});
  return out;
}

struct move_buffers {
  explicit move_buffers(std::size_t bytes) : from(bytes), to(bytes), expected(bytes) {
    from.randomize(1);
  }
  line_aligned from;
  line_aligned to;
  line_aligned expected;
};

void check_move(move_buffers& in, std::size_t units, std::size_t unit,
                const std::vector<offsets>& places) {
  for (const offsets& at : places) {
    in.expected.clear();
    if (unit == 1) {
      std::memcpy(in.expected.data() + at.to, in.from.data() + at.from, units);
    } else {
      reverse_plainly(in.from.data() + at.from, in.expected.data() + at.to, units, unit);
    }
    for (const bool past_cache : {false, true}) {
      in.to.clear();
      simd::move_bytes(in.from.data() + at.from, in.to.data() + at.to, units * unit, unit,
                       past_cache);
      simd::fence();
      if (in.to == in.expected) continue;
      FAIL(units << " units of " << unit << " bytes from offset " << at.from << " to " << at.to
                 << (past_cache ? " past the cache" : ""));
    }
  }
}

void transpose_plainly(const std::byte* from, simd::rows from_rows, std::byte* to,
                       simd::rows to_rows, std::size_t item) {
  for (std::size_t i = 0; i < from_rows.count; ++i) {
    for (std::size_t j = 0; j < to_rows.count; ++j) {
      std::memcpy(to + j * to_rows.stride + i * item, from + i * from_rows.stride + j * item, item);
    }
  }
}

void check_transpose(std::size_t rows, std::size_t columns, std::size_t item, std::size_t gap,
                     const offsets& at) {
  const simd::rows from_rows{rows, columns * item + gap};
  const simd::rows to_rows{columns, rows * item + gap};
  line_aligned from(rows * from_rows.stride);
  line_aligned to(columns * to_rows.stride);
  line_aligned expected(columns * to_rows.stride);
  from.randomize(2);
  to.clear();
  expected.clear();
  transpose_plainly(from.data() + at.from, from_rows, expected.data() + at.to, to_rows, item);
  simd::transpose_items(from.data() + at.from, from_rows, to.data() + at.to, to_rows, item);
  if (to == expected) return;
  FAIL(rows << " rows of " << columns << " items of " << item << " bytes with gaps of " << gap
            << " from offset " << at.from << " to " << at.to);
}

// Calls `check` on each target.
template <class Check>
void on_each_target(Check check) {
  for (const std::int64_t target : sample::all_targets()) {
    INFO("target " << hwy::TargetName(target));
    const sample::only_target here(target);
    check();
  }
}

}  // namespace

TEST_CASE("simd: bytes move from any alignment to any other", "[kernels][simd]") {
  const std::vector<offsets> places = all_offsets();
  on_each_target([&] {
    for (const std::size_t unit : item_sizes) {
      for (const std::size_t bytes : {std::size_t{16}, std::size_t{272}}) {
        move_buffers in(bytes);
        check_move(in, bytes / unit, unit, places);
      }
    }
  });
}

TEST_CASE("simd: any number of units moves, and nothing beside them", "[kernels][simd]") {
  const std::vector<offsets> places = some_offsets();
  on_each_target([&] {
    for (const std::size_t unit : item_sizes) {
      for (std::size_t units = 0; units <= 70; ++units) {
        move_buffers in(units * unit);
        check_move(in, units, unit, places);
      }
      for (const std::size_t units : {1023U, 4096U, 5001U}) {
        move_buffers in(units * unit);
        check_move(in, units, unit, {{0, 0}, {1, 0}, {0, 16}, {3, 8}, {63, 61}});
      }
    }
  });
}

TEST_CASE("simd: units are reversed in place", "[kernels][simd]") {
  on_each_target([] {
    for (const std::size_t unit : item_sizes) {
      for (const std::size_t units : {1U, 2U, 7U, 33U, 70U, 1000U}) {
        for (std::size_t offset = 0; offset < line; ++offset) {
          line_aligned bytes(units * unit);
          line_aligned expected(units * unit);
          bytes.randomize(3);
          expected.randomize(3);
          reverse_plainly(bytes.data() + offset, expected.data() + offset, units, unit);
          if (unit == 1) expected.randomize(3);
          simd::move_bytes(bytes.data() + offset, bytes.data() + offset, units * unit, unit, false);
          if (bytes == expected) continue;
          FAIL(units << " units of " << unit << " bytes at offset " << offset);
        }
      }
    }
  });
}

TEST_CASE("simd: blocks of any shape are transposed, and nothing beside them", "[kernels][simd]") {
  on_each_target([] {
    for (const std::size_t item : item_sizes) {
      for (std::size_t rows = 0; rows <= 35; ++rows) {
        for (std::size_t columns = 0; columns <= 35; ++columns) {
          check_transpose(rows, columns, item, (rows + columns) % 3, {rows, columns});
        }
      }
      check_transpose(70, 129, item, 0, {0, 0});
      check_transpose(64, 64, item, 5, {0, 0});
      check_transpose(3, 2000, item, 1, {1, 2});
    }
  });
}

TEST_CASE("simd: blocks are transposed at any alignment", "[kernels][simd]") {
  on_each_target([] {
    for (const std::size_t item : item_sizes) {
      for (const offsets& at : some_offsets()) check_transpose(19, 18, item, 3, at);
    }
  });
}
