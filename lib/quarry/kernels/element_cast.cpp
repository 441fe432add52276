#include "quarry/kernels/element_cast.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstring>
#include <limits>
#include <span>
#include <type_traits>

#include "quarry/array/dtype_text.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/kernels/cast_table.hpp"
#include "quarry/kernels/moments.hpp"

namespace quarry {
namespace {

// Numbers in flight: two blocks of the largest ones fill the first-level cache of most machines.
constexpr std::int64_t block_items = 1024;

// What a moment is to arithmetic.
dtype ticks() { return {type_kind::signed_integer, 8}; }

bool is_string(const dtype& type) {
  return type.kind() == type_kind::bytes || type.kind() == type_kind::text;
}

bool is_count(const dtype& type) {
  return type.kind() == type_kind::boolean || is_integer(type.kind());
}

// The same bytes, byte order apart.
bool differs_in_order_only(const dtype& from, const dtype& to) {
  return from.kind() == to.kind() && from.item_bytes() == to.item_bytes() &&
         from.unit() == to.unit();
}

misfit misfit_rule(const convert_options& options) {
  if (options.clip) return misfit::saturate;
  return options.rule == casting::unsafe ? misfit::wrap : misfit::fail;
}

// value * scale + offset over contiguous float64 or complex128.
template <class Number>
std::int64_t scale_block(const std::byte* from, std::byte* to, std::int64_t count, double scale,
                         double offset) {
  for (std::int64_t i = 0; i < count; ++i) {
    Number value{};
    std::memcpy(&value, from + i * std::int64_t{sizeof value}, sizeof value);
    value = value * scale + offset;
    std::memcpy(to + i * std::int64_t{sizeof value}, &value, sizeof value);
  }
  return count;
}

std::int64_t cast_units(const moment_cast& cast, const std::byte* from, std::byte* to,
                        std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t value = 0;
    std::memcpy(&value, from + i * 8, sizeof value);
    const auto result = cast(value);
    if (!result) return i;
    std::memcpy(to + i * 8, &*result, sizeof *result);
  }
  return count;
}

// The raw value that `blank` names, if int64 or uint64 has it: float64 tells large ones apart no
// better than it holds them, so they are compared as they are.
template <class Integer>
std::optional<Integer> exact(double blank) {
  constexpr double limit = std::is_signed_v<Integer> ? 0x1p63 : 0x1p64;
  const double low = std::is_signed_v<Integer> ? -limit : 0.0;
  if (!(blank >= low && blank < limit) || blank != std::trunc(blank)) return std::nullopt;
  return static_cast<Integer>(blank);
}

template <class Integer>
std::int64_t widen_block(const std::byte* from, std::byte* to, std::int64_t count,
                         std::optional<Integer> blank) {
  for (std::int64_t i = 0; i < count; ++i) {
    Integer raw{};
    std::memcpy(&raw, from + i * 8, sizeof raw);
    const double value =
        raw == blank ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(raw);
    std::memcpy(to + i * 8, &value, sizeof value);
  }
  return count;
}

template <class Number>
std::int64_t blank_block(const std::byte* from, std::byte* to, std::int64_t count, double blank) {
  for (std::int64_t i = 0; i < count; ++i) {
    Number value{};
    std::memcpy(&value, from + i * std::int64_t{sizeof value}, sizeof value);
    if (value == blank) value = std::numeric_limits<double>::quiet_NaN();
    std::memcpy(to + i * std::int64_t{sizeof value}, &value, sizeof value);
  }
  return count;
}

// What an integer of 8 bytes becomes: float64, NaN for the blank.
std::function<std::int64_t(const std::byte* from, std::byte* to, std::int64_t count)> widening(
    type_kind kind, double blank) {
  if (kind == type_kind::signed_integer) {
    return [raw = exact<std::int64_t>(blank)](const std::byte* in, std::byte* out,
                                              std::int64_t count) {
      return widen_block(in, out, count, raw);
    };
  }
  return
      [raw = exact<std::uint64_t>(blank)](const std::byte* in, std::byte* out, std::int64_t count) {
        return widen_block(in, out, count, raw);
      };
}

// The blank as numbers of that type hold it: headers say it with more digits than float32 has.
double held(double blank, const dtype& type) {
  const bool is_complex = type.kind() == type_kind::complex_floating;
  if (!is_complex && type.kind() != type_kind::floating &&
      type.kind() != type_kind::brain_floating) {
    return blank;
  }
  const dtype wide{type_kind::floating, 8};
  const dtype real = is_complex ? dtype(type_kind::floating, type.item_bytes() / 2) : type;
  std::array<std::byte, max_number_bytes> small{};
  double out = 0;
  cast_between(wide, real, misfit::wrap)(reinterpret_cast<const std::byte*>(&blank), small.data(),
                                         1);
  cast_between(real, wide, misfit::wrap)(small.data(), reinterpret_cast<std::byte*>(&out), 1);
  return std::isinf(out) ? blank : out;
}

double only(const std::vector<double>& entries, double without) {
  return entries.empty() ? without : entries.front();
}

item_form loaded(const dtype& type) {
  return {type.item_bytes(), type.order() == swapped(native_order) ? swap_unit(type) : 1};
}

}  // namespace

