// text_cast.hpp: byte strings (S) and texts (U) into each other and into other lengths.
#pragma once
#include <cstddef>
#include <cstdint>

#include "quarry/array/dtype.hpp"

namespace quarry {

/// Characters from one string type to another: cut or padded with NUL to the new length. Byte
/// strings hold ASCII where they meet a text, as NumPy has it.
class text_cast {
 public:
  /// Precondition: both are of kind bytes or text.
  text_cast(const dtype& from, const dtype& to) noexcept;

  /// Casts `count` strings, `from_stride` and `to_stride` bytes apart; a null `to` only checks.
  /// Returns the position of the first that has a character outside ASCII where the other type
  /// cannot have one, or `count`.
  std::int64_t run(const std::byte* from, std::int64_t from_stride, std::byte* to,
                   std::int64_t to_stride, std::int64_t count) const noexcept;

  /// The first character of that string at which run() stops. Precondition: there is one.
  std::uint32_t misfit(const std::byte* from) const noexcept;

 private:
  struct string_form {
    bool wide = false;  // 4 bytes a character
    bool swapped = false;
    std::int64_t length = 0;

    explicit string_form(const dtype& type) noexcept;
    std::uint32_t load(const std::byte* string, std::int64_t at) const noexcept;
    void store(std::byte* string, std::int64_t at, std::uint32_t character) const noexcept;
  };

  bool run_one(const std::byte* from, std::byte* to) const noexcept;
  bool fits(std::uint32_t character) const noexcept;

  string_form from_;
  string_form to_;
};

}  // namespace quarry
