#include "quarry/share/segment.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <thread>
#include <utility>

#include "quarry/array/dtype_text.hpp"
#include "quarry/base/deadline.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/machine.hpp"
#include "quarry/map/new_file.hpp"
#include "quarry/map/wait.hpp"
#include "quarry/share/segment_name.hpp"
#include "quarry/share/segment_state.hpp"

namespace quarry::share {
namespace {

using detail::segment_state;
using shared_state = std::shared_ptr<segment_state>;

constexpr int most_attempts = 1000;

// Between the opening and the lock the segment may have been removed, and its name given to
// another.
shared_state attached_at(const detail::segment_file& at, access mode) {
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    shared_file file = shared_file::open(at.path, mode, at.trust);
    if (file.try_share(detail::attachment_lock) && file.has_its_name()) {
      segment_header header = detail::read_header(file);
      return std::make_shared<segment_state>(std::move(file), std::move(header));
    }
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  throw error(errc::busy, "the segment is being removed again and again", at.path);
}

std::filesystem::perms permissions_of(const segment_spec& what) {
  using std::filesystem::perms;
  const perms own = perms::owner_read | perms::owner_write;
  return what.group ? own | perms::group_read : own;
}

// The attachment lock is taken before there is a name, so that nobody reaps what is just appearing.
shared_state created_at(const std::filesystem::path& path, const segment_spec& what) {
  const bool has_slots = what.kind == segment_kind::slots;
  segment_header header =
      plan_segment(what.kind, what.type, what.max_shape, has_slots ? what.slots : 1);
  new_file made(path, header.file_bytes,
                {.permissions = permissions_of(what), .follow_links = false});
  const std::vector<std::byte> start = bytes_of(header);
  std::ranges::copy(start, made.bytes().begin());
  shared_file file = shared_file::open(made, path);
  if (!file.try_share(detail::attachment_lock)) throw error(errc::busy, "cannot be locked", path);
  auto out = std::make_shared<segment_state>(std::move(file), std::move(header));
  out->control().keep.store(what.keep ? 1 : 0);
  made.commit();
  return out;
}

void require_fit(const segment_header& there, const segment_spec& what) {
  if (there.kind != what.kind || !(there.type == what.type)) {
    throw error(errc::type_mismatch,
                concat("the segment holds ", name_of(there.kind), " of ", to_string(there.type),
                       ", not ", name_of(what.kind), " of ", to_string(what.type)));
  }
  there.layout_of(what.max_shape);
}

bool is_missing(const error& failure) {
  return failure.code() == std::errc::no_such_file_or_directory;
}

// Removes a segment from before the machine was started anew, unless somebody else has; throws as
// attaching does for what is none.
void reap_stale(const detail::segment_file& at) try {
  const shared_file file = shared_file::open(at.path, access::read_write, at.trust);
  const segment_header header = detail::read_any_header(file);
  if (detail::is_stale(header)) detail::reap(file, header);
} catch (const error& failure) {
  if (!is_missing(failure)) throw;
}

// A slot that is held as long as this lives.
struct pinned_slot {
  shared_state of;
  std::uint32_t number;

