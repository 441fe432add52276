#include "quarry/map/new_file.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/file_handle.hpp"
#include "quarry/map/temporaries.hpp"

namespace quarry {

namespace interprocess = boost::interprocess;

namespace {

constexpr mode_t permission_bits = 07777;

// The region and the mapping under it, shared with arrays that outlive the new_file.
struct mapped_output {
  region where;
  interprocess::mapped_region mapped;
};

// Where the file will stand: symbolic links are followed, so that what they lead to is replaced.
std::filesystem::path resolved(const std::filesystem::path& target) {
  if (target.empty() || target.filename().empty()) {
    throw error(std::make_error_code(std::errc::is_a_directory), "cannot create", target);
  }
  std::error_code failure;
  if (!std::filesystem::is_symlink(target, failure)) return target;
  std::filesystem::path out = std::filesystem::weakly_canonical(target, failure);
  if (failure) throw error(failure, "cannot follow the link", target);
  return out;
}

// The mode of the file that is replaced; nothing if there is none.
std::optional<mode_t> check_target(int directory, const std::filesystem::path& path,
                                   bool overwrite) {
  struct stat status {};
  if (::fstatat(directory, path.filename().c_str(), &status, 0) != 0) {
    if (errno == ENOENT) return std::nullopt;
    throw system_error_now("cannot create", path);
  }
  if (S_ISDIR(status.st_mode)) {
    throw error(std::make_error_code(std::errc::is_a_directory), "cannot create", path);
  }
  if (!S_ISREG(status.st_mode))
    throw error(errc::unsupported, "exists and is no regular file", path);
  if (!overwrite) {
    throw error(std::make_error_code(std::errc::file_exists), "not overwritten", path);
  }
  return status.st_mode & permission_bits;
}

// umask(2) can only be read by setting it, which other threads would see; proc(5) has it since 4.7.
mode_t current_umask() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("Umask:")) {
      return static_cast<mode_t>(std::stoul(line.substr(6), nullptr, 8));
    }
  }
  const mode_t mask = ::umask(077);
  ::umask(mask);
  return mask;
}

std::string temporary_name(const std::filesystem::path& target) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::random_device random;
  std::string out = concat(".", target.filename().native(), ".");
  for (int i = 0; i < 16; ++i) out += digits[random() % digits.size()];
  return out + ".tmp";
}

// Errors by which filesystems and kernels say that they have no unnamed files; open(2).
bool means_no_tmpfile(int code) noexcept {
  return code == EOPNOTSUPP || code == EISDIR || code == EINVAL || code == ENOSYS;
}

void reserve(const file_handle& file, std::uint64_t bytes, const std::filesystem::path& path) {
  const auto size = checked::narrow<off_t>(bytes, "the size of the file");
  int code = 0;
  do {
    // posix_fallocate(3) writes into every block itself where the filesystem cannot reserve.
    code = ::posix_fallocate(file.get(), 0, size);
  } while (code == EINTR);
  if (code != 0) {
    throw error(std::error_code(code, std::system_category()),
                concat("cannot reserve ", bytes, " bytes"), path);
  }
}

}  // namespace

struct new_file::state {
  std::filesystem::path target;
  new_file_options options;
  file_handle directory;
  file_handle file;
  std::string name;  // of a named temporary in `directory`; empty for an unnamed file
  int place = -1;    // of that name in the list that signals see
  std::shared_ptr<mapped_output> output = std::make_shared<mapped_output>();

  state() = default;
  state(const state&) = delete;
  state& operator=(const state&) = delete;
  ~state() { drop_name(); }

  std::filesystem::path directory_path() const {
    return target.has_parent_path() ? target.parent_path() : std::filesystem::path(".");
  }

  void open_directory() {
    const std::filesystem::path path = directory_path();
    directory = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
    if (!directory) throw system_error_now("cannot create: its directory cannot be opened", target);
  }

  void take_name(std::string temporary) {
    name = std::move(temporary);
    place = remember_temporary((directory_path() / name).native());
  }

  void drop_name() noexcept {
    if (name.empty()) return;
    ::unlinkat(directory.get(), name.c_str(), 0);
    keep_name();
  }

  // The name is another's business from now on.
  void keep_name() noexcept {
    forget_temporary(std::exchange(place, -1));
    name.clear();
  }

  void open_temporary() {
    file = open_at(directory.get(), ".", O_TMPFILE | O_RDWR, 0600);
    if (file) return;
    if (!means_no_tmpfile(errno)) throw system_error_now("cannot create", target);
    std::string temporary = temporary_name(target);
    file =
        open_at(directory.get(), temporary.c_str(), O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR, 0600);
    if (!file) throw system_error_now("cannot create", target);
    take_name(std::move(temporary));
  }

