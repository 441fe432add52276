// temporary_file.hpp: a file without its name, and how it gets it; internal to this room.
// Design and promises: new_file.hpp.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <utility>

#include "quarry/map/file_handle.hpp"
#include "quarry/map/mapping.hpp"
#include "quarry/map/temporary_name.hpp"

namespace quarry::detail {

/// Whether a temporary file has a name. The choice is there for filesystems without O_TMPFILE and
/// for the tests of what is done on them.
enum class naming : std::uint8_t { unnamed_if_possible, named };

/// What new_file_options say of the target.
struct target_rules {
  bool overwrite = false;
  bool follow_links = true;
  std::optional<std::filesystem::perms> permissions{};
};

/// An empty file, open for reading and writing, in the directory of the file it is to become.
/// Gone when destroyed before publish(). Not movable; not thread-safe.
class temporary_file {
 public:
  /// Throws as the constructor of new_file does.
  temporary_file(const std::filesystem::path& target, const target_rules& rules,
                 naming how = naming::unnamed_if_possible);
  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;
  ~temporary_file();

  /// Open until publish().
  const file_handle& file() const noexcept { return file_; }
  /// Gives the file its name and closes it. Throws as new_file::commit() does.
  void publish(durability sync);

 private:
  void inspect_target();
  void keep_owner() const noexcept;
  bool create_unnamed();
  void create_named();
  void link_in_place();
  void rename_in_place();
  [[noreturn]] void fail(const char* what) const;

  std::filesystem::path target_;  // as the caller named it
  std::string name_;              // of the file to be, within directory_
  file_handle directory_;
  file_handle file_;
  std::optional<temporary_name> temporary_;
  std::optional<mode_t> mode_;  // permission bits asked for, or of the file to be replaced
  std::optional<std::pair<uid_t, gid_t>> owner_;  // of the file to be replaced
  bool overwrite_;
};

}  // namespace quarry::detail
