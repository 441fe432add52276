#include "quarry/map/temporary_file.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry::detail {
namespace {

using path_type = std::filesystem::path;

// The name that writing through `target` would create or change: symbolic links at its end are
// followed, also when they lead to nothing yet. Links before the end are the kernel's business.
path_type follow_links(const path_type& target) {
  constexpr int most_links = 40;  // as in Linux, path_resolution(7)
  path_type name = target;
  for (int links = 0; links <= most_links; ++links) {
    std::error_code no_link;
    const path_type next = std::filesystem::read_symlink(name, no_link);
    if (no_link) return name;
    name = name.parent_path() / next;
  }
  throw error({ELOOP, std::system_category()}, "cannot resolve", target);
}

// O_TMPFILE is not everywhere: EOPNOTSUPP is the filesystem's answer, the others are those of
// kernels that do not know the flag, open(2).
bool means_no_unnamed_files(int code) noexcept {
  return code == EOPNOTSUPP || code == EISDIR || code == EINVAL || code == ENOENT;
}

}  // namespace

temporary_file::temporary_file(const path_type& target, const target_rules& rules, naming how)
    : target_(target), overwrite_(rules.overwrite) {
  require_no_nul(target);
  inspect_target();
  if (rules.permissions) mode_ = static_cast<mode_t>(*rules.permissions);
  const path_type resolved = rules.follow_links ? follow_links(target) : target;
  name_ = resolved.filename();
  if (name_.empty()) {
    errno = EISDIR;  // "dir/", which is not there: what open(2) says to it
    fail("cannot create");
  }
  const path_type parent = resolved.parent_path();
  directory_ = open_at(AT_FDCWD, parent.empty() ? "." : parent.c_str(), O_PATH | O_DIRECTORY);
  if (!directory_) fail("cannot open its directory");
  if (how == naming::named || !create_unnamed()) create_named();
}

temporary_file::~temporary_file() {
  if (temporary_) temporary_->remove();
}

void temporary_file::fail(const char* what) const { throw system_error_now(what, target_); }

void temporary_file::inspect_target() {
  struct stat old {};
  if (::stat(target_.c_str(), &old) != 0) {
    if (errno != ENOENT || target_.empty()) fail("cannot create");
    return;
  }
  errno = S_ISDIR(old.st_mode) ? EISDIR : EEXIST;
  if (S_ISDIR(old.st_mode)) fail("cannot replace");
  if (!S_ISREG(old.st_mode))
    throw error(errc::unsupported,
                concat("cannot replace: not a regular file but ", kind_of(old.st_mode)), target_);
  if (!overwrite_) fail("cannot create");
  // The bits that change whose rights a program runs with do not pass on to new content.
  mode_ = old.st_mode & 0777U;
  owner_ = {old.st_uid, old.st_gid};
}

// As far as the system lets this process: who may write a file need not be who may give one away.
void temporary_file::keep_owner() const noexcept {
  if (!owner_) return;
  const auto [user, group] = *owner_;
  constexpr uid_t same_user = static_cast<uid_t>(-1);
  if (::fchown(file_.descriptor(), user, group) == 0) return;
  static_cast<void>(::fchown(file_.descriptor(), same_user, group) == 0);
}

// Mode: the kernel itself applies the umask to 0666, and the access rules a directory hands down;
// reading the umask here could race with other threads. What has a mode of its own, or that of
// the file it replaces, stays private until publish() gives it that.
bool temporary_file::create_unnamed() {
  const mode_t mode = mode_ ? 0600 : 0666;
  file_ = open_at(directory_.descriptor(), ".", O_TMPFILE | O_RDWR, mode);
  if (!file_ && !means_no_unnamed_files(errno)) fail("cannot create a file in its directory");
  return static_cast<bool>(file_);
}

void temporary_file::create_named() {
  const mode_t mode = mode_ ? 0600 : 0666;
  for (int attempt = 0; attempt < 16 && !file_; ++attempt) {
    temporary_.emplace(directory_.descriptor(), name_);
    file_ = open_at(directory_.descriptor(), temporary_->c_str(),
                    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    if (!file_ && errno != EEXIST) break;
  }
  if (!file_) fail("cannot create a file in its directory");
}

void temporary_file::publish(durability sync) {
  keep_owner();
  if (mode_ && ::fchmod(file_.descriptor(), *mode_) != 0) fail("cannot set the mode");
  file_handle synced_directory;
  if (sync == durability::power_loss) {
    if (::fsync(file_.descriptor()) != 0) fail("cannot write the file to the disk");
    synced_directory = open_at(directory_.descriptor(), ".", O_RDONLY | O_DIRECTORY);
    if (!synced_directory) fail("cannot open its directory");
  }
  if (temporary_) {
    rename_in_place();
  } else {
    link_in_place();
  }
  // Some filesystems cannot sync a directory and say EINVAL; there is nothing more to do there.
  if (synced_directory && ::fsync(synced_directory.descriptor()) != 0 && errno != EINVAL)
    fail("complete under its name, but a power loss may take the name away again");
}

// linkat never replaces: two that create the same file cannot both succeed.
void temporary_file::link_in_place() {
  const int directory = directory_.descriptor();
  const std::string self = concat("/proc/self/fd/", file_.descriptor());
  const auto link_as = [&](const char* name) {
    if (::linkat(AT_FDCWD, self.c_str(), directory, name, AT_SYMLINK_FOLLOW) == 0) return true;
    // Without /proc; older kernels want a privilege for this.
    return errno == ENOENT && ::linkat(file_.descriptor(), "", directory, name, AT_EMPTY_PATH) == 0;
  };
  if (link_as(name_.c_str())) return;
  if (errno != EEXIST || !overwrite_) fail("cannot create");
  temporary_.emplace(directory, name_);
  if (!link_as(temporary_->c_str())) fail("cannot create a file in its directory");
  rename_in_place();
}

void temporary_file::rename_in_place() {
  const int directory = directory_.descriptor();
  // NFS, which has no unnamed files, may report only here that the server lost data.
  if (!file_.close()) fail("cannot write");
  const unsigned flags = overwrite_ ? 0 : RENAME_NOREPLACE;
  if (::renameat2(directory, temporary_->c_str(), directory, name_.c_str(), flags) == 0) {
    temporary_.reset();
    return;
  }
  // Filesystems that cannot rename without replacing (NFS): link, then drop the first name.
  const bool try_link = !overwrite_ && (errno == EINVAL || errno == ENOSYS);
  if (!try_link || ::linkat(directory, temporary_->c_str(), directory, name_.c_str(), 0) != 0)
    fail(overwrite_ ? "cannot replace" : "cannot create");
  // The destructor removes the temporary name.
}

}  // namespace quarry::detail
