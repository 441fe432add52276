// Memory that the kernel keeps as it is.
#include "quarry/map/sealed_memory.hpp"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <optional>
#include <span>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "map/child.hpp"
#include "map/failure.hpp"
#include "map/scratch.hpp"

using quarry::errc;
using quarry::fillable_memory;
using quarry::sealed_memory;

namespace {

sealed_memory sealed(std::string_view text) {
  fillable_memory memory("test", text.size());
  std::ranges::copy(std::as_bytes(std::span(text)), memory.share()->data);
  return std::move(memory).seal();
}

}  // namespace

TEST_CASE("sealed_memory: nobody can change it, shrink it or grow it", "[map][sealed_memory]") {
  const sealed_memory memory = sealed("mountain");
  CHECK_FALSE(memory.share()->writable);
  CHECK(text_of(std::span<const std::byte>(memory.share()->data, memory.share()->bytes)) ==
        "mountain");
  CHECK(::ftruncate(memory.descriptor(), 1) == -1);
  CHECK(errno == EPERM);
  CHECK(::ftruncate(memory.descriptor(), 100) == -1);
  CHECK(::pwrite(memory.descriptor(), "f", 1, 0) == -1);
  CHECK(errno == EPERM);
  CHECK(::mmap(nullptr, 8, PROT_READ | PROT_WRITE, MAP_SHARED, memory.descriptor(), 0) ==
        MAP_FAILED);
}

TEST_CASE("sealed_memory: it is opened from a descriptor, and outlives it",
          "[map][sealed_memory]") {
  std::optional<sealed_memory> first = sealed("mountain");
  const sealed_memory second = sealed_memory::open(first->descriptor());
  const auto bytes = first->share();
  first.reset();
  CHECK(bytes->data[0] == std::byte{'m'});
  CHECK(second.share()->bytes == 8);
  CHECK(second.share()->data[7] == std::byte{'n'});
}

TEST_CASE("sealed_memory: what is not sealed is refused", "[map][sealed_memory]") {
  const scratch dir;
  put(dir / "a", "mountain");
  const int file = ::open((dir / "a").c_str(), O_RDONLY | O_CLOEXEC);
  CHECK(fails_with(errc::unsupported, [&] { sealed_memory::open(file); }));
  ::close(file);
  CHECK(fails_with(EBADF, [&] { sealed_memory::open(-1); }));
  const int half = ::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  REQUIRE(::fcntl(half, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0);
  CHECK(fails_with(errc::unsupported, [&] { sealed_memory::open(half); }));
  ::close(half);
}

TEST_CASE("sealed_memory: it is not sealed as long as others could store into it",
          "[map][sealed_memory]") {
  fillable_memory memory("test", 100);
  {
    const auto holder = memory.share();
    CHECK(fails_with(errc::busy, [&] { std::move(memory).seal(); }));
  }
  CHECK_NOTHROW(std::move(memory).seal());
}

TEST_CASE("sealed_memory: sizes that cannot be had are errors", "[map][sealed_memory]") {
  CHECK(fails_with(errc::limit_exceeded, [&] { fillable_memory("test", UINT64_MAX); }));
  CHECK(in_child([&] {
          std::signal(SIGXFSZ, SIG_IGN);
          return limit_to(10000, RLIMIT_FSIZE) &&
                 fails_with(EFBIG, [&] { fillable_memory("test", 10001); });
        }) == 0);
  CHECK(sealed("").share()->bytes == 0);
}
