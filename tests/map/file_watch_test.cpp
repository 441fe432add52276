// What a file_watch hears, and what ends its waiting.
#include "quarry/map/file_watch.hpp"

#include <chrono>
#include <fstream>
#include <stop_token>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include "map/child.hpp"
#include "map/failure.hpp"
#include "map/scratch.hpp"

using namespace std::chrono_literals;
using quarry::file_watch;

namespace {

void add_to(const std::filesystem::path& path) {
  std::ofstream(path, std::ios::app | std::ios::binary) << "more";
}

// Of this process: "inotify wd:1 ino:..." is the line of each.
int watches() {
  int count = 0;
  for (const auto& each : std::filesystem::directory_iterator("/proc/self/fdinfo")) {
    std::ifstream info(each.path());
    for (std::string line; std::getline(info, line);)
      count += line.starts_with("inotify wd") ? 1 : 0;
  }
  return count;
}

}  // namespace

// A wait that hears nothing would last longer than the test may.
TEST_CASE("file_watch: writing to the file and replacing it are heard", "[map][file_watch]") {
  const scratch dir;
  put(dir / "f", "text");
  std::filesystem::create_symlink("f", dir / "link");
  for (const char* name : {"f", "link"}) {
    file_watch watch(dir / name);
    add_to(dir / "f");
    watch.wait(1h);
    put(dir / "new", "other");
    std::filesystem::rename(dir / "new", dir / "f");
    watch.wait(1h);
    watch.wait(10ms);  // the new file is watched from here on
    std::thread later([&] {
      std::this_thread::sleep_for(5ms);
      add_to(dir / "f");
    });
    watch.wait(1h);
    later.join();
  }
}

TEST_CASE("file_watch: other files in the directory do not end a wait", "[map][file_watch]") {
  const scratch dir;
  put(dir / "f", "text");
  file_watch watch(dir / "f");
  put(dir / "g", "text");
  const auto start = std::chrono::steady_clock::now();
  watch.wait(30ms);
  CHECK(std::chrono::steady_clock::now() - start >= 30ms);
}

TEST_CASE("file_watch: a stop ends a wait, before it and meanwhile", "[map][file_watch]") {
  const scratch dir;
  put(dir / "f", "text");
  file_watch watch(dir / "f");
  std::stop_source stop;
  std::thread later([&] {
    std::this_thread::sleep_for(5ms);
    stop.request_stop();
  });
  watch.wait(std::chrono::milliseconds::max(), stop.get_token());
  CHECK(stop.stop_requested());
  later.join();
  watch.wait(1h, stop.get_token());
  CHECK(stop.stop_requested());
}

TEST_CASE("file_watch: files that were replaced are not watched", "[map][file_watch]") {
  const scratch dir;
  put(dir / "f", "text");
  file_watch watch(dir / "f");
  const int before = watches();
  for (int i = 0; i < 10; ++i) {
    std::filesystem::create_hard_link(dir / "f", dir / std::to_string(i));
    put(dir / "new", "other");
    std::filesystem::rename(dir / "new", dir / "f");
    watch.wait(1h);
    watch.wait(10ms);
  }
  CHECK(watches() == before);
  add_to(dir / "f");
  watch.wait(1h);
}

// Nobody may watch what he may not read, and nobody gets a descriptor beyond the limit. A wait that
// hears nothing is ended by the alarm.
TEST_CASE("file_watch: where the system stops telling, it looks", "[map][file_watch]") {
  const scratch dir;
  put(dir / "f", "text");
  put(dir / "new", "other");
  std::filesystem::permissions(dir / "new", std::filesystem::perms(0));
  std::filesystem::permissions(dir.path(), std::filesystem::perms(0777));
  CHECK(in_child([&] {
          ::alarm(20);
          if (!without_privilege()) return false;
          file_watch watch(dir / "f");
          std::filesystem::rename(dir / "new", dir / "f");
          for (int i = 0; i < 3; ++i) watch.wait(1h);
          return true;
        }) == 0);
  put(dir / "g", "text");
  CHECK(in_child([&] {
          ::alarm(20);
          file_watch watch(dir / "g");
          std::stop_source stop;
          stop.request_stop();
          if (!limit_to(3, RLIMIT_NOFILE)) return false;
          watch.wait(1h, stop.get_token());
          return true;
        }) == 0);
}

TEST_CASE("file_watch: a name that leads nowhere is an error", "[map][file_watch]") {
  const scratch dir;
  CHECK(fails_with(ENOENT, [&] { file_watch(dir / "none"); }));
}
