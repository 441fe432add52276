#include "quarry.hpp"

#include "formats/formats.hpp"
#include "formats/layout_json.hpp"
#include "formats/raw/raw.hpp"

namespace quarry {

std::span<const format> format_table() noexcept { return formats::table(); }

file open_file(const std::filesystem::path& path, const open_options& options) {
  return file::open(path, formats::table(), options);
}

array open(const std::filesystem::path& path, const open_options& options) {
  return open_file(path, options).get();
}

array open(const std::filesystem::path& path, std::string_view name, const open_options& options) {
  return open_file(path, options).get(name);
}

array open_raw(const std::filesystem::path& path, std::string_view layout, access mode) {
  open_options options;
  options.mode = mode;
  options.layout = layout;
  return open(path, options);
}

new_array create(const std::filesystem::path& path, const dtype& type,
                 std::span<const std::int64_t> shape, const create_options& options) {
  return {path, type, shape, formats::table(), options};
}

new_array create(const std::filesystem::path& path, std::span<const array_info> arrays,
                 const create_options& options) {
  return {path, arrays, formats::table(), options};
}

std::filesystem::path sidecar_of(const std::filesystem::path& path) {
  std::filesystem::path out = path;
  out += formats::sidecar_suffix;
  return out;
}

std::filesystem::path describe(const std::filesystem::path& path, std::string_view layout,
                               const new_file_options& options) {
  open_options as;
  as.layout = layout;
  const file described = open_file(path, as);
  const std::string text = formats::layout_json(described.contents().arrays, {}) + "\n";
  std::filesystem::path sidecar = sidecar_of(path);
  new_file out(sidecar, text.size(), options);
  out.write(0, std::as_bytes(std::span(text)));
  out.commit();
  return sidecar;
}

std::string info_json(const file& of) {
  return formats::info_json(of.path().native(), of.format_name(), of.size_bytes(), of.contents());
}

}  // namespace quarry
