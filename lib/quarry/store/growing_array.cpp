#include "quarry/store/growing_array.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/log.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/fault_guard.hpp"
#include "quarry/map/new_file.hpp"

namespace quarry::detail {
namespace {

constexpr std::uint64_t reserved_ahead = 64 << 10U;

void patch_into(const patch& change, std::span<std::byte> header) {
  std::ranges::copy(change.bytes,
                    header.begin() + static_cast<std::ptrdiff_t>(change.offset_bytes));
}

// By way of a buffer: the system reads no memory of files that are not mapped, and lost pages must
// be met where a guard can tell.
void copy_bytes(const array& from, new_file& to, std::uint64_t offset,
                const append_options& options) {
  const region& source = *from.memory();
  const auto start = static_cast<std::size_t>(from.data() - source.data);
  const auto bytes = static_cast<std::size_t>(from.size_bytes());
  if (to.copy(offset, source, start, bytes)) return;
  const fault_guard guard(source);
  std::vector<std::byte> buffer(std::min(bytes, options.buffer_bytes));
  for (std::size_t done = 0; done < bytes;) {
    const auto piece = std::span(buffer).first(std::min(buffer.size(), bytes - done));
    std::memcpy(piece.data(), from.data() + done, piece.size());
    guard.check();
    to.write(offset + done, piece);
    done += piece.size();
    tell(options, done, bytes);
  }
}

}  // namespace

const format& growing_format(const file& of, std::span<const format> table) {
  const auto found = std::ranges::find(table, of.format_name(), &format::name);
  if (found != table.end() && found->growing.field != nullptr) return *found;
  std::string names;
  for (const format& each : table) {
    if (each.growing.field != nullptr) names += concat(names.empty() ? "" : ", ", each.name);
  }
  throw error(errc::unsupported, concat("rows are appended to files of the formats ", names,
                                        ", this is ", of.format_name()));
}

const array_info& only_array(const catalog& contents) {
  if (contents.arrays.size() == 1 && contents.skipped.empty()) return contents.arrays.front();
  throw error(errc::unsupported, concat("holds ", contents.arrays.size() + contents.skipped.size(),
                                        " arrays; rows are appended to files of one"));
}

growth required_growth(const layout& where) {
  if (where.rank() == 0) throw error(errc::shape_mismatch, "a scalar has no rows to append to");
  if (const auto along = growth_of(where)) return *along;
  throw error(errc::layout_error, "its elements do not follow each other, so no row can follow");
}

void tell(const append_options& options, std::uint64_t done_bytes, std::uint64_t all_bytes) {
  if (options.progress) options.progress(done_bytes, all_bytes);
  if (!options.stop.stop_requested()) return;
  throw error(std::make_error_code(std::errc::operation_canceled), "stopped");
}

growing_array::growing_array(growing_file file, std::span<const format> table, durability sync)
    : file_(std::move(file)), sync_(sync) {
  const std::filesystem::path& path = file_.path();
  const quarry::file opened = quarry::file::open(path, table);
  about(path, [&] {
    format_ = &growing_format(opened, table);
    info_ = only_array(opened.contents());
    const array elements = opened.at(0);
    along_ = required_growth(info_.where);
    if (!file_.is_behind(*elements.memory())) {
      throw error(errc::changed, "another file was put in its place");
    }
    header_.resize(info_.offset_bytes);
    file_.read(0, header_);
    field_ = format_->growing.field(header_);
    end_ = committed_end();
    reserved_end_ = end_;
    drop_tail();
  });
}

growing_array::~growing_array() {
  try {
    if (is_open() && file_.is_own()) settle();
  } catch (const std::exception& failure) {
    // The mark stays: the next appender does it.
    log::write(log::level::debug, failure.what());
  }
}

std::uint64_t growing_array::committed_end() const noexcept {
  return info_.offset_bytes + static_cast<std::uint64_t>(info_.where.size_bytes());
}

void growing_array::drop_tail() {
  const std::uint64_t size = file_.size_bytes();
  if (size < end_ || (size == end_ && !is_open())) return;
  if (!is_open()) {
    throw error(errc::unsupported,
                concat(size - end_, " bytes follow the data from byte ", end_,
                       " on, and no appender left them; copy the array, or cut them off"));
  }
  file_.truncate(end_);  // also what was reserved behind it
  // As in settle().
  if (sync_ == durability::power_loss) file_.sync();
}

// Only what the file still says is known: after a header was stored in part or by somebody else,
// nothing is cut. Where the file ends it says too, for a cut may have failed. The mark stays as
// long as the tail does.
void growing_array::settle() {
  std::vector<std::byte> now(header_.size());
  file_.read(0, now);
  if (now != header_) return;
  was_cut_ = was_cut_ || file_.size_bytes() > committed_end();
  if (was_cut_ || reserved_end_ > committed_end()) file_.truncate(committed_end());
  // A loss of power must not bring back the tail without the mark.
  if (was_cut_ && sync_ == durability::power_loss) file_.sync();
  if (const auto change = change_to(info_.where, false)) store(*change);
}

bool growing_array::describes(std::span<const std::byte> header, const layout& where,
                              std::uint64_t offset_bytes) const {
  const catalog found = format_->parse(header, siblings{});
  if (found.arrays.size() != 1) return false;
  const array_info& only = found.arrays.front();
  return only.type == info_.type && only.where == where && only.offset_bytes == offset_bytes;
}

std::optional<patch> growing_array::change_to(const layout& where, bool is_open) const {
  if (!field_) return std::nullopt;
  const std::uint64_t bytes = static_cast<std::uint64_t>(where.size_bytes());
  return format_->growing.with_rows(
      header_, *field_, {where.extent(along_.axis), info_.offset_bytes + bytes, is_open});
}

// Whether the field found is that of the rows is tried with a number that they are not.
bool growing_array::begin() {
  if (has_begun_) return true;
  file_.require_own();
  const std::int64_t more = checked::add<std::int64_t>(rows(), 1, "the number of rows");
  const layout where = with_rows(info_.where, along_, more);
  const auto trial = change_to(where, true);
  if (!trial) return false;
  std::vector<std::byte> header = header_;
  patch_into(*trial, header);
  if (!describes(header, where, info_.offset_bytes)) return false;
  const auto field = format_->growing.field(header);
  store(change_to(info_.where, true).value());
  field_ = field;
  has_begun_ = true;
  if (sync_ == durability::power_loss) file_.sync();
  return true;
}

void growing_array::store(const patch& change) {
  file_.overwrite(change.offset_bytes, change.bytes);
  patch_into(change, header_);
}

// More than is wanted, for a row's space costs as much as many rows' does; but not where only what
// is wanted is there.
void growing_array::reserve(std::uint64_t bytes) {
  const std::uint64_t wanted = checked::add(end_, bytes, "the file's size");
  if (wanted <= reserved_end_) return;
  try {
    reserve_to(checked::add(wanted, reserved_ahead, "the file's size"));
  } catch (const error&) {
    reserved_end_ = end_;  // a failure gives back what was reserved
    reserve_to(wanted);
  }
}

void growing_array::reserve_to(std::uint64_t end) {
  file_.reserve(reserved_end_, end - reserved_end_);
  reserved_end_ = end;
}

void growing_array::put(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  try {
    reserve(bytes.size());
    file_.write(end_, bytes);
  } catch (const error&) {
    cut_back(end_);
    throw;
  }
  end_ += bytes.size();
}

void growing_array::cut_back(std::uint64_t end) noexcept {
  end_ = end;
  was_cut_ = true;
  try {
    file_.truncate(end);
    reserved_end_ = end;
  } catch (const std::exception& failure) {
    log::write(log::level::debug, failure.what());
  }
}

void growing_array::commit(std::int64_t rows) {
  if (!file_.is_linked()) {
    throw error(errc::changed, "was removed, or replaced by another file", file_.path());
  }
  if (sync_ == durability::power_loss) file_.sync();
  const layout where = with_rows(info_.where, along_, rows);
  store(change_to(where, true).value());
  info_.where = where;
  if (sync_ == durability::power_loss) file_.sync();
}

growing_file growing_array::rewrite(std::span<const format> table,
                                    const append_options& options) const {
  const std::filesystem::path& path = file_.path();
  const file opened = file::open(path, table);
  const array elements = opened.at(0);
  const std::vector<std::byte> header =
      about(path, [&] { return format_->growing.make(opened.contents()); });
  const layout where = with_rows(info_.where, along_, rows());
  if (!file_.is_behind(*elements.memory()) || !describes(header, where, header.size())) {
    throw error(errc::unsupported,
                "its header has no room for more rows and cannot be written anew", path);
  }
  const std::uint64_t size = checked::add<std::uint64_t>(
      header.size(), static_cast<std::uint64_t>(where.size_bytes()), "the file's size");
  // Whatever was asked for: the rows that are there may have been on the disk for years.
  new_file out(path, size, {.overwrite = true, .sync = durability::power_loss});
  growing_file locked(out, path);
  out.write(0, header);
  copy_bytes(elements, out, header.size(), options);
  opened.verify_unchanged();
  out.commit();
  return locked;
}

}  // namespace quarry::detail
