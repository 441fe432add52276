// element_cast.hpp: one element type into another, run by run: load, scale, cast, store.
// What is to be done is decided once; then every block of a run goes through the same few steps
// while it is in the first-level cache.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quarry/array/dtype.hpp"
#include "quarry/kernels/convert.hpp"
#include "quarry/kernels/text_cast.hpp"
#include "quarry/kernels/transfer.hpp"

namespace quarry {

/// `count` elements, `from_stride` bytes apart, and the places they go to, `to_stride` bytes apart.
/// A null `to`: nothing is stored, the values are only checked.
struct cast_run {
  const std::byte* from = nullptr;
  std::int64_t from_stride = 0;
  std::byte* to = nullptr;
  std::int64_t to_stride = 0;
  std::int64_t count = 0;
  bool past_cache = false;  ///< store without entering the caches where that is possible

  /// The `length` elements from element `first` on, each `from_offset` and `to_offset` bytes
  /// further.
  cast_run part(std::int64_t first, std::int64_t length, std::int64_t from_offset = 0,
                std::int64_t to_offset = 0) const noexcept;
};

/// True if values are scaled on their way.
bool is_scaled(const convert_options& options) noexcept;

/// How an element that is no record becomes one of another type.
class element_cast {
 public:
  /// Does not look at options.rule but for what happens to integers out of range. Throws
  /// error(unsupported) if the cast is not defined, error(type_mismatch) if what is to be scaled
  /// is no number.
  element_cast(const dtype& from, const dtype& to, const convert_options& options);
  /// Moves items of `item_bytes` bytes as they are.
  explicit element_cast(std::int64_t item_bytes) noexcept;

  /// Casts a run. Returns the position of the first value that the target cannot hold (what lies
  /// behind it may be stored or not), or run.count.
  std::int64_t run(const cast_run& run) const;

  /// Why run() stopped at the element `from`: "value 300 at WHERE does not fit uint8".
  std::string misfit_text(const std::byte* from, std::string_view where) const;

 private:
  // Casts a block of contiguous native elements; returns as run() does.
  using block_function =
      std::function<std::int64_t(const std::byte* from, std::byte* to, std::int64_t count)>;
  struct step {
    block_function cast;
    dtype from;
    dtype to;
  };
  struct scratch;

  void add_casts(const dtype& from, const dtype& to, const convert_options& options);
  void add_number_cast(const dtype& from, const dtype& to, const convert_options& options);
  void add_unit_cast(const dtype& from, const dtype& to);
  void add_widening(const dtype& from, const dtype& wide, const convert_options& options);
  dtype add_scaling(const dtype& from, const convert_options& options);  // what comes out of it
  std::int64_t run_block(const cast_run& block, scratch& space) const;

  item_form load_;
  item_form store_;
  std::vector<step> steps_;        // none: the items are only moved
  std::optional<text_cast> text_;  // strings of other lengths or kinds go their own way
};

}  // namespace quarry
