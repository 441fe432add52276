#include "quarry/store/part_files.hpp"

#include <algorithm>
#include <cstring>
#include <system_error>
#include <utility>

#include "quarry/array/dtype_text.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/kernels/convert.hpp"
#include "quarry/map/lasting_path.hpp"
#include "quarry/map/mapping.hpp"

namespace quarry::detail {
namespace {

constexpr std::size_t most_open = 256;
constexpr std::size_t most_inflated = 8;  // on a disk without much room


void check_shapes(const array_info& info) {
  if (info.stack->axis < 0) {
    throw error(errc::corrupt_header, concat("the axis of the stack is ", info.stack->axis));
  }
  const std::vector<std::int64_t> shape = shape_of(*info.stack);
  if (std::ranges::equal(shape, info.where.shape())) return;
  throw error(errc::corrupt_header,
              concat("the parts of the stack '", info.name, "' have the shape ", tuple_text(shape),
                     ", it has ", tuple_text(info.where.shape())));
}

void check_types(const array_info& info, casting rule) {
  for (const part_info& part : info.stack->parts) {
    if (can_cast(part.type, info.type, rule)) continue;
    throw error(errc::type_mismatch,
                concat("elements of ", to_string(part.type), " cannot be part of a stack of ",
                       to_string(info.type), " (rule ", name_of(rule), ")"),
                part.file);
  }
}

template <class Number>
array scalar_of(type_kind kind, Number value) {
  array out = array::zeros(dtype(kind, sizeof value), {});
  std::memcpy(out.mutable_data(), &value, sizeof value);
  return out;
}

// Of the kind that becomes every other which can hold it.
array scalar_of(const fill_number& number) {
  if (const auto* const real = std::get_if<double>(&number)) {
    return scalar_of(type_kind::floating, *real);
  }
  if (const auto* const large = std::get_if<std::uint64_t>(&number)) {
    return scalar_of(type_kind::unsigned_integer, *large);
  }
  const std::int64_t whole = std::get<std::int64_t>(number);
  return scalar_of(whole < 0 ? type_kind::signed_integer : type_kind::unsigned_integer, whole);
}

// One element that stands for all of a part that is missing.
array fill_of(const array_info& info) {
  array one = array::zeros(info.type, {});
  if (!info.stack->fill) return one;
  try {
    fill(one, scalar_of(*info.stack->fill));
  } catch (const error& failure) {
    throw error(failure.code(), concat("the fill of missing parts: ", failure.message()));
  }
  return one;
}

}  // namespace

part_files::part_files(const array_info& info, casting rule, std::span<const format> table,
                       open_options how, locator locate)
    : stack_(*info.stack),
      fill_(fill_of(info)),
      table_(table),
      how_(std::move(how)),
      locate_(std::move(locate)),
      seen_(stack_.parts.size()) {
  check_shapes(info);
  check_types(info, rule);
}

array part_files::open(std::size_t position) {
  const std::lock_guard lock(mutex_);
  const auto kept = std::ranges::find(open_, position, &open_part::position);
  if (kept != open_.end()) return kept->elements;
  const part_info& part = stack_.parts[position];
  const std::filesystem::path path = locate_(part.file);
  const file_state named = part.in_memory ? file_state{} : state_now(path);
  const bool is_filled = stack_.fill && !part.in_memory && !named.is_there;
  array out = is_filled ? fill_.broadcast_to(part.where.shape()) : load_with_room(part, path);
  // Nothing of what is inflated: it has a file of its own each time.
  const std::filesystem::path mapped_path = lasting_path(*out.memory());
  const file_state mapped = mapped_path.empty() ? file_state{} : state_now(mapped_path);
  if (named.is_there && state_now(path) != named) {
    throw error(errc::changed, "was changed while it was opened", path);
  }
  check_identity(position, {named, mapped}, path);
  if (stack_.is_new_axis) {
    std::vector<index_entry> index(static_cast<std::size_t>(stack_.axis), all);
    index.emplace_back(newaxis);
    out = out.slice(index);
  }
  if (is_filled) return out;
  open_.push_back({position, out, named.is_there && mapped_path.empty()});
  if (!has_room_for_inflated()) close_oldest(most_inflated, true);
  close_oldest(most_open, false);
  return out;
}

// The room that inflated parts take is for the next one, where there is no other.
array part_files::load_with_room(const part_info& part, const std::filesystem::path& path) {
  try {
    return load(part, path);
  } catch (const error& failure) {
    const bool is_any_inflated = std::ranges::any_of(open_, &open_part::is_inflated);
    if (failure.code() != std::errc::no_space_on_device || !is_any_inflated) throw;
  }
  close_oldest(0, true);
  return load(part, path);
}

void part_files::close_oldest(std::size_t kept, bool only_inflated) {
  const auto counts = [&](const open_part& each) { return each.is_inflated || !only_inflated; };
  while (std::cmp_greater(std::ranges::count_if(open_, counts), kept)) {
    const auto oldest = std::ranges::find_if(open_, counts);
    const array closed = std::move(oldest->elements);
    open_.erase(oldest);
    quarry::verify_unchanged(*closed.memory());
  }
}

void part_files::verify_unchanged() {
  const std::lock_guard lock(mutex_);
  for (const open_part& each : open_) quarry::verify_unchanged(*each.elements.memory());
}

// Of all that were open: those that are not any more may have been stored into too. What the disk
// did not take is said once by the system, and by us ever after.
void part_files::flush(durability level) {
  const std::lock_guard lock(mutex_);
  if (lost_) throw error(*lost_);
  if (level == durability::process_crash) return;
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    if (!seen_[i] || !seen_[i]->named.is_there) continue;
    const part_info& part = stack_.parts[i];
    const std::filesystem::path path = locate_(part.file);
    if (state_now(path) != seen_[i]->named) {
      throw error(errc::changed, "is another file than the one that was part of the stack", path);
    }
    try {
      if (part.array) {
        file::open(path, table_, how_).flush(level);
      } else {
        mapping::open(path, how_.mode, how_.io).flush(level);
      }
    } catch (const error& failure) {
      lost_ = failure;
      throw;
    }
  }
}

