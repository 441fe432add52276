// data_block.hpp: the head of an arbitrary block of IEEE 488.2 (sections 7.7.6 and 8.7.9), in which
// instruments wrap binary data: '#', a digit, that many digits that count the bytes behind them.
#pragma once
#include <cstdint>
#include <optional>

#include "quarry/base/byte_reader.hpp"

namespace quarry::formats {

/// Reads the head that starts at the position of `in`, leaves `in` at the first byte of the data
/// and returns how many there are; nothing for an indefinite block ("#0"), which reaches to the end
/// of the message. Counts of more than nine digits stand in parentheses, "#(12000000000)", as Rohde
/// & Schwarz writes them. Throws error(corrupt_header) if there is no such head, error(truncated)
/// if it is cut off, error(limit_exceeded) if the count does not fit in 64 bits.
std::optional<std::uint64_t> read_block_head(byte_reader& in);

}  // namespace quarry::formats
