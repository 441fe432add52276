#include "tools/element_reader.hpp"

#include <algorithm>

namespace quarry::tools {
namespace {

constexpr std::int64_t buffer_bytes = std::int64_t{256} << 10U;

}  // namespace

element_reader::element_reader(const stacked& from, std::int64_t edge_items) : from_(from) {
  finished_ = from.size() == 0;
  if (!finished_) choose_boxes(edge_items);
}

// A box is a run of indices along one axis and all of the axes behind it, so
// that its elements follow each other in C order; the axes before it take one
// index at a time.
void element_reader::choose_boxes(std::int64_t edge_items) {
  const std::int64_t room = std::max<std::int64_t>(
      1, buffer_bytes / std::max<std::int64_t>(1, from_.type().item_bytes()));
  const auto is_cut = [&](std::int64_t extent) {
    return edge_items > 0 && extent > 2 * edge_items;
  };
  std::int64_t inside = 1;  // elements of the axes that boxes take whole
  int axis = from_.rank() - 1;
  for (; axis > 0; --axis) {
    const std::int64_t extent = from_.shape()[static_cast<std::size_t>(axis)];
    if (is_cut(extent) || extent > room / inside) break;
    inside *= extent;
  }
  for (int outer = 0; outer <= axis; ++outer) {
    const std::int64_t extent = from_.shape()[static_cast<std::size_t>(outer)];
    place at;
    if (is_cut(extent)) {
      at.segments = {{0, edge_items}, {extent - edge_items, extent}};
    } else {
      at.segments = {{0, extent}};
    }
    places_.push_back(std::move(at));
  }
  step_ = std::max<std::int64_t>(1, room / inside);
}

const std::byte* element_reader::next() {
  if (next_ == box_end_) load();
  return buffer_.data() + from_.type().item_bytes() * next_++;
}

void element_reader::load() {
  std::vector<index_entry> index;
  for (const place& at : places_) index.emplace_back(range{at.index, at.index + 1});
  if (!places_.empty()) {
    const place& last = places_.back();
    step_taken_ = std::min(step_, last.segments[last.current].end - last.index);
    index.back() = range{last.index, last.index + step_taken_};
  }
  const stacked box = from_.slice(index);
  box_end_ = box.size();
  buffer_.resize(std::max<std::size_t>(1, static_cast<std::size_t>(box.size_bytes())));
  const array target = array::over(std::span(buffer_), box.type(),
                                   layout::contiguous(box.shape(), box.type().item_bytes()));
  convert(box, target);
  next_ = 0;
  advance();
}

// To the next box, as an odometer counts; the last axis moves by what the box
// took of it.
void element_reader::advance() {
  std::int64_t step = step_taken_;
  for (std::size_t axis = places_.size(); axis-- > 0; step = 1) {
    place& at = places_[axis];
    at.index += step;
    if (at.index < at.segments[at.current].end) return;
    if (++at.current < at.segments.size()) {
      at.index = at.segments[at.current].begin;
      return;
    }
    at.current = 0;
    at.index = 0;
  }
  finished_ = true;
}

}  // namespace quarry::tools
