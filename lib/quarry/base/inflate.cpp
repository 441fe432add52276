#include "quarry/base/inflate.hpp"

#include <algorithm>
#include <new>

// zlib's own input is not const without it.
#define ZLIB_CONST
#include <zlib.h>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry {
namespace {

constexpr int raw_stream = -MAX_WBITS;  // neither zlib's header nor gzip's

// zlib counts in 32 bits.
constexpr std::size_t largest_piece = std::size_t{1} << 30U;

}  // namespace

struct inflater::state {
  std::span<const std::byte> rest;  // of the stream, not yet given to zlib
  std::uint64_t given_bytes = 0;
  bool ended = false;
  z_stream zlib{};

  void give() {
    const auto piece = rest.first(std::min(rest.size(), largest_piece));
    zlib.next_in = reinterpret_cast<const Bytef*>(piece.data());
    zlib.avail_in = static_cast<uInt>(piece.size());
    given_bytes += piece.size();
    rest = rest.subspan(piece.size());
  }
};

inflater::inflater(std::span<const std::byte> stream) : state_(std::make_unique<state>()) {
  state_->rest = stream;
  if (inflateInit2(&state_->zlib, raw_stream) != Z_OK) throw std::bad_alloc();
}

inflater::~inflater() { inflateEnd(&state_->zlib); }

std::uint64_t inflater::used_bytes() const noexcept {
  return state_->given_bytes - state_->zlib.avail_in;
}

std::size_t inflater::read(std::span<std::byte> into) {
  state& s = *state_;
  std::size_t done = 0;
  while (done < into.size() && !s.ended) {
    if (s.zlib.avail_in == 0) s.give();
    const std::size_t room = std::min(into.size() - done, largest_piece);
    s.zlib.next_out = reinterpret_cast<Bytef*>(into.data() + done);
    s.zlib.avail_out = static_cast<uInt>(room);
    const int outcome = inflate(&s.zlib, Z_NO_FLUSH);
    done += room - s.zlib.avail_out;
    s.ended = outcome == Z_STREAM_END;
    if (outcome == Z_MEM_ERROR) throw std::bad_alloc();
    if (outcome == Z_BUF_ERROR) {
      throw error(errc::truncated,
                  concat("the deflate stream has no end in its ", used_bytes(), " bytes"));
    }
    if (outcome != Z_OK && outcome != Z_STREAM_END) {
      throw error(errc::corrupt_header,
                  concat("the deflate stream is damaged at its byte ", used_bytes(), ": ",
                         s.zlib.msg == nullptr ? "a dictionary is missing" : s.zlib.msg));
    }
  }
  return done;
}

std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t before) noexcept {
  return static_cast<std::uint32_t>(
      ::crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace quarry
