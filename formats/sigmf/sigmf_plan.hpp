// sigmf_plan.hpp: the metadata of a new SigMF recording.
#pragma once
#include <span>

#include "quarry/store/format.hpp"

namespace quarry::formats {

/// A data file without a header, and the JSON text beside it. See sigmf.md, Written. Throws
/// error(unsupported) for what a recording does not hold.
file_plan plan_sigmf(std::span<const array_info> arrays);

}  // namespace quarry::formats
