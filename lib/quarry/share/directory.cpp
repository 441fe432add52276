#include "quarry/share/directory.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "quarry/base/byte_reader.hpp"
#include "quarry/base/error.hpp"
#include "quarry/map/wait.hpp"
#include "quarry/share/segment_name.hpp"
#include "quarry/share/segment_state.hpp"

namespace quarry::share {
namespace {

std::vector<std::string> names_in(const place& where) {
  const std::string prefix = detail::file_prefix(where);
  std::vector<std::string> out;
  std::error_code failed;
  std::filesystem::directory_iterator entries(where.directory, failed);
  if (failed) {
    throw error({failed.value(), std::system_category()}, "cannot list", where.directory);
  }
  for (const auto& entry : entries) {
    const std::string file_name = entry.path().filename();
    if (!file_name.starts_with(prefix)) continue;
    std::string name = file_name.substr(prefix.size());
    if (detail::is_segment_name(name)) out.push_back(std::move(name));
  }
  std::ranges::sort(out);
  return out;
}

shared_file opened(const detail::segment_file& at, access mode) {
  return shared_file::open(at.path, mode, at.trust);
}

// What is taken away need not be trusted.
shared_file opened_to_remove(detail::segment_file at) {
  at.trust.writable_by_others = true;
  return opened(at, access::read_write);
}

std::vector<std::int64_t> shape_in(const shared_file& file, const segment_header& header,
                                   std::uint64_t slot) {
  std::vector<std::byte> copy(8 * header.max_shape.size());
  file.read(header.data_offset + slot * header.slot_stride + offsetof(detail::slot_head, shape),
            copy);
  byte_reader in(copy);
  std::vector<std::int64_t> out(header.max_shape.size());
  for (std::int64_t& extent : out) extent = in.number<std::int64_t>(native_order, "the shape");
  return out;
}

// A version's shape is read between two looks at which version is the latest.
void read_slots(const shared_file& file, std::uint64_t latest, segment_status& into) {
  constexpr int most_attempts = 100;
  for (int attempt = 0; attempt < most_attempts && latest != 0; ++attempt) {
    into.version = latest >> 8U;
    into.shape = shape_in(file, into.header, detail::checked_slot(latest & 0xFFU, file, into.header));
    const std::uint64_t now = detail::read_control(file, into.header).latest;
    if (now == latest) break;
    latest = now;
  }
}

void read_rows(std::uint64_t rows, segment_status& into) {
  into.version = rows;
  if (rows == 0) return;
  into.shape = into.header.max_shape;
  into.shape.front() = static_cast<std::int64_t>(rows);
}

segment_status status_of(const shared_file& file) {
  segment_status out;
  out.path = file.path();
  out.header = detail::read_header(file);
  const detail::control_copy control = detail::read_control(file, out.header);
  out.keep = control.keep;
  if (file.is_locked(detail::lease_lock)) out.writer = control.writer;
  out.holders = file.lock_count(detail::attachment_lock);
  if (out.header.kind == segment_kind::slots) {
    read_slots(file, control.latest, out);
  } else {
    read_rows(control.latest, out);
  }
  if (out.version != 0) detail::checked_layout(out.shape, file, out.header);
  return out;
}

bool is_missing(const error& failure) {
  return failure.code() == std::errc::no_such_file_or_directory;
}

// True if it is gone, or would be.
bool collect_one(const detail::segment_file& at, bool dry_run) {
  const shared_file file = opened_to_remove(at);
  const segment_header header = detail::read_any_header(file);
  if (!dry_run) return detail::reap(file, header);
  if (detail::is_stale(header)) return true;
  return !file.is_locked(detail::attachment_lock) && !file.is_locked(detail::lease_lock) &&
         !detail::read_control(file, header).keep;
}

}  // namespace

std::vector<segment_status> list(const place& where) {
  std::vector<segment_status> out;
  for (const std::string& name : names_in(where)) {
    const detail::segment_file at = detail::locate(name, where);
    segment_status each;
    try {
      each = status_of(opened(at, access::read_only));
    } catch (const error& failure) {
      if (is_missing(failure)) continue;
      each = segment_status{};
      each.path = at.path;
      each.problem = failure.message();
    }
    each.name = name;
    out.push_back(std::move(each));
  }
  return out;
}

segment_status status(std::string_view name, const place& where) {
  segment_status out = status_of(opened(detail::locate(name, where), access::read_only));
  out.name = name;
  return out;
}

// Those who wait wake up and find that the name is gone.
void remove(std::string_view name, const place& where) {
  const shared_file file = opened_to_remove(detail::locate(name, where));
  file.unlink_name(detail::unlink_lock);
  try {
    const detail::segment_state state(file.reopened(), detail::read_header(file));
    detail::guarded(state, [&] {
      state.wake();
      return true;
    });
  } catch (const error&) {
    // No segment: nobody waits.
  }
}

std::vector<std::string> collect(const place& where, bool dry_run) {
  std::vector<std::string> out;
  for (const std::string& name : names_in(where)) {
    try {
      if (collect_one(detail::locate(name, where), dry_run)) out.push_back(name);
    } catch (const error&) {
      // Gone meanwhile, somebody else's, or no segment: list() says which.
    }
  }
  return out;
}

}  // namespace quarry::share
