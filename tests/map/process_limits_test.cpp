#include "quarry/map/process_limits.hpp"

#include <fstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "quarry/map/control_groups.hpp"

#include "map/child.hpp"
#include "map/scratch.hpp"

namespace fs = std::filesystem;
using quarry::available_memory;
using quarry::detail::control_group_memory;

namespace {

constexpr std::uint64_t no_limit = UINT64_MAX;

void put_deep(const fs::path& file, std::string_view text) {
  fs::create_directories(file.parent_path());
  put(file, text);
}

// A tree with the files of proc(5) that name the groups.
class system_tree {
 public:
  system_tree(std::string_view mountinfo, std::string_view memberships) {
    put_deep(dir_ / "proc/self/mountinfo", mountinfo);
    put_deep(dir_ / "proc/self/cgroup", memberships);
  }
  void set(std::string_view file, std::string_view text) { put_deep(dir_ / file, text); }
  std::uint64_t limit() const { return control_group_memory(dir_.path()); }

 private:
  scratch dir_;
};

constexpr const char* mount_v1 =
    "23 1 0:22 / /sys rw,nosuid - sysfs sysfs rw\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:15 - cgroup cgroup rw,memory\n";
constexpr const char* mount_v2 =
    "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 master:2 - cgroup2 cgroup2 rw,nsdelegate\n";

}  // namespace

TEST_CASE("available_memory: physical memory is the most there is", "[map][limits]") {
  std::ifstream meminfo("/proc/meminfo");
  std::string word;
  std::uint64_t kibibytes = 0;
  REQUIRE(meminfo >> word >> kibibytes);
  REQUIRE(word == "MemTotal:");
  CHECK(available_memory() > 0);
  CHECK(available_memory() <= kibibytes * 1024);
}

TEST_CASE("available_memory: RLIMIT_AS is a limit", "[map][limits]") {
#ifdef __SANITIZE_ADDRESS__
  WARN("skipped: the address sanitizer needs the address space");
#else
  CHECK(in_child([] {
          return limit_to(rlim_t{1} << 28U, RLIMIT_AS) && available_memory() == 1 << 28;
        }) == 0);
#endif
}

TEST_CASE("available_memory: the limit of a real control group is found (needs root)",
          "[map][limits]") {
  const fs::path hierarchy = "/sys/fs/cgroup/memory";
  const fs::path group = hierarchy / ("quarry-test-" + std::to_string(::getpid()));
  if (::mkdir(group.c_str(), 0755) != 0) {
    WARN("skipped: no control groups of version 1, or no right to make one");
    return;
  }
  CHECK(in_child([&] {
          put(group / "memory.limit_in_bytes", "134217728");
          put(group / "cgroup.procs", std::to_string(::getpid()));
          return available_memory() == 134217728;
        }) == 0);
  CHECK(::rmdir(group.c_str()) == 0);
}

TEST_CASE("control groups: without any there is no limit", "[map][limits]") {
  const scratch nothing;
  CHECK(control_group_memory(nothing.path()) == no_limit);
  CHECK(system_tree("", "").limit() == no_limit);
  CHECK(system_tree(mount_v1, "").limit() == no_limit);
  CHECK(system_tree("", "4:memory:/a\n0::/\n").limit() == no_limit);
  CHECK(system_tree(mount_v2, "0::/a\n").limit() == no_limit);
}

TEST_CASE("control groups: version 1 limits by the memory controller's group", "[map][limits]") {
  system_tree tree(mount_v1, "5:cpu,cpuacct:/c\n4:memory:/a/b\n0::/z\n");
  tree.set("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  tree.set("sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "1048576\n");
  tree.set("sys/fs/cgroup/memory/c/memory.limit_in_bytes", "4096\n");
  tree.set("sys/fs/cgroup/cpu/c/memory.limit_in_bytes", "4096\n");
  CHECK(tree.limit() == 1048576);
}

TEST_CASE("control groups: version 2 limits by memory.max", "[map][limits]") {
  system_tree tree(mount_v2, "0::/user.slice/job\n");
  tree.set("sys/fs/cgroup/user.slice/job/memory.max", "max\n");
  CHECK(tree.limit() == no_limit);
  tree.set("sys/fs/cgroup/user.slice/job/memory.max", "2097152\n");
  CHECK(tree.limit() == 2097152);
}

TEST_CASE("control groups: a parent's limit counts too", "[map][limits]") {
  system_tree tree(mount_v2, "0::/a/b/c\n");
  tree.set("sys/fs/cgroup/a/b/c/memory.max", "3000\n");
  tree.set("sys/fs/cgroup/a/b/memory.max", "max\n");
  tree.set("sys/fs/cgroup/a/memory.max", "1000\n");
  CHECK(tree.limit() == 1000);
}

TEST_CASE("control groups: of both versions the lower limit counts", "[map][limits]") {
  system_tree tree(
      std::string(mount_v1) + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
      "4:memory:/a\n0::/b\n");
  tree.set("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "5000\n");
  tree.set("sys/fs/cgroup/unified/b/memory.max", "4000\n");
  CHECK(tree.limit() == 4000);
}

TEST_CASE("control groups: a container sees its own group at the mount point", "[map][limits]") {
  SECTION("the mount shows the group") {
    system_tree tree("35 31 0:32 /docker/x /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
                     "4:memory:/docker/x/inner\n");
    tree.set("sys/fs/cgroup/memory/memory.limit_in_bytes", "7000\n");
    CHECK(tree.limit() == 7000);
    tree.set("sys/fs/cgroup/memory/inner/memory.limit_in_bytes", "6000\n");
    CHECK(tree.limit() == 6000);
  }
  SECTION("the group lies outside of what the mount shows") {
    system_tree tree("35 31 0:32 /docker/x /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n",
                     "0::/docker/y\n");
    tree.set("sys/fs/cgroup/memory.max", "7000\n");
    tree.set("sys/fs/cgroup/docker/y/memory.max", "6000\n");
    CHECK(tree.limit() == 7000);
  }
  SECTION("the namespace hides the way to the mount's group") {
    system_tree tree("35 31 0:32 /../.. /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n", "0::/\n");
    tree.set("sys/fs/cgroup/memory.max", "7000\n");
    CHECK(tree.limit() == 7000);
  }
}

TEST_CASE("control groups: lines that mean nothing are passed over", "[map][limits]") {
  system_tree tree(std::string("\n \n-\n35 31 0:32 / /x rw -\n35 - cgroup2 a b\n") + mount_v2,
                   "\n:\nnothing\n0:\n0::/a\n");
  tree.set("sys/fs/cgroup/a/memory.max", "1000\n");
  CHECK(tree.limit() == 1000);
  tree.set("sys/fs/cgroup/a/memory.max", "99999999999999999999\n");
  CHECK(tree.limit() == no_limit);
  tree.set("sys/fs/cgroup/a/memory.max", "");
  CHECK(tree.limit() == no_limit);
}
