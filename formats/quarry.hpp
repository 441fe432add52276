// quarry.hpp: all of quarry, in reading order. Programs include this and link quarry::quarry.
#pragma once
// In the order of the data's way.
// clang-format off
#include "quarry/base/checked.hpp"
#include "quarry/base/error.hpp"
#include "quarry/base/log.hpp"
#include "quarry/base/text.hpp"
#include "quarry/base/utf8.hpp"
#include "quarry/array/dtype.hpp"
#include "quarry/array/dtype_text.hpp"
#include "quarry/array/literal.hpp"
#include "quarry/array/layout.hpp"
#include "quarry/array/layout_text.hpp"
#include "quarry/array/slice.hpp"
#include "quarry/array/scaling.hpp"
#include "quarry/array/array.hpp"
#include "quarry/array/handle.hpp"
#include "quarry/array/stacked.hpp"
#include "quarry/array/view.hpp"
#include "quarry/map/fault_guard.hpp"
#include "quarry/map/machine.hpp"
#include "quarry/map/mapping.hpp"
#include "quarry/map/new_file.hpp"
#include "quarry/map/page_cache.hpp"
#include "quarry/map/process_limits.hpp"
#include "quarry/map/sealed_memory.hpp"
#include "quarry/map/shared_file.hpp"
#include "quarry/map/signals.hpp"
#include "quarry/map/terminal.hpp"
#include "quarry/map/wait.hpp"
#include "quarry/kernels/cast.hpp"
#include "quarry/kernels/moments.hpp"
#include "quarry/kernels/convert.hpp"
#include "quarry/store/format.hpp"
#include "quarry/store/file.hpp"
#include "quarry/store/open_handle.hpp"
#include "quarry/store/new_array.hpp"
#include "quarry/store/pass.hpp"
#include "quarry/store/stack_pass.hpp"
#include "quarry/store/append.hpp"
#include "quarry/store/follow.hpp"
#include "quarry/share/segment_header.hpp"
#include "quarry/share/segment.hpp"
#include "quarry/share/writers.hpp"
#include "quarry/share/directory.hpp"
#include "quarry/share/frozen.hpp"
// clang-format on

namespace quarry {

/// The formats that open() reads and create() writes: npy, npz, bin, raw, safetensors, idx, wav,
/// nrrd, envi, sigmf; those that it only reads: au, aiff, isf, ieee488, trc, keysight, edf,
/// brainvision, metaimage.
std::span<const format> format_table() noexcept;

/// A file through the table of all formats; see file::open().
file open_file(const std::filesystem::path& path, const open_options& options = {});

/// The file's only (or first) array, or the one called `name`. Nothing is read but the header:
/// elements come from the disk when they are touched. See file::open() and file::get().
array open(const std::filesystem::path& path, const open_options& options = {});
/// `name`: as file::position_of() takes it.
array open(const std::filesystem::path& path, std::string_view name,
           const open_options& options = {});

/// The same for an array that may lie in several files: its parts, or itself as the only one. See
/// file::stack().
stacked open_stack(const std::filesystem::path& path, std::string_view name = {},
                   const open_options& options = {});

/// The arrays of several files as one, as info.stack describes them; see open_parts() of
/// store/file.hpp.
stacked open_parts(const array_info& info, const open_options& options = {},
                   casting rule = casting::same_kind);

/// Writes the layout file `path`, NAME.layout.json, which open_stack() opens as the array that
/// info.stack describes, its parts mapped in place. The files of the parts are named relative to
/// the directory of `path`, in which or below which they lie; elsewhere if `options` allow it, and
/// those who open the layout file must allow it as well. Throws error(invalid_argument) for another
/// name, or if it would be the sidecar of a file that exists; error(unsupported) for parts
/// elsewhere; error(type_mismatch) if the stack's dtype does not hold all values of a part's; what
/// new_file throws.
void describe_stack(const std::filesystem::path& path, const array_info& info,
                    const open_options& options = {}, const new_file_options& file = {});

/// A headerless file, by a layout such as ">i2[-1,1024]@512"; see parse_layout().
array open_raw(const std::filesystem::path& path, std::string_view layout,
               access mode = access::read_only);

/// A new file for an array of `type` and `shape`, zero-filled; it appears when commit() is called.
/// See new_array.
new_array create(const std::filesystem::path& path, const dtype& type,
                 std::span<const std::int64_t> shape, const create_options& options = {});

/// The same for several arrays, as array_info describes them; see new_array.
new_array create(const std::filesystem::path& path, std::span<const array_info> arrays,
                 const create_options& options = {});

/// A new file for one array, of elements of a C++ type, also a struct that QUARRY_RECORD describes.
template <array_element T>
new_array create(const std::filesystem::path& path, std::span<const std::int64_t> shape,
                 const create_options& options = {}) {
  return create(path, element<T>::type(), shape, options);
}

/// Adds rows to the array of an existing .npy or typed .bin; see appender.
appender append_to(const std::filesystem::path& path, const append_options& options = {});

/// Reads such a file while rows are added to it; see follower.
follower follow(const std::filesystem::path& path, const open_options& options = {},
                std::string_view name = {});

/// Where the sidecar of a headerless file lies: PATH.layout.json.
std::filesystem::path sidecar_of(const std::filesystem::path& path);

/// Writes the sidecar that tells open() what the headerless file `path` holds, and returns its
/// path: PATH.layout.json. The layout is checked against the file first. Throws as open_raw() and
/// new_file do.
std::filesystem::path describe(const std::filesystem::path& path, std::string_view layout,
                               const new_file_options& options = {});

/// The descr of a dtype as JSON, as `quarry info --json` writes it.
std::string dtype_json(const dtype& type);

/// What is known of a file as a JSON object; the keys are those of `quarry info --json`.
std::string info_json(const file& of);

}  // namespace quarry
