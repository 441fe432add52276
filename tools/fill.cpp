#include "tools/fill.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <random>
#include <span>
#include <string_view>
#include <vector>

namespace quarry::tools {
namespace {

constexpr std::int64_t block_elements = std::int64_t{1} << 16U;

template <class T>
array block_of(const std::vector<T>& values, std::span<const std::int64_t> shape) {
  const auto bytes = std::as_bytes(std::span(values));
  const dtype type = element<T>::type();
  return array::over(bytes, type, layout::contiguous(shape, type.item_bytes()));
}

template <class T>
array scalar_of(const T& value) {
  array out = array::zeros(element<T>::type(), {});
  std::memcpy(out.mutable_data(), &value, sizeof value);
  return out;
}

void require_number(const dtype& type, std::string_view option) {
  if (is_computable(type)) return;
  throw error(errc::unsupported, concat(option, " writes numbers, ", to_string(type), " is none"));
}

bool is_whole(const number& value) { return value.index() < 2; }

double real_of(const number& value, std::string_view option) {
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* below = std::get_if<std::int64_t>(&value)) return static_cast<double>(*below);
  if (const auto* above = std::get_if<std::uint64_t>(&value)) return static_cast<double>(*above);
  throw error(errc::invalid_argument, concat(option, " takes no complex numbers"));
}

std::int64_t integer_of(const number& value) {
  if (const auto* below = std::get_if<std::int64_t>(&value)) return *below;
  const std::uint64_t above = std::get<std::uint64_t>(value);
  if (above > INT64_MAX) throw error(errc::limit_exceeded, concat(above, " is beyond int64"));
  return static_cast<std::int64_t>(above);
}

// Stores generated values block by block. A generator is asked for the elements [first, first +
// count) in C order and gives them as an array of the shape wanted; blocks come in that order.
template <class Generator>
class filling {
 public:
  filling(new_array& to, Generator generator, const convert_options& values, work& frame)
      : to_(to),
        pages_(to.pages()),
        guard_(*to.elements().memory()),
        generator_(std::move(generator)),
        values_(values),
        frame_(frame) {
    values_.threads = frame.threads();
  }

  void run() { fill(to_.elements()); }

 private:
  // Halving the first axis that can be halved keeps both halves together in C order.
  // NOLINTNEXTLINE(misc-no-recursion): each level halves an axis
  void fill(const array& part) {
    if (part.size() <= block_elements) {
      block(part);
      return;
    }
    std::vector<index_entry> index;
    while (part.where().extent(static_cast<int>(index.size())) < 2) index.emplace_back(all);
    const std::int64_t middle = part.where().extent(static_cast<int>(index.size())) / 2;
    index.emplace_back(range{0, middle});
    fill(part.slice(index));
    index.back() = range{middle};
    fill(part.slice(index));
  }

  void block(const array& part) {
    frame_.advance(done_bytes(), static_cast<std::uint64_t>(to_.elements().size_bytes()));
    convert(generator_(done_, part.size(), part.shape()), part, values_);
    guard_.check();
    done_ += part.size();
    touched_bytes_ += part.flags().c_contiguous
                          ? static_cast<std::uint64_t>(part.size_bytes())
                          : static_cast<std::uint64_t>(part.size()) * page_bytes();
    if (touched_bytes_ > frame_.memory_bytes() / 2) {
      pages_.let_go(0, to_.elements().memory()->bytes);
      touched_bytes_ = 0;
    }
  }

  std::uint64_t done_bytes() const {
    return static_cast<std::uint64_t>(done_ * to_.elements().type().item_bytes());
  }

