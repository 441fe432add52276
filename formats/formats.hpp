// formats.hpp: the table of all formats.
#pragma once
#include <span>

#include "quarry/store/format.hpp"

namespace quarry::formats {

/// One row per format; the order has no meaning but in messages.
std::span<const format> table() noexcept;

}  // namespace quarry::formats
