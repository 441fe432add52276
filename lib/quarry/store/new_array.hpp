// new_array.hpp: files being made that hold arrays: header written, elements for the caller.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "quarry/array/array.hpp"
#include "quarry/map/new_file.hpp"
#include "quarry/store/format.hpp"

namespace quarry {

struct pass_options;

/// How a new file is made.
struct create_options {
  memory_order order = memory_order::c;  ///< of the one array
  std::string format{};                  ///< name of the format; empty: by the ending of the name
  attributes attrs{};                    ///< for formats that hold them; others drop them
  new_file_options file{};
};

/// A new array, or several, under way to their file. It appears under its name when commit()
/// returns, complete, or not at all. Move-only; see new_file.
///
/// A format that keeps header and data apart makes two files in one directory, of which the caller
/// names either. The data appears first. Where a pair is replaced, the old header goes before that:
/// a process that is killed leaves the old pair, data without a header, or the new pair, and never
/// data under a header that is not its own. Of two processes that write one pair at the same time
/// the second waits for the first to publish (see directory_lock).
class new_array {
 public:
  /// Lays out an array of `type` and `shape` for `path` and writes the header; elements are zero.
  /// Throws error(invalid_argument) if no format of `table` is written under that name,
  /// error(unsupported) if the format cannot hold the dtype, and what new_file's constructor
  /// throws.
  new_array(const std::filesystem::path& path, const dtype& type,
            std::span<const std::int64_t> shape, std::span<const format> table,
            const create_options& options = {});
  /// The same for `arrays`: of each the name, dtype, contiguous layout, attributes and scaling
  /// count; `options` adds those that all have in common. Throws error(invalid_argument) also for
  /// names in a format that has none, and for one name twice.
  new_array(const std::filesystem::path& path, std::span<const array_info> arrays,
            std::span<const format> table, const create_options& options = {});

  /// How many arrays there are.
  std::size_t count() const noexcept { return elements_.size(); }
  /// The elements of the array at `position`, in the order in which they were named; writable
  /// where the file is mapped (see new_file_options::io). Keeps it mapped, also after commit().
  /// Precondition: position < count().
  const array& elements(std::size_t position = 0) const noexcept { return elements_[position]; }
  /// Stores `data` at byte `offset` of elements().memory(), past the mapping: cheaper where it is
  /// large, and a full disk is an error. Disjoint parts may be stored by several threads. Throws
  /// as new_file::write().
  void write(std::uint64_t offset, std::span<const std::byte> data) { file_.write(offset, data); }
  /// Stores bytes of another file there without moving them, where the filesystem can; see
  /// new_file::copy().
  bool copy(std::uint64_t offset, const region& from, std::uint64_t from_offset,
            std::uint64_t bytes) {
    return file_.copy(offset, from, from_offset, bytes);
  }
  /// As asked for when it was made.
  io_method io() const noexcept { return file_.io(); }
  /// The file's pages in the system's cache.
  page_cache pages() const { return file_.pages(); }
  /// Publishes the file; see new_file::commit(). A format with checksums of the elements (.npz) has
  /// all of them read before, as by a pass of store/pass.hpp: in its memory, with its progress, and
  /// until it is stopped. Throws as that does; then the file can be committed again.
  void commit(const pass_options& how);
  /// The same with pass_options as they are by themselves.
  void commit();

 private:
  new_array(const std::filesystem::path& path, std::span<const array_info> arrays, const format& as,
            const file_plan& plan, const new_file_options& how);
  void publish_pair();

  new_file file_;  // with the elements
  std::vector<array> elements_;
  std::optional<new_file> header_;  // of a pair
  std::filesystem::path header_path_;
  new_file_options how_;
  std::vector<checksum> checksums_;
};

/// The format that `table` has for files called `path`, or the one called `name` if that is given.
/// Throws error(invalid_argument) listing the endings there are, error(unsupported) if the format
/// is only read.
const format& writable_format(const std::filesystem::path& path, std::string_view name,
                              std::span<const format> table);

/// The files that a new file is made of.
struct new_paths {
  std::filesystem::path data;
  std::filesystem::path header;  ///< empty: in the same file
};

/// The files that `as` makes when the caller names `path`, which is either half of a pair. Throws
/// error(invalid_argument) if `path` has the ending of neither.
new_paths paths_of(const format& as, const std::filesystem::path& path);

}  // namespace quarry
