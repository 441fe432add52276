#include "quarry/store/format.hpp"

#include "quarry/array/stacked.hpp"

namespace quarry {

std::vector<std::int64_t> shape_of(const stack_info& stack) {
  std::vector<std::vector<std::int64_t>> shapes;
  for (const part_info& part : stack.parts) {
    shapes.emplace_back(part.where.shape().begin(), part.where.shape().end());
  }
  return stack.is_new_axis ? stacked_shape(shapes, stack.axis)
                           : concatenated_shape(shapes, stack.axis);
}

}  // namespace quarry
