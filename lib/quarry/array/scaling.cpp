#include "quarry/array/scaling.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry {
namespace {

void check_factors(std::string_view what, const std::vector<double>& factors, int axis,
                   std::span<const std::int64_t> shape) {
  if (!std::ranges::all_of(factors, [](double each) { return std::isfinite(each); })) {
    throw error(errc::corrupt_header,
                concat(what == "offset" ? "an " : "a ", what, " is not finite"));
  }
  if (factors.size() < 2) return;
  if (axis < 0 || static_cast<std::size_t>(axis) >= shape.size()) {
    throw error(errc::corrupt_header, concat("the axis ", axis, " of its ", factors.size(), " ",
                                             what, "s is none of ", shape.size()));
  }
  const std::int64_t extent = shape[static_cast<std::size_t>(axis)];
  if (!std::cmp_equal(factors.size(), extent)) {
    throw error(errc::corrupt_header,
                concat(factors.size(), " ", what, "s for an axis of extent ", extent));
  }
}

}  // namespace

bool scaling::is_identity() const noexcept {
  return !blank && std::ranges::all_of(scale, [](double each) { return each == 1.0; }) &&
         std::ranges::all_of(offset, [](double each) { return each == 0.0; });
}

scaling scaling_at(const scaling& of, std::int64_t index) {
  const auto entry = [&](const std::vector<double>& factors) {
    if (factors.size() < 2) return factors;
    return std::vector{factors[static_cast<std::size_t>(index)]};
  };
  return {.scale = entry(of.scale), .offset = entry(of.offset), .axis = 0, .blank = of.blank};
}

void check_scaling(const scaling& of, std::span<const std::int64_t> shape) {
  check_factors("scale", of.scale, of.axis, shape);
  check_factors("offset", of.offset, of.axis, shape);
}

}  // namespace quarry
