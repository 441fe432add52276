#include "quarry/share/segment_name.hpp"

#include <algorithm>
#include <string>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/machine.hpp"

namespace quarry::share::detail {
namespace {

constexpr std::size_t max_name_bytes = 64;
constexpr std::string_view name_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

}  // namespace

bool is_segment_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= max_name_bytes && name.front() != '.' &&
         name.find_first_not_of(name_characters) == std::string_view::npos;
}

std::string file_prefix(const place& where) {
  return concat("quarry.", where.owner.value_or(effective_user()), ".");
}

segment_file locate(std::string_view name, const place& where) {
  if (!is_segment_name(name)) {
    throw error(
        errc::invalid_argument,
        concat("'", escaped(name, max_name_bytes), "' is no name of a segment: expected 1 to ",
               max_name_bytes, " letters, digits and ._- without a dot in front"));
  }
  // As the system goes there: DIR/.. of a link is not where the link lies.
  std::error_code failed;
  auto directory = std::filesystem::weakly_canonical(std::filesystem::absolute(where.directory), failed);
  if (failed) directory = std::filesystem::absolute(where.directory);
  return {directory / (file_prefix(where) += name),
          {where.owner.value_or(effective_user()), where.trust_other_writers}};
}

}  // namespace quarry::share::detail
