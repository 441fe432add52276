#include "quarry/map/filesystem.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <sys/vfs.h>

namespace quarry::detail {
namespace {

// The numbers that statfs(2) lists, Lustre's and Docker's. Filesystems that are programs (FUSE) are
// mostly ways to other machines, and virtiofs is one of them.
constexpr std::array<unsigned long, 12> remote_types{
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
    0x65735546,  // FUSE: sshfs, Gluster, virtiofs
    0x6A656A63,  // fakeowner: the files of Docker Desktop's host
};

constexpr std::array<unsigned long, 7> sharing_types{
    0x58465342,  // XFS
    0x9123683E,  // Btrfs
    0xCA451A4E,  // bcachefs
    0x7461636F,  // OCFS2
    0x6969,      // NFS
    0xFE534D42,  // SMB2
    0xFF534D42,  // CIFS
};

bool is_one_of(std::span<const unsigned long> types, long type) noexcept {
  // Some machines give the number as a signed one of 32 bits.
  const auto number = static_cast<unsigned long>(type) & 0xFFFFFFFFUL;
  return std::ranges::find(types, number) != types.end();
}

// 0 is nobody's.
long type_of(const file_handle& file) noexcept {
  struct statfs about {};
  return ::fstatfs(file.descriptor(), &about) == 0 ? static_cast<long>(about.f_type) : 0;
}

}  // namespace

bool is_remote(long type) noexcept { return is_one_of(remote_types, type); }
bool is_remote(const file_handle& file) noexcept { return is_remote(type_of(file)); }

bool copies_in_place(long type) noexcept { return is_one_of(sharing_types, type); }
bool copies_in_place(const file_handle& file) noexcept { return copies_in_place(type_of(file)); }

}  // namespace quarry::detail