  pinned_slot(shared_state state, std::uint32_t slot) noexcept
      : of(std::move(state)), number(slot) {}
  pinned_slot(const pinned_slot&) = delete;
  pinned_slot& operator=(const pinned_slot&) = delete;
  ~pinned_slot() { of->unpin(number); }
};

// Read into a copy: a hostile writer may change it at any time.
array elements_of(const std::shared_ptr<const pinned_slot>& pin) {
  const segment_state& state = *pin->of;
  const segment_header& header = state.header();
  std::vector<std::int64_t> shape(header.max_shape.size());
  std::copy_n(std::begin(state.head(pin->number).shape), shape.size(), shape.begin());
  return array::over(std::shared_ptr<const region>(pin, state.memory().get()), header.type,
                     detail::checked_layout(shape, state.file(), header),
                     static_cast<std::int64_t>(header.elements_offset(pin->number)))
      .as_read_only();
}

// A version that is overwritten before it is held was not the latest any more.
std::optional<snapshot> newest_slot(const shared_state& state, std::uint64_t newer_than) {
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    const std::uint64_t latest = state->control().latest.load(std::memory_order_acquire);
    const std::uint64_t version = latest >> 8U;
    if (version <= newer_than) return std::nullopt;
    const std::uint32_t number =
        detail::checked_slot(latest & 0xFFU, state->file(), state->header());
    if (!state->pin(number)) continue;
    const auto pin = std::make_shared<const pinned_slot>(state, number);
    const std::uint64_t held = state->head(number).version.load(std::memory_order_acquire);
    if (held == version) return snapshot{elements_of(pin), version};
    // The slot of the latest version is never written to.
    if (state->control().latest.load(std::memory_order_acquire) != latest) continue;
    throw error(errc::corrupt_header, concat("slot ", number, " holds version ", held,
                                             " where the latest, ", version, ", should be"));
  }
  throw error(errc::busy, "the writer is faster than this reader");
}

std::optional<snapshot> newest_rows(const shared_state& state, std::uint64_t newer_than) {
  const std::uint64_t rows = state->control().latest.load(std::memory_order_acquire);
  if (rows <= newer_than) return std::nullopt;
  const segment_header& header = state->header();
  std::vector<std::int64_t> shape = header.max_shape;
  shape.front() = static_cast<std::int64_t>(rows);
  return snapshot{
      array::over(std::shared_ptr<const region>(state, state->memory().get()), header.type,
                  detail::checked_layout(shape, state->file(), header),
                  static_cast<std::int64_t>(header.data_offset))
          .as_read_only(),
      rows};
}

std::optional<snapshot> newest(const shared_state& state, std::uint64_t newer_than) {
  const bool has_slots = state->header().kind == segment_kind::slots;
  return has_slots ? newest_slot(state, newer_than) : newest_rows(state, newer_than);
}

}  // namespace

segment::segment(shared_state state) noexcept : state_(std::move(state)) {}
segment::segment(segment&&) noexcept = default;
segment& segment::operator=(segment&&) noexcept = default;
segment::~segment() = default;

segment segment::create(std::string_view name, const segment_spec& what, const place& where) {
  const detail::segment_file at = detail::locate(name, where);
  return about(at.path, [&] {
    if (at.trust.owner != effective_user()) {
      throw error(errc::invalid_argument, "a segment belongs to the user who creates it");
    }
    return segment(created_at(at.path, what));
  });
}

segment segment::attach(std::string_view name, access mode, const place& where) {
  const detail::segment_file at = detail::locate(name, where);
  return segment(attached_at(at, mode));
}

segment segment::attach_or_create(std::string_view name, const segment_spec& what,
                                  const place& where) {
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    try {
      segment out = attach(name, access::read_write, where);
      about(out.path(), [&] { require_fit(out.header(), what); });
      return out;
    } catch (const error& failure) {
      if (failure.code() == errc::unsupported) {
        reap_stale(detail::locate(name, where));
      } else if (!is_missing(failure)) {
        throw;
      }
    }
    try {
      return create(name, what, where);
    } catch (const error& failure) {
      if (failure.code() != std::errc::file_exists) throw;
    }
  }
  throw error(errc::busy, "the segment comes and goes", detail::locate(name, where).path);
}

segment_state& segment::attached() const {
  if (!state_) throw error(errc::invalid_argument, "the segment was moved from");
  return *state_;
}

const std::filesystem::path& segment::path() const { return attached().file().path(); }

const segment_header& segment::header() const { return attached().header(); }

// Sleeps a second at most: who removes a segment by other means wakes nobody.
std::optional<snapshot> segment::latest(std::uint64_t newer_than,
                                        std::chrono::nanoseconds wait) const {
  const segment_state& state = attached();
  const deadline until(wait);
  while (true) {
    std::uint32_t seen = 0;
    std::optional<snapshot> found = detail::guarded(state, [&] {
      seen = state.control().wake.load(std::memory_order_acquire);
      detail::require_name(state.file());
      return newest(state_, newer_than);
    });
    if (found || until.is_over()) return found;
    const std::chrono::nanoseconds most = std::chrono::seconds(1);
    wait_while(state.control().wake, seen, std::min(until.left(), most));
  }
}

void segment::keep(bool stays) const {
  const segment_state& state = attached();
  if (state.file().mode() != access::read_write) {
    throw error(errc::read_only, "attached read-only", state.file().path());
  }
  detail::guarded(state, [&] {
    detail::require_name(state.file());
    state.control().keep.store(stays ? 1 : 0);
    return stays;
  });
}

}  // namespace quarry::share
