// growth.hpp: which axis of a contiguous array gets longer when bytes are put behind its last one.
#pragma once
#include <cstdint>
#include <optional>

#include "quarry/array/layout.hpp"

namespace quarry {

/// How a contiguous layout grows: its rows are steps along one axis, each lies behind the one
/// before, and no element moves when there are more of them.
struct growth {
  int axis = 0;                          ///< the first in C order, the last in Fortran order
  memory_order order = memory_order::c;  ///< of the elements; C where both are right
};

/// How elements at `where` grow; nothing for a scalar and for a layout that is not contiguous.
std::optional<growth> growth_of(const layout& where) noexcept;

/// The same layout with `rows` rows. Throws as layout::contiguous() does. Precondition: `along` is
/// growth_of(where).
layout with_rows(const layout& where, const growth& along, std::int64_t rows);

}  // namespace quarry
