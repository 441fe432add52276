#include "quarry/map/file_watch.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <string_view>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>
#include <utility>

#include "quarry/base/deadline.hpp"
#include "quarry/base/error.hpp"
#include "quarry/map/file_handle.hpp"
#include "quarry/map/filesystem.hpp"

namespace quarry {
namespace {

using detail::file_handle;
using std::chrono::milliseconds;
using path_type = std::filesystem::path;

constexpr milliseconds between_looks{50};

// No handle where the system cannot tell of changes.
file_handle open_watch(const path_type& path) {
  const file_handle file = detail::open_regular(path, O_RDONLY);
  return detail::is_remote(file) ? file_handle()
                                 : file_handle(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
}

}  // namespace

struct file_watch::state {
  path_type path;
  file_handle events;
  int directory = -1;  // the watch of the names in it
  int file = -1;       // the watch of the file that has the name now; none if it cannot be watched

  bool adds_file_watch();
  bool takes_events() const;
};

// True if another file has the name since the last call, whose watch was the same if it is the same
// file. That of a file that is gone has gone with it, and is not there to be removed.
bool file_watch::state::adds_file_watch() {
  const int old = std::exchange(
      file, ::inotify_add_watch(events.descriptor(), path.c_str(), IN_MODIFY | IN_ATTRIB));
  if (file == old) return false;
  if (old >= 0) ::inotify_rm_watch(events.descriptor(), old);
  return true;
}

// True if one of those that wait is of the file or of its name.
bool file_watch::state::takes_events() const {
  alignas(inotify_event) std::array<char, 4096> buffer{};
  bool is_meant = false;
  while (true) {
    const ssize_t got = ::read(events.descriptor(), buffer.data(), buffer.size());
    if (got <= 0) return is_meant;
    for (ssize_t at = 0; at < got;) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof(event));
      const char* const name = buffer.data() + at + sizeof(event);
      const bool has_name = event.len > 0 && path.filename().native() == name;
      is_meant = is_meant || event.wd != directory || has_name;
      at += static_cast<ssize_t>(sizeof(event) + event.len);
    }
  }
}

file_watch::file_watch(const path_type& path) {
  // Of a link the file is watched that it leads to: another one may get its name.
  const path_type name = detail::resolved(path);
  state_ = std::make_unique<state>(state{name, open_watch(name)});
  if (!state_->events) return;
  state_->directory = ::inotify_add_watch(state_->events.descriptor(), name.parent_path().c_str(),
                                          IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_MOVED_FROM);
  state_->adds_file_watch();
  if (state_->directory >= 0 && state_->file >= 0) return;
  state_->events = file_handle();
  state_->file = -1;
}

file_watch::file_watch(file_watch&&) noexcept = default;
file_watch& file_watch::operator=(file_watch&&) noexcept = default;
file_watch::~file_watch() = default;

void file_watch::wait(milliseconds timeout, const std::stop_token& stop) {
  const file_handle stopped(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const std::stop_callback wake(stop, [&stopped] {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(stopped.descriptor(), &one, sizeof(one));
  });
  // What was written to another file before it was watched is not heard of.
  if (state_->events && state_->adds_file_watch()) return;
  const bool hears_stop = stopped || !stop.stop_possible();
  if (state_->file < 0 || !hears_stop) timeout = std::min(timeout, between_looks);
  const deadline until(timeout);
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(until.left());
    // Negative descriptors are passed over.
    std::array<pollfd, 2> heard{pollfd{state_->events.descriptor(), POLLIN, 0},
                                pollfd{stopped.descriptor(), POLLIN, 0}};
    const auto most = std::clamp<milliseconds::rep>(left.count(), 0, INT_MAX);
    const int ready = ::poll(heard.data(), heard.size(), static_cast<int>(most));
    if (ready <= 0 || stop.stop_requested() || state_->takes_events()) return;
  }
}

}  // namespace quarry
