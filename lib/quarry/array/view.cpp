#include "quarry/array/view.hpp"

#include "quarry/array/dtype_text.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry::detail {
namespace {

[[noreturn]] void fail_type(const array& from, std::string_view why) {
  throw error(errc::type_mismatch, why, from.memory()->path);
}

// A record of the file may have more fields than the struct names; those it names must agree.
// Depth is bounded by dtype::max_depth.
// NOLINTNEXTLINE(misc-no-recursion): depth <= dtype::max_depth
std::string record_difference(const dtype& file, const dtype& wanted, const std::string& prefix) {
  if (file.item_bytes() != wanted.item_bytes()) {
    return concat("records", prefix.empty() ? "" : " of field '", prefix, prefix.empty() ? "" : "'",
                  " have ", file.item_bytes(), " bytes, the struct has ", wanted.item_bytes());
  }
  for (const field& want : wanted.fields()) {
    const std::string name = prefix.empty() ? want.name : concat(prefix, ".", want.name);
    const field* const have = file.find(want.name);
    if (have == nullptr) return concat("there is no field '", name, "'");
    if (have->offset_bytes != want.offset_bytes) {
      return concat("field '", name, "' lies at byte ", have->offset_bytes, ", in the struct at ",
                    want.offset_bytes);
    }
    if (have->shape != want.shape) {
      return concat("field '", name, "' has shape ", tuple_text(have->shape), ", in the struct ",
                    tuple_text(want.shape));
    }
    if (have->type.is_record() && want.type.is_record()) {
      std::string inner = record_difference(have->type, want.type, name);
      if (!inner.empty()) return inner;
    } else if (have->type != want.type) {
      return concat("field '", name, "' is ", to_string(have->type), ", in the struct ",
                    to_string(want.type));
    }
  }
  return {};
}

void check_type(const array& from, const dtype& wanted) {
  if (from.type().is_record() && wanted.is_record()) {
    const std::string difference = record_difference(from.type(), wanted, "");
    if (!difference.empty()) fail_type(from, difference);
  } else if (from.type() != wanted) {
    fail_type(from, concat("elements are ", to_string(from.type()), ", the view wants ",
                           to_string(wanted)));
  }
}

}  // namespace

void throw_no_row_spans(std::int64_t stride_bytes, std::size_t element_bytes) {
  throw error(errc::layout_error, concat("no row spans: elements of ", element_bytes, " bytes lie ",
                                         stride_bytes, " bytes apart"));
}

std::int64_t stride_in_elements(std::int64_t stride_bytes, std::size_t element_bytes) {
  const auto size = static_cast<std::int64_t>(element_bytes);
  if (stride_bytes % size != 0) {
    throw error(errc::layout_error, concat("a stride of ", stride_bytes,
                                           " bytes is no multiple of the element's ", size));
  }
  return stride_bytes / size;
}

void check_view(const array& from, const view_needs& needs) {
  check_type(from, needs.type);
  if (from.rank() != needs.rank) {
    throw error(errc::shape_mismatch,
                concat("the array has ", from.rank(), " axes, shape ", tuple_text(from.shape()),
                       "; the view wants ", needs.rank),
                from.memory()->path);
  }
  if (needs.writable && !from.writable()) {
    throw error(errc::read_only,
                "a view that can store wants a writable array; view<const T> reads",
                from.memory()->path);
  }
  if (from.size() == 0) return;  // no element that could lie badly
  const auto alignment = static_cast<std::int64_t>(needs.alignment_bytes);
  const bool first_is_aligned =
      reinterpret_cast<std::uintptr_t>(from.data()) % needs.alignment_bytes == 0;
  if (!first_is_aligned || !from.where().steps_are_multiples_of(alignment)) {
    fail_type(from, concat("elements are not aligned to ", alignment,
                           " bytes; little<T> or big<T> views read them"));
  }
}

}  // namespace quarry::detail