  new_array& to_;
  page_cache pages_;
  const fault_guard guard_;
  Generator generator_;
  convert_options values_;
  work& frame_;
  std::int64_t done_ = 0;            // elements
  std::uint64_t touched_bytes_ = 0;  // of pages, since they were last let go
};

// A C++ loop per element that makes a T, as a generator of blocks.
template <class T, class Make>
auto blocks_of(Make make) {
  return [make, values = std::vector<T>()](std::int64_t first, std::int64_t count,
                                           std::span<const std::int64_t> shape) mutable {
    values.resize(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) values[static_cast<std::size_t>(i)] = make(first + i);
    return block_of(values, shape);
  };
}

template <class T, class Make>
void fill_each(new_array& to, Make make, casting rule, work& frame) {
  filling(to, blocks_of<T>(std::move(make)), {.rule = rule}, frame).run();
}

void fill_integers(new_array& to, std::int64_t start, std::int64_t step, work& frame) {
  const std::int64_t last = std::max<std::int64_t>(to.elements().size() - 1, 0);
  std::int64_t way = 0;
  std::int64_t end = 0;
  if (__builtin_mul_overflow(last, step, &way) || __builtin_add_overflow(start, way, &end)) {
    throw error(errc::limit_exceeded,
                concat("--arange: ", start, " + ", last, " * ", step, " is beyond int64"));
  }
  const dtype& type = to.elements().type();
  if (type.kind() != type_kind::unsigned_integer) {
    fill_each<std::int64_t>(
        to, [=](std::int64_t i) { return start + i * step; }, casting::same_kind, frame);
    return;
  }
  if (std::min(start, end) < 0) {
    throw error(errc::out_of_bounds,
                concat("--arange: ", to_string(type), " cannot hold ", std::min(start, end)));
  }
  fill_each<std::uint64_t>(
      to, [=](std::int64_t i) { return static_cast<std::uint64_t>(start + i * step); },
      casting::same_kind, frame);
}

// Binary digits of the fraction of a floating-point number, the implied one among them.
int fraction_bits(const dtype& type) {
  if (type.kind() == type_kind::brain_floating) return 8;
  const std::int64_t bytes =
      type.kind() == type_kind::complex_floating ? type.item_bytes() / 2 : type.item_bytes();
  return bytes == 2 ? 11 : bytes == 4 ? 24 : 53;
}

// "1.0" is an integer to whoever writes it, "1.5" is none.
number whole_number(double value, const dtype& type) {
  constexpr double limit = 9223372036854775808.0;  // 2^63
  if (value != std::trunc(value) || !(std::abs(value) < limit)) {
    std::array<char, 32> digits{};
    const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    throw error(errc::out_of_bounds, concat("--fill: ", to_string(type), " cannot hold ",
                                            std::string_view(digits.data(), end)));
  }
  if (value < 0) return static_cast<std::int64_t>(value);
  return static_cast<std::uint64_t>(value);
}

}  // namespace

void fill_with(new_array& to, const number& value, work& frame) {
  const array& elements = to.elements();
  const dtype& type = elements.type();
  require_number(type, "--fill");
  const auto* real = std::get_if<double>(&value);
  if (real != nullptr && is_integer(type.kind())) {
    fill_with(to, whole_number(*real, type), frame);
    return;
  }
  const bool is_truth =
      std::holds_alternative<std::uint64_t>(value) && std::get<std::uint64_t>(value) < 2;
  if (const auto* below = std::get_if<std::int64_t>(&value);
      below != nullptr && type.kind() == type_kind::unsigned_integer) {
    throw error(errc::out_of_bounds, concat("--fill: ", to_string(type), " cannot hold ", *below));
  }
  const array one = type.kind() == type_kind::boolean && is_truth
                        ? scalar_of(boolean(std::get<std::uint64_t>(value) == 1))
                        : std::visit([](const auto& each) { return scalar_of(each); }, value);
  convert(one.broadcast_to(elements.shape()), to, {.threads = frame.threads()}, frame.pass());
}

void fill_sequence(new_array& to, const number& start, const number& step, work& frame) {
  require_number(to.elements().type(), "--arange");
  if (is_whole(start) && is_whole(step)) {
    fill_integers(to, integer_of(start), integer_of(step), frame);
    return;
  }
  const dtype& type = to.elements().type();
  if (is_integer(type.kind())) {
    throw error(errc::type_mismatch,
                concat("--arange: ", to_string(type), " wants START and STEP as integers"));
  }
  const double first = real_of(start, "--arange");
  const double distance = real_of(step, "--arange");
  fill_each<double>(
      to, [=](std::int64_t i) { return first + static_cast<double>(i) * distance; },
      casting::same_kind, frame);
}

void fill_random(new_array& to, std::uint64_t seed, work& frame) {
  const dtype& type = to.elements().type();
  require_number(type, "--random");
  std::mt19937_64 bits(seed);
  const int digits = fraction_bits(type);
  const auto uniform = [digits](std::mt19937_64& from) {
    return std::ldexp(static_cast<double>(from() >> static_cast<unsigned>(64 - digits)), -digits);
  };
  switch (type.kind()) {
    case type_kind::floating:
    case type_kind::brain_floating:
      fill_each<double>(
          to, [&](std::int64_t) { return uniform(bits); }, casting::same_kind, frame);
      return;
    case type_kind::complex_floating:
      fill_each<std::complex<double>>(
          to,
          [&](std::int64_t) {
            const double real = uniform(bits);
            return std::complex<double>(real, uniform(bits));
          },
          casting::same_kind, frame);
      return;
    case type_kind::boolean:
      fill_each<std::uint8_t>(
          to, [&](std::int64_t) { return static_cast<std::uint8_t>(bits() & 1U); }, casting::unsafe,
          frame);
      return;
    default:
      fill_each<std::uint64_t>(
          to, [&](std::int64_t) { return bits(); }, casting::unsafe, frame);
  }
}

}  // namespace quarry::tools
