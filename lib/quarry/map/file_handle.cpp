#include "quarry/map/file_handle.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <boost/interprocess/exceptions.hpp>

#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry {

namespace interprocess = boost::interprocess;

file_handle::~file_handle() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

file_handle open_at(int directory, const char* name, int flags, mode_t mode) {
  int descriptor = -1;
  do {
    descriptor = ::openat(directory, name, flags | O_CLOEXEC, mode);
  } while (descriptor < 0 && errno == EINTR);
  return file_handle(descriptor);
}

struct stat status_of(const file_handle& file, const std::filesystem::path& path) {
  struct stat out {};
  if (::fstat(file.get(), &out) != 0) throw system_error_now("cannot read its status", path);
  return out;
}

interprocess::mapped_region map_file(const file_handle& file, interprocess::mode_t mode,
                                     std::uint64_t bytes, const std::filesystem::path& path) {
  // A private mapping of a file larger than memory must not ask for as much swap.
  const interprocess::map_options_t options =
      mode == interprocess::copy_on_write ? MAP_NORESERVE : interprocess::default_map_options;
  try {
    return {file,    mode,   0, checked::narrow<std::size_t>(bytes, "the size of a file"),
            nullptr, options};
  } catch (const interprocess::interprocess_exception& failure) {
    throw error(std::error_code(failure.get_native_error(), std::system_category()),
                concat("cannot map ", bytes, " bytes"), path);
  }
}

}  // namespace quarry
