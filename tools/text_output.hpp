// text_output.hpp: text on its way to a stream, gathered into large writes.
#pragma once
#include <cstddef>
#include <ostream>
#include <string>

namespace quarry::tools {

/// Text is appended to text(); whole pieces of it go on to the stream when
/// enough has come together. What is not flushed when it ends is dropped, as
/// after an error.
class text_output {
 public:
  explicit text_output(std::ostream& to) : to_(to) {}

  std::string& text() noexcept { return text_; }
  void end_of_piece() {
    if (text_.size() >= enough_bytes) flush();
  }
  void flush() {
    to_.write(text_.data(), static_cast<std::streamsize>(text_.size()));
    text_.clear();
  }

 private:
  static constexpr std::size_t enough_bytes = std::size_t{64} << 10U;
  std::ostream& to_;
  std::string text_;
};

}  // namespace quarry::tools
