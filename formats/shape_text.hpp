// shape_text.hpp: where the shape stands in the text of a layout JSON that describes one array.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace quarry::formats {

/// The character at which the extent of `axis` starts, of the first list called "shape" in `text`.
/// In a text that our own writer made that is the array's; in others it may be an attribute's.
/// Nothing if there is none. Precondition: parse_layout_json() takes `text`.
std::optional<std::size_t> extent_place(std::string_view text, int axis);

/// `text`, from layout_json(), with the shape of its first array in front of that array's other
/// keys.
std::string with_shape_first(std::string_view text);

}  // namespace quarry::formats
