#include "quarry/array/array.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <new>
#include <numeric>
#include <vector>

#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry {
namespace {

constexpr std::int64_t largest_alignment = 4096;

// A region that owns its zero-filled bytes.
struct heap_region {
  explicit heap_region(std::size_t bytes)
      : data(new (std::align_val_t{64}) std::byte[bytes]()), where{data, bytes, true} {}
  heap_region(const heap_region&) = delete;
  heap_region& operator=(const heap_region&) = delete;
  ~heap_region() { operator delete[](data, std::align_val_t{64}); }

  std::byte* data;
  region where;
};

void check_inside(const region& memory, const layout& where, std::int64_t offset_bytes) {
  const byte_range touched = where.extent_bytes();
  const auto end = checked::narrow<std::int64_t>(memory.bytes, "the size of the memory");
  if (touched.begin == touched.end && offset_bytes >= 0 && offset_bytes <= end) return;
  const auto low = checked::try_add(offset_bytes, touched.begin);
  const auto high = checked::try_add(offset_bytes, touched.end);
  if (low && high && *low >= 0 && *high <= end) return;
  throw error(errc::out_of_bounds,
              concat("elements from byte offset ", offset_bytes, " with shape ",
                     tuple_text(where.shape()), " and strides ", tuple_text(where.strides()),
                     " leave the ", memory.bytes, " bytes there are"),
              memory.path);
}

// The layout of a field: the record's axes, then those of a subarray in C order.
layout field_layout(const layout& records, const field& f) {
  if (f.shape.empty()) {
    return layout::strided(records.shape(), records.strides(), f.type.item_bytes());
  }
  const layout inner = layout::contiguous(f.shape, f.type.item_bytes());
  std::vector<std::int64_t> extents(records.shape().begin(), records.shape().end());
  std::vector<std::int64_t> strides(records.strides().begin(), records.strides().end());
  extents.insert(extents.end(), inner.shape().begin(), inner.shape().end());
  strides.insert(strides.end(), inner.strides().begin(), inner.strides().end());
  return layout::strided(extents, strides, f.type.item_bytes());
}

std::string field_names(const dtype& type) {
  constexpr std::size_t shown = 12;
  std::string out;
  for (const field& f : type.fields().first(std::min(shown, type.fields().size()))) {
    out += concat(out.empty() ? "" : ", ", f.name);
  }
  return type.fields().size() > shown ? out + ", ..." : out;
}

const field& find_field(const dtype& type, std::string_view name) {
  if (!type.is_record()) {
    throw error(errc::type_mismatch, concat("no field '", name, "': the elements are not records"));
  }
  const field* const found = type.find(name);
  if (found == nullptr) {
    throw error(errc::not_found,
                concat("no field '", name, "' (there are: ", field_names(type), ")"));
  }
  return *found;
}

// The layout of the same bytes with items of another size: the last axis takes the difference.
layout resized_items(const layout& where, std::int64_t item_bytes) {
  const std::int64_t old_bytes = where.item_bytes();
  const auto refuse = [&](std::string_view why) {
    throw error(errc::type_mismatch,
                concat("items of ", old_bytes, " bytes cannot be read as items of ", item_bytes,
                       " bytes: ", why));
  };
  if (item_bytes == 0 || where.rank() == 0) refuse("only a last axis can take the difference");
  const int last = where.rank() - 1;
  if (where.extent(last) > 1 && where.size() > 0 && where.stride(last) != old_bytes) {
    refuse("the last axis is not contiguous");
  }
  // NumPy's rule: a smaller item divides the old one, so that none crosses two of them.
  if (item_bytes < old_bytes && old_bytes % item_bytes != 0) {
    refuse("a smaller item must divide the old one");
  }
  const std::int64_t bytes =
      checked::mul(where.extent(last), old_bytes, "the length of the last axis");
  if (bytes % item_bytes != 0) refuse("the last axis has a remainder");
  std::vector<std::int64_t> extents(where.shape().begin(), where.shape().end());
  std::vector<std::int64_t> strides(where.strides().begin(), where.strides().end());
  extents.back() = bytes / item_bytes;
  strides.back() = item_bytes;
  return layout::strided(extents, strides, item_bytes);
}

}  // namespace

array::array()
    : array(std::make_shared<region>(), nullptr, dtype(),
            layout::contiguous(std::array<std::int64_t, 1>{0}, 1), false) {}

