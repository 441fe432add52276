// Writes records of a C++ struct, opens them again, and reads a field and a whole record in place.
#include <array>
#include <iostream>
#include <quarry.hpp>

namespace market {
struct trade {
  quarry::big<double> time;
  quarry::little<std::uint32_t> size;
  std::array<char, 4> venue;
};
QUARRY_RECORD(trade, time, size, venue);
}  // namespace market

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  const std::array<std::int64_t, 1> shape{3};
  quarry::new_array out = quarry::create<market::trade>(argv[1], shape);
  const auto trades = out.elements().as<market::trade, 1>();
  for (std::int64_t i = 0; i < 3; ++i) {
    trades(i) = {
        0.5 * static_cast<double>(i), static_cast<std::uint32_t>(i * 100), {'X', 'N', 'Y', 'S'}};
  }
  out.commit();

  const quarry::array file = quarry::open(argv[1]);
  const quarry::array sizes = file.field("size");
  for (const std::uint32_t size : sizes.as<const quarry::little<std::uint32_t>, 1>()) {
    std::cout << size << ' ';
  }
  std::cout << file.as<const market::trade, 1>()(2).time << '\n';
}
