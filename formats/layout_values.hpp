// layout_values.hpp: the single values of layout JSON, read and written; see layout_json.hpp.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "quarry/array/dtype.hpp"
#include "quarry/array/layout.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry::formats {

/// Bytes of text from the file in a message.
inline constexpr std::size_t shown_bytes = 80;

/// Throws error(corrupt_header): "layout JSON: WHERE: WHY". `where` may be empty.
[[noreturn]] void fail_layout(std::string_view where, std::string_view why);

/// What `make` returns; its errors are told the place and become the file's.
template <class Make>
auto at_layout_place(std::string_view where, const Make& make) {
  try {
    return make();
  } catch (const error& failure) {
    throw at_place(failure, concat("layout JSON: ", where), errc::corrupt_header);
  }
}

// Each reads one value and throws as fail_layout() does, naming `where`, if it is of another kind.

std::string text_of(const nlohmann::ordered_json& value, std::string_view where);
double number_of(const nlohmann::ordered_json& value, std::string_view where);
/// Integers of 63 bits and a sign.
std::vector<std::int64_t> integers_of(const nlohmann::ordered_json& value, std::string_view where);
/// 0 to max_rank - 1.
int axis_of(const nlohmann::ordered_json& value, std::string_view where);
/// A number of bytes.
std::uint64_t bytes_of(const nlohmann::ordered_json& value, std::string_view where);
/// A descr that describes elements that can be read: no subarray, no Python objects
/// (error(unsupported)), not 0 bytes.
dtype dtype_of(const nlohmann::ordered_json& value, std::string_view where,
               std::vector<std::string>& warnings);

/// The descr of `type`.
nlohmann::ordered_json descr_json(const dtype& type);

/// What an array and a part of a stack have in common.
struct placed_elements {
  std::optional<dtype> type{};
  std::optional<std::vector<std::int64_t>> shape{};
  std::optional<std::vector<std::int64_t>> strides{};
  std::optional<std::uint64_t> offset_bytes{};
  std::optional<std::string> file{};

  /// Reads the value of one of their keys; false if `key` is another one. `at` is its place.
  bool take(std::string_view key, const nlohmann::ordered_json& value, std::string_view at,
            std::vector<std::string>& warnings);
  /// Where the elements lie. Throws as fail_layout() does if they have no dtype or no shape.
  layout where(std::string_view place) const;
};

/// Warns of a key that nobody knows.
void warn_of_key(std::string_view where, std::vector<std::string>& warnings);

}  // namespace quarry::formats
