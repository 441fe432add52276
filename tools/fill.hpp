// fill.hpp: what `create` puts into a new array. All work in pieces, in bounded memory.
#pragma once
#include <cstdint>
#include <string_view>

#include "quarry.hpp"

#include "tools/arguments.hpp"
#include "tools/output.hpp"

namespace quarry::tools {

/// The same number in every element. Throws error(out_of_bounds) if the elements cannot hold it,
/// error(type_mismatch) if they are of another kind (1.5 for integers).
void fill_with(new_array& to, const number& value, work& frame);

/// start + i * step in the i-th element, in C order: in int64 if both are integers, else in
/// float64. Throws as fill_with() does, and error(limit_exceeded) beyond int64.
void fill_sequence(new_array& to, const number& start, const number& step, work& frame);

/// Random numbers in C order of the elements, from std::mt19937_64 seeded with `seed`: uniform in
/// [0, 1) for floating-point numbers (with as many bits as their fraction holds) and for both
/// parts of complex ones, the low bits of the generator's output for integers and bool. The same
/// seed gives the same array on every machine.
void fill_random(new_array& to, std::uint64_t seed, work& frame);

}  // namespace quarry::tools
