#include "tools/array_text.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "tools/element_reader.hpp"
#include "tools/element_text.hpp"
#include "tools/scalar_text.hpp"
#include "tools/text_output.hpp"

namespace quarry::tools {
namespace {

constexpr std::int64_t threshold = 1000;  // elements that are still printed one by one
constexpr std::int64_t edge_items = 3;
constexpr int line_width = 75;

// Characters of a UTF-8 text.
int characters(std::string_view text) noexcept {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
  }));
}

// numpy.core.arrayprint._formatArray, writing as it goes.
class bracket_writer {
 public:
  bracket_writer(text_output& to, const stacked& from, const element_text& text, std::int64_t edges)
      : to_(to), shape_(from.shape()), elements_(from, edges), text_(text), edges_(edges) {}

  void run() { write_axis(0, 1, line_width); }

 private:
  bool is_cut(std::size_t axis) const noexcept { return edges_ > 0 && shape_[axis] > 2 * edges_; }

  // `indent`: columns of the lines after the first; `width`: those that a line
  // may have, without the brackets that close the axes outside.
  // NOLINTNEXTLINE(misc-no-recursion): as deep as the array has axes
  void write_axis(std::size_t axis, int indent, int width) {
    to_.text() += '[';
    if (axis + 1 == shape_.size()) {
      write_row(axis, indent, width - 1);
    } else {
      const std::int64_t shown = is_cut(axis) ? 2 * edges_ : shape_[axis];
      for (std::int64_t i = 0; i < shown; ++i) {
        if (i > 0) next_block(axis, indent);
        if (is_cut(axis) && i == edges_) {
          to_.text() += "...";
          next_block(axis, indent);
        }
        write_axis(axis + 1, indent + 1, width - 1);
      }
    }
    to_.text() += ']';
  }

  // As many line breaks as axes are left, so that planes stand apart.
  void next_block(std::size_t axis, int indent) {
    to_.text().append(shape_.size() - axis - 1, '\n');
    to_.end_of_piece();
    to_.text().append(static_cast<std::size_t>(indent), ' ');
  }

  void write_row(std::size_t axis, int indent, int width) {
    const std::int64_t shown = is_cut(axis) ? 2 * edges_ : shape_[axis];
    column_ = indent;
    for (std::int64_t i = 0; i < shown; ++i) {
      if (is_cut(axis) && i == edges_) {
        append_word("...", indent, width);
        append_space();
      }
      word_.clear();
      text_.write(word_, elements_.next());
      append_word(word_, indent, width);
      if (i + 1 < shown) append_space();
    }
  }

  void append_space() {
    to_.text() += ' ';
    ++column_;
  }

  // The first word of a line stays there, however long it is.
  void append_word(std::string_view word, int indent, int width) {
    const int length = characters(word);
    if (column_ > indent && column_ + length > width) {
      std::string& text = to_.text();
      text.erase(text.find_last_not_of(' ') + 1);
      text += '\n';
      to_.end_of_piece();
      to_.text().append(static_cast<std::size_t>(indent), ' ');
      column_ = indent;
    }
    to_.text() += word;
    column_ += length;
  }

  text_output& to_;
  std::span<const std::int64_t> shape_;
  element_reader elements_;
  const element_text& text_;
  std::int64_t edges_;
  std::string word_;
  int column_ = 0;
};

void write_scalar(text_output& to, const stacked& from, int precision) {
  element_reader elements(from);
  const std::byte* item = elements.next();
  if (!from.type().is_record()) {
    append_scalar(to.text(), from.type(), item);
    return;
  }
  const auto text = make_element_text(from.type(), precision, true);
  text->measure(item);
  text->settle();
  text->write(to.text(), item);
}

}  // namespace

void write_array_text(std::ostream& to, const stacked& from, const array_text_options& options) {
  text_output out(to);
  if (from.size() == 0) {
    out.text() += "[]";
  } else if (from.rank() == 0) {
    write_scalar(out, from, options.precision);
  } else {
    const std::int64_t edges = !options.full && from.size() > threshold ? edge_items : 0;
    const auto text = make_element_text(from.type(), options.precision, false);
    for (element_reader elements(from, edges); !elements.at_end();) {
      text->measure(elements.next());
    }
    text->settle();
    bracket_writer(out, from, *text, edges).run();
  }
  out.text() += '\n';
  out.flush();
}

}  // namespace quarry::tools
