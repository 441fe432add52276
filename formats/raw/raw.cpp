#include "formats/raw/raw.hpp"

#include <algorithm>
#include <array>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

#include "formats/field_text.hpp"
#include "formats/layout_json.hpp"

namespace quarry::formats {
namespace {

constexpr std::array<std::string_view, 2> suffixes{".raw", ".dat"};

bool is_sidecar(std::string_view file_name) { return file_name.ends_with(sidecar_suffix); }

// A user's own word about a file outweighs any magic in it.
int probe(const file_head& head) noexcept {
  const std::string_view name = head.beside.file_name;
  if (is_sidecar(name)) return 95;
  if (head.beside.exists(std::string(name).append(sidecar_suffix))) return 100;
  const bool headerless = name.ends_with(".bin") || std::ranges::any_of(suffixes, [&](auto ending) {
                            return name.ends_with(ending);
                          });
  return headerless ? 1 : 0;
}

// What is wrong with a sidecar is not wrong with the file beside it.
catalog described_by(std::string_view sidecar, std::string_view name) {
  try {
    return parse_layout_json(sidecar);
  } catch (const error& failure) {
    throw error(failure.code(),
                concat("its sidecar ", name, sidecar_suffix, ": ", failure.message()));
  }
}

catalog parse(std::span<const std::byte> file, const siblings& beside) {
  const std::string_view name = beside.file_name;
  if (is_sidecar(name)) {
    catalog out = parse_layout_json(as_text(file));
    const std::string_view described = name.substr(0, name.size() - sidecar_suffix.size());
    for (array_info& info : out.arrays) {
      if (info.data_file.empty() && !info.stack) info.data_file = described;
    }
    return out;
  }
  const auto sidecar = beside.read(std::string(name).append(sidecar_suffix));
  if (!sidecar) {
    throw error(errc::invalid_argument,
                concat("has no header that says what it holds; give a layout such as "
                       "'<f4[100,200]' (open_raw(), --as) or a sidecar ",
                       name, sidecar_suffix, " (describe)"));
  }
  catalog out = described_by(*sidecar, name);
  for (array_info& info : out.arrays) {
    if (info.data_file == name) info.data_file.clear();
  }
  return out;
}

file_plan plan(std::span<const array_info> arrays) {
  if (arrays.size() != 1) {
    throw error(errc::unsupported, concat("a raw file holds one array, not ", arrays.size()));
  }
  if (arrays[0].type.has_object()) {
    throw error(errc::unsupported, "object arrays are pickled Python objects and never written");
  }
  return {{}, {0}, static_cast<std::uint64_t>(arrays[0].where.size_bytes())};
}

}  // namespace

constinit const format raw{
    .name = "raw", .suffixes = suffixes, .probe = probe, .parse = parse, .plan = plan};

}  // namespace quarry::formats
