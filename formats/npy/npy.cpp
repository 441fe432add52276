#include "formats/npy/npy.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quarry/array/growth.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/field_text.hpp"
#include "formats/npy/npy_header.hpp"
#include "formats/row_field.hpp"

namespace quarry::formats {
namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

int probe(const file_head& head) noexcept {
  if (as_text(head.bytes).starts_with(npy_magic)) return 95;
  return head.beside.file_name.ends_with(".npy") ? 20 : 0;
}

catalog parse(std::span<const std::byte> file, const siblings& /*beside*/) {
  catalog out;
  out.arrays.push_back(read_npy_header(file, file.size(), out.warnings));
  return out;
}

file_plan plan(std::span<const array_info> arrays) {
  if (arrays.size() != 1) {
    throw error(errc::unsupported, concat("a .npy holds one array, not ", arrays.size()));
  }
  const array_info& array = arrays.front();
  file_plan out;
  out.header = write_npy_header(array);
  out.offsets_bytes = {out.header.size()};
  out.file_bytes = checked::add<std::uint64_t>(out.header.size(),
                                               static_cast<std::uint64_t>(array.where.size_bytes()),
                                               "the size of the file");
  return out;
}

// Where the rows stand in a header: nothing if its shape does not tell them.
std::optional<row_field> field_in(std::span<const std::byte> header) {
  std::vector<std::string> ignored;
  const auto along = growth_of(read_npy_header(header, header.size(), ignored).where);
  if (!along) return std::nullopt;
  const auto place = npy_extent_place(header, along->axis);
  if (!place) return std::nullopt;
  return field_around(as_text(header), *place);
}

// The dictionary may grow into the blanks behind it.
std::optional<std::vector<std::byte>> changed(std::span<const std::byte> header,
                                              const row_field& field, const row_count& count) {
  std::string_view text = as_text(header);
  const std::string_view end = text.ends_with('\n') ? "\n" : "";
  text.remove_suffix(end.size());
  const std::size_t used = text.find_last_not_of(' ') + 1;
  auto out =
      text_with_rows(text.substr(0, used), field, count, header.size() - end.size() - used);
  if (!out) return std::nullopt;
  out->resize(header.size() - end.size(), ' ');
  return bytes_of(out->append(end));
}

std::optional<patch> with_rows(std::span<const std::byte> header, const row_field& field,
                               const row_count& count) {
  const auto after = changed(header, field, count);
  return after ? change_in_sector(header, *after) : std::nullopt;
}

// With as many blanks before the shape as put its field into one sector.
std::vector<std::byte> make_growing(const catalog& contents) {
  const array_info& array = contents.arrays.front();
  const growth along = growth_of(array.where).value();
  const std::int64_t rows = array.where.extent(along.axis);
  std::size_t gap = 0;
  while (true) {
    const std::vector<std::byte> plain = write_npy_header(array, along.order, gap);
    const row_field before =
        field_around(as_text(plain), npy_extent_place(plain, along.axis).value());
    std::vector<std::byte> out = changed(plain, before, {.rows = rows}).value();
    const row_field field = field_in(out).value();
    if (is_in_one_sector(field)) return out;
    gap += sector_bytes - field.begin % sector_bytes;
  }
}

constexpr std::array<std::string_view, 1> suffixes = {".npy"};

}  // namespace

constinit const format npy{
    .name = "npy",
    .suffixes = suffixes,
    .probe = probe,
    .parse = parse,
    .plan = plan,
    .growing = {.field = field_in, .with_rows = with_rows, .make = make_growing}};

}  // namespace quarry::formats
