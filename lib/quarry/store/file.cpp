#include "quarry/store/file.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

#include "quarry/array/dtype_text.hpp"
#include "quarry/array/layout_text.hpp"
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/inflate.hpp"
#include "quarry/base/text.hpp"
#include "quarry/map/fault_guard.hpp"
#include "quarry/store/data_file.hpp"
#include "quarry/store/inflated.hpp"
#include "quarry/store/part_files.hpp"
#include "quarry/store/recognize.hpp"

namespace quarry {
namespace {

constexpr std::size_t head_bytes = 4096;

layout resolve_layout(const raw_layout& raw, std::uint64_t file_bytes) {
  const std::vector<std::int64_t> shape = resolve_shape(raw, file_bytes);
  if (raw.strides) return layout::strided(shape, *raw.strides, raw.type.item_bytes());
  return layout::contiguous(shape, raw.type.item_bytes(), raw.order);
}

catalog raw_catalog(std::string_view layout_text, std::uint64_t file_bytes) {
  const raw_layout raw = parse_layout(layout_text);
  array_info only;
  only.type = raw.type;
  only.where = resolve_layout(raw, file_bytes);
  only.offset_bytes = raw.offset_bytes;
  catalog out;
  out.arrays.push_back(std::move(only));
  return out;
}

// The first entries, as many as the axis still has.
void cut_scaling(scaling& scale, const layout& where) {
  for (std::vector<double>* const factors : {&scale.scale, &scale.offset}) {
    if (factors->size() > 1) factors->resize(static_cast<std::size_t>(where.extent(scale.axis)));
  }
}

// As many whole rows as `available` bytes hold, rows being steps along the slowest axis.
layout prefix_of(const layout& where, std::int64_t available) {
  int slowest = 0;
  for (int axis = 1; axis < where.rank(); ++axis) {
    if (std::abs(where.stride(axis)) > std::abs(where.stride(slowest))) slowest = axis;
  }
  if (where.rank() == 0 || where.stride(slowest) <= 0) return where;
  std::vector<std::int64_t> extents(where.shape().begin(), where.shape().end());
  std::int64_t& rows = extents[static_cast<std::size_t>(slowest)];
  const std::int64_t promised = rows;
  if (where.size() == 0) return where;
  rows = 1;
  const std::int64_t row_end =
      layout::strided(extents, where.strides(), where.item_bytes()).extent_bytes().end;
  const std::int64_t there =
      available < row_end ? 0 : (available - row_end) / where.stride(slowest) + 1;
  rows = std::min(promised, there);
  return layout::strided(extents, where.strides(), where.item_bytes());
}

// That the array lies in the bytes that are there.
void check_place(array_info& info, std::uint64_t file_bytes, bool allow_prefix) {
  const auto there = checked::narrow<std::int64_t>(file_bytes, "the file's size");
  const auto start = checked::narrow<std::int64_t>(info.offset_bytes, "the array's offset");
  if (allow_prefix && start <= there) {
    info.where = prefix_of(info.where, there - start);
    cut_scaling(info.scale, info.where);
  }
  const byte_range touched = info.where.extent_bytes();
  const std::int64_t low = checked::add(start, touched.begin, "the array's offset");
  const std::int64_t high = checked::add(start, touched.end, "the end of the array");
  if (low < 0) {
    throw error(errc::out_of_bounds,
                concat("array '", info.name, "' begins ", -low, " bytes before the file"));
  }
  if (high > there) {
    throw error(errc::truncated,
                concat("shape ", tuple_text(info.where.shape()), " of ", to_string(info.type),
                       " ends at byte ", high, ", the file has ", there, " bytes: ", high - there,
                       " are missing"));
  }
}

// That the stream lies in the file, can make the bytes it is said to make, and the array is in
// them.
void check_stream(const array_info& info, std::uint64_t file_bytes) {
  const deflated& stream = info.stream;
  const std::uint64_t end =
      checked::add(info.offset_bytes, stream.stored_bytes, "the end of the deflate stream");
  if (end > file_bytes) {
    throw error(errc::truncated, concat("the deflate stream of array '", info.name,
                                        "' ends at byte ", end, ", the file has ", file_bytes,
                                        " bytes: ", end - file_bytes, " are missing"));
  }
  if (stream.inflated_bytes / max_inflation > stream.stored_bytes) {
    throw error(errc::corrupt_header,
                concat("array '", info.name, "': ", stream.stored_bytes,
                       " bytes of a deflate stream cannot become ", stream.inflated_bytes));
  }
  const byte_range touched = info.where.extent_bytes();
  const auto start = checked::narrow<std::int64_t>(stream.offset_bytes, "the array's offset");
  const std::int64_t high = checked::add(start, touched.end, "the end of the array");
  if (checked::add(start, touched.begin, "the array's offset") < 0 ||
      std::cmp_greater(high, stream.inflated_bytes)) {
    throw error(errc::out_of_bounds, concat("array '", info.name, "' ends at byte ", high, " of ",
                                            stream.inflated_bytes, " inflated bytes"));
  }
}

std::string array_names(const catalog& contents) {
  constexpr std::size_t shown = 12;
  std::string out;
  for (std::size_t i = 0; i < std::min(shown, contents.arrays.size()); ++i) {
    const std::string& name = contents.arrays[i].name;
    out += concat(i > 0 ? ", '" : "'", name, "'", name.empty() ? concat(" at ", i) : "");
  }
  return contents.arrays.size() > shown ? out + ", ..." : out;
}

std::string not_found_text(const catalog& contents, std::string_view name) {
  const std::string start = concat("no array '", name, "'");
  if (contents.arrays.empty()) return start + " (there are none)";
  if (contents.arrays.size() == 1 && contents.arrays[0].name.empty()) {
    return concat(start, ": the file's one array has no name, so leave '::", name, "' out");
  }
  return concat(start, " (there are: ", array_names(contents), ")");
}

std::optional<std::size_t> find_array(const catalog& contents, std::string_view name) {
  const auto found = std::ranges::find(contents.arrays, name, &array_info::name);
  if (found != contents.arrays.end()) {
    return static_cast<std::size_t>(found - contents.arrays.begin());
  }
  if (name.empty()) return contents.arrays.empty() ? std::nullopt : std::optional<std::size_t>(0);
  std::size_t position = 0;
  const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), position);
  const bool is_number = failure == std::errc() && end == name.data() + name.size();
  return is_number && position < contents.arrays.size() ? std::optional(position) : std::nullopt;
}

}  // namespace

