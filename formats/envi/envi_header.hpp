// envi_header.hpp: the text that describes ENVI data, taken apart; grammar in envi.md.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quarry/store/format.hpp"

#include "formats/header_text.hpp"

namespace quarry::formats {

/// True if the first line of `text` is "ENVI".
bool is_envi(std::string_view text) noexcept;

/// The fields of an ENVI header, names in small letters; a value in braces keeps them and its
/// lines. A line that is no field is added to `warnings`. Throws error(corrupt_header),
/// error(limit_exceeded).
header_fields parse_envi_header(std::string_view text, std::vector<std::string>& warnings);

/// The parts of a value "{a, b, c}", or the value itself if it has no braces.
std::vector<std::string_view> envi_list(const header_field& field);

/// The same as numbers, one per band. Throws error(corrupt_header) for another number of them.
std::vector<double> envi_numbers(const header_field& field, std::int64_t bands);

/// What is said of the array besides type, extents and scaling, in the order of the file. Lists
/// per band that do not fit become warnings.
attributes envi_attributes(const header_fields& fields, std::int64_t bands,
                           std::vector<std::string>& warnings);

/// The header lines for what `attrs` says in the names of envi_attributes() about the whole and
/// about `bands` bands, each with its end. What a line cannot hold is left out.
std::string envi_attribute_lines(const attributes& attrs, std::int64_t bands);

/// "name = { 1, 2.5 }" and a line end.
std::string envi_number_line(std::string_view name, std::span<const double> numbers);

/// The shortest decimal text that reads back as `number`.
std::string envi_number(double number);

}  // namespace quarry::formats
