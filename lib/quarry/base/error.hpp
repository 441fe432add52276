// error.hpp: the one exception of the library and its few codes.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

namespace quarry {

/// Why an operation failed, as far as a caller acts differently on it.
/// What the operating system reports keeps its own code, in std::system_category().
enum class errc {
  not_recognized = 1,  ///< no known format claims the file, or several do
  corrupt_header,      ///< the file breaks a rule of its format
  truncated,           ///< the file is shorter than its header promises
  unsupported,         ///< valid, but outside what quarry does (object arrays, codecs)
  type_mismatch,       ///< a dtype does not fit the request
  shape_mismatch,      ///< a shape, an axis or a number of axes does not fit the request
  out_of_bounds,       ///< an index, an offset or a value lies outside what is allowed
  read_only,           ///< a write through something opened for reading
  limit_exceeded,      ///< a size overflows or passes a documented limit
  layout_error,        ///< not possible without a copy; convert() copies
  invalid_argument,    ///< text or a number given by the caller has no meaning
  not_found,           ///< no array or field has that name
  busy,                ///< others still hold it
  changed,             ///< the file is no longer the one that was opened
};

/// The category of `errc`; its name is "quarry".
const std::error_category& quarry_category() noexcept;
/// `code` in quarry_category(); found by std::error_code, so that `e.code() == errc::truncated`
/// works.
std::error_code make_error_code(errc code) noexcept;

/// The library's exception: a code, the file it is about (may be empty) and one line that says
/// what is wrong, where, what was found and what was expected.
/// what() is "PATH: MESSAGE"; control bytes in it are escaped.
class error : public std::system_error {
 public:
  /// `what_happened` is the message without the path. For a code of the operating system its
  /// text ("No such file or directory") is appended.
  error(std::error_code code, std::string_view what_happened, std::filesystem::path path = {});
  error(errc code, std::string_view what_happened, std::filesystem::path path = {})
      : error(make_error_code(code), what_happened, std::move(path)) {}

  /// "PATH: MESSAGE", or the message alone; valid while this error lives.
  const char* what() const noexcept override { return what_.c_str(); }
  /// The message without the path, control bytes escaped.
  const std::string& message() const noexcept { return message_; }
  /// The file that the error is about; empty if there is none.
  const std::filesystem::path& path() const noexcept { return path_; }
  /// The same error said of `path`: for code that knows the file where the thrower did not.
  error with_path(const std::filesystem::path& path) const;

 private:
  std::string message_;
  std::filesystem::path path_;
  std::string what_;
};

/// `failure` as code that reads a larger text tells it: "PLACE: MESSAGE", with the code `as` unless
/// it says that something is unsupported or beyond a limit. The path is kept.
error at_place(const error& failure, std::string_view place, errc as);

/// What `make` returns; errors of it that name no file name `path`.
template <class Make>
auto about(const std::filesystem::path& path, Make&& make) {
  try {
    return make();
  } catch (const error& failure) {
    if (failure.path().empty()) throw failure.with_path(path);
    throw;
  }
}

/// An error made of errno, read before anything else can change it: to be called first of all
/// behind the system call that failed.
error system_error_now(std::string_view what_happened, std::filesystem::path path = {});

}  // namespace quarry

template <>
struct std::is_error_code_enum<quarry::errc> : std::true_type {};
