// Who this process is, and since when its machine runs.
#include "quarry/map/machine.hpp"

#include <catch2/catch.hpp>

#include "quarry/base/text.hpp"

#include "map/child.hpp"
#include "map/scratch.hpp"

TEST_CASE("machine: a forked child has an id of its own", "[map][machine]") {
  const std::uint32_t own = quarry::process_id();
  CHECK(own == static_cast<std::uint32_t>(::getpid()));
  CHECK(quarry::process_id() == own);
  CHECK(in_child([&] {
          const auto mine = static_cast<std::uint32_t>(::getpid());
          return mine != own && quarry::process_id() == mine && quarry::process_id() == mine;
        }) == 0);
  CHECK(quarry::process_id() == own);
}

TEST_CASE("machine: its start has the number that the kernel says", "[map][machine]") {
  std::string expected = text_of("/proc/sys/kernel/random/boot_id");
  std::erase_if(expected, [](char c) { return c == '-' || c == '\n'; });
  std::string found;
  for (const std::byte each : quarry::boot_id()) {
    found += quarry::hex(static_cast<std::uint64_t>(each), 2);
  }
  CHECK(found == expected);
}
