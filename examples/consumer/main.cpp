// A program of a project of its own: opens the file named, of any format, and says what is in it.
#include <iostream>
#include <quarry.hpp>

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  const quarry::array a = quarry::open(argv[1]);
  std::cout << quarry::to_string(a.type()) << ' ' << a.size() << '\n';
}
