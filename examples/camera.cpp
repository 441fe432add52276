// camera.cpp: publishes a frame ten times a second until it is killed: camera NAME [DIRECTORY].
#include <quarry.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  using namespace std::chrono_literals;
  quarry::share::place where;
  if (argc > 2) where.directory = argv[2];
  const quarry::share::segment_spec frames{quarry::element<float>::type(), {480, 640}};
  const auto segment = quarry::share::segment::attach_or_create(argv[1], frames, where);
  quarry::share::slot_writer writer = segment.write();  // the lease of a dead producer is free
  while (true) {
    quarry::share::slot frame = writer.begin(1s);
    const auto pixels = frame.elements().as<float, 2>();
    std::fill(pixels.begin(), pixels.end(), 0.5F);
    std::printf("version %llu\n", static_cast<unsigned long long>(frame.commit()));
    std::fflush(stdout);
    std::this_thread::sleep_for(100ms);
  }
}
