// element_reader.hpp: the elements of an array of any size one after another,
// in C order.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "quarry.hpp"

namespace quarry::tools {

/// Reads elements front to back, in C order, through a buffer of a few hundred
/// KiB (or one element, if that is larger): an array of any size and any
/// strides passes in bounded memory, and what is not asked for is not touched. Under a guard:
/// bytes that the array's file lost are an error, never elements.
class element_reader {
 public:
  /// All elements of `from`; with `edge_items` > 0 only the first and the last
  /// so many of every axis that is longer than twice that. Throws as fault_guard does.
  explicit element_reader(const stacked& from, std::int64_t edge_items = 0);

  /// True if every element has been read.
  bool at_end() const noexcept { return next_ == box_end_ && finished_; }

  /// The next element, bit for bit as the array's dtype says; valid until the
  /// next call. Precondition: !at_end(). Throws what copy() and fault_guard::check() throw.
  const std::byte* next();

 private:
  /// Consecutive indices of one axis: [begin, end).
  struct segment {
    std::int64_t begin;
    std::int64_t end;
  };
  /// Where the current box stands on an axis that is not wholly inside it.
  struct place {
    std::vector<segment> segments;
    std::size_t current = 0;
    std::int64_t index = 0;
  };

  void choose_boxes(std::int64_t edge_items);
  void load();
  void advance();

  stacked from_;
  std::vector<place> places_;  // of the axes 0 to the one along which boxes are cut
  std::int64_t step_ = 1;      // largest extent of a box along the last of places_
  std::int64_t step_taken_ = 0;
  std::vector<std::byte> buffer_;
  std::int64_t next_ = 0;     // in elements of the box
  std::int64_t box_end_ = 0;  // number of elements in the box
  bool finished_ = false;     // no box is left behind this one
};

}  // namespace quarry::tools
