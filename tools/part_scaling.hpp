// part_scaling.hpp: what the numbers of a part of an array mean.
#pragma once
#include <cstdint>
#include <functional>
#include <span>

#include "quarry.hpp"

namespace quarry::tools {

/// The scaling of what `cut` makes of an array of the shape `whole` whose scaling is `of`: its
/// entries are those of the indices that are left of their axis, in their order, wherever the axis
/// is then; one pair if one index is left. `cut` slices and turns any array of that shape.
scaling part_scaling(const scaling& of, std::span<const std::int64_t> whole,
                     const std::function<array(const array& whole)>& cut);

}  // namespace quarry::tools