struct element_cast::scratch {
  static constexpr std::size_t block_bytes{block_items * max_number_bytes};
  alignas(64) std::array<std::byte, block_bytes> one;
  alignas(64) std::array<std::byte, block_bytes> other;
};

cast_run cast_run::part(std::int64_t first, std::int64_t length, std::int64_t from_offset,
                        std::int64_t to_offset) const noexcept {
  std::byte* const target = to == nullptr ? nullptr : to + first * to_stride + to_offset;
  return {
      from + first * from_stride + from_offset, from_stride, target, to_stride, length, past_cache};
}

bool is_scaled(const convert_options& options) noexcept {
  if (options.physical != nullptr) return !options.physical->is_identity();
  return options.scale != 1.0 || options.offset != 0.0;
}

element_cast::element_cast(std::int64_t item_bytes) noexcept
    : load_{item_bytes, 1}, store_{item_bytes, 1} {}

element_cast::element_cast(const dtype& from, const dtype& to, const convert_options& options)
    : load_(loaded(from)), store_(loaded(to)) {
  if (is_scaled(options)) {
    add_casts(add_scaling(from, options), to, options);
  } else if (differs_in_order_only(from, to) && from.kind() != type_kind::object) {
    // One move from order to order, not in and out of the native one.
    load_.swap_bytes = from.order() == to.order() ? 1 : swap_unit(from);
  } else {
    add_casts(from, to, options);
  }
}

void element_cast::add_casts(const dtype& from, const dtype& to, const convert_options& options) {
  if (is_computable(from) && is_computable(to)) {
    add_number_cast(from, to, options);
  } else if (is_moment(from.kind()) && from.kind() == to.kind()) {
    add_unit_cast(from, to);
  } else if (is_moment(from.kind()) && is_count(to)) {
    add_number_cast(ticks(), to, options);
  } else if (is_count(from) && is_moment(to.kind())) {
    add_number_cast(from, ticks(), options);
  } else if (is_string(from) && is_string(to)) {
    text_.emplace(from, to);
  } else {
    throw error(errc::unsupported,
                concat("casting ", to_string(from), " to ", to_string(to), " is not defined"));
  }
}

void element_cast::add_number_cast(const dtype& from, const dtype& to,
                                   const convert_options& options) {
  steps_.push_back({cast_between(from, to, misfit_rule(options)), from, to});
}

void element_cast::add_unit_cast(const dtype& from, const dtype& to) {
  const auto cast = moment_cast::make(from.unit(), to.unit(), from.kind());
  if (!cast) {
    throw error(errc::unsupported, concat("casting ", to_string(from), " to ", to_string(to),
                                          ": no fixed relation of the units"));
  }
  steps_.push_back({[cast = *cast](const std::byte* in, std::byte* out, std::int64_t count) {
                      return cast_units(cast, in, out, count);
                    },
                    from, to});
}