array::array(std::shared_ptr<const region> memory, std::byte* data, dtype type, const layout& where,
             bool writable) noexcept
    : memory_(std::move(memory)),
      data_(data),
      type_(std::move(type)),
      where_(where),
      writable_(writable) {}

array array::over(std::shared_ptr<const region> memory, dtype type, const layout& where,
                  std::int64_t offset_bytes) {
  if (type.item_bytes() != where.item_bytes()) {
    throw error(errc::type_mismatch,
                concat("a dtype of ", type.item_bytes(), " bytes over a layout of ",
                       where.item_bytes(), "-byte items"));
  }
  if (type.has_object()) {
    throw error(errc::unsupported, "Python objects cannot be read from memory", memory->path);
  }
  check_inside(*memory, where, offset_bytes);
  const bool writable = memory->writable && !overlaps_itself(where);
  std::byte* const data = memory->data + offset_bytes;
  return {std::move(memory), data, std::move(type), where, writable};
}

array array::over(std::span<std::byte> bytes, dtype type, const layout& where,
                  std::int64_t offset_bytes) {
  return over(std::make_shared<region>(region{bytes.data(), bytes.size(), true}), std::move(type),
              where, offset_bytes);
}

array array::over(std::span<const std::byte> bytes, dtype type, const layout& where,
                  std::int64_t offset_bytes) {
  // region has one pointer for both cases; `writable` false keeps stores out.
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
  auto* const data = const_cast<std::byte*>(bytes.data());
  return over(std::make_shared<region>(region{data, bytes.size(), false}), std::move(type), where,
              offset_bytes);
}

array array::zeros(dtype type, std::span<const std::int64_t> shape, memory_order order) {
  const layout where = layout::contiguous(shape, type.item_bytes(), order);
  const auto owner = std::make_shared<heap_region>(static_cast<std::size_t>(where.size_bytes()));
  return over(std::shared_ptr<const region>(owner, &owner->where), std::move(type), where);
}

std::byte* array::mutable_data() const {
  if (!writable_) {
    throw error(errc::read_only, "the array is read-only", memory_->path);
  }
  return data_;
}

array_flags array::flags() const noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(data_);
  const auto lowest_bit = static_cast<std::int64_t>(address & (~address + 1));
  array_flags out;
  out.c_contiguous = where_.is_contiguous(memory_order::c);
  out.f_contiguous = where_.is_contiguous(memory_order::f);
  out.writable = writable_;
  out.alignment_bytes =
      lowest_bit == 0 ? largest_alignment : std::min(lowest_bit, largest_alignment);
  out.aligned = size() == 0 || (out.alignment_bytes % type_.alignment() == 0 &&
                                where_.steps_are_multiples_of(type_.alignment()));
  return out;
}

array_origin array::origin() const {
  const byte_range touched = where_.extent_bytes();
  const std::int64_t offset = data_ - memory_->data;
  return {memory_->path, offset, {offset + touched.begin, offset + touched.end}};
}

array array::moved(const layout& where, std::int64_t offset_bytes) const {
  return {memory_, data_ + offset_bytes, type_, where, writable_};
}

array array::retyped(dtype type, const layout& where, std::int64_t offset_bytes) const {
  return {memory_, data_ + offset_bytes, std::move(type), where, writable_};
}

array array::slice(std::string_view index) const { return slice(parse_slice(index)); }

array array::slice(std::span<const index_entry> index) const {
  const placement at = quarry::slice(where_, index);
  return moved(at.where, at.offset_bytes);
}

array array::slice(std::initializer_list<index_entry> index) const {
  return slice(std::span(index.begin(), index.size()));
}

array array::transpose() const { return moved(quarry::transpose(where_)); }

array array::transpose(std::span<const int> axes) const {
  return moved(quarry::transpose(where_, axes));
}

array array::swap_axes(int axis1, int axis2) const {
  std::vector<int> axes(static_cast<std::size_t>(rank()));
  std::iota(axes.begin(), axes.end(), 0);
  const auto first = static_cast<std::size_t>(checked_axis(axis1, rank()));
  const auto second = static_cast<std::size_t>(checked_axis(axis2, rank()));
  std::swap(axes[first], axes[second]);
  return transpose(axes);
}

array array::flip(int axis) const {
  const placement at = quarry::flip(where_, axis);
  return moved(at.where, at.offset_bytes);
}

array array::flip() const {
  array out = *this;
  for (int axis = 0; axis < rank(); ++axis) out = out.flip(axis);
  return out;
}

