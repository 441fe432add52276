// new_file_copy_test.cpp: bytes that come from another file, and more of them than one call takes.
#include <array>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <new>
#include <string>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "quarry/map/filesystem.hpp"
#include "quarry/map/mapping.hpp"
#include "quarry/map/new_file.hpp"

#include "map/failure.hpp"
#include "map/mount.hpp"
#include "map/scratch.hpp"

using quarry::io_method;
using quarry::mapping;
using quarry::new_file;

namespace {

std::string noise(std::size_t bytes) {
  std::string out(bytes, '\0');
  std::uint32_t state = 3;
  for (char& each : out) {
    state = state * 1664525U + 1013904223U;
    each = static_cast<char>(state >> 24U);
  }
  return out;
}

// True if the first block behind `offset` is one that files share.
bool is_shared(const std::filesystem::path& file, std::uint64_t offset) {
  alignas(fiemap) std::array<std::byte, sizeof(fiemap) + sizeof(fiemap_extent)> room{};
  auto* const map = new (room.data()) fiemap{};
  map->fm_start = offset;
  map->fm_length = 1;
  map->fm_flags = FIEMAP_FLAG_SYNC;
  map->fm_extent_count = 1;
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(descriptor >= 0);
  const int result = ::ioctl(descriptor, FS_IOC_FIEMAP, map);
  ::close(descriptor);
  REQUIRE(result == 0);
  REQUIRE(map->fm_mapped_extents == 1);
  return (map->fm_extents[0].fe_flags & FIEMAP_EXTENT_SHARED) != 0;
}

// Zeros that take no memory.
class large_memory {
 public:
  explicit large_memory(std::size_t bytes)
      : bytes_(bytes),
        data_(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
    REQUIRE(data_ != MAP_FAILED);
  }
  large_memory(const large_memory&) = delete;
  large_memory& operator=(const large_memory&) = delete;
  ~large_memory() { ::munmap(data_, bytes_); }
  std::span<std::byte> bytes() const { return {static_cast<std::byte*>(data_), bytes_}; }

 private:
  std::size_t bytes_;
  void* data_;
};

}  // namespace

TEST_CASE("new_file: a write of more than the system takes at once is stored whole",
          "[map][new_file]") {
  const scratch here;
  const std::uint64_t size = (std::uint64_t{2} << 30U) + 8192;
  if (std::filesystem::space(here.path()).available < 2 * size) {
    WARN("skipped: wants 4 GiB of disk");
    return;
  }
  const large_memory memory(size);
  memory.bytes().front() = std::byte{1};
  memory.bytes()[size - 5000] = std::byte{2};
  memory.bytes().back() = std::byte{3};
  new_file file(here / "large", size, {.sparse = true});
  file.write(0, memory.bytes());
  CHECK(file.bytes().front() == std::byte{1});
  CHECK(file.bytes()[size - 5000] == std::byte{2});
  CHECK(file.bytes().back() == std::byte{3});
}

TEST_CASE("new_file: a filesystem that shares blocks is not asked to move them",
          "[map][new_file]") {
  const scratch here;
  const loop_disk disk(here.path(), 400, 320, "mkfs.xfs -q");
  QUARRY_SKIP_UNLESS_MOUNTED(disk);
  const std::string text = noise(1000000);
  put(disk / "from", text);
  const mapping from = mapping::open(disk / "from");
  const auto source = from.share();

  new_file file(disk / "to", 700000);
  CHECK(file.copy(128, *source, 4096 * 7 + 128, 600000));
  // Blocks that do not lie alike, and less than a block.
  CHECK_FALSE(file.copy(0, *source, 128, 600000));
  CHECK_FALSE(file.copy(128, *source, 128, 5000));
  file.write(0, bytes_of(text).first(128));
  file.commit();
  const std::string stored = text_of(disk / "to");
  CHECK(stored.substr(0, 128) == text.substr(0, 128));
  CHECK(stored.substr(128, 600000) == text.substr(4096 * 7 + 128, 600000));
  CHECK(stored.substr(600128) == std::string(700000 - 600128, '\0'));
  CHECK(is_shared(disk / "to", 8192));
  CHECK_FALSE(is_shared(disk / "to", 0));
  CHECK(text_of(disk / "from") == text);

  new_file direct(disk / "direct", 700000, {.io = io_method::direct});
  CHECK_FALSE(direct.copy(0, *source, 0, 600000));
  new_file elsewhere(here / "elsewhere", 700000);
  CHECK_FALSE(elsewhere.copy(0, *source, 0, 600000));
}

TEST_CASE("new_file: what is copied lies inside both files", "[map][new_file]") {
  const scratch here;
  put(here / "from", noise(8192));
  const mapping from = mapping::open(here / "from");
  new_file file(here / "to", 8192);
  const auto copies = [&](std::uint64_t to, std::uint64_t at, std::uint64_t bytes) {
    return fails_with(quarry::errc::out_of_bounds,
                      [&] { file.copy(to, *from.share(), at, bytes); });
  };
  CHECK(copies(4096, 0, 4097));
  CHECK(copies(0, 4096, 4097));
  CHECK(copies(0, 8193, 0));
  CHECK(copies(UINT64_MAX, 0, 1));
}

TEST_CASE("new_file: a source that is gone by now is not copied", "[map][new_file]") {
  const scratch here;
  const loop_disk disk(here.path(), 400, 320, "mkfs.xfs -q");
  QUARRY_SKIP_UNLESS_MOUNTED(disk);
  put(disk / "from", noise(100000));
  const mapping from = mapping::open(disk / "from");
  std::filesystem::remove(disk / "from");
  put(disk / "from", noise(50000));
  new_file file(disk / "to", 100000);
  CHECK_FALSE(file.copy(0, *from.share(), 0, 100000));
}

TEST_CASE("filesystem: those that others keep are known by their numbers", "[map]") {
  using quarry::detail::is_remote;
  for (const long type : {0x6969L, 0xFE534D42L, 0x65735546L, 0x6A656A63L}) CHECK(is_remote(type));
  for (const long type : {0xEF53L, 0x01021994L, 0x794C7630L}) CHECK_FALSE(is_remote(type));
}

TEST_CASE("filesystem: those that share blocks are known by their numbers", "[map]") {
  using quarry::detail::copies_in_place;
  for (const long type : {0x58465342L, 0x9123683EL, 0x6969L}) CHECK(copies_in_place(type));
  for (const long type : {0xEF53L, 0x01021994L, 0x794C7630L}) CHECK_FALSE(copies_in_place(type));
}
