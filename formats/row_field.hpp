// row_field.hpp: the place in a header's text where the number of rows stands, made as wide as any
// number needs, so that an array grows by a change of digits alone.
//
//     (3, 4)  ->  (                    3, 4)  ->  (                   12, 4)
//
// Blanks in front of a number mean nothing to the readers of Python literals and of JSON. A tab as
// the first of them is the mark of an appender at work (growing_header in store/format.hpp).
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "quarry/store/format.hpp"

namespace quarry::formats {

/// The sector that a disk writes as a whole or not at all.
inline constexpr std::size_t sector_bytes = 512;

/// The field of the number that starts at `number`. Precondition: number < text.size().
row_field field_around(std::string_view text, std::size_t number) noexcept;

/// Of a text that starts where a sector does.
bool is_in_one_sector(const row_field& field) noexcept;

/// `text` with `count` in the field, as long as it was if the field has room for every number of 63
/// bits and the mark, else longer by at most `room`; nothing if that is not enough.
std::optional<std::string> text_with_rows(std::string_view text, const row_field& field,
                                          const row_count& count, std::size_t room);

/// What changes from `before` to `after`, which has the same length; nothing if that lies in more
/// than one sector.
std::optional<patch> change_in_sector(std::span<const std::byte> before,
                                      std::span<const std::byte> after);

}  // namespace quarry::formats
