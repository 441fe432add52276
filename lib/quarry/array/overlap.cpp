// Whether two layouts share a byte is whether a linear equation with bounded unknowns has an
// integer solution: the distance between an element of one and an element of the other, byte by
// byte, must become 0.
#include <algorithm>
#include <numeric>
#include <vector>

#include "quarry/array/geometry.hpp"

namespace quarry {
namespace {

__extension__ using wide = __int128;  // sums of two reaches, each up to 2^63

// sum of coefficient * unknown == target, 0 <= unknown <= bound, all coefficients positive.
class bounded_equation {
 public:
  explicit bounded_equation(wide target) noexcept : target_(target) {}

  /// A term whose unknown runs from 0 to `bound`; a negative coefficient is turned around.
  void add(wide coefficient, wide bound) {
    if (coefficient == 0 || bound <= 0) return;
    if (coefficient < 0) {
      target_ -= coefficient * bound;
      coefficient = -coefficient;
    }
    terms_.push_back({coefficient, bound, 0, 0});
  }

  void move_target(wide by) noexcept { target_ += by; }

  /// Or not known to be unsolvable: the search gives up after search_steps.
  bool maybe_solvable() {
    merge_and_sort();
    wide reach = 0;
    wide divisor = 0;
    for (std::size_t k = terms_.size(); k-- > 0;) {
      reach += terms_[k].coefficient * terms_[k].bound;
      divisor = std::gcd(divisor, terms_[k].coefficient);
      terms_[k].reach = reach;
      terms_[k].divisor = divisor;
    }
    return solvable_from(0, target_);
  }

 private:
  struct term {
    wide coefficient;
    wide bound;
    wide reach;    // of this term and those behind it together
    wide divisor;  // greatest common one of the same
  };

  void merge_and_sort() {
    std::ranges::sort(terms_, std::ranges::greater{}, &term::coefficient);
    std::size_t kept = 0;
    for (std::size_t k = 0; k < terms_.size(); ++k) {
      if (kept > 0 && terms_[kept - 1].coefficient == terms_[k].coefficient) {
        terms_[kept - 1].bound += terms_[k].bound;
      } else {
        terms_[kept++] = terms_[k];
      }
    }
    terms_.resize(kept);
  }

  // Recursion goes as deep as there are terms: two ranks and one for the item bytes.
  bool solvable_from(std::size_t k, wide rest) {  // NOLINT(misc-no-recursion): depth <= 130
    if (rest == 0 || steps_left_-- == 0) return true;
    if (k == terms_.size() || rest < 0 || rest > terms_[k].reach || rest % terms_[k].divisor != 0) {
      return false;
    }
    const term& t = terms_[k];
    const wide behind = t.reach - t.coefficient * t.bound;
    wide low = 0;
    if (rest > behind) low = (rest - behind + t.coefficient - 1) / t.coefficient;
    for (wide x = std::min(t.bound, rest / t.coefficient); x >= low; --x) {
      if (solvable_from(k + 1, rest - x * t.coefficient)) return true;
    }
    return false;
  }

  // Layouts of real arrays take some tens; 64 equations of so many still take less than a second.
  static constexpr std::int64_t search_steps = 1 << 18;

  wide target_;
  std::vector<term> terms_;
  std::int64_t steps_left_ = search_steps;
};

wide magnitude(std::int64_t stride) noexcept { return stride < 0 ? -wide{stride} : wide{stride}; }

// The axis `first` moves by at least one step, later axes by any number of steps in either
// direction: do two elements meet?
bool meets_itself(const layout& a, int first) {
  bounded_equation equation(-magnitude(a.stride(first)));
  equation.add(magnitude(a.stride(first)), wide{a.extent(first)} - 2);
  for (int axis = first + 1; axis < a.rank(); ++axis) {
    const wide steps = wide{a.extent(axis)} - 1;
    equation.add(magnitude(a.stride(axis)), 2 * steps);
    equation.move_target(magnitude(a.stride(axis)) * steps);
  }
  const wide last_byte = wide{a.item_bytes()} - 1;
  equation.add(1, 2 * last_byte);
  equation.move_target(last_byte);
  return equation.maybe_solvable();
}

}  // namespace

bool overlap(const layout& a, const layout& b, std::int64_t distance_bytes) {
  if (a.size() == 0 || b.size() == 0 || a.item_bytes() == 0 || b.item_bytes() == 0) return false;
  bounded_equation equation(distance_bytes);
  for (int axis = 0; axis < a.rank(); ++axis)
    equation.add(a.stride(axis), wide{a.extent(axis)} - 1);
  for (int axis = 0; axis < b.rank(); ++axis) {
    equation.add(-wide{b.stride(axis)}, wide{b.extent(axis)} - 1);
  }
  equation.add(1, wide{a.item_bytes()} - 1);
  equation.add(-1, wide{b.item_bytes()} - 1);
  return equation.maybe_solvable();
}

bool overlaps_itself(const layout& a) {
  if (a.size() == 0 || a.item_bytes() == 0) return false;
  for (int axis = 0; axis < a.rank(); ++axis) {
    if (a.extent(axis) >= 2 && meets_itself(a, axis)) return true;
  }
  return false;
}

}  // namespace quarry
