// Files that processes map together: their locks, their names.
#include "quarry/map/shared_file.hpp"

#include <csignal>
#include <fstream>
#include <optional>

#include <catch2/catch.hpp>

#include "quarry/map/fault_guard.hpp"
#include "quarry/map/machine.hpp"
#include "quarry/map/new_file.hpp"

#include "map/child.hpp"
#include "map/failure.hpp"
#include "map/scratch.hpp"

using quarry::errc;
using quarry::shared_file;

namespace {

std::filesystem::path made(const scratch& dir, std::string_view text = "mountain") {
  const auto path = dir / "a";
  put(path, text);
  std::filesystem::permissions(path, std::filesystem::perms(0600));
  return path;
}

shared_file opened(const std::filesystem::path& path,
                   quarry::access mode = quarry::access::read_write) {
  return shared_file::open(path, mode, {quarry::effective_user(), false});
}

}  // namespace

TEST_CASE("shared_file: a byte is shared by many or owned by one", "[map][shared_file]") {
  const scratch dir;
  const shared_file a = opened(made(dir));
  const shared_file b = opened(dir / "a");
  const shared_file c = a.reopened();
  CHECK(a.try_share(1));
  CHECK(b.try_share(1));
  CHECK_FALSE(c.try_own(1));
  CHECK(c.try_own(2));
  CHECK_FALSE(a.try_share(2));
  a.release(1);
  CHECK_FALSE(c.try_own(1));
  b.release(1);
  CHECK(c.try_own(1));
  CHECK_FALSE(a.try_share(1));
  c.release(1);
  CHECK(a.try_share(1));
}

TEST_CASE("shared_file: an object that owns alone what it shared needs the others gone",
          "[map][shared_file]") {
  const scratch dir;
  const shared_file a = opened(made(dir));
  const shared_file b = a.reopened();
  CHECK(a.try_share(5));
  CHECK(b.try_share(5));
  CHECK_FALSE(a.try_own(5));
  b.release(5);
  CHECK(a.try_own(5));
  CHECK(a.try_share(5));
  CHECK(b.try_share(5));
}

TEST_CASE("shared_file: locks can be seen from outside", "[map][shared_file]") {
  const scratch dir;
  const shared_file a = opened(made(dir));
  const shared_file b = a.reopened();
  const shared_file c = opened(dir / "a", quarry::access::read_only);
  CHECK(a.lock_count(1) == 0);
  CHECK_FALSE(a.is_locked(1));
  CHECK(a.try_share(1));
  CHECK_FALSE(a.is_locked(1));  // its own
  CHECK(b.is_locked(1));
  CHECK(c.try_share(1));
  CHECK(a.lock_count(1) == 2);
  CHECK(a.lock_count(2) == 0);
  CHECK(b.try_own(2));
  CHECK(c.is_locked(2));
  CHECK(c.lock_count(2) == 1);
}

TEST_CASE("shared_file: who can only read can share, not own", "[map][shared_file]") {
  const scratch dir;
  const shared_file reader = opened(made(dir), quarry::access::read_only);
  CHECK(reader.try_share(1));
  CHECK(fails_with(EBADF, [&] { reader.try_own(1); }));
}

TEST_CASE("shared_file: locks of a process go with it", "[map][shared_file]") {
  const scratch dir;
  const auto path = made(dir);
  const shared_file file = opened(path);
  CHECK(in_child([&] {
          const shared_file own = opened(path);
          return own.try_own(1) && own.try_share(2) && ::raise(SIGKILL) == 0;
        }) == 128 + SIGKILL);
  CHECK(file.try_own(1));
  CHECK(file.try_own(2));
}

TEST_CASE("shared_file: a forked child can neither lock nor let go", "[map][shared_file]") {
  const scratch dir;
  const shared_file file = opened(made(dir));
  CHECK(file.try_own(1));
  CHECK(in_child([&] {
          file.release(1);
          const auto refused = [](auto&& action) {
            return fails_with(errc::invalid_argument, action);
          };
          return refused([&] { file.try_own(1); }) && refused([&] { file.try_share(2); }) &&
                 refused([&] { file.reopened(); }) && refused([&] { file.unlink_name(3); }) &&
                 refused([&] { file.is_linked(); });
        }) == 0);
  CHECK_FALSE(file.reopened().try_share(1));
}

