// arguments.hpp: what users write on the command line, read strictly: anything else is
// error(invalid_argument).
#pragma once
#include <complex>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>

#include "quarry.hpp"

namespace quarry::tools {

/// The arguments with what the parser would misread put right: a negative number ("-1", "-5:") is
/// no option, "--transpose 1,0" takes its axes only where they are axes. Throws
/// error(invalid_argument) for an option whose value is empty ("--shape=") and for "-", which
/// would be a standard stream.
std::vector<std::string> prepared_arguments(std::vector<std::string> arguments);

/// What all options of a verb have in common: no value is empty, and the marks of
/// prepared_arguments() are taken off.
void prepare_options(CLI::App& verb);

/// "64M", "1GiB", "10GB", "4096": bytes, more than 0. K, M, G, T and KiB to TiB are powers of 1024,
/// kB (KB), MB, GB, TB powers of 1000, B and nothing are bytes.
std::uint64_t parse_byte_count(std::string_view text);

/// "3,4", "(3, 4)", "[3,4]", "3x4", "(3,)"; "()" is a scalar. Extents are >= 0.
std::vector<std::int64_t> parse_shape(std::string_view text);

/// "1,0,2", brackets allowed.
std::vector<int> parse_axes(std::string_view text);

/// A number as it is written: an integer of 64 bits with or without sign where it is one, else a
/// floating-point or a complex number ("1.5", "nan", "2j", "1-2j").
using number = std::variant<std::int64_t, std::uint64_t, double, std::complex<double>>;
number parse_number(std::string_view text);

/// "NAME=VALUE": a value that reads as an integer of 64 bits or another real number is one, else it
/// is a text.
attribute parse_attribute(std::string_view text);

/// A whole number in decimal digits ("010" is ten) from `least` to `most`; `option` is for the
/// message.
std::uint64_t parse_count(std::string_view option, std::string_view text, std::uint64_t least,
                          std::uint64_t most);

/// A finite floating-point number.
double parse_real(std::string_view option, std::string_view text);

/// "little", "big" or "native".
byte_order parse_byte_order(std::string_view text);

}  // namespace quarry::tools
