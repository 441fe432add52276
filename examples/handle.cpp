// Passes a view of a file from one process to another as a line of text: `handle FILE SLICE` prints
// the handle of a slice, `handle --open` reads one from standard input, in another process, and
// adds its elements up.
#include <iostream>
#include <numeric>
#include <quarry.hpp>
#include <string>
#include <string_view>

namespace {

void print_handle(const char* path, const char* slice) {
  const quarry::array part = quarry::open(path).slice(slice);
  std::cout << to_string(quarry::handle_of(part)) << '\n';
}

void print_sum() {
  std::string line;
  std::getline(std::cin, line);
  const quarry::array part = quarry::open_handle(quarry::parse_handle(line));
  const quarry::array numbers = quarry::to_native(part).ravel();
  const auto values = numbers.as<const float, 1>();
  std::cout << std::accumulate(values.begin(), values.end(), 0.0) << '\n';
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc == 2 && std::string_view(argv[1]) == "--open") {
    print_sum();
  } else if (argc == 3) {
    print_handle(argv[1], argv[2]);
  } else {
    return 64;
  }
} catch (const quarry::error& failure) {
  std::cerr << failure.what() << '\n';
  return 1;
}
