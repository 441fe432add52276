// unique_names.hpp: names for arrays of files in which several may have one label.
#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>

namespace quarry::formats {

/// Gives each name once. Not thread-safe.
class unique_names {
 public:
  /// `wanted`, or "wanted#2", "wanted#3" and so on if it was given before. Constant time unless a
  /// file has names of that form of its own.
  std::string operator()(const std::string& wanted);

 private:
  std::unordered_map<std::string, std::uint64_t> given_;  // and the last number behind it
};

}  // namespace quarry::formats
