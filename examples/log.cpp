// log.cpp: rows added to a file while others read it: `log FILE.npy` adds three, `log --follow
// FILE.npy` prints all that are there and that come, until none has come for a second.
#include <quarry.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <string_view>

namespace {

void write(const char* path) {
  using shape = std::array<std::int64_t, 2>;
  if (!std::filesystem::exists(path)) quarry::create<double>(path, shape{0, 2}).commit();
  quarry::appender log = quarry::append_to(path);
  const quarry::array row = quarry::array::zeros(log.type(), shape{1, 2});
  const auto values = row.as<double, 2>();
  for (int step = 0; step < 3; ++step) {
    values(0, 0) = step;
    values(0, 1) = 0.5 * step;
    log.append(row);
    log.commit();  // from now on readers see it
  }
}

void follow(const char* path) {
  quarry::follower log = quarry::follow(path);
  std::int64_t seen = 0;
  do {
    const auto rows = log.rows().as<const double, 2>();
    for (; seen < log.count(); ++seen) std::cout << rows(seen, 0) << ' ' << rows(seen, 1) << '\n';
  } while (log.wait(std::chrono::seconds(1)));
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc == 2) {
    write(argv[1]);
  } else if (argc == 3 && std::string_view(argv[1]) == "--follow") {
    follow(argv[2]);
  } else {
    return 64;
  }
} catch (const quarry::error& failure) {
  std::cerr << failure.what() << '\n';
  return 1;
}
