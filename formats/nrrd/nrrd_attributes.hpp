// nrrd_attributes.hpp: what a NRRD header says besides where its data lies, as attributes and back.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "quarry/store/format.hpp"

#include "formats/nrrd/nrrd_header.hpp"

namespace quarry::formats {

/// `content` as description, `sample units` as units, `labels` as axis_names, `units` as
/// axis_units, the others under their names, and key/value pairs as the list "key_values". What
/// belongs to axes is in the order of quarry's axes. What is not as the specification says, a list
/// of another length than `rank` for instance, becomes a warning instead.
attributes nrrd_attributes(const nrrd_header& header, std::size_t rank,
                           std::vector<std::string>& warnings);

/// The header lines for description, units, axis_names, axis_units and key_values of `attrs`, each
/// with its end. Texts that a line cannot hold are left out, and lists of another length than
/// `rank`.
std::string nrrd_attribute_lines(const attributes& attrs, std::size_t rank);

}  // namespace quarry::formats
