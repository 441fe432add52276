// exit_status.hpp: what the command's exit status says; the numbers are those of <sysexits.h>.
#pragma once
#include "quarry.hpp"

namespace quarry::tools {

enum class exit_status : int {
  done = 0,
  usage = 64,
  bad_data = 65,
  no_input = 66,
  internal = 70,
  cannot_create = 73,
  input_output = 74,
  busy = 75,
  no_permission = 77,
};

/// An error met while the output was made or published: what the system says means something else
/// there ("No such file" is a missing directory, not a missing input).
class output_error : public error {
 public:
  explicit output_error(const error& from) : error(from) {}
};

/// The status that says why `failure` ended the command.
exit_status status_of(const error& failure) noexcept;
exit_status status_of(const output_error& failure) noexcept;

/// What `make` returns; its errors become output_errors.
template <class Make>
auto as_output(Make&& make) {
  try {
    return make();
  } catch (const error& failure) {
    if (failure.code() != std::errc::file_exists) throw output_error(failure);
    throw output_error(error(failure.code(), "not replaced without --force", failure.path()));
  }
}

}  // namespace quarry::tools