// Into `wide`, blanks made NaN.
void element_cast::add_widening(const dtype& from, const dtype& wide,
                                const convert_options& options) {
  const auto blank = options.physical == nullptr ? std::nullopt : options.physical->blank;
  const bool is_long = is_integer(from.kind()) && from.item_bytes() == 8;
  if (blank && is_long) {
    steps_.push_back({widening(from.kind(), *blank), from, wide});
    return;
  }
  add_number_cast(from, wide, options);
  if (!blank) return;
  const bool is_complex = wide.kind() == type_kind::complex_floating;
  const auto take_out = is_complex ? &blank_block<std::complex<double>> : &blank_block<double>;
  steps_.push_back({[take_out, blank = held(*blank, from)](const std::byte* in, std::byte* out,
                                                           std::int64_t count) {
                      return take_out(in, out, count, blank);
                    },
                    wide, wide});
}

dtype element_cast::add_scaling(const dtype& from, const convert_options& options) {
  const bool is_physical = options.physical != nullptr;
  const dtype result = is_physical ? physical_type(from) : scaled_type(from);
  const bool is_complex = from.kind() == type_kind::complex_floating;
  const dtype wide =
      is_complex ? dtype(type_kind::complex_floating, 16) : dtype(type_kind::floating, 8);
  const auto scale_wide = is_complex ? &scale_block<std::complex<double>> : &scale_block<double>;
  const double scale = is_physical ? only(options.physical->scale, 1.0) : options.scale;
  const double offset = is_physical ? only(options.physical->offset, 0.0) : options.offset;
  add_widening(from, wide, options);
  steps_.push_back(
      {[scale_wide, scale, offset](const std::byte* in, std::byte* out, std::int64_t count) {
         return scale_wide(in, out, count, scale, offset);
       },
       wide, wide});
  if (!differs_in_order_only(wide, result)) add_number_cast(wide, result, options);
  return result;
}

std::int64_t element_cast::run(const cast_run& run) const {
  if (text_) return text_->run(run.from, run.from_stride, run.to, run.to_stride, run.count);
  if (steps_.empty()) {
    if (run.to != nullptr) {
      transfer(run.from, run.from_stride, run.to, run.to_stride, run.count, load_, run.past_cache);
    }
    return run.count;
  }
  scratch space;  // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
  for (std::int64_t done = 0; done < run.count; done += block_items) {
    const cast_run block = run.part(done, std::min(block_items, run.count - done));
    const std::int64_t fit = run_block(block, space);
    if (fit < block.count) return done + fit;
  }
  return run.count;
}

std::int64_t element_cast::run_block(const cast_run& block, scratch& space) const {
  const std::byte* in = block.from;
  if (load_.swap_bytes > 1 || block.from_stride != load_.item_bytes) {
    transfer(in, block.from_stride, space.one.data(), load_.item_bytes, block.count, load_);
    in = space.one.data();
  }
  const bool direct =
      block.to != nullptr && block.to_stride == store_.item_bytes && !block.past_cache;
  for (const step& s : steps_) {
    std::byte* out = in == space.one.data() ? space.other.data() : space.one.data();
    if (&s == &steps_.back() && direct) out = block.to;
    const std::int64_t fit = s.cast(in, out, block.count);
    if (fit < block.count) return fit;
    in = out;
  }
  if (block.to != nullptr && (!direct || store_.swap_bytes > 1)) {
    transfer(in, store_.item_bytes, block.to, block.to_stride, block.count, store_,
             block.past_cache);
  }
  return block.count;
}

std::string element_cast::misfit_text(const std::byte* from, std::string_view where) const {
  if (text_) {
    const std::uint32_t character = text_->misfit(from);
    return concat("character U+", hex(character, character < 0x10000 ? 4 : 5), " at ", where,
                  " is not ASCII");
  }
  scratch space;  // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
  std::byte* in = space.one.data();
  std::byte* out = space.other.data();
  transfer(from, load_.item_bytes, in, load_.item_bytes, 1, load_);
  for (const step& s : steps_) {
    if (s.cast(in, out, 1) < 1) {
      const std::string value = number_text(is_moment(s.from.kind()) ? ticks() : s.from, in);
      return concat("value ", value, " at ", where, " does not fit ",
                    is_computable(s.to) ? number_name(s.to) : to_string(s.to));
    }
    std::swap(in, out);
  }
  return concat("the value at ", where, " does not fit");
}

}  // namespace quarry
