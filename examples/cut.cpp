// Opens a headerless recording of four channels, cuts one channel out without copying, adds it up,
// and writes it as a big-endian .npy.
#include <iostream>
#include <numeric>
#include <quarry.hpp>

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  const quarry::array eeg = quarry::open_raw(argv[1], "<f8[-1,4]");
  const quarry::array channel = eeg.slice("100:200, 2");  // nothing is read yet
  const auto values = channel.as<const double, 1>();
  std::cout << std::accumulate(values.begin(), values.end(), 0.0) << '\n';

  quarry::new_array out = quarry::create<quarry::big<double>>(argv[2], channel.shape());
  quarry::convert(channel, out.elements());
  out.commit();  // only now there is a file, complete
}
