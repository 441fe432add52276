#include "quarry.hpp"

#include "formats/formats.hpp"
#include "formats/layout_json.hpp"
#include "formats/raw/raw.hpp"

namespace quarry {
namespace {

void write_text(const std::filesystem::path& path, std::string text,
                const new_file_options& options) {
  text += '\n';
  new_file out(path, text.size(), options);
  out.write(0, std::as_bytes(std::span(text)));
  out.commit();
}

}  // namespace

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

stacked open_stack(const std::filesystem::path& path, std::string_view name,
                   const open_options& options) {
  const file source = open_file(path, options);
  return source.stack(source.position_of(name));
}

stacked open_parts(const array_info& info, const open_options& options, casting rule) {
  return open_parts(info, formats::table(), options, rule);
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

appender append_to(const std::filesystem::path& path, const append_options& options) {
  return appender::open(path, formats::table(), options);
}

follower follow(const std::filesystem::path& path, const open_options& options,
                std::string_view name) {
  return follower::open(path, formats::table(), options, name);
}

std::filesystem::path sidecar_of(const std::filesystem::path& path) {
  std::filesystem::path out = path;
  out += formats::sidecar_suffix;
  return out;
}

void describe_stack(const std::filesystem::path& path, const array_info& info,
                    const open_options& options, const new_file_options& file) {
  const std::string_view name = path.native();
  if (!name.ends_with(formats::sidecar_suffix)) {
    throw error(errc::invalid_argument,
                concat("a stack in place is a file NAME", formats::sidecar_suffix), path);
  }
  const std::filesystem::path described =
      name.substr(0, name.size() - formats::sidecar_suffix.size());
  std::error_code ignored;
  if (std::filesystem::exists(described, ignored)) {
    throw error(errc::invalid_argument,
                concat("would say what '", described.native(), "' holds, which is there"), path);
  }
  open_parts(info, options, casting::safe);  // for what it refuses
  array_info beside = info;
  *beside.stack = named_beside(*info.stack, path, options.allow_external);
  write_text(path, formats::layout_json(std::span(&beside, 1), {}), file);
}

std::filesystem::path describe(const std::filesystem::path& path, std::string_view layout,
                               const new_file_options& options) {
  open_options as;
  as.layout = layout;
  const file described = open_file(path, as);
  std::filesystem::path sidecar = sidecar_of(path);
  write_text(sidecar, formats::layout_json(described.contents().arrays, {}), options);
  return sidecar;
}

std::string dtype_json(const dtype& type) { return formats::dtype_json(type); }

std::string info_json(const file& of) {
  return formats::info_json(of.path().native(), of.format_name(), of.size_bytes(), of.contents());
}

}  // namespace quarry