  void set_size(std::uint64_t bytes) {
    if (bytes == 0) return;
    if (!options.sparse) reserve(file, bytes, target);
    if (::ftruncate(file.get(), checked::narrow<off_t>(bytes, "the size of the file")) != 0) {
      throw system_error_now(concat("cannot grow to ", bytes, " bytes"), target);
    }
    output->mapped = map_file(file, interprocess::read_write, bytes, target);
  }

  void describe_region() {
    const struct stat status = status_of(file, target);
    region& where = output->where;
    where.data = static_cast<std::byte*>(output->mapped.get_address());
    where.bytes = output->mapped.get_size();
    where.writable = true;
    where.shared_file = true;
    where.path = target;
    where.device = status.st_dev;
    where.inode = status.st_ino;
  }

  void sync() const {
    if (options.sync != durability::power_loss) return;
    const region& where = output->where;
    if (where.bytes > 0 && ::msync(where.data, where.bytes, MS_SYNC) != 0) {
      throw system_error_now("cannot write to the disk", target);
    }
    if (::fsync(file.get()) != 0) throw system_error_now("cannot write to the disk", target);
  }

  // Gives an unnamed file the name `as`; linkat(2) never replaces anything.
  void link_as(const std::string& as) const {
    const std::string self = concat("/proc/self/fd/", file.get());
    if (::linkat(AT_FDCWD, self.c_str(), directory.get(), as.c_str(), AT_SYMLINK_FOLLOW) != 0) {
      throw system_error_now("cannot publish", target);
    }
  }

  void publish() {
    const std::string final_name = target.filename().string();
    if (options.overwrite) {
      if (name.empty()) {
        std::string temporary = temporary_name(target);
        link_as(temporary);
        take_name(std::move(temporary));
      }
      if (::renameat(directory.get(), name.c_str(), directory.get(), final_name.c_str()) != 0) {
        throw system_error_now("cannot publish", target);
      }
      keep_name();
    } else if (name.empty()) {
      link_as(final_name);
    } else {
      if (::linkat(directory.get(), name.c_str(), directory.get(), final_name.c_str(), 0) != 0) {
        throw system_error_now("cannot publish", target);
      }
      drop_name();
    }
  }
};

new_file::new_file(const std::filesystem::path& target, std::uint64_t size_bytes,
                   const new_file_options& options)
    : state_(std::make_unique<state>()) {
  state_->target = resolved(target);
  state_->options = options;
  state_->open_directory();
  const auto old_mode = check_target(state_->directory.get(), state_->target, options.overwrite);
  state_->open_temporary();
  const mode_t mode = old_mode ? *old_mode : 0666 & ~current_umask();
  state_->set_size(size_bytes);
  if (::fchmod(state_->file.get(), mode) != 0) throw system_error_now("cannot create", target);
  state_->describe_region();
}

new_file::new_file(new_file&&) noexcept = default;
new_file& new_file::operator=(new_file&&) noexcept = default;
new_file::~new_file() = default;

std::span<std::byte> new_file::bytes() const noexcept {
  return {state_->output->where.data, state_->output->where.bytes};
}

std::shared_ptr<const region> new_file::share() const {
  return {state_->output, &state_->output->where};
}

void new_file::write(std::uint64_t offset, std::span<const std::byte> data) {
  while (!data.empty()) {
    const ssize_t written = ::pwrite(state_->file.get(), data.data(), data.size(),
                                     checked::narrow<off_t>(offset, "a file offset"));
    if (written < 0) {
      if (errno == EINTR) continue;
      throw system_error_now(concat("cannot write at byte ", offset), state_->target);
    }
    offset += static_cast<std::uint64_t>(written);
    data = data.subspan(static_cast<std::size_t>(written));
  }
}

void new_file::drop_behind(std::uint64_t offset, std::uint64_t length) const noexcept {
  const region& where = state_->output->where;
  if (offset >= where.bytes) return;
  const std::uint64_t clipped = std::min<std::uint64_t>(length, where.bytes - offset);
  ::sync_file_range(state_->file.get(), static_cast<off_t>(offset), static_cast<off_t>(clipped),
                    SYNC_FILE_RANGE_WRITE);
  advise(where, advice::dontneed, offset, clipped);
}

void new_file::commit() {
  if (!state_->file) {
    throw error(errc::invalid_argument, "the file is already published", state_->target);
  }
  state_->sync();
  state_->publish();
  if (state_->options.sync == durability::power_loss && ::fsync(state_->directory.get()) != 0) {
    throw system_error_now("published, but its directory cannot be written to the disk",
                           state_->target);
  }
  state_->file = file_handle();
}

bool same_file(const std::filesystem::path& a, const std::filesystem::path& b) noexcept {
  struct stat of_a {};
  struct stat of_b {};
  return ::stat(a.c_str(), &of_a) == 0 && ::stat(b.c_str(), &of_b) == 0 &&
         of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

}  // namespace quarry
