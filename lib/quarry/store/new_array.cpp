#include "quarry/store/new_array.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "quarry/base/error.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/directory_lock.hpp"
#include "quarry/store/checksums.hpp"
#include "quarry/store/pass.hpp"

namespace quarry {
namespace {

using path_type = std::filesystem::path;

std::vector<array_info> one_array(const dtype& type, std::span<const std::int64_t> shape,
                                  const create_options& options) {
  array_info out;
  out.type = type;
  out.where = layout::contiguous(shape, type.item_bytes(), options.order);
  return {std::move(out)};
}

// Readers find arrays by their names: each has its own, or none has one.
void check_names(const format& as, std::span<const array_info> arrays) {
  std::set<std::string_view> names;
  for (const array_info& each : arrays) {
    if (each.name.empty()) continue;
    if (!as.has_names) {
      throw error(errc::invalid_argument, concat("arrays in the format ", as.name,
                                                 " have no names, such as '", each.name, "'"));
    }
    if (!names.insert(each.name).second) {
      throw error(errc::invalid_argument, concat("two arrays are called '", each.name, "'"));
    }
  }
}

file_plan plan_file(const format& as, std::span<const array_info> arrays,
                    const attributes& common) {
  check_names(as, arrays);
  std::vector<array_info> described(arrays.begin(), arrays.end());
  for (array_info& each : described) {
    check_scaling(each.scale, each.where.shape());
    each.attrs.insert(each.attrs.end(), common.begin(), common.end());
  }
  return as.plan(described);
}

path_type with_ending(std::string_view path, std::string_view old, std::string_view ending) {
  return path_type(concat(path.substr(0, path.size() - old.size()), ending));
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

new_paths paths_of(const format& as, const path_type& path) {
  const std::string_view header_suffix = as.pair.header_suffix;
  if (header_suffix.empty()) return {path, {}};
  const std::string& name = path.native();
  const auto find_ending = [&](std::string_view text) {
    return std::ranges::find_if(as.pair.data_suffixes,
                                [&](std::string_view each) { return text.ends_with(each); });
  };
  if (name.ends_with(header_suffix)) {
    const path_type data = with_ending(name, header_suffix, "");
    if (find_ending(data.native()) != as.pair.data_suffixes.end()) return {data, path};
    return {with_ending(name, header_suffix, as.pair.data_suffixes.front()), path};
  }
  const auto ending = find_ending(name);
  if (ending != as.pair.data_suffixes.end())
    return {path, with_ending(name, *ending, header_suffix)};
  throw error(errc::invalid_argument,
              concat("a file of the format ", as.name, " ends in ", header_suffix, " or ",
                     as.pair.data_suffixes.front()),
              path);
}

new_array::new_array(const path_type& path, const dtype& type, std::span<const std::int64_t> shape,
                     std::span<const format> table, const create_options& options)
    : new_array(path, about(path, [&] { return one_array(type, shape, options); }), table,
                options) {}

new_array::new_array(const path_type& path, std::span<const array_info> arrays,
                     std::span<const format> table, const create_options& options)
    : new_array([&] {
        const format& as = writable_format(path, options.format, table);
        return about(path, [&] {
          const file_plan plan = plan_file(as, arrays, options.attrs);
          return new_array(path, arrays, as, plan, options.file);
        });
      }()) {}

// Written past the mapping: a full disk is an error, no signal.
new_array::new_array(const path_type& path, std::span<const array_info> arrays, const format& as,
                     const file_plan& plan, const new_file_options& how)
    : file_(paths_of(as, path).data, plan.file_bytes, how),
      header_path_(paths_of(as, path).header),
      how_(how),
      checksums_(plan.checksums) {
  file_.write(0, plan.header);
  for (const patch& each : plan.between) file_.write(each.offset_bytes, each.bytes);
  file_.write(plan.file_bytes - plan.trailer.size(), plan.trailer);
  if (!header_path_.empty()) {
    header_.emplace(header_path_, plan.detached.size(), how);
    header_->write(0, plan.detached);
  }
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    elements_.push_back(array::over(file_.share(), arrays[i].type, arrays[i].where,
                                    static_cast<std::int64_t>(plan.offsets_bytes[i])));
  }
}

void new_array::commit() { commit({}); }

void new_array::commit(const pass_options& how) {
  for (const patch& each : detail::computed(checksums_, file_, how)) {
    file_.write(each.offset_bytes, each.bytes);
  }
  if (header_) {
    publish_pair();
  } else {
    file_.commit();
  }
}

void new_array::publish_pair() {
  const directory_lock alone(header_path_);
  if (how_.overwrite) remove_file(header_path_, how_.sync);
  file_.commit();
  try {
    header_->commit();
  } catch (...) {
    // Without overwrite: somebody else's header has appeared, which must not have our data.
    if (!how_.overwrite) file_.retract();
    throw;
  }
}

}  // namespace quarry