array array::squeeze() const { return moved(quarry::squeeze(where_)); }

array array::squeeze(int axis) const { return moved(quarry::squeeze(where_, axis)); }

array array::reshape(std::span<const std::int64_t> shape, memory_order order) const {
  const auto where = quarry::reshape(where_, shape, order);
  if (!where) {
    throw error(
        errc::layout_error,
        concat("shape ", tuple_text(this->shape()), " with strides ", tuple_text(strides()),
               " cannot be seen as ", tuple_text(shape), " without a copy; convert() makes one"),
        memory_->path);
  }
  return moved(*where);
}

array array::reshape(std::initializer_list<std::int64_t> shape) const {
  return reshape(std::span(shape.begin(), shape.size()));
}

array array::ravel(memory_order order) const {
  return reshape(std::array<std::int64_t, 1>{-1}, order);
}

array array::broadcast_to(std::span<const std::int64_t> shape) const {
  return moved(quarry::broadcast_to(where_, shape)).as_read_only();
}

array array::sliding_window(std::span<const std::int64_t> window, std::span<const int> axes) const {
  return moved(quarry::sliding_window(where_, window, axes)).as_read_only();
}

array array::as_strided(std::span<const std::int64_t> shape, std::span<const std::int64_t> strides,
                        std::int64_t offset_bytes) const {
  const layout where = layout::strided(shape, strides, where_.item_bytes());
  const std::int64_t offset =
      checked::add<std::int64_t>(data_ - memory_->data, offset_bytes, "the offset");
  check_inside(*memory_, where, offset);
  array out = moved(where, offset_bytes);
  out.writable_ = writable_ && !overlaps_itself(where);
  return out;
}

array array::diagonal(std::int64_t offset, int axis1, int axis2) const {
  const placement at = quarry::diagonal(where_, offset, axis1, axis2);
  return moved(at.where, at.offset_bytes);
}

array array::field(std::string_view path) const {
  // A name may itself contain a dot: the whole text comes first.
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos || (type_.is_record() && type_.find(path) != nullptr)) {
    const quarry::field& f = find_field(type_, path);
    return retyped(f.type, field_layout(where_, f), size() == 0 ? 0 : f.offset_bytes);
  }
  return field(path.substr(0, dot)).field(path.substr(dot + 1));
}

array array::fields(std::span<const std::string> names) const {
  std::vector<quarry::field> chosen;
  chosen.reserve(names.size());
  for (const std::string& name : names) chosen.push_back(find_field(type_, name));
  return retyped(dtype::record(std::move(chosen), type_.item_bytes()), where_);
}

array array::real() const {
  if (type_.kind() != type_kind::complex_floating) return *this;
  const dtype part(type_kind::floating, type_.item_bytes() / 2, type_.order());
  return retyped(part, layout::strided(shape(), strides(), part.item_bytes()));
}

array array::imag() const {
  if (type_.kind() != type_kind::complex_floating) {
    throw error(errc::type_mismatch, "only complex elements have an imaginary part", memory_->path);
  }
  const dtype part(type_kind::floating, type_.item_bytes() / 2, type_.order());
  return retyped(part, layout::strided(shape(), strides(), part.item_bytes()),
                 size() == 0 ? 0 : part.item_bytes());
}

array array::with_byte_order(byte_order order) const {
  return retyped(type_.with_byte_order(order), where_);
}

array array::reinterpret(const dtype& type) const {
  if (type.has_object())
    throw error(errc::unsupported, "Python objects cannot be read from memory");
  if (type.item_bytes() == type_.item_bytes()) return retyped(type, where_);
  return retyped(type, resized_items(where_, type.item_bytes()));
}

array array::as_read_only() const {
  array out = *this;
  out.writable_ = false;
  return out;
}

bool may_share_memory(const array& a, const array& b) noexcept {
  const byte_range of_a = a.where().extent_bytes();
  const byte_range of_b = b.where().extent_bytes();
  const std::less<> before;
  return before(a.data() + of_a.begin, b.data() + of_b.end) &&
         before(b.data() + of_b.begin, a.data() + of_a.end);
}

bool shares_memory(const array& a, const array& b) {
  if (!may_share_memory(a, b)) return false;
  const auto distance =
      reinterpret_cast<std::intptr_t>(b.data()) - reinterpret_cast<std::intptr_t>(a.data());
  return overlap(a.where(), b.where(), distance);
}

}  // namespace quarry
