#include "quarry/array/dtype.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "quarry/array/layout.hpp"
#include "quarry/base/assert.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry {

// What all copies of a record share. Names are looked up through `index`, whose keys point into
// `fields`; the rest is asked often and computed once.
struct dtype::record_fields {
  std::vector<field> fields;
  std::unordered_map<std::string_view, std::size_t> index;
  int depth = 1;
  bool has_object = false;
  bool is_native = true;
  order_summary orders;
};

namespace {

// The byte sizes that a kind of number has; empty for kinds of any size.
std::span<const std::int64_t> sizes_of(type_kind kind) noexcept {
  static constexpr std::int64_t one[] = {1};
  static constexpr std::int64_t integers[] = {1, 2, 3, 4, 8};
  static constexpr std::int64_t floats[] = {2, 4, 8, 16};
  static constexpr std::int64_t brain[] = {2};
  static constexpr std::int64_t complexes[] = {8, 16, 32};
  static constexpr std::int64_t pointer[] = {8};
  switch (kind) {
    case type_kind::boolean:
      return one;
    case type_kind::signed_integer:
    case type_kind::unsigned_integer:
      return integers;
    case type_kind::floating:
      return floats;
    case type_kind::brain_floating:
      return brain;
    case type_kind::complex_floating:
      return complexes;
    case type_kind::timedelta:
    case type_kind::datetime:
    case type_kind::object:
      return pointer;
    case type_kind::bytes:
    case type_kind::text:
    case type_kind::raw:
    case type_kind::record:
      break;
  }
  return {};
}

bool has_order(type_kind kind, std::int64_t item_bytes) noexcept {
  switch (kind) {
    case type_kind::bytes:
    case type_kind::raw:
    case type_kind::object:
    case type_kind::record:
      return false;
    case type_kind::text:
      return true;
    default:
      return item_bytes > 1;
  }
}

void check_size(std::int64_t item_bytes) {
  if (item_bytes < 0) {
    throw error(errc::type_mismatch, concat("an item of ", item_bytes, " bytes does not exist"));
  }
  if (item_bytes > dtype::max_item_bytes) {
    throw error(errc::limit_exceeded, concat("an item of ", item_bytes, " bytes is larger than ",
                                             dtype::max_item_bytes, " bytes"));
  }
}

// Everything about a field that does not need the other fields.
void check_field(const field& part, std::int64_t item_bytes) {
  if (part.name.empty()) throw error(errc::type_mismatch, "a field has an empty name");
  if (part.shape.size() > static_cast<std::size_t>(max_rank)) {
    throw error(errc::limit_exceeded, concat("field '", part.name, "' has ", part.shape.size(),
                                             " axes, at most ", max_rank, " are possible"));
  }
  if (std::any_of(part.shape.begin(), part.shape.end(), [](auto extent) { return extent < 0; })) {
    throw error(errc::type_mismatch, concat("field '", part.name, "' has the shape ",
                                            tuple_text(part.shape), " with a negative extent"));
  }
  // Items without bytes still take a step each of whoever visits them.
  if (part.type.item_bytes() == 0 && checked::array_bytes(part.shape, 1) > dtype::max_item_bytes) {
    throw error(errc::limit_exceeded, concat("field '", part.name, "' has the shape ",
                                             tuple_text(part.shape), " of items without bytes"));
  }
  const std::int64_t bytes = part.bytes();
  if (part.offset_bytes < 0 || part.offset_bytes > item_bytes ||
      bytes > item_bytes - part.offset_bytes) {
    throw error(errc::out_of_bounds,
                concat("field '", part.name, "' of ", bytes, " bytes at byte ", part.offset_bytes,
                       " does not lie inside its record of ", item_bytes, " bytes"));
  }
}

void add_orders(dtype::order_summary& to, const dtype::order_summary& from) noexcept {
  const bool both = to.order != byte_order::none && from.order != byte_order::none;
  if (to.mixed || from.mixed || (both && to.order != from.order)) {
    to = {.mixed = true, .order = byte_order::none};
  } else if (from.order != byte_order::none) {
    to.order = from.order;
  }
}

}  // namespace

dtype::dtype(type_kind kind, std::int64_t item_bytes, byte_order order)
    : kind_(kind), item_bytes_(item_bytes) {
  check_size(item_bytes);
  const auto sizes = sizes_of(kind);
  const bool possible = kind == type_kind::text
                            ? item_bytes % 4 == 0
                            : sizes.empty() || std::count(sizes.begin(), sizes.end(), item_bytes);
  if (!possible || kind == type_kind::record || is_moment(kind)) {
    throw error(errc::type_mismatch, concat("this kind of type has no items of ", item_bytes,
                                            " bytes, or needs more than a size"));
  }
  if (has_order(kind, item_bytes)) order_ = order == byte_order::none ? native_order : order;
}