file::file(std::filesystem::path path, mapping own) noexcept
    : path_(std::move(path)), own_(std::move(own)) {}

file file::open(const std::filesystem::path& path, std::span<const format> table,
                const open_options& options) {
  file out(path, mapping::open(path, options.mode, options.io));
  out.how_ = options;
  out.table_ = table;
  const fault_guard guard(out.own_);
  about(path, [&] {
    try {
      out.read_header(table, options);
    } catch (...) {
      guard.check();  // zeros in the place of lost bytes are no header: the loss is what went wrong
      throw;
    }
    guard.check();
  });
  return out;
}

file file::over(const std::filesystem::path& path, std::string_view format_name, catalog contents,
                std::shared_ptr<const region> memory) {
  file out(path, mapping::over(std::move(memory)));
  out.format_name_ = format_name;
  out.contents_ = std::move(contents);
  about(path, [&] { out.check_arrays({}); });
  return out;
}

void file::read_header(std::span<const format> table, const open_options& options) {
  const auto bytes = own_.bytes();
  bool were_read = false;
  if (!options.layout.empty()) {
    format_name_ = "raw";
    contents_ = raw_catalog(options.layout, bytes.size());
  } else {
    const siblings beside = detail::siblings_of(path_, options, were_read);
    const file_head head{bytes.first(std::min(bytes.size(), head_bytes)), bytes.size(), beside};
    const format& f = options.format.empty() ? detail::recognize(table, head)
                                             : detail::find_format(table, options.format);
    format_name_ = f.name;
    contents_ = f.parse(bytes, beside);
  }
  check_arrays(options);
  if (options.strict && !contents_.warnings.empty()) {
    throw error(errc::corrupt_header, contents_.warnings.front());
  }
  // Of a pair that is replaced the header goes first and comes back last: as long as the half that
  // was opened has its name, what was found beside it belongs to it.
  const bool is_half = were_read || !beside_.empty();
  if (is_half && !is_at_its_path(*own_.share())) {
    throw error(errc::changed, "was replaced while it was opened");
  }
}

