#include "tools/exit_status.hpp"

#include <system_error>

namespace quarry::tools {
namespace {

exit_status status_of(errc code) noexcept {
  switch (code) {
    case errc::invalid_argument:
      return exit_status::usage;
    case errc::not_recognized:
    case errc::corrupt_header:
    case errc::truncated:
    case errc::unsupported:
    case errc::type_mismatch:
    case errc::shape_mismatch:
    case errc::out_of_bounds:
    case errc::read_only:
    case errc::limit_exceeded:
    case errc::layout_error:
      return exit_status::bad_data;
    case errc::not_found:
      return exit_status::no_input;
    case errc::busy:
      return exit_status::busy;
    case errc::changed:
      return exit_status::input_output;
  }
  return exit_status::internal;
}

// True for what the system says of a name that leads nowhere.
bool leads_nowhere(const std::error_code& code) noexcept {
  return code == std::errc::no_such_file_or_directory || code == std::errc::not_a_directory ||
         code == std::errc::no_such_device_or_address ||
         code == std::errc::too_many_symbolic_link_levels || code == std::errc::filename_too_long;
}

bool is_forbidden(const std::error_code& code) noexcept {
  return code == std::errc::permission_denied || code == std::errc::operation_not_permitted;
}

exit_status status_of_system(const std::error_code& code) noexcept {
  if (code == std::errc::resource_unavailable_try_again ||
      code == std::errc::device_or_resource_busy || code == std::errc::text_file_busy) {
    return exit_status::busy;
  }
  if (code == std::errc::not_enough_memory) return exit_status::internal;
  return exit_status::input_output;
}

}  // namespace

exit_status status_of(const error& failure) noexcept {
  const std::error_code& code = failure.code();
  if (code.category() == quarry_category()) return status_of(static_cast<errc>(code.value()));
  if (leads_nowhere(code)) return exit_status::no_input;
  if (is_forbidden(code)) return exit_status::no_permission;
  return status_of_system(code);
}

exit_status status_of(const output_error& failure) noexcept {
  const std::error_code& code = failure.code();
  if (code.category() == quarry_category()) return status_of(static_cast<errc>(code.value()));
  if (leads_nowhere(code) || is_forbidden(code) || code == std::errc::file_exists ||
      code == std::errc::is_a_directory || code == std::errc::read_only_file_system) {
    return exit_status::cannot_create;
  }
  return status_of_system(code);
}

}  // namespace quarry::tools
