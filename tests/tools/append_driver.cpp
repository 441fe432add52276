// append_driver.cpp: for append_kill_test.py: adds rows of consecutive numbers to a file of 64-bit
// integers and says how many are committed, until it is killed or done.
//
//     append_driver FILE ROWS_PER_COMMIT COMMITS process_crash|power_loss
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <string_view>
#include <vector>

#include "quarry.hpp"

int main(int argc, char** argv) {
  if (argc != 5) return 64;
  try {
    quarry::append_options how;
    how.sync = std::string_view(argv[4]) == "power_loss" ? quarry::durability::power_loss
                                                         : quarry::durability::process_crash;
    how.buffer_bytes = 4096;  // so that some of what is pending is in the file
    quarry::appender out = quarry::append_to(argv[1], how);
    const std::int64_t columns = out.where().rank() > 1 ? out.where().extent(1) : 1;
    std::vector<std::int64_t> shape(out.where().shape().begin(), out.where().shape().end());
    for (int i = 0; i < std::atoi(argv[3]); ++i) {
      shape[0] = std::atoi(argv[2]);
      std::vector<std::int64_t> numbers(static_cast<std::size_t>(shape[0] * columns));
      std::iota(numbers.begin(), numbers.end(), (out.rows() + out.pending()) * columns);
      const auto type = quarry::element<std::int64_t>::type();
      out.append(quarry::array::over(std::as_bytes(std::span(numbers)), type,
                                     quarry::layout::contiguous(shape, type.item_bytes())));
      std::cout << out.commit() << std::endl;
    }
  } catch (const quarry::error& failure) {
    std::cerr << failure.what() << '\n';
    return failure.code() == quarry::errc::busy ? 75 : 74;
  }
  return 0;
}