void file::check_arrays(const open_options& options) {
  for (array_info& info : contents_.arrays) {
    check_scaling(info.scale, info.where.shape());
    if (info.stored_as == encoding::pickle) continue;
    if (info.stack) {
      add_stack(static_cast<std::size_t>(&info - contents_.arrays.data()));
      continue;
    }
    if (!info.data_file.empty() && !beside_.contains(info.data_file)) {
      const auto data = data_path(path_, info.data_file, options.allow_external);
      beside_.emplace(info.data_file, mapping::open(data, options.mode, options.io));
    }
    const std::uint64_t there = mapping_of(info).bytes().size();
    if (info.stored_as == encoding::deflate) {
      check_stream(info, there);
    } else {
      check_place(info, there, options.allow_prefix);
    }
  }
}

const mapping& file::mapping_of(const array_info& info) const {
  return info.data_file.empty() ? own_ : beside_.at(info.data_file);
}

const array_info& file::info_at(std::size_t position) const {
  if (position >= contents_.arrays.size()) {
    throw error(errc::out_of_bounds, concat("array ", position, " of ", contents_.arrays.size()),
                path_);
  }
  const array_info& info = contents_.arrays[position];
  if (info.stored_as != encoding::pickle) return info;
  throw error(errc::unsupported, "object arrays are pickled Python objects and never read", path_);
}

array file::at(std::size_t position) const {
  const array_info& info = info_at(position);
  if (info.stack) {
    throw error(errc::unsupported,
                concat("array '", info.name, "' is a stack of ", info.stack->parts.size(),
                       " arrays of other files and no single one; stack() reads it"),
                path_);
  }
  if (info.stored_as == encoding::deflate) {
    throw error(
        errc::unsupported,
        concat("array '", info.name, "' is deflated and cannot be mapped; load() inflates it"),
        path_);
  }
  return array::over(mapping_of(info).share(), info.type, info.where,
                     static_cast<std::int64_t>(info.offset_bytes));
}

array file::load(std::size_t position) const {
  const array_info& info = info_at(position);
  if (info.stored_as != encoding::deflate) return at(position);
  const mapping& data = mapping_of(info);
  return about(path_, [&] {
    const fault_guard guard(data);
    const auto stream = data.bytes().subspan(static_cast<std::size_t>(info.offset_bytes),
                                             static_cast<std::size_t>(info.stream.stored_bytes));
    try {
      const auto inflated = inflate_to_file(stream, info.stream, how_.scratch);
      guard.check();
      data.verify_unchanged();
      return array::over(inflated, info.type, info.where,
                         static_cast<std::int64_t>(info.stream.offset_bytes));
    } catch (...) {
      guard.check();  // zeros in the place of lost bytes are no stream: the loss is what went wrong
      throw;
    }
  });
}

array file::load(std::string_view name) const { return load(position_of(name)); }

array file::get(std::string_view name) const { return at(position_of(name)); }

std::size_t file::position_of(std::string_view name) const {
  if (const auto position = find_array(contents_, name)) return *position;
  for (const skipped_array& skipped : contents_.skipped) {
    if (skipped.name == name || name.empty()) {
      throw error(errc::unsupported,
                  concat("array '", skipped.name, "' cannot be mapped: ", skipped.reason,
                         skipped.remedy.empty() ? "" : "; ", skipped.remedy),
                  path_);
    }
  }
  throw error(errc::not_found, not_found_text(contents_, name), path_);
}

void file::verify_unchanged() const {
  own_.verify_unchanged();
  for (const auto& [name, data] : beside_) data.verify_unchanged();
  for (const auto& [position, parts] : stacks_) parts->verify_unchanged();
}

void file::flush(durability level) {
  own_.flush(level);
  for (auto& [name, data] : beside_) data.flush(level);
  for (const auto& [position, parts] : stacks_) parts->flush(level);
}

void file::close() {
  own_.require_unshared();
  for (const auto& [name, data] : beside_) data.require_unshared();
  for (const auto& [position, parts] : stacks_) {
    if (parts.use_count() > 1) throw error(errc::busy, "cannot unmap: a stack is held", path_);
    parts->require_unshared();
  }
  own_.close();
  for (auto& [name, data] : beside_) data.close();
  stacks_.clear();
}

const format* described_beside(const std::filesystem::path& path, std::span<const format> table) {
  bool were_read = false;
  const siblings beside = detail::siblings_of(path, {}, were_read);
  const auto found = std::ranges::find_if(table, [&](const format& each) {
    return each.probe_beside != nullptr && each.probe_beside(beside) > 0;
  });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace quarry
