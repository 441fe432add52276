// byte_writer.hpp: headers of new files put together front to back.
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace quarry {

/// Bytes that grow at their end. Numbers are little-endian, as in every header that quarry writes.
/// Not thread-safe.
class byte_writer {
 public:
  void bytes(std::span<const std::byte> value) {
    bytes_.insert(bytes_.end(), value.begin(), value.end());
  }
  void text(std::string_view value) { bytes(std::as_bytes(std::span(value))); }
  /// `count` times the same byte.
  void fill(std::size_t count, char with = '\0') {
    bytes_.insert(bytes_.end(), count, static_cast<std::byte>(with));
  }
  /// The low `count` bytes of `value`, at most 8.
  void number(std::uint64_t value, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      bytes_.push_back(static_cast<std::byte>(value >> (8 * i)));
    }
  }
  /// All bytes of `value`.
  template <std::unsigned_integral Number>
  void number(Number value) {
    number(value, sizeof value);
  }

  std::size_t size() const noexcept { return bytes_.size(); }
  /// What there is so far; valid until more is added.
  std::span<const std::byte> written() const noexcept { return bytes_; }
  /// The same to keep, which leaves nothing.
  std::vector<std::byte> take() noexcept { return std::exchange(bytes_, {}); }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace quarry
