// new_array.hpp: a file being made that holds one array: header written, elements for the caller.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "quarry/array/array.hpp"
#include "quarry/map/new_file.hpp"
#include "quarry/store/format.hpp"

namespace quarry {

/// How a new file is made.
struct create_options {
  memory_order order = memory_order::c;
  std::string format{};  ///< name of the format; empty: by the ending of the file name
  attributes attrs{};    ///< for formats that hold them; others drop them
  new_file_options file{};
};

/// A new array under way to its file. It appears under its name when commit() returns, complete, or
/// not at all. Move-only; see new_file.
class new_array {
 public:
  /// Lays out an array of `type` and `shape` for `path` and writes the header; elements are zero.
  /// Throws error(invalid_argument) if no format of `table` is written under that name,
  /// error(unsupported) if the format cannot hold the dtype, and what new_file's constructor
  /// throws.
  new_array(const std::filesystem::path& path, const dtype& type,
            std::span<const std::int64_t> shape, std::span<const format> table,
            const create_options& options = {});

  /// The elements, writable. Keeps the file mapped, also after commit().
  const array& elements() const noexcept { return elements_; }
  /// Stores `data` at byte `offset` of elements().memory(), past the mapping: cheaper where it is
  /// large, and a full disk is an error. Disjoint parts may be stored by several threads. Throws
  /// as new_file::write().
  void write(std::uint64_t offset, std::span<const std::byte> data) { file_.write(offset, data); }
  /// The file's pages in the system's cache.
  page_cache pages() const { return file_.pages(); }
  /// Publishes the file; see new_file::commit().
  void commit() { file_.commit(); }

 private:
  new_array(new_file file, const file_plan& plan, const array_info& info);

  new_file file_;
  array elements_;
};

/// The format that `table` has for files called `path`, or the one called `name` if that is given.
/// Throws error(invalid_argument) listing the endings there are, error(unsupported) if the format
/// is only read.
const format& writable_format(const std::filesystem::path& path, std::string_view name,
                              std::span<const format> table);

}  // namespace quarry
