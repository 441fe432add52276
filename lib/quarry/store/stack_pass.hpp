// stack_pass.hpp: stacks of arrays read into memory, and written as new files: pass.hpp for each
// part.
#pragma once
#include "quarry/array/stacked.hpp"
#include "quarry/kernels/convert.hpp"
#include "quarry/store/pass.hpp"

namespace quarry {

/// Stores the elements of all parts in `to`, each part under a fault_guard: convert() for what is
/// read piece by piece. Throws error(shape_mismatch), what opening a part throws, what convert() of
/// kernels/convert.hpp throws, naming the index in the stack, and what fault_guard::check() throws.
/// error(unsupported) for a scaling per index of several parts.
void convert(const stacked& from, const array& to, const convert_options& values = {});

/// Writes the stack into a file that is being made, one part after another, each in a pass into its
/// place. Where the parts lie in the file in runs of less than some 256 KiB, as columns do, rows of
/// all parts are put together in memory instead, so that the file is written once, in order. Each
/// part is read once either way, unless it is inflated and the disk has no room for all that are.
/// Throws as convert() of pass.hpp and as above.
void convert(const stacked& from, new_array& to, const convert_options& values,
             const pass_options& how);

}  // namespace quarry
