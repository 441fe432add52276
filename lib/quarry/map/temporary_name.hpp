// temporary_name.hpp: names of unfinished files, kept where a signal handler can find them;
// internal to this room. The idea is git's tempfile.h.
#pragma once
#include <string_view>

namespace quarry::detail {

/// A name `.NAME.<16 hex digits>.tmp` in a directory, on the list that discard_temporaries() walks
/// from construction to destruction. Makes no file itself. NAME is cut where the whole would be
/// longer than a file name may be.
class temporary_name {
 public:
  /// Picks a name for a file that shall be called `name` in `directory`, whose descriptor must stay
  /// open as long as this lives. Throws what the system reports.
  temporary_name(int directory, std::string_view name);
  temporary_name(const temporary_name&) = delete;
  temporary_name& operator=(const temporary_name&) = delete;
  ~temporary_name();

  /// The name within its directory; valid while this lives.
  const char* c_str() const noexcept;
  /// Removes the file of this name. Does nothing in a forked child: the file is the parent's.
  void remove() const noexcept;

  struct entry;

 private:
  entry* entry_;
};

}  // namespace quarry::detail
