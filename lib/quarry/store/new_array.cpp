#include "quarry/store/new_array.hpp"

#include <algorithm>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"

namespace quarry {
namespace {

struct planned {
  array_info info;
  file_plan plan;
};

planned plan_file(const format& as, const dtype& type, std::span<const std::int64_t> shape,
                  const create_options& options) {
  planned out;
  out.info.type = type;
  out.info.where = layout::contiguous(shape, type.item_bytes(), options.order);
  out.info.attrs = options.attrs;
  out.plan = as.plan(std::span(&out.info, 1));
  return out;
}

bool is_written_under(const format& f, std::string_view file_name) {
  return std::ranges::any_of(f.suffixes,
                             [&](std::string_view ending) { return file_name.ends_with(ending); });
}

}  // namespace

const format& writable_format(const std::filesystem::path& path, std::string_view name,
                              std::span<const format> table) {
  const std::string file_name = path.filename().string();
  const auto found = std::ranges::find_if(table, [&](const format& f) {
    return name.empty() ? is_written_under(f, file_name) : f.name == name;
  });
  if (found == table.end()) {
    std::string endings;
    for (const format& f : table) {
      for (const std::string_view ending : f.suffixes) {
        if (f.plan != nullptr) endings += concat(endings.empty() ? "" : ", ", ending);
      }
    }
    throw error(errc::invalid_argument,
                name.empty()
                    ? concat("no format is written under that ending (there are: ", endings, ")")
                    : concat("no format is called '", name, "'"),
                path);
  }
  if (found->plan == nullptr) {
    throw error(errc::unsupported, concat("the format ", found->name, " is read but not written"),
                path);
  }
  return *found;
}

new_array::new_array(const std::filesystem::path& path, const dtype& type,
                     std::span<const std::int64_t> shape, std::span<const format> table,
                     const create_options& options)
    : new_array([&] {
        const format& as = writable_format(path, options.format, table);
        return about(path, [&] {
          const planned p = plan_file(as, type, shape, options);
          return new_array(new_file(path, p.plan.file_bytes, options.file), p.plan, p.info);
        });
      }()) {}

new_array::new_array(new_file file, const file_plan& plan, const array_info& info)
    : file_(std::move(file)) {
  file_.write(0, plan.header);  // not through the mapping: a full disk is an error, no signal
  file_.write(plan.file_bytes - plan.trailer.size(), plan.trailer);
  elements_ = array::over(file_.share(), info.type, info.where,
                          static_cast<std::int64_t>(plan.offsets_bytes.front()));
}

}  // namespace quarry
