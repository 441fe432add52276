#include "quarry/kernels/item_cast.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "quarry/array/dtype_text.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry {
namespace {

// Records in flight, in bytes: half of the first-level cache of most machines.
constexpr std::int64_t block_bytes = 16384;

void check_disjoint(std::span<const field> fields) {
  std::vector<std::pair<std::int64_t, const field*>> by_offset;
  for (const field& f : fields) {
    if (f.bytes() > 0) by_offset.emplace_back(f.offset_bytes, &f);
  }
  std::sort(by_offset.begin(), by_offset.end());
  for (std::size_t i = 1; i < by_offset.size(); ++i) {
    const auto& [offset, before] = by_offset[i - 1];
    if (offset + before->bytes() > by_offset[i].first) {
      throw error(errc::unsupported,
                  concat("records cannot be cast to one whose fields '", before->name, "' and '",
                         by_offset[i].second->name, "' overlap"));
    }
  }
}

void check_same_fields(const dtype& from, const dtype& to) {
  const auto same = [](const field& a, const field& b) {
    return a.name == b.name && a.shape == b.shape;
  };
  if (!std::ranges::equal(from.fields(), to.fields(), same)) {
    throw error(errc::unsupported,
                concat("casting ", to_string(from), " to ", to_string(to),
                       ": records need the same field names in the same order, and the same "
                       "shapes of subarrays"));
  }
}

}  // namespace

item_cast::item_cast(const dtype& from, const dtype& to, const convert_options& options) {
  if (from == to && !is_scaled(options) && !from.has_object()) {
    element_.emplace(from.item_bytes());
  } else if (from.is_record() && to.is_record() && !is_scaled(options)) {
    add_parts(from, to, options);
  } else {
    element_.emplace(from, to, options);
  }
}

void item_cast::add_parts(const dtype& from, const dtype& to, const convert_options& options) {
  check_same_fields(from, to);
  check_disjoint(to.fields());
  record_bytes_ = std::max<std::int64_t>({1, from.item_bytes(), to.item_bytes()});
  for (std::size_t i = 0; i < from.fields().size(); ++i) {
    const field& a = from.fields()[i];
    const field& b = to.fields()[i];
    parts_.push_back({a.name, item_cast(a.type, b.type, options), checked::array_bytes(a.shape, 1),
                      a.offset_bytes, a.type.item_bytes(), b.offset_bytes, b.type.item_bytes()});
  }
}

cast_run item_cast::part::items_of(const cast_run& records, std::int64_t record) const noexcept {
  cast_run run = records.part(record, items, from_offset, to_offset);
  run.from_stride = from_bytes;
  run.to_stride = to_bytes;
  return run;
}

// The longer of the two ways is the inner loop: along the records, or along a subarray.
std::int64_t item_cast::part::run(const cast_run& records) const {
  if (items > records.count) {
    for (std::int64_t i = 0; i < records.count; ++i) {
      if (cast.run(items_of(records, i)) < items) return i;
    }
    return records.count;
  }
  std::int64_t fit = records.count;
  for (std::int64_t i = 0; i < items; ++i) {
    fit = std::min(fit, cast.run(records.part(0, records.count, from_offset + i * from_bytes,
                                              to_offset + i * to_bytes)));
  }
  return fit;
}

std::int64_t item_cast::run(const cast_run& run) const {
  if (element_) return element_->run(run);
  const std::int64_t step = std::max<std::int64_t>(1, block_bytes / record_bytes_);
  for (std::int64_t done = 0; done < run.count; done += step) {
    const cast_run block = run.part(done, std::min(step, run.count - done));
    std::int64_t fit = block.count;
    for (const part& p : parts_) fit = std::min(fit, p.run(block));
    if (fit < block.count) return done + fit;
  }
  return run.count;
}

std::string item_cast::misfit_text(const std::byte* from, std::string_view where) const {
  if (element_) return element_->misfit_text(from, where);
  for (const part& p : parts_) {
    const cast_run items = p.items_of({from, 0, nullptr, 0, 1}, 0);
    const std::int64_t fit = p.cast.run(items);
    if (fit < items.count) {
      return p.cast.misfit_text(items.part(fit, 1).from, concat(where, " in field '", p.name, "'"));
    }
  }
  return concat("the value at ", where, " does not fit");
}

}  // namespace quarry