void part_files::require_unshared() {
  const std::lock_guard lock(mutex_);
  for (const open_part& each : open_) {
    if (each.elements.memory().use_count() == 1) continue;
    throw error(errc::busy, "cannot unmap: an array of this part is held",
                locate_(stack_.parts[each.position].file));
  }
}

array part_files::load(const part_info& part, const std::filesystem::path& path) const {
  if (part.in_memory) return *part.in_memory;
  if (!part.array) {
    const auto memory = mapping::open(path, how_.mode, how_.io).share();
    return about(path, [&] {
      return array::over(memory, part.type, part.where,
                         checked::narrow<std::int64_t>(part.offset_bytes, "the part's offset"));
    });
  }
  const file source = file::open(path, table_, how_);
  const std::size_t position = source.position_of(*part.array);
  if (source.contents().arrays[position].stack) {
    throw error(errc::unsupported, "is a stack itself, and part of another one", path);
  }
  array out = source.load(position);
  const auto expected = part.where.shape();
  if (out.type() == part.type && std::ranges::equal(out.shape(), expected)) return out;
  throw error(
      errc::changed,
      concat("has the shape ", tuple_text(out.shape()), " of ", to_string(out.type()),
             " by now, the stack expects ", tuple_text(expected), " of ", to_string(part.type)),
      path);
}

// What we store ourselves changes the time.
file_state part_files::state_now(const std::filesystem::path& path) const {
  file_state out = state_of(path);
  if (how_.mode == access::read_write) out.changed_ns = 0;
  return out;
}

bool part_files::has_room_for_inflated() const {
  std::uint64_t used_bytes = 0;
  for (const open_part& each : open_) {
    if (each.is_inflated) used_bytes += static_cast<std::uint64_t>(each.elements.size_bytes());
  }
  if (used_bytes == 0) return true;
  std::error_code unknown;
  const std::filesystem::space_info disk = std::filesystem::space(how_.scratch, unknown);
  return !unknown && disk.available > used_bytes;
}

void part_files::check_identity(std::size_t position, const identity& found,
                                const std::filesystem::path& path) {
  std::optional<identity>& before = seen_[position];
  if (before && *before != found) {
    throw error(errc::changed, "is another file than the one that was part of the stack before",
                path);
  }
  before = found;
}

stacked stack_of(const std::shared_ptr<part_files>& files, const array_info& info) {
  const stack_info& stack = *info.stack;
  std::vector<stack_part> parts;
  for (std::size_t i = 0; i < stack.parts.size(); ++i) {
    const std::int64_t extent = stack.is_new_axis ? 1 : stack.parts[i].where.extent(stack.axis);
    parts.push_back({0, extent, [files, i] { return files->open(i); }});
  }
  return {info.type, info.where.shape(), stack.axis, std::move(parts)};
}

}  // namespace quarry::detail
