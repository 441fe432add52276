// array_text.hpp: an array as NumPy 1.24 prints it: brackets, columns, wrapped
// lines, and "..." for the middle of a long one.
#pragma once
#include <cstdint>
#include <ostream>

#include "quarry.hpp"

namespace quarry::tools {

/// numpy.printoptions, with NumPy's defaults.
struct array_text_options {
  int precision = 8;  ///< digits behind the point, at most
  bool full = false;  ///< all elements, however many
};

/// Writes str() of the array and a newline. An array of more than 1000 elements
/// is summarised: only the first and last three of each axis are read.
/// Otherwise all elements are read twice, to find the common width and to
/// write; memory is bounded either way. A scalar is written in full precision,
/// as NumPy does. Throws what copy() throws.
void write_array_text(std::ostream& to, const stacked& from,
                      const array_text_options& options = {});

}  // namespace quarry::tools
