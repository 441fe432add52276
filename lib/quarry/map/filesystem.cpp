#include "quarry/map/filesystem.hpp"

#include <algorithm>
#include <array>
#include <sys/vfs.h>

namespace quarry::detail {
namespace {

// The numbers that statfs(2) lists, and Lustre's.
constexpr std::array<unsigned long, 10> remote_types{
    0x6969,      // NFS
    0x517B,      // SMB
    0xFE534D42,  // SMB2
    0xFF534D42,  // CIFS
    0x01021997,  // 9P
    0x00C36400,  // Ceph
    0x5346414F,  // AFS
    0x6B414653,  // AFS of the kernel
    0x73757245,  // Coda
    0x0BD00BD0,  // Lustre
};

}  // namespace

bool is_remote(long type) noexcept {
  // Some machines give the number as a signed one of 32 bits.
  const auto number = static_cast<unsigned long>(type) & 0xFFFFFFFFUL;
  return std::ranges::find(remote_types, number) != remote_types.end();
}

bool is_remote(const file_handle& file) noexcept {
  struct statfs about {};
  return ::fstatfs(file.descriptor(), &about) == 0 && is_remote(static_cast<long>(about.f_type));
}

}  // namespace quarry::detail
