#include "quarry/map/direct_io.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <unistd.h>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/process_limits.hpp"

namespace quarry::detail {
namespace {

// What goes a way round at a time.
constexpr std::size_t detour_bytes = std::size_t{1} << 20U;

struct freed {
  void operator()(std::byte* memory) const noexcept { std::free(memory); }
};
using page_buffer = std::unique_ptr<std::byte, freed>;

page_buffer aligned_pages(std::size_t bytes) {
  page_buffer out(static_cast<std::byte*>(std::aligned_alloc(page_bytes(), bytes)));
  if (!out) throw std::bad_alloc();
  return out;
}

std::size_t into_page(const std::byte* memory) noexcept {
  return reinterpret_cast<std::uintptr_t>(memory) % page_bytes();
}

void write_run(const file_handle& file, std::uint64_t offset, std::span<const std::byte> data,
               const std::filesystem::path& path) {
  while (!data.empty()) {
    const ssize_t written =
        ::pwrite(file.descriptor(), data.data(), data.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw system_error_now(concat("cannot write at byte ", offset), path);
    if (written == 0)
      throw error({EIO, std::system_category()}, concat("cannot write at byte ", offset), path);
    data = data.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

// Whole pages of the file, from memory that may lie anywhere.
void write_pages(const file_handle& direct, std::uint64_t offset, std::span<const std::byte> data,
                 const std::filesystem::path& path) {
  if (into_page(data.data()) == 0) return write_run(direct, offset, data, path);
  const page_buffer pages = aligned_pages(std::min(data.size(), detour_bytes));
  while (!data.empty()) {
    const std::size_t bytes = std::min(data.size(), detour_bytes);
    std::memcpy(pages.get(), data.data(), bytes);
    write_run(direct, offset, {pages.get(), bytes}, path);
    offset += bytes;
    data = data.subspan(bytes);
  }
}

}  // namespace

file_handle opened_directly(const file_handle& file, int flags, const std::filesystem::path& path) {
  file_handle out = opened_anew(file.descriptor(), flags | O_DIRECT);
  if (out) return out;
  if (errno != EINVAL) throw system_error_now("cannot open for direct access", path);
  throw error(errc::unsupported, "its filesystem knows no way past the cache (O_DIRECT)", path);
}

ssize_t read_once(const file_handle& file, std::uint64_t offset,
                  std::span<std::byte> into) noexcept {
  ssize_t got = -1;
  do {
    got = ::pread(file.descriptor(), into.data(), into.size(), static_cast<off_t>(offset));
  } while (got < 0 && errno == EINTR);
  return got;
}

void read_all(const file_handle& file, std::uint64_t offset, std::span<std::byte> into,
              const std::filesystem::path& path) {
  while (!into.empty()) {
    const ssize_t got = read_once(file, offset, into);
    if (got < 0) throw system_error_now(concat("reading failed at offset ", offset), path);
    if (got == 0) {
      throw error(errc::truncated,
                  concat("the file ends at byte ", offset, ", ", into.size(), " bytes early"), path);
    }
    offset += static_cast<std::uint64_t>(got);
    into = into.subspan(static_cast<std::size_t>(got));
  }
}

std::size_t read_directly(const file_handle& file, std::uint64_t offset, std::span<std::byte> into,
                          const std::filesystem::path& path) {
  const auto read = [&](std::uint64_t at, std::span<std::byte> pages) {
    const ssize_t got = read_once(file, at, pages);
    if (got < 0) throw system_error_now(concat("reading failed at offset ", offset), path);
    return static_cast<std::size_t>(got);
  };
  const std::size_t page = page_bytes();
  const std::size_t before = offset % page;
  const bool will_meet = into_page(into.data()) == before;
  if (will_meet && before == 0 && into.size() >= page) {
    return read(offset, into.first(into.size() / page * page));
  }
  const std::size_t most = will_meet ? page : detour_bytes;
  const std::size_t length = whole_pages(std::min(before + into.size(), most));
  const page_buffer pages = aligned_pages(length);
  const std::size_t got = read(offset - before, {pages.get(), length});
  if (got <= before) return 0;
  const std::size_t bytes = std::min(got - before, into.size());
  std::memcpy(into.data(), pages.get() + before, bytes);
  return bytes;
}

void write_all(const file_handle& file, const file_handle& direct, std::uint64_t offset,
               std::span<const std::byte> data, const std::filesystem::path& path) {
  const std::size_t page = page_bytes();
  const std::size_t before = direct ? (page - offset % page) % page : data.size();
  const std::size_t first = std::min(before, data.size());
  const std::size_t whole = (data.size() - first) / page * page;
  write_run(file, offset, data.first(first), path);
  if (whole > 0) write_pages(direct, offset + first, data.subspan(first, whole), path);
  write_run(file, offset + first + whole, data.subspan(first + whole), path);
}

}  // namespace quarry::detail
