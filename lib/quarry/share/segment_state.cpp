#include "quarry/share/segment_state.hpp"

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "quarry/base/byte_reader.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/log.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/machine.hpp"
#include "quarry/map/wait.hpp"

namespace quarry::share::detail {

segment_header read_any_header(const shared_file& file) {
  return about(file.path(), [&] {
    std::array<std::byte, fixed_header_bytes> start{};
    if (file.size_bytes() < start.size()) {
      throw error(errc::truncated, concat("a segment has a header of at least ", start.size(),
                                          " bytes, the file has ", file.size_bytes()));
    }
    file.read(0, start);
    std::vector<std::byte> copy(segment_header_bytes(start));
    file.read(0, copy);
    segment_header out = parse_segment_header(copy, file.size_bytes());
    if (out.kind == segment_kind::frozen) {
      throw error(errc::unsupported, "a frozen segment has no name");
    }
    return out;
  });
}

bool is_stale(const segment_header& header) { return header.booted != boot_id(); }

segment_header read_header(const shared_file& file) {
  segment_header out = read_any_header(file);
  if (!is_stale(out)) return out;
  throw error(errc::unsupported,
              "made before the machine was started anew: what it holds may be torn", file.path());
}

std::uint32_t checked_slot(std::uint64_t number, const shared_file& file,
                           const segment_header& header) {
  if (number < header.slots) return static_cast<std::uint32_t>(number);
  throw error(errc::corrupt_header,
              concat("byte ", header.control_offset, ": slot ", number, " of ", header.slots),
              file.path());
}

layout checked_layout(std::span<const std::int64_t> shape, const shared_file& file,
                      const segment_header& header) {
  try {
    return header.layout_of(shape);
  } catch (const error& failure) {
    throw error(errc::corrupt_header, concat("the latest version: ", failure.message()),
                file.path());
  }
}

void require_name(const shared_file& file) {
  if (!file.is_linked()) throw error(errc::changed, "the segment was removed", file.path());
}

control_copy read_control(const shared_file& file, const segment_header& header) {
  const std::string_view what = "the control block";
  std::array<std::byte, sizeof(control_block)> bytes{};
  file.read(header.control_offset, bytes);
  byte_reader in(bytes);
  control_copy out{};
  out.latest = in.number<std::uint64_t>(native_order, what);
  in.seek(offsetof(control_block, keep), what);
  out.keep = in.number<std::uint32_t>(native_order, what) != 0;
  out.writer = in.number<std::uint32_t>(native_order, what);
  return out;
}

bool reap(const shared_file& file, const segment_header& header) {
  if (is_stale(header)) return file.unlink_name(unlink_lock);
  if (!file.try_own(attachment_lock)) return false;
  const bool is_kept = read_control(file, header).keep;
  const bool removed = !is_kept && file.try_own(lease_lock) && file.unlink_name(unlink_lock);
  file.release(attachment_lock);
  return removed;
}

segment_state::segment_state(shared_file file, segment_header header)
    : file_(std::move(file)),
      header_(std::move(header)),
      memory_(file_.map()),
      pins_(header_.slots) {
  if (memory_->bytes < header_.file_bytes) {
    throw error(errc::truncated, "the segment was truncated while it was attached", file_.path());
  }
}

// Whoever can only read cannot remove; and in a forked child nothing is ours.
segment_state::~segment_state() {
  if (file_.mode() != access::read_write) return;
  try {
    file_.release(attachment_lock);
    reap(file_, header_);
  } catch (const std::exception& failure) {
    log::write(log::level::debug, failure.what());
  }
}

template <class Block>
Block& segment_state::at(std::uint64_t offset) const noexcept {
  return *reinterpret_cast<Block*>(memory_->data + offset);
}

control_block& segment_state::control() const noexcept {
  return at<control_block>(header_.control_offset);
}

slot_head& segment_state::head(std::uint32_t slot) const noexcept {
  return at<slot_head>(header_.data_offset + slot * header_.slot_stride);
}

void segment_state::wake() const noexcept {
  control().wake.fetch_add(1, std::memory_order_release);
  wake_all(control().wake);
}

bool segment_state::pin(std::uint32_t slot) {
  const std::lock_guard lock(mutex_);
  if (pins_[slot] == 0 && !file_.try_share(first_pin_lock + slot)) return false;
  ++pins_[slot];
  return true;
}

// In a forked child the mutex may be that of a thread which is not there, and the lock is the
// parent's.
void segment_state::unpin(std::uint32_t slot) noexcept {
  if (!file_.is_own()) return;
  const std::lock_guard lock(mutex_);
  if (--pins_[slot] == 0) file_.release(first_pin_lock + slot);
}

}  // namespace quarry::share::detail
