// crc32c.hpp: the checksum of quarry's own headers.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace quarry {

/// CRC-32C (Castagnoli), as iSCSI and ext4 use it: RFC 3720 appendix B.4.
std::uint32_t crc32c(std::span<const std::byte> bytes) noexcept;

}  // namespace quarry
