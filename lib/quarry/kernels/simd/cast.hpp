// cast.hpp: every number type into every other, for the best target that the machine has.
#pragma once
#include <cstddef>

#include "quarry/array/dtype.hpp"
#include "quarry/kernels/cast_table.hpp"

namespace quarry::simd {

/// How many number types there are.
#define QUARRY_COUNT_NUMBER(TYPE, KIND, NAME) +1
inline constexpr std::size_t number_types = QUARRY_FOR_EACH_NUMBER(QUARRY_COUNT_NUMBER);
#undef QUARRY_COUNT_NUMBER

/// The function from one number type to another, which are given by their places in
/// QUARRY_FOR_EACH_NUMBER. All targets give the same bits. Precondition: both < number_types.
number_cast cast_between(std::size_t from, std::size_t to, misfit rule) noexcept;

}  // namespace quarry::simd
