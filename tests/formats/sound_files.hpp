// sound_files.hpp: WAV, AU and AIFF files as text, made from their byte maps alone.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "formats/aiff/aiff.hpp"
#include "formats/au/au.hpp"
#include "formats/golden.hpp"
#include "formats/wav/wav.hpp"

namespace sound_files {

using golden::little_endian;

inline std::string big_endian(std::uint64_t value, int bytes) {
  const std::string out = little_endian(value, bytes);
  return {out.rbegin(), out.rend()};
}

// A chunk of RIFF with its padding; `bytes` is what its header says.
inline std::string riff_chunk(std::string_view id, std::string_view contents, std::uint64_t bytes) {
  std::string out = std::string(id) + little_endian(bytes, 4);
  out += contents;
  return out + std::string(contents.size() % 2, '\0');
}

inline std::string riff_chunk(std::string_view id, std::string_view contents) {
  return riff_chunk(id, contents, contents.size());
}

// What a `fmt ` chunk says; frames and bytes per second follow from it unless they are given.
struct wave {
  unsigned tag = 1;
  unsigned channels = 1;
  unsigned rate = 8000;
  unsigned bits = 16;
  int frame_bytes = -1;
  std::string more{};  // behind the first 16 bytes
};

inline std::string fmt_chunk(const wave& of) {
  const unsigned frame = of.frame_bytes >= 0 ? static_cast<unsigned>(of.frame_bytes)
                                             : of.channels * ((of.bits + 7) / 8);
  return riff_chunk("fmt ", little_endian(of.tag, 2) + little_endian(of.channels, 2) +
                                little_endian(of.rate, 4) + little_endian(of.rate * frame, 4) +
                                little_endian(frame, 2) + little_endian(of.bits, 2) + of.more);
}

inline std::string riff_file(std::string_view chunks) {
  return "RIFF" + little_endian(chunks.size() + 4, 4) + "WAVE" + std::string(chunks);
}

inline std::string iff_chunk(std::string_view id, std::string_view contents, std::uint64_t bytes) {
  std::string out = std::string(id) + big_endian(bytes, 4);
  out += contents;
  return out + std::string(contents.size() % 2, '\0');
}

inline std::string iff_chunk(std::string_view id, std::string_view contents) {
  return iff_chunk(id, contents, contents.size());
}

// 8000 Hz as the 80-bit number of AIFF.
inline const std::string rate_8000("\x40\x0b\xfa\0\0\0\0\0\0\0", 10);

inline std::string comm_chunk(unsigned channels, std::uint64_t frames, unsigned bits,
                              std::string_view more = {}) {
  return iff_chunk("COMM", big_endian(channels, 2) + big_endian(frames, 4) + big_endian(bits, 2) +
                               rate_8000 + std::string(more));
}

inline std::string ssnd_chunk(std::string_view samples, unsigned offset = 0) {
  return iff_chunk("SSND", big_endian(offset, 4) + big_endian(0, 4) + std::string(samples));
}

inline std::string aiff_file(std::string_view chunks, std::string_view kind = "AIFF") {
  std::string out = "FORM" + big_endian(chunks.size() + 4, 4);
  out += kind;
  return out += chunks;
}

inline std::string au_file(unsigned encoding, unsigned channels, std::string_view samples,
                           std::uint64_t bytes, std::string_view annotation = {}) {
  std::string out = ".snd" + big_endian(24 + annotation.size(), 4) + big_endian(bytes, 4) +
                    big_endian(encoding, 4) + big_endian(8000, 4) + big_endian(channels, 4);
  out += annotation;
  return out += samples;
}

inline quarry::catalog parse(const quarry::format& as, std::string_view file) {
  return as.parse(std::as_bytes(std::span(file)), quarry::siblings{});
}

inline golden::refusal refusal_of(const quarry::format& as, std::string_view file) {
  return golden::refusal_from([&] { parse(as, file); });
}

inline int probe(const quarry::format& as, std::string_view bytes) {
  const quarry::siblings beside{.file_name = "a.wav"};
  return as.probe({std::as_bytes(std::span(bytes)), bytes.size(), beside});
}

}  // namespace sound_files