TEST_CASE("shared_file: stores are seen by all who map it", "[map][shared_file]") {
  const scratch dir;
  const shared_file file = opened(made(dir));
  const auto stored = file.map();
  const auto read = opened(dir / "a", quarry::access::read_only).map();
  CHECK(stored->writable);
  CHECK_FALSE(read->writable);
  stored->data[0] = std::byte{'f'};
  CHECK(text_of(std::span<const std::byte>(read->data, read->bytes)) == "fountain");
  std::array<std::byte, 4> copy{};
  file.read(1, copy);
  CHECK(text_of(copy) == "ount");
  CHECK(fails_with(errc::truncated, [&] { file.read(5, copy); }));
}

TEST_CASE("shared_file: changes by others are no change, lost pages are", "[map][shared_file]") {
  const scratch dir;
  const auto memory = opened(made(dir, std::string(100000, 'x')), quarry::access::read_only).map();
  const quarry::fault_guard guard(*memory);
  std::filesystem::permissions(dir / "a", std::filesystem::perms(0640));
  std::ofstream(dir / "a", std::ios::app) << "more";
  CHECK_NOTHROW(quarry::verify_unchanged(*memory));
  std::filesystem::resize_file(dir / "a", 1);
  CHECK(memory->data[99999] == std::byte{0});
  CHECK(fails_with(errc::changed, [&] { guard.check(); }));
}

TEST_CASE("shared_file: the name is taken away if it is this file's", "[map][shared_file]") {
  const scratch dir;
  const shared_file file = opened(made(dir));
  CHECK(file.has_its_name());
  CHECK(file.is_linked());
  std::filesystem::rename(dir / "a", dir / "b");
  CHECK_FALSE(file.has_its_name());
  CHECK(file.is_linked());
  CHECK_FALSE(file.unlink_name(2));
  const shared_file other = opened(made(dir));
  CHECK_FALSE(file.unlink_name(2));
  CHECK(std::filesystem::exists(dir / "a"));
  CHECK(other.unlink_name(2));
  CHECK_FALSE(std::filesystem::exists(dir / "a"));
  CHECK_FALSE(other.is_linked());
  CHECK_FALSE(other.unlink_name(2));
  CHECK_FALSE(other.is_locked(2));
}

TEST_CASE("shared_file: a new file is locked before it has a name", "[map][shared_file]") {
  const scratch dir;
  quarry::new_file file(dir / "a", 100, {.permissions = std::filesystem::perms(0600)});
  const shared_file own = shared_file::open(file, dir / "a");
  CHECK(own.try_share(1));
  CHECK_FALSE(own.is_linked());
  file.commit();
  CHECK(own.has_its_name());
  CHECK_FALSE(opened(dir / "a").try_own(1));
  CHECK(fails_with(errc::invalid_argument, [&] { shared_file::open(file, dir / "a"); }));
}

TEST_CASE("shared_file: names that cannot be opened are refused", "[map][shared_file]") {
  const scratch dir;
  made(dir);
  CHECK(fails_with(ENOENT, [&] { opened(dir / "b"); }));
  CHECK(fails_with(errc::invalid_argument, [&] { opened(dir / std::string("a\0b", 3)); }));
  CHECK(fails_with(errc::invalid_argument,
                   [&] { opened(dir / "a", quarry::access::copy_on_write); }));
  CHECK(fails_with(errc::unsupported, [&] { opened(dir.path(), quarry::access::read_only); }));
}

TEST_CASE("new_file: permissions that were asked for do not depend on the umask",
          "[map][new_file]") {
  const scratch dir;
  const bool overwrite = GENERATE(false, true);
  if (overwrite) put(dir / "a", "old");
  const ::mode_t before = ::umask(0777);
  quarry::new_file file(dir / "a", 1,
                        {.overwrite = overwrite, .permissions = std::filesystem::perms(0640)});
  file.commit();
  ::umask(before);
  CHECK(mode_of(dir / "a") == 0640);
}

TEST_CASE("new_file: a link in its place can be left alone", "[map][new_file]") {
  const scratch dir;
  std::filesystem::create_symlink(dir / "elsewhere", dir / "a");
  quarry::new_file file(dir / "a", 1, {.follow_links = false});
  CHECK(fails_with(EEXIST, [&] { file.commit(); }));
  CHECK(names_in(dir.path()) == std::vector<std::string>{"a"});
}
