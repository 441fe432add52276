// layout_stack.hpp: arrays that lie in several files, in layout JSON; see bin/bin.md.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "quarry/store/format.hpp"

#include "formats/layout_values.hpp"

namespace quarry::formats {

/// The keys that only a stack has, of one entry of "arrays".
struct stack_keys {
  const nlohmann::ordered_json* parts = nullptr;  ///< borrowed; a list
  std::optional<int> axis{};
  std::optional<int> new_axis{};
  std::optional<fill_number> fill{};

  /// True if there is any.
  bool says_something() const noexcept { return parts != nullptr || axis || new_axis || fill; }
  /// Reads the value of one of the keys; false if `key` is another one. Throws as fail_layout()
  /// does, naming `at`.
  bool take(std::string_view key, const nlohmann::ordered_json& value, std::string_view at);
};

/// The stack that those keys describe: `whole` is what its entry says, and gets the shape of the
/// parts together unless it has one. Throws as fail_layout() does. Precondition: there are parts.
stack_info parse_stack(const stack_keys& keys, placed_elements& whole, const std::string& where,
                       std::vector<std::string>& warnings);

/// Enters the keys of `stack` into its entry; parts of the dtype `type` do not repeat it. Numbers
/// that are not finite are texts.
void put_stack(nlohmann::ordered_json& entry, const stack_info& stack, const dtype& type);

}  // namespace quarry::formats
