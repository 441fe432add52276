// share_bench: what it costs to hand a version of an array over to a reader, and to hold one.
//
// usage: share_bench DIRECTORY BYTES
//
// A version of BYTES bytes is filled, published and taken by a reader that attached as another
// process does, in a segment in DIRECTORY; before the clock counts, its elements must be those that
// were filled in. Prints {"hand_over_ns": N, "pin_ns": N, "calls_ns": N, "wake_ns": N,
// "memcpy_ns": N}: medians of publishing and taking, of taking the latest again and letting go of
// it, of the system calls alone that this takes, of the way from commit() in one process to the
// version in another one that sleeps, and of copying as many bytes.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <iostream>
#include <numeric>
#include <quarry.hpp>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace quarry::share;
using steady = std::chrono::steady_clock;

constexpr int repetitions = 501;

// Of what `work` returns.
double median(int times, const std::function<double()>& work) {
  std::vector<double> all(static_cast<std::size_t>(times));
  std::ranges::generate(all, work);
  std::ranges::nth_element(all, all.begin() + times / 2);
  return all[static_cast<std::size_t>(times / 2)];
}

double taken_ns(const std::function<void()>& work) {
  const auto start = steady::now();
  work();
  return std::chrono::duration<double, std::nano>(steady::now() - start).count();
}

void check(const segment& reader, std::uint64_t first) {
  const auto found = reader.latest();
  const auto values = found->elements.as<const std::uint64_t, 1>();
  for (std::int64_t i = 0; i < values.size(); ++i) {
    if (values(i) != first + static_cast<std::uint64_t>(i))
      throw std::runtime_error("wrong answer");
  }
}

void fill(const slot& next, std::uint64_t first) {
  const auto values = next.elements().as<std::uint64_t, 1>();
  std::iota(values.begin(), values.end(), first);
}

std::uint64_t now_ns() {
  const auto since = steady::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(since).count());
}

void set_lock(int file, short kind) {
  struct flock what {};
  what.l_type = kind;
  what.l_whence = SEEK_SET;
  what.l_start = 1000;  // a byte that means nothing in a segment
  what.l_len = 1;
  if (::fcntl(file, F_OFD_SETLK, &what) != 0) throw std::runtime_error("cannot lock");
}

// What the system takes of holding a version and letting go of it: is the handler of SIGBUS in
// place, has the segment its name, a lock, and its end.
double calls_ns(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) throw std::runtime_error("cannot open");
  const double out = median(repetitions, [&] {
    return taken_ns([&] {
      struct sigaction action {};
      struct stat status {};
      ::sigaction(SIGBUS, nullptr, &action);
      ::fstat(file, &status);
      set_lock(file, F_RDLCK);
      set_lock(file, F_UNLCK);
    });
  });
  ::close(file);
  return out;
}

// Both sides read the same clock; each version says when it was published.
void measure_wake(const segment& made, const place& where) {
  slot_writer writer = made.write();
  const pid_t child = ::fork();
  if (child == 0) {
    const segment reader = segment::attach("bench", quarry::access::read_only, where);
    std::vector<double> all;
    std::uint64_t seen = reader.latest()->version;
    while (all.size() < 101) {
      const auto next = reader.latest(seen, 10s);
      if (!next) ::_exit(1);
      const std::uint64_t at = now_ns();
      all.push_back(static_cast<double>(at - next->elements.as<const std::uint64_t, 1>()(0)));
      seen = next->version;
    }
    std::ranges::nth_element(all, all.begin() + 50);
    std::cout << "\"wake_ns\": " << all[50] << ", " << std::flush;
    ::_exit(0);
  }
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    ::usleep(2000);  // until it sleeps
    slot next = writer.begin(10s);
    next.elements().as<std::uint64_t, 1>()(0) = now_ns();
    next.commit();
  }
  if (status != 0) throw std::runtime_error("the reader got no version");
}

void run(const place& where, std::int64_t bytes) {
  const segment_spec what{quarry::element<std::uint64_t>::type(), {bytes / 8}};
  const segment made = segment::create("bench", what, where);
  const segment reader = segment::attach("bench", quarry::access::read_only, where);
  {
    slot_writer writer = made.write();
    for (std::uint64_t first = 1; first < 5; ++first) {  // every slot is touched
      slot next = writer.begin();
      fill(next, first);
      next.commit();
      check(reader, first);
    }
    std::uint64_t seen = 4;
    std::cout << "{\"hand_over_ns\": " << median(repetitions, [&] {
      slot next = writer.begin();
      next.elements().as<std::uint64_t, 1>()(0) = seen;
      return taken_ns([&] {
        next.commit();
        const auto found = reader.latest(seen);
        seen = found->version;
      });
    }) << ", ";
  }
  std::cout << "\"pin_ns\": " << median(repetitions, [&] {
    return taken_ns([&] { reader.latest(); });
  }) << ", \"calls_ns\": " << calls_ns(made.path()) << ", " << std::flush;
  measure_wake(made, where);
  const auto latest = reader.latest();
  std::vector<std::byte> copy(static_cast<std::size_t>(latest->elements.size_bytes()));
  std::cout << "\"memcpy_ns\": " << median(11, [&] {
    return taken_ns([&] { std::memcpy(copy.data(), latest->elements.data(), copy.size()); });
  }) << "}\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  try {
    run({argv[1]}, std::stoll(argv[2]));
  } catch (const std::exception& failure) {
    std::cerr << "share_bench: " << failure.what() << '\n';
    return 1;
  }
}