dtype dtype::moment(type_kind kind, time_unit unit, byte_order order) {
  if (!is_moment(kind)) {
    throw error(errc::type_mismatch, "only a datetime or a timedelta counts a unit of time");
  }
  if (unit.count < 1 || (unit.unit == time_unit::base::generic && unit.count != 1)) {
    throw error(errc::type_mismatch,
                concat("a unit of time cannot be counted in steps of ", unit.count));
  }
  dtype out(type_kind::signed_integer, 8, order);
  out.kind_ = kind;
  out.unit_ = unit;
  return out;
}

dtype dtype::record(std::vector<field> fields, std::int64_t item_bytes) {
  check_size(item_bytes);
  if (fields.size() > max_fields) {
    throw error(errc::limit_exceeded, concat("a record of ", fields.size(), " fields, at most ",
                                             max_fields, " are possible"));
  }
  auto shared = std::make_shared<record_fields>();
  shared->fields = std::move(fields);
  shared->index.reserve(shared->fields.size());
  const auto add_name = [&](const std::string& name, std::size_t at) {
    if (!shared->index.emplace(name, at).second) {
      throw error(errc::type_mismatch, concat("the field name '", name, "' occurs twice"));
    }
  };
  for (std::size_t i = 0; i < shared->fields.size(); ++i) {
    const field& part = shared->fields[i];
    check_field(part, item_bytes);
    add_name(part.name, i);
    if (!part.title.empty()) add_name(part.title, i);
    shared->has_object = shared->has_object || part.type.has_object();
    shared->is_native = shared->is_native && part.type.is_native();
    add_orders(shared->orders, part.type.orders());
    if (part.type.record_) shared->depth = std::max(shared->depth, part.type.record_->depth + 1);
  }
  if (shared->depth > max_depth) {
    throw error(errc::limit_exceeded, concat("records nest ", shared->depth,
                                             " levels deep, at most ", max_depth, " are possible"));
  }
  dtype out;
  out.kind_ = type_kind::record;
  out.item_bytes_ = item_bytes;
  out.record_ = std::move(shared);
  return out;
}

dtype dtype::packed_record(std::vector<field> fields) {
  std::int64_t end = 0;
  for (field& part : fields) {
    part.offset_bytes = end;
    // An extent below 0 is refused by record(); until then it must not reach the product.
    if (std::any_of(part.shape.begin(), part.shape.end(), [](auto extent) { return extent < 0; })) {
      continue;
    }
    end = checked::add(end, part.bytes(), "the size of a record");
  }
  return record(std::move(fields), end);
}

bool dtype::has_object() const noexcept {
  return record_ ? record_->has_object : kind_ == type_kind::object;
}

std::span<const field> dtype::fields() const noexcept {
  if (!record_) return {};
  return record_->fields;
}

const field* dtype::find(std::string_view name) const noexcept {
  if (!record_) return nullptr;
  const auto found = record_->index.find(name);
  return found == record_->index.end() ? nullptr : &record_->fields[found->second];
}

dtype dtype::with_byte_order(byte_order order) const {
  QUARRY_ASSERT(order != byte_order::none);
  dtype out = *this;
  if (order_ != byte_order::none) out.order_ = order;
  if (!record_ || (!record_->orders.mixed &&
                   (record_->orders.order == byte_order::none || record_->orders.order == order))) {
    return out;
  }
  std::vector<field> changed = record_->fields;
  for (field& part : changed) part.type = part.type.with_byte_order(order);
  return record(std::move(changed), item_bytes_);
}

bool dtype::is_native() const noexcept {
  if (record_) return record_->is_native;
  return order_ == byte_order::none || order_ == native_order;
}

dtype::order_summary dtype::orders() const noexcept {
  if (record_) return record_->orders;
  return {.mixed = false, .order = order_};
}

std::int64_t dtype::alignment() const noexcept {
  switch (kind_) {
    case type_kind::bytes:
    case type_kind::raw:
    case type_kind::record:
      return 1;
    case type_kind::text:
      return 4;
    case type_kind::complex_floating:
      return item_bytes_ / 2;
    default:
      return item_bytes_ == 3 ? 1 : item_bytes_;
  }
}

bool operator==(const dtype& a, const dtype& b) noexcept {
  if (a.kind_ != b.kind_ || a.item_bytes_ != b.item_bytes_ || a.order_ != b.order_ ||
      a.unit_ != b.unit_) {
    return false;
  }
  return a.record_ == b.record_ || a.record_->fields == b.record_->fields;
}

std::int64_t field::bytes() const { return checked::array_bytes(shape, type.item_bytes()); }

bool is_computable(const dtype& type) noexcept {
  switch (type.kind()) {
    case type_kind::boolean:
    case type_kind::signed_integer:
    case type_kind::unsigned_integer:
    case type_kind::brain_floating:
      return true;
    case type_kind::floating:
      return type.item_bytes() <= 8;
    case type_kind::complex_floating:
      return type.item_bytes() <= 16;
    default:
      return false;
  }
}

}  // namespace quarry
