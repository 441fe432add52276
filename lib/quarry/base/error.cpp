#include "quarry/base/error.hpp"

#include <cerrno>

#include "quarry/base/text.hpp"

namespace quarry {
namespace {

class category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "quarry"; }
  std::string message(int code) const override {
    switch (static_cast<errc>(code)) {
      case errc::not_recognized:
        return "not a recognized format";
      case errc::corrupt_header:
        return "corrupt header";
      case errc::truncated:
        return "truncated";
      case errc::unsupported:
        return "unsupported";
      case errc::type_mismatch:
        return "type mismatch";
      case errc::shape_mismatch:
        return "shape mismatch";
      case errc::out_of_bounds:
        return "out of bounds";
      case errc::read_only:
        return "read-only";
      case errc::limit_exceeded:
        return "limit exceeded";
      case errc::layout_error:
        return "not possible without a copy";
      case errc::invalid_argument:
        return "invalid argument";
      case errc::not_found:
        return "not found";
      case errc::busy:
        return "busy";
      case errc::changed:
        return "changed";
    }
    return "unknown error";
  }
};

std::string with_os_text(std::error_code code, std::string_view what_happened) {
  std::string message = escaped(what_happened);
  if (code.category() == quarry_category()) return message;
  if (!message.empty()) message += ": ";
  return message + code.message();
}

}  // namespace

const std::error_category& quarry_category() noexcept {
  static const category instance;
  return instance;
}

std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), quarry_category()};
}

error::error(std::error_code code, std::string_view what_happened, std::filesystem::path path)
    : std::system_error(code),
      message_(with_os_text(code, what_happened)),
      path_(std::move(path)),
      what_(path_.empty() ? message_ : concat(escaped(path_.native()), ": ", message_)) {}

error error::with_path(const std::filesystem::path& path) const {
  error copy = *this;
  copy.path_ = path;
  copy.what_ = concat(escaped(path.native()), ": ", message_);
  return copy;
}

error at_place(const error& failure, std::string_view place, errc as) {
  const bool keeps_code =
      failure.code() == errc::unsupported || failure.code() == errc::limit_exceeded;
  return {keeps_code ? failure.code() : make_error_code(as), concat(place, ": ", failure.message()),
          failure.path()};
}

error system_error_now(std::string_view what_happened, std::filesystem::path path) {
  const std::error_code code(errno, std::system_category());
  return {code, what_happened, std::move(path)};
}

}  // namespace quarry
