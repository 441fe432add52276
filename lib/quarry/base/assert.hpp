// assert.hpp: QUARRY_ASSERT states what the caller must have made sure of.
// Input from a file or a user never reaches one: that is checked at the doors and thrown.
#pragma once
#include <cstdlib>

#ifdef QUARRY_ASSERTIONS
/// Stops the program where a precondition is broken; on in the dev and asan presets, else nothing.
#define QUARRY_ASSERT(condition) ((condition) ? static_cast<void>(0) : std::abort())
#else
#define QUARRY_ASSERT(condition) static_cast<void>(0)
#endif
