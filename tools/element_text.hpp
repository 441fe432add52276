// element_text.hpp: the elements of an array in columns, as NumPy 1.24 prints
// them (numpy.core.arrayprint with its default options; quarry's own numbers in
// the same way).
#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include "quarry.hpp"

namespace quarry::tools {

/// The common form of all elements of one dtype: each is measured first, then
/// settle() fixes the width and the form, then each can be written.
class element_text {
 public:
  element_text() = default;
  element_text(const element_text&) = delete;
  element_text& operator=(const element_text&) = delete;
  element_text(element_text&&) = delete;
  element_text& operator=(element_text&&) = delete;
  virtual ~element_text() = default;

  /// Takes an element into account; `item` as its dtype says.
  virtual void measure(const std::byte* item) = 0;
  virtual void settle() {}
  /// Appends the text of an element that was measured, in UTF-8.
  virtual void write(std::string& out, const std::byte* item) const = 0;
};

/// The form for elements of `type`, of which floating-point numbers have at
/// most `precision` digits behind the point. `alone`: there is just one
/// element, of an array without axes.
std::unique_ptr<element_text> make_element_text(const dtype& type, int precision, bool alone);

}  // namespace quarry::tools
