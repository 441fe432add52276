// item_cast.hpp: any item into another, records field by field.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quarry/array/dtype.hpp"
#include "quarry/kernels/element_cast.hpp"

namespace quarry {

/// How an item of one dtype becomes one of another: an element_cast, or for records one such item
/// cast per field. Blocks of records are small enough to stay in a cache while all their fields
/// are cast, so that each byte is read from memory once.
class item_cast {
 public:
  /// Throws as element_cast does; for records error(unsupported) if the fields are not the same
  /// in the same order, subarrays differ in shape, or fields of `to` overlap: what a shared byte
  /// would have to hold is not defined. Equal records are moved whole, with their padding.
  item_cast(const dtype& from, const dtype& to, const convert_options& options);

  /// As element_cast::run().
  std::int64_t run(const cast_run& run) const;

  /// As element_cast::misfit_text(); names the field too.
  std::string misfit_text(const std::byte* from, std::string_view where) const;

 private:
  struct part;

  void add_parts(const dtype& from, const dtype& to, const convert_options& options);

  std::int64_t record_bytes_ = 1;  // of the larger side
  std::optional<element_cast> element_;
  std::vector<part> parts_;
};

/// A field of both records: `items` of them in a row.
struct item_cast::part {
  std::string name;
  item_cast cast;
  std::int64_t items = 1;
  std::int64_t from_offset = 0;
  std::int64_t from_bytes = 0;  // of one item
  std::int64_t to_offset = 0;
  std::int64_t to_bytes = 0;

  std::int64_t run(const cast_run& records) const;
  cast_run items_of(const cast_run& records, std::int64_t record) const noexcept;
};

}  // namespace quarry
