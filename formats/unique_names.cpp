#include "formats/unique_names.hpp"

#include "quarry/base/text.hpp"

namespace quarry::formats {

std::string unique_names::operator()(const std::string& wanted) {
  if (given_.try_emplace(wanted, 1).second) return wanted;
  for (std::uint64_t& last = given_[wanted];;) {
    std::string next = concat(wanted, "#", ++last);
    if (given_.try_emplace(next, 1).second) return next;
  }
}

}  // namespace quarry::formats
