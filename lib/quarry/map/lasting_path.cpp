#include "quarry/map/lasting_path.hpp"

#include "quarry/map/fault_record.hpp"

namespace quarry {

std::filesystem::path lasting_path(const region& of) {
  return of.faults == nullptr || of.faults->may_change ? std::filesystem::path() : of.faults->name;
}

}  // namespace quarry
