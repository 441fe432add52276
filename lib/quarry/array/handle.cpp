#include "quarry/array/handle.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "quarry/array/literal.hpp"
#include "quarry/base/utf8.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry {
namespace {

constexpr std::size_t shown_bytes = 80;  // of the text in a message

std::string hex_of(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += hex(static_cast<unsigned char>(c), 2);
  return out;
}

literal tuple_of(std::span<const std::int64_t> values) {
  literal::tuple out;
  for (const std::int64_t value : values) out.items.emplace_back().value = value;
  return {std::move(out), 0};
}

[[noreturn]] void fail(const literal& found, std::string_view expected) {
  throw error(errc::invalid_argument,
              concat("byte ", found.position, ": found ", escaped(python_text(found), shown_bytes),
                     ", expected ", expected));
}

// The values of the keys, each at most once.
class entries {
 public:
  explicit entries(const literal& text) : text_(text) {
    const auto* const dict = std::get_if<literal::dict>(&text.value);
    if (dict == nullptr) fail(text, "a dictionary");
    for (const auto& [key, value] : dict->items) {
      const auto* const name = std::get_if<std::string>(&key.value);
      std::size_t i = 0;
      while (name != nullptr && i < keys.size() && keys[i] != *name) ++i;
      if (name == nullptr || i == keys.size() || found_[i] != nullptr) {
        fail(key, "path or path_hex, file, descr, shape, strides and offset, each once");
      }
      found_[i] = &value;
    }
  }

  const literal* find(std::string_view key) const noexcept {
    std::size_t i = 0;
    while (keys[i] != key) ++i;
    return found_[i];
  }

  const literal& at(std::string_view key) const {
    const literal* const value = find(key);
    if (value == nullptr) fail(text_, concat("the key '", key, "'"));
    return *value;
  }

 private:
  static constexpr std::array<std::string_view, 7> keys{"path",  "path_hex", "file",  "descr",
                                                        "shape", "strides",  "offset"};
  const literal& text_;
  std::array<const literal*, keys.size()> found_{};
};

const std::string& text_of(const literal& value, std::string_view expected) {
  const auto* const text = std::get_if<std::string>(&value.value);
  if (text == nullptr) fail(value, expected);
  return *text;
}

std::int64_t integer_of(const literal& value) {
  const auto* const number = std::get_if<std::int64_t>(&value.value);
  if (number == nullptr) fail(value, "an integer");
  return *number;
}

std::vector<std::int64_t> integers_of(const literal& value) {
  const auto* const tuple = std::get_if<literal::tuple>(&value.value);
  if (tuple == nullptr) fail(value, "a tuple of integers");
  std::vector<std::int64_t> out;
  for (const literal& item : tuple->items) out.push_back(integer_of(item));
  return out;
}

// All of `text` as a number.
std::optional<std::uint64_t> number_of(std::string_view text, int base) noexcept {
  std::uint64_t out = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, out, base);
  return failure == std::errc() && stop == end ? std::optional(out) : std::nullopt;
}

std::string bytes_of_hex(const literal& value) {
  static constexpr std::string_view expected = "two hexadecimal digits for each byte of the path";
  const std::string& digits = text_of(value, expected);
  if (digits.size() % 2 != 0) fail(value, expected);
  std::string out;
  for (std::size_t at = 0; at < digits.size(); at += 2) {
    const auto byte = number_of(std::string_view(digits).substr(at, 2), 16);
    if (!byte) fail(value, expected);
    out += static_cast<char>(*byte);
  }
  return out;
}

std::filesystem::path path_of(const entries& from) {
  const literal* const bytes = from.find("path_hex");
  const literal& text = bytes != nullptr ? *bytes : from.at("path");
  if (bytes != nullptr && from.find("path") != nullptr) fail(text, "one path");
  std::filesystem::path out =
      bytes != nullptr ? bytes_of_hex(text) : text_of(text, "a path, a text");
  if (!out.is_absolute()) fail(text, "an absolute path");
  return out;
}

std::pair<std::uint64_t, std::uint64_t> file_of(const literal& value) {
  static constexpr std::string_view expected = "a text 'DEVICE:INODE' of two numbers";
  const std::string_view text = text_of(value, expected);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) fail(value, expected);
  const auto device = number_of(text.substr(0, colon), 10);
  const auto inode = number_of(text.substr(colon + 1), 10);
  if (!device || !inode) fail(value, expected);
  return {*device, *inode};
}

dtype type_of(const literal& descr) {
  std::vector<std::int64_t> subarray;
  std::vector<std::string> warnings;
  dtype out = dtype_from_descr(descr, subarray, warnings);
  if (!subarray.empty() || !warnings.empty()) fail(descr, "the descr of a .npy as NumPy writes it");
  return out;
}

array_handle read_handle(std::string_view text) {
  constexpr std::size_t most_values = std::size_t{1} << 20U;
  std::vector<std::string> warnings;
  const literal whole =
      parse_literal(text, warnings, {.python2_integers = false, .max_values = most_values});
  const entries from(whole);
  array_handle out;
  out.path = path_of(from);
  std::tie(out.device, out.inode) = file_of(from.at("file"));
  out.type = type_of(from.at("descr"));
  out.where = layout::strided(integers_of(from.at("shape")), integers_of(from.at("strides")),
                              out.type.item_bytes());
  out.offset_bytes = integer_of(from.at("offset"));
  return out;
}

}  // namespace

std::string to_string(const array_handle& handle) {
  const std::string& path = handle.path.native();
  const bool is_text = utf8::is_valid(path);
  literal::dict out;
  const auto put = [&](std::string key, literal value) {
    out.items.push_back({literal{std::move(key), 0}, std::move(value)});
  };
  put(is_text ? "path" : "path_hex", {is_text ? path : hex_of(path), 0});
  put("file", {concat(handle.device, ":", handle.inode), 0});
  put("descr", descr_of(handle.type));
  put("shape", tuple_of(handle.where.shape()));
  put("strides", tuple_of(handle.where.strides()));
  put("offset", {handle.offset_bytes, 0});
  return python_text({std::move(out), 0});
}

array_handle parse_handle(std::string_view text) {
  try {
    return read_handle(text);
  } catch (const error& failure) {
    throw at_place(failure, "handle", errc::invalid_argument);
  }
}

}  // namespace quarry
