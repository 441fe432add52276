#include "quarry/store/checksums.hpp"

#include <algorithm>
#include <cstdint>

#include "quarry/base/byte_writer.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/inflate.hpp"
#include "quarry/map/fault_guard.hpp"
#include "quarry/map/page_cache.hpp"

namespace quarry::detail {
namespace {

constexpr std::uint64_t smallest_window_bytes = std::uint64_t{64} << 10U;
constexpr std::uint64_t largest_window_bytes = std::uint64_t{16} << 20U;

// A new file read from front to back, in windows.
class reading {
 public:
  reading(const new_file& file, std::uint64_t all_bytes, const pass_options& how)
      : bytes_(file.share()),
        guard_(*bytes_),
        pages_(file.pages()),
        how_(how),
        window_bytes_(
            std::clamp(how.memory_bytes / 4, smallest_window_bytes, largest_window_bytes)),
        is_bounded_(bytes_->bytes > how.memory_bytes),
        all_bytes_(all_bytes) {}

  std::uint32_t checksum_of(std::uint64_t offset, std::uint64_t bytes) {
    std::uint32_t out = 0;
    while (bytes > 0) {
      const std::uint64_t window = std::min(bytes, window_bytes_);
      if (how_.stop.stop_requested()) {
        throw error(std::make_error_code(std::errc::operation_canceled), "stopped");
      }
      out = crc32({bytes_->data + offset, static_cast<std::size_t>(window)}, out);
      guard_.check();
      if (is_bounded_) pages_.let_go(offset, window);
      offset += window;
      bytes -= window;
      tell_progress(window);
    }
    return out;
  }

 private:
  void tell_progress(std::uint64_t bytes) {
    done_bytes_ += bytes;
    if (how_.progress) how_.progress(done_bytes_, all_bytes_);
  }

  std::shared_ptr<const region> bytes_;
  const fault_guard guard_;
  page_cache pages_;
  const pass_options& how_;
  std::uint64_t window_bytes_;
  bool is_bounded_;
  std::uint64_t all_bytes_;
  std::uint64_t done_bytes_ = 0;
};

}  // namespace

std::vector<patch> computed(std::span<const checksum> wanted, const new_file& file,
                            const pass_options& how) {
  std::vector<patch> out;
  if (wanted.empty()) return out;
  std::uint64_t all_bytes = 0;
  for (const checksum& each : wanted) all_bytes += each.size_bytes;
  reading from(file, all_bytes, how);
  for (const checksum& each : wanted) {
    byte_writer sum;
    sum.number(from.checksum_of(each.offset_bytes, each.size_bytes));
    const std::vector<std::byte> bytes = sum.take();
    for (const std::uint64_t at : each.stored_at) out.push_back({at, bytes});
  }
  return out;
}

}  // namespace quarry::detail
